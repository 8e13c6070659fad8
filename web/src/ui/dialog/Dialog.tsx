// A modal dialog on the browser's own <dialog>: it keeps the focus inside and gives it back, Escape closes it.

import { type ReactNode, useEffect, useId, useRef } from 'react'
import styles from './Dialog.module.css'

export interface DialogProps {
  title: string
  children: ReactNode
  /** Called when the reader leaves it by Escape or a press beside it. */
  onClose: () => void
  /** `alertdialog` for a question that must be answered. */
  role?: 'alertdialog'
  /** Gives the focus to the heading instead of the first control, which may be far below what is to be read. */
  startAtHeading?: boolean
}

export function Dialog({ title, children, onClose, role, startAtHeading = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const titleId = useId()
  useEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    if (startAtHeading) heading.current?.focus()
    return () => {
      element?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [startAtHeading])
  useEffect(() => {
    const element = dialog.current
    const onCancel = (event: Event): void => {
      event.preventDefault()
      onClose()
    }
    const onPress = (event: MouseEvent): void => {
      if (event.target === element) onClose()
    }
    element?.addEventListener('cancel', onCancel)
    element?.addEventListener('mousedown', onPress)
    return () => {
      element?.removeEventListener('cancel', onCancel)
      element?.removeEventListener('mousedown', onPress)
    }
  }, [onClose])
  return (
    <dialog ref={dialog} role={role} aria-labelledby={titleId} className={styles.dialog}>
      <div className={styles.sheet}>
        <h2 id={titleId} ref={heading} tabIndex={startAtHeading ? -1 : undefined}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}
