import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, renderHook, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import type { ReactNode } from 'react'
import { expect, it } from 'vitest'
import { server } from '../test/server'
import { keys } from './queries'
import { useCreateStory, useRemoveStory, useStories } from './stories'
import type { Passage, Story } from './types'

const generation = { id: 'g', story_id: 's', passage_id: 'p', state: 'queued', last_seq: 0 }
const story = { id: 's', head_id: 'p', state: 'queued', created_at: '2026-03-01T10:00:00Z', generation } as Story

function setUp(): { client: QueryClient; wrapper: (props: { children: ReactNode }) => ReactNode } {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } })
  return { client, wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider> }
}

it('makes a story once, however often a lost answer is asked for again', async () => {
  const sent: (string | null)[] = []
  let isLost = true
  server.use(http.post('*/api/stories', ({ request }) => {
    sent.push(request.headers.get('Idempotency-Key'))
    return isLost ? HttpResponse.error() : HttpResponse.json(story, { status: 201 })
  }))
  const { client, wrapper } = setUp()
  const { result } = renderHook(() => useCreateStory(), { wrapper })
  const create = (prompt: string): Promise<unknown> => act(() => result.current.mutateAsync({ prompt }).catch((error: unknown) => error))
  expect(await create('ein Fuchs')).toMatchObject({ slug: 'network' })
  isLost = false
  await create('ein Fuchs')
  await create('ein Fuchs')
  await create('ein Bär')
  expect(sent[0]).toBe(sent[1])
  expect(new Set(sent).size).toBe(3)
  expect(client.getQueryData<Story>(keys.story('s'))).toMatchObject({ id: 's' })
  // The page of the new story can begin to read at once.
  expect(client.getQueryData<Passage[]>(keys.passages('s'))).toMatchObject([{ id: 'p', text: '', generation: { id: 'g', last_seq: 0 } }])
})

it('reads the shelf page by page, as the Link header leads', async () => {
  const asked: string[] = []
  server.use(http.get('*/api/stories', ({ request }) => {
    const { search } = new URL(request.url)
    asked.push(search)
    if (search.includes('after')) return HttpResponse.json([{ id: 'b' }])
    return HttpResponse.json([{ id: 'a' }], { headers: { Link: '</elsewhere/stories?limit=20&q=x&after=a>; rel="next"' } })
  }))
  const { wrapper } = setUp()
  const { result } = renderHook(() => useStories({ q: 'x' }), { wrapper })
  await waitFor(() => expect(result.current.hasNextPage).toBe(true))
  await act(() => result.current.fetchNextPage())
  await waitFor(() => expect(result.current.data?.map(({ id }) => id)).toEqual(['a', 'b']))
  expect(asked).toEqual(['?limit=20&q=x', '?limit=20&q=x&after=a'])
  expect(result.current.hasNextPage).toBe(false)
})

it('shows a story again that could not be put away', async () => {
  server.use(
    http.get('*/api/stories', () => HttpResponse.json([{ id: 'a' }])),
    http.delete('*/api/stories/:id', () => HttpResponse.error()),
  )
  const { wrapper } = setUp()
  const { result } = renderHook(() => ({ shelf: useStories(), remove: useRemoveStory() }), { wrapper })
  await waitFor(() => expect(result.current.shelf.data).toHaveLength(1))
  await act(() => result.current.remove.mutateAsync({ id: 'a' }).catch(() => undefined))
  await waitFor(() => expect(result.current.shelf.data).toHaveLength(1))
})
