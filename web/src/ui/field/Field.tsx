// A labelled field: label above, hint or trouble below, joined for the ear.

import { type ComponentProps, type ReactNode, useId } from 'react'
import styles from './Field.module.css'

interface FrameProps {
  label: string
  hint?: string | undefined
  /** What is wrong with what is in it, as a sentence. */
  trouble?: string | undefined
}

function Frame({ id, label, hint, trouble, children }: FrameProps & { id: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children}
      {trouble ? (
        <p id={`${id}-note`} className={styles.trouble} role="alert">
          {trouble}
        </p>
      ) : (
        hint && (
          <p id={`${id}-note`} className={styles.hint}>
            {hint}
          </p>
        )
      )}
    </div>
  )
}

export type TextFieldProps = FrameProps & ComponentProps<'input'>

export function TextField({ label, hint, trouble, className, ...rest }: TextFieldProps) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} trouble={trouble}>
      <input
        type="text"
        autoComplete="off"
        {...rest}
        id={id}
        aria-invalid={trouble ? true : undefined}
        aria-describedby={hint || trouble ? `${id}-note` : undefined}
        className={[styles.input, className].filter(Boolean).join(' ')}
      />
    </Frame>
  )
}

export interface SelectFieldProps extends FrameProps {
  value: string
  options: readonly { value: string; label: string }[]
  onChoose: (value: string) => void
}

export function SelectField({ label, hint, trouble, value, options, onChoose }: SelectFieldProps) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} trouble={trouble}>
      <select
        id={id}
        value={value}
        aria-describedby={hint || trouble ? `${id}-note` : undefined}
        className={[styles.input, styles.select].join(' ')}
        onChange={(event) => onChoose(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Frame>
  )
}
