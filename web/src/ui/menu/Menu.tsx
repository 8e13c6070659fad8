// A button that opens a menu of things to do.

import { Ellipsis, type LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
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
  className?: string
}

export function Menu({ label, entries, className }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton icon={Ellipsis} label={label} className={className} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          sideOffset={6}
          collisionPadding={12}
          align="end"
          onCloseAutoFocus={(event) => {
            // A field that an entry has opened keeps its focus.
            if (document.activeElement?.matches('input, textarea')) event.preventDefault()
          }}
        >
          {entries.map(({ icon: Icon, text, disabled = false, apart = false, onSelect }) => (
            <div key={text} role="none">
              {apart && <DropdownMenu.Separator className={styles.line} />}
              <DropdownMenu.Item className={styles.entry} disabled={disabled} onSelect={onSelect}>
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
