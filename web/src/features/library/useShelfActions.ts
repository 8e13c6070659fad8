// Putting stories into the bin, taking them out, and removing them for ever: each says what it did.

import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, type Story, useProblemText, useRemoveStory, useRemoveStoryForever, useRestoreStory } from '../../api'
import { notify } from '../../ui/toast/notify'

type Act = (story: Story) => void

export function useShelfActions(): { toBin: Act; restore: Act; removeForever: Act } {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const { mutateAsync: remove } = useRemoveStory()
  const { mutateAsync: putBack } = useRestoreStory()
  const { mutateAsync: destroy } = useRemoveStoryForever()
  return useMemo(() => {
    const titleOf = ({ title }: Story): string => title || t('library.untitled')
    const refused = (error: unknown): void => void notify(problemText(asProblem(error)), { tone: 'trouble' })
    // Each story has its own message: several in a row can all be taken back.
    const say = (story: Story, text: string, undo?: Act): void => {
      const action = undo && { label: t('app.undo'), onAction: () => undo(story) }
      notify(text, { id: `library-${story.id}`, ...(action ? { action } : {}) })
    }
    const toBin: Act = (story) =>
      void remove({ id: story.id }).then(() => say(story, t('library.binned', { title: titleOf(story) }), restore), refused)
    const restore: Act = (story) =>
      void putBack({ id: story.id }).then(() => say(story, t('library.restored', { title: titleOf(story) }), toBin), refused)
    const removeForever: Act = (story) =>
      void destroy({ id: story.id }).then(() => say(story, t('library.foreverDone', { title: titleOf(story) })), refused)
    return { toBin, restore, removeForever }
  }, [t, problemText, remove, putBack, destroy])
}
