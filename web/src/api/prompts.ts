// The kept story ideas.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { apiJson } from './client'
import { keys } from './queries'
import type { Prompt } from './types'

/** All kept ideas, newest first. */
export function usePrompts() {
  return useQuery({ queryKey: keys.prompts, queryFn: ({ signal }) => apiJson<Prompt[]>('prompts', { signal }) })
}

const newestFirst = (one: Prompt, other: Prompt): number => other.id - one.id

function usePutPrompt() {
  const client = useQueryClient()
  return (prompt: Prompt): void => {
    client.setQueryData<Prompt[]>(keys.prompts, (kept) =>
      kept && [prompt, ...kept.filter(({ id }) => id !== prompt.id)].sort(newestFirst),
    )
    void client.invalidateQueries({ queryKey: keys.prompts })
  }
}

export function useAddPrompt() {
  const put = usePutPrompt()
  return useMutation({
    mutationFn: ({ content }: { content: string }) => apiJson<Prompt>('prompts', { method: 'POST', json: { content } }),
    onSuccess: put,
  })
}

/** Takes an idea away at once and brings it back when the server refuses. */
export function useRemovePrompt() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => apiJson<undefined>(`prompts/${id}`, { method: 'DELETE' }),
    onMutate: async (id) => {
      await client.cancelQueries({ queryKey: keys.prompts })
      const before = client.getQueryData<Prompt[]>(keys.prompts)
      client.setQueryData<Prompt[]>(keys.prompts, (kept) => kept?.filter((prompt) => prompt.id !== id))
      return { before }
    },
    onError: (_problem, _id, context) => client.setQueryData(keys.prompts, context?.before),
    onSettled: () => client.invalidateQueries({ queryKey: keys.prompts }),
  })
}

export function useRestorePrompt() {
  const put = usePutPrompt()
  return useMutation({
    mutationFn: (id: number) => apiJson<Prompt>(`prompts/${id}/restore`, { method: 'POST' }),
    onSuccess: put,
  })
}
