// What can be done with the story as a whole.

import { BookCopy, Feather, Pencil, Redo2, Trash2, Undo2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Story } from '../../api'
import { Menu, type MenuEntry } from '../../ui/menu/Menu'
import type { StoryActions } from './useStoryActions'

interface StoryMenuProps {
  story: Story
  simple: boolean
  unfinished: boolean
  actions: StoryActions
  onCopy: () => void
  onRename: () => void
  onWrite: () => void
}

export function StoryMenu({ story, simple, unfinished, actions, onCopy, onRename, onWrite }: StoryMenuProps) {
  const { t } = useTranslation('story')
  // For children "write on yourself" has no button of its own.
  const write: MenuEntry[] = simple ? [{ icon: Feather, text: t('menu.write'), disabled: unfinished, onSelect: onWrite }] : []
  const entries: MenuEntry[] = [
    { icon: Undo2, text: t('menu.undo'), disabled: !story.can_undo, onSelect: actions.undo },
    { icon: Redo2, text: t('menu.redo'), disabled: !story.can_redo, onSelect: actions.redo },
    { icon: Pencil, text: t('title.rename'), apart: true, onSelect: onRename },
    { icon: BookCopy, text: t('menu.copy'), onSelect: onCopy },
    ...write,
    { icon: Trash2, text: t('menu.remove'), apart: true, onSelect: () => actions.remove(story.title) },
  ]
  return <Menu label={t('menu.open')} entries={entries} />
}
