// A button that opens a menu of things to do.

import { Ellipsis, type LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { type ReactNode, useRef } from 'react'
import { IconButton } from '../button/IconButton'
import styles from './Menu.module.css'

export interface MenuEntry {
  icon: LucideIcon
  text: string
  disabled?: boolean
  /** Whether a line stands above it. */
  apart?: boolean
  onSelect: () => void
}

export interface MenuProps {
  /** The name of the button, and with it of the menu. */
  label: string
  entries: readonly MenuEntry[]
  className?: string | undefined
  /** What the button shows instead of three dots. */
  face?: ReactNode
}

export function Menu({ label, entries, className, face }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null)
  const chosen = useRef<() => void>(undefined)
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        {face === undefined ? (
          <IconButton ref={button} icon={Ellipsis} label={label} className={className} />
        ) : (
          <button ref={button} type="button" aria-label={label} title={label} className={className}>
            {face}
          </button>
        )}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          sideOffset={6}
          collisionPadding={12}
          align="end"
          onCloseAutoFocus={(event) => {
            // First the focus goes home, then the entry acts: what it opens takes the focus, and gives it back here.
            event.preventDefault()
            button.current?.focus()
            chosen.current?.()
            chosen.current = undefined
          }}
        >
          {entries.map(({ icon: Icon, text, disabled = false, apart = false, onSelect }) => (
            <div key={text} role="none">
              {apart && <DropdownMenu.Separator className={styles.line} />}
              <DropdownMenu.Item className={styles.entry} disabled={disabled} onSelect={() => { chosen.current = onSelect; }}>
                <Icon aria-hidden="true" size={18} />
                {text}
              </DropdownMenu.Item>
            </div>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
