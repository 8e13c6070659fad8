// The passages of the branch being read, and the actions on them.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { apiJson } from './client'
import { withHead, withPassage } from './cache'
import { keys, useIdempotencyKey } from './queries'
import type { Generation, HeadAction, Passage, PassageAction, Story } from './types'

/** The branch from the root to the head. */
export function usePassages(storyId: string) {
  return useQuery({
    queryKey: keys.passages(storyId),
    queryFn: ({ signal }) => apiJson<Passage[]>(`stories/${storyId}/passages`, { signal }),
  })
}

/** Continue, retry, edit or write; answers with the passage that came of it. */
export function useAct(storyId: string) {
  const client = useQueryClient()
  const { keyOf, succeeded } = useIdempotencyKey()
  return useMutation({
    mutationFn: (action: PassageAction) =>
      apiJson<Passage>(`stories/${storyId}/passages`, {
        method: 'POST',
        json: action,
        headers: { 'Idempotency-Key': keyOf(action) },
      }),
    onSuccess: async (added) => {
      succeeded()
      await client.cancelQueries({ queryKey: keys.story(storyId) })
      client.setQueryData<Passage[]>(keys.passages(storyId), (branch) => branch && withPassage(branch, added))
      client.setQueryData<Story>(keys.story(storyId), (story) => story && withHead(story, added))
      void client.invalidateQueries({ queryKey: keys.story(storyId) })
      void client.invalidateQueries({ queryKey: keys.stories })
    },
  })
}

/** Undo, redo, or choose another passage to read. Done once the other branch is there to be shown. */
export function useHead(storyId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (action: HeadAction) => {
      const story = await apiJson<Story>(`stories/${storyId}/head`, { method: 'POST', json: action })
      await client.cancelQueries({ queryKey: keys.story(storyId) })
      const branch = await apiJson<Passage[]>(`stories/${storyId}/passages`)
      return { story, branch }
    },
    onSuccess: ({ story, branch }) => {
      client.setQueryData(keys.story(storyId), story)
      client.setQueryData(keys.passages(storyId), branch)
      void client.invalidateQueries({ queryKey: keys.stories })
    },
  })
}

/** Stops the generation; the text so far is kept. */
export function useStop(storyId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (generationId: string) => apiJson<Generation>(`generations/${generationId}/stop`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.story(storyId), exact: true }),
  })
}
