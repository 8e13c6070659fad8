// The stories as wholes: the shelf, one story, and what happens to it. Its passages are in passages.ts.

import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { apiCall, apiJson } from './client'
import { firstPassage } from './cache'
import { nextPage } from './link'
import { keys, type StoriesFilter, useIdempotencyKey } from './queries'
import type { NewStory, Passage, Story } from './types'

interface ShelfPage {
  stories: Story[]
  next: string | undefined
}
type Shelf = InfiniteData<ShelfPage, string | undefined>

const PAGE_STORIES = 20
const WRITING_POLL_MS = 5_000

const isWritten = ({ state }: Story): boolean => state === 'queued' || state === 'writing'

function firstQuery({ q, bin }: StoriesFilter): string {
  const query = new URLSearchParams({ limit: String(PAGE_STORIES) })
  if (q) query.set('q', q)
  if (bin) query.set('bin', 'true')
  return `?${query.toString()}`
}

/** The shelf (or the bin), newest first, a page at a time; `data` is the flat list. */
export function useStories(filter: StoriesFilter = {}) {
  return useInfiniteQuery({
    queryKey: keys.shelf(filter),
    queryFn: async ({ pageParam, signal }): Promise<ShelfPage> => {
      const { body, headers } = await apiCall<Story[]>(`stories${pageParam ?? firstQuery(filter)}`, { signal })
      return { stories: body, next: nextPage(headers.get('Link')) }
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    // What is being written has another state soon.
    refetchInterval: ({ state }) => (state.data?.pages.some(({ stories }) => stories.some(isWritten)) ? WRITING_POLL_MS : false),
    select: (shelf) => shelf.pages.flatMap((page) => page.stories),
  })
}

/** One story; `everyMs` says after how many milliseconds it is asked for again, where it should be. */
export function useStory(id: string, everyMs?: (story: Story) => number) {
  return useQuery({
    queryKey: keys.story(id),
    queryFn: ({ signal }) => apiJson<Story>(`stories/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data && everyMs ? everyMs(state.data) : false),
  })
}

function usePutStory() {
  const client = useQueryClient()
  return (story: Story): void => {
    client.setQueryData(keys.story(story.id), story)
    void client.invalidateQueries({ queryKey: keys.stories })
  }
}

/** Makes a story and its first generation; its page can be drawn at once from what is kept here. */
export function useCreateStory() {
  const client = useQueryClient()
  const put = usePutStory()
  const { keyOf, succeeded } = useIdempotencyKey()
  return useMutation({
    mutationFn: (story: NewStory) =>
      apiJson<Story>('stories', { method: 'POST', json: story, headers: { 'Idempotency-Key': keyOf(story) } }),
    onSuccess: (story) => {
      succeeded()
      put(story)
      const first = firstPassage(story)
      if (first) client.setQueryData<Passage[]>(keys.passages(story.id), [first], { updatedAt: 0 })
    },
  })
}

export function useRenameStory() {
  const put = usePutStory()
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) =>
      apiJson<Story>(`stories/${id}`, { method: 'PATCH', json: { title } }),
    onSuccess: put,
  })
}

/** Takes a story off every list that shows it until the server's answer brings the lists up to date. */
function useTakeOff() {
  const client = useQueryClient()
  return async (id: string): Promise<void> => {
    await client.cancelQueries({ queryKey: keys.stories })
    client.setQueriesData<Shelf>({ queryKey: keys.stories }, (shelf) => shelf && {
      ...shelf,
      pages: shelf.pages.map((page) => ({ ...page, stories: page.stories.filter((story) => story.id !== id) })),
    })
  }
}

/** Puts a story into the bin. */
export function useRemoveStory() {
  const client = useQueryClient()
  const takeOff = useTakeOff()
  return useMutation({
    mutationFn: ({ id }: { id: string }) => apiJson<undefined>(`stories/${id}`, { method: 'DELETE' }),
    onMutate: ({ id }) => takeOff(id),
    onSuccess: (_none, { id }) => client.invalidateQueries({ queryKey: keys.story(id), refetchType: 'none' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.stories }),
  })
}

/** Takes a story out of the bin. */
export function useRestoreStory() {
  const put = usePutStory()
  const takeOff = useTakeOff()
  return useMutation({
    mutationFn: ({ id }: { id: string }) => apiJson<Story>(`stories/${id}/restore`, { method: 'POST' }),
    onMutate: ({ id }) => takeOff(id),
    onSuccess: put,
    onError: (_problem, _story, _context, { client }) => client.invalidateQueries({ queryKey: keys.stories }),
  })
}

/** Removes a story that lies in the bin; it cannot come back. */
export function useRemoveStoryForever() {
  const client = useQueryClient()
  const takeOff = useTakeOff()
  return useMutation({
    mutationFn: ({ id }: { id: string }) => apiJson<undefined>(`stories/${id}?forever=true`, { method: 'DELETE' }),
    onMutate: ({ id }) => takeOff(id),
    onSuccess: (_none, { id }) => client.removeQueries({ queryKey: keys.story(id) }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.stories }),
  })
}
