// Everything a reader can do to the story, each with its word of what happened and a way back.

import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import {
  asProblem,
  type HeadAction,
  type Passage,
  useAct,
  useHead,
  useProblemText,
  useRemoveStory,
  useRenameStory,
  useRestoreStory,
} from '../../api'
import { notify } from '../../ui/toast/notify'
import { editDraft, keepDraft } from './drafts'
import { plainText } from './text'

/** What of the page is open or chosen just now; it is never sent anywhere. */
export interface Desk {
  chosen: string | null
  editing: string | null
  retrying: string | null
}

/** One message at a time: an Undo that stands for an earlier action would undo the wrong one. */
const TOAST = 'story'
const say = (text: string): void => void notify(text, { id: TOAST })
const sayProblem = (text: string): void => void notify(text, { id: TOAST, tone: 'trouble' })
const sayWithAction = (text: string, label: string, onAction: () => void): void =>
  void notify(text, { id: TOAST, action: { label, onAction } })

export interface StoryActions {
  choosePassage: (id: string) => void
  openEditor: (id: string) => void
  /** `discarded` is a changed text that was left behind: it can be brought back. */
  closeEditor: (passageId: string, discarded?: string) => void
  openRetry: (id: string | null) => void
  /** Resolves to whether a new version has begun; a refusal has been said. */
  retry: (passage: Passage, wish: string, engine?: string) => Promise<boolean>
  continueFrom: (passage: Passage) => Promise<boolean>
  /** Goes on after a passage that broke off, with another storyteller where one is named. */
  goOn: (passage: Passage, engine?: string) => Promise<boolean>
  /** These three reject with the Problem: it is shown where the text was written. */
  continueStory: (after: Passage, wish: string) => Promise<Passage>
  edit: (passage: Passage, text: string) => Promise<Passage>
  write: (after: Passage, text: string) => Promise<Passage>
  choose: (passageId: string) => void
  undo: () => void
  redo: () => void
  rename: (title: string) => Promise<unknown>
  remove: (title: string) => void
  restore: (title: string) => void
  copy: (text: string) => Promise<void>
}

const told = (engine: string | undefined): { engine?: string } => (engine === undefined ? {} : { engine })
const wished = (wish: string): { wish?: string } => (wish ? { wish } : {})

export function useStoryActions(storyId: string): { desk: Desk; actions: StoryActions } {
  const { t } = useTranslation('story')
  const problemText = useProblemText()
  const navigate = useNavigate()
  const [desk, setDesk] = useState<Desk>({ chosen: null, editing: null, retrying: null })
  const { mutateAsync: act } = useAct(storyId)
  const { mutateAsync: moveHead } = useHead(storyId)
  const { mutateAsync: renameStory } = useRenameStory()
  const { mutateAsync: removeStory } = useRemoveStory()
  const { mutateAsync: restoreStory } = useRestoreStory()

  const actions = useMemo((): StoryActions => {
    const refused = (error: unknown): false => {
      sayProblem(problemText(asProblem(error)))
      return false
    }
    const move = (action: HeadAction): Promise<boolean> => moveHead(action).then(() => true, refused)
    const undo = async (): Promise<void> => {
      if (await move({ action: 'undo' })) sayWithAction(t('toast.undone'), t('toast.redo'), () => void redo())
    }
    const redo = async (): Promise<void> => {
      if (await move({ action: 'redo' })) sayWithAction(t('toast.redone'), t('toast.undo'), () => void undo())
    }
    const openEditor = (id: string): void => setDesk({ chosen: id, editing: id, retrying: null })
    const sayUndo = (text: string): void => sayWithAction(text, t('toast.undo'), () => void undo())
    const restore = async (title: string): Promise<void> => {
      await restoreStory({ id: storyId }).then(() => say(t('toast.restored', { title })), refused)
    }
    return {
      choosePassage: (id) => setDesk((now) => ({ ...now, chosen: now.chosen === id ? null : id })),
      openEditor,
      closeEditor: (id, discarded) => {
        setDesk((now) => ({ ...now, editing: null }))
        if (discarded === undefined) return
        sayWithAction(t('edit.discarded'), t('edit.bringBack'), () => {
          keepDraft(editDraft(id), discarded)
          openEditor(id)
        })
      },
      openRetry: (id) => setDesk((now) => ({ ...now, retrying: id })),
      retry: (passage, wish, engine) =>
        act({ action: 'retry', passage_id: passage.id, ...wished(wish), ...told(engine) }).then(() => {
          sayUndo(t('toast.retried'))
          return true
        }, refused),
      continueFrom: (passage) =>
        act({ action: 'continue', passage_id: passage.id }).then(() => {
          sayUndo(t('toast.branched'))
          return true
        }, refused),
      goOn: (passage, engine) => act({ action: 'continue', passage_id: passage.id, ...told(engine) }).then(() => true, refused),
      continueStory: (after, wish) => act({ action: 'continue', passage_id: after.id, ...wished(wish) }),
      edit: async (passage, text) => {
        const edited = await act({ action: 'edit', passage_id: passage.id, text })
        sayUndo(t('edit.saved'))
        return edited
      },
      write: async (after, text) => {
        const written = await act({ action: 'write', passage_id: after.id, text })
        sayUndo(t('toast.written'))
        return written
      },
      choose: (passageId) => void move({ action: 'choose', passage_id: passageId }),
      undo: () => void undo(),
      redo: () => void redo(),
      rename: (title) => renameStory({ id: storyId, title }).then(() => say(t('title.renamed'))),
      remove: (title) => {
        removeStory({ id: storyId }).then(() => {
          sayWithAction(t('toast.removed', { title }), t('toast.undo'), () => void restore(title))
          return navigate('/library')
        }, refused)
      },
      restore: (title) => void restore(title),
      copy: (text) =>
        navigator.clipboard.writeText(plainText(text)).then(
          () => say(t('toast.copied')),
          () => sayProblem(t('toast.copyFailed')),
        ),
    }
  }, [storyId, t, problemText, navigate, act, moveHead, renameStory, removeStory, restoreStory])

  return { desk, actions }
}
