// The page's button, in its three weights.

import type { ComponentProps } from 'react'
import styles from './Button.module.css'

export interface ButtonProps extends ComponentProps<'button'> {
  /** `primary`: the one thing to do; `outline`: beside it; `quiet`: like text; `danger`: what cannot be undone. */
  variant?: 'primary' | 'outline' | 'quiet' | 'danger'
  size?: 'normal' | 'large'
  /** While what it asked for is under way: it keeps its width and focus, and a second press does nothing. */
  busy?: boolean
}

export function Button({ variant = 'primary', size = 'normal', busy = false, className, onClick, children, ...rest }: ButtonProps) {
  const classes = [styles.button, styles[variant], size === 'large' && styles.large, className].filter(Boolean).join(' ')
  return (
    <button
      type="button"
      {...rest}
      className={classes}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {children}
      {busy && <span className={styles.dots} aria-hidden="true" />}
    </button>
  )
}
