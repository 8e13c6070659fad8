// A text area that is as tall as its text.

import { type ComponentProps, useLayoutEffect, useRef } from 'react'
import styles from './Field.module.css'

export interface TextAreaProps extends ComponentProps<'textarea'> {
  /** Lines that it shows at the least. */
  minRows?: number
}

export function TextArea({ minRows = 2, className, ref, ...rest }: TextAreaProps) {
  const own = useRef<HTMLTextAreaElement | null>(null)
  useLayoutEffect(() => {
    const area = own.current
    // Where the browser sizes it by itself it reckons with the placeholder too.
    if (!area || 'fieldSizing' in area.style) return
    area.style.height = 'auto'
    if (area.scrollHeight > 0) area.style.height = `${area.scrollHeight}px`
  }, [rest.value])
  return (
    <textarea
      {...rest}
      rows={minRows}
      className={[styles.area, className].filter(Boolean).join(' ')}
      ref={(area) => {
        own.current = area
        if (typeof ref === 'function') return ref(area)
        if (ref) ref.current = area
        return undefined
      }}
    />
  )
}
