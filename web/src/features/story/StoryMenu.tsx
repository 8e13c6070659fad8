// What can be done with the story as a whole.

import { BookCopy, Ellipsis, Feather, Pencil, Redo2, Trash2, Undo2 } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ComponentType, SVGProps } from 'react'
import { useTranslation } from 'react-i18next'
import type { Story } from '../../api'
import { IconButton } from '../../ui/button/IconButton'
import type { StoryActions } from './useStoryActions'
import styles from './TitlePage.module.css'

interface StoryMenuProps {
  story: Story
  simple: boolean
  unfinished: boolean
  actions: StoryActions
  onCopy: () => void
  onRename: () => void
  onWrite: () => void
}

interface EntryProps {
  icon: ComponentType<SVGProps<SVGSVGElement> & { size?: number }>
  text: string
  disabled?: boolean
  onSelect: () => void
}

function Entry({ icon: Icon, text, disabled = false, onSelect }: EntryProps) {
  return (
    <DropdownMenu.Item className={styles.entry} disabled={disabled} onSelect={onSelect}>
      <Icon aria-hidden="true" size={18} />
      {text}
    </DropdownMenu.Item>
  )
}

export function StoryMenu({ story, simple, unfinished, actions, onCopy, onRename, onWrite }: StoryMenuProps) {
  const { t } = useTranslation('story')
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton icon={Ellipsis} label={t('menu.open')} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          sideOffset={6}
          collisionPadding={12}
          align="end"
          onCloseAutoFocus={(event) => {
            // The field that an entry has opened keeps its focus.
            if (document.activeElement?.matches('input, textarea')) event.preventDefault()
          }}
        >
          <Entry icon={Undo2} text={t('menu.undo')} disabled={!story.can_undo} onSelect={actions.undo} />
          <Entry icon={Redo2} text={t('menu.redo')} disabled={!story.can_redo} onSelect={actions.redo} />
          <DropdownMenu.Separator className={styles.separator} />
          <Entry icon={Pencil} text={t('title.rename')} onSelect={onRename} />
          <Entry icon={BookCopy} text={t('menu.copy')} onSelect={onCopy} />
          {simple && <Entry icon={Feather} text={t('menu.write')} disabled={unfinished} onSelect={onWrite} />}
          <DropdownMenu.Separator className={styles.separator} />
          <Entry icon={Trash2} text={t('menu.remove')} onSelect={() => actions.remove(story.title)} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
