// The question before what cannot be undone; the safe answer has the focus.

import { Button } from '../button/Button'
import { Dialog } from './Dialog'
import styles from './Dialog.module.css'

export interface ConfirmProps {
  title: string
  text: string
  confirm: string
  cancel: string
  onConfirm: () => void
  onCancel: () => void
}

export function Confirm({ title, text, confirm, cancel, onConfirm, onCancel }: ConfirmProps) {
  return (
    <Dialog title={title} role="alertdialog" onClose={onCancel}>
      <p className={styles.text}>{text}</p>
      <div className={styles.actions}>
        <Button variant="outline" onClick={onCancel}>
          {cancel}
        </Button>
        <Button variant="danger" onClick={onConfirm}>
          {confirm}
        </Button>
      </div>
    </Dialog>
  )
}
