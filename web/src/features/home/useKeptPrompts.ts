// The kept story ideas and what can be done with them, with the messages that the project's template has for it.

import { useTranslation } from 'react-i18next'
import { asProblem, type Problem, type Prompt, useAddPrompt, usePrompts, useProblemText, useRemovePrompt, useRestorePrompt } from '../../api'
import { notify } from '../../ui/toast/notify'

export interface KeptPromptsBox {
  prompts: Prompt[] | undefined
  /** Why they are not there, as sentences. */
  trouble: string | undefined
  tryAgain: () => void
  isAdding: boolean
  /** Resolves to whether it is kept now. */
  add: (content: string) => Promise<boolean>
  remove: (prompt: Prompt) => void
}

export function useKeptPrompts(): KeptPromptsBox {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const query = usePrompts()
  const adding = useAddPrompt()
  const removing = useRemovePrompt()
  const restoring = useRestorePrompt()

  const said = (problem: Problem, refused: string, unreachable: string): string =>
    `${problem.slug === 'network' ? unreachable : refused}. ${problemText(problem)}`

  const restore = (id: number): void => {
    restoring.mutate(id, {
      onSuccess: () => notify(t('prompts.restored')),
      onError: (problem) => notify(problemText(asProblem(problem)), { tone: 'trouble' }),
    })
  }
  return {
    prompts: query.data,
    trouble: query.error && !query.data ? said(asProblem(query.error), t('prompts.fetchFailed'), t('prompts.fetchError')) : undefined,
    tryAgain: () => void query.refetch(),
    isAdding: adding.isPending,
    add: async (content) => {
      try {
        await adding.mutateAsync({ content })
        notify(t('prompts.added'))
        return true
      } catch (error) {
        notify(said(asProblem(error), t('prompts.addFailed'), t('prompts.addError')), { tone: 'trouble' })
        return false
      }
    },
    remove: ({ id }) => {
      removing.mutate(id, {
        onSuccess: () => notify(t('prompts.deleted'), { action: { label: t('app.undo'), onAction: () => restore(id) } }),
        onError: (problem) => notify(said(asProblem(problem), t('prompts.deleteFailed'), t('prompts.deleteError')), { tone: 'trouble' }),
      })
    },
  }
}
