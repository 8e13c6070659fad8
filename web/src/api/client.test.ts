import { afterEach, describe, expect, it, vi } from 'vitest'
import { apiCall, apiFetch, apiJson } from './client'
import { asProblem, fromDetails, isPermanent, Problem } from './problem'

const answer = (body: string | null, init: ResponseInit = {}): void => {
  vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(body, init))))
}

const failure = (call: Promise<unknown>): Promise<Problem> =>
  call.then(
    () => Promise.reject(new Error('did not fail')),
    (error: unknown) => asProblem(error),
  )

afterEach(() => {
  vi.unstubAllGlobals()
  document.head.replaceChildren()
})

describe('the request', () => {
  it('takes its prefix from the page', async () => {
    answer('[]')
    await apiFetch('prompts')
    document.head.innerHTML = '<meta name="storybot-api" content="https://api.example.com/">'
    await apiFetch('/prompts')
    document.head.innerHTML = '<meta name="storybot-api" content="">'
    await apiFetch('prompts')
    const urls = vi.mocked(fetch).mock.calls.map(([url]) => url)
    expect(urls).toEqual(['/api/prompts', 'https://api.example.com/prompts', '/prompts'])
  })

  it('carries a trace id: its own, or that of the action', async () => {
    answer('[]')
    await apiFetch('prompts')
    await apiFetch('prompts', { traceId: 'action-0001', headers: { Accept: 'text/plain' } })
    const sent = vi.mocked(fetch).mock.calls.map(([, init]) => new Headers(init?.headers))
    expect(sent[0]?.get('X-Trace-Id')).toMatch(/^[0-9a-f]{32}$/)
    expect(sent[1]?.get('X-Trace-Id')).toBe('action-0001')
    expect(sent[1]?.get('Accept')).toBe('text/plain')
  })

  it('sends JSON as JSON', async () => {
    answer('{"id":1}', { status: 201 })
    expect(await apiJson('prompts', { method: 'POST', json: { content: 'ein Fuchs' } })).toEqual({ id: 1 })
    const init = vi.mocked(fetch).mock.calls[0]?.[1]
    expect(init?.body).toBe('{"content":"ein Fuchs"}')
    expect(new Headers(init?.headers).get('Content-Type')).toBe('application/json')
  })

  it('hands an answer on whatever its status, as the first client did', async () => {
    answer('no', { status: 500 })
    expect((await apiFetch('prompts')).status).toBe(500)
  })

  it('reads no body where none comes', async () => {
    answer(null, { status: 204 })
    expect((await apiCall('prompts/1', { method: 'DELETE' })).body).toBeUndefined()
  })
})

describe('every failure is one Problem', () => {
  it('with the server’s own slug and members', async () => {
    const details = {
      type: 'urn:storybot:problem:too-many-generations',
      title: 'Too many',
      status: 429,
      detail: 'Wait.',
      instance: '/stories',
      trace_id: 'abc',
      errors: [{ pointer: '/prompt', detail: 'long' }, 'nonsense'],
      limit: 2,
    }
    answer(JSON.stringify(details), { status: 429 })
    const problem = await failure(apiJson('stories'))
    expect(problem).toMatchObject({
      slug: 'too-many-generations', status: 429, traceId: 'abc', extra: { limit: 2 },
      errors: [{ pointer: '/prompt', detail: 'long' }],
    })
  })

  it.each([
    ['a gateway’s page', '<html>502 Bad Gateway</html>', 502, 'gateway'],
    ['an empty body', '', 500, 'internal'],
    ['a missing page', '<html>', 404, 'not-found'],
    ['somebody else’s JSON', '{"error":"x"}', 418, 'unreadable'],
    ['null', 'null', 503, 'not-ready'],
  ])('for %s', async (_name, body, status, slug) => {
    answer(body, { status, headers: { 'X-Trace-Id': 'trace-123' } })
    expect(await failure(apiJson('stories'))).toMatchObject({ slug, status, traceId: 'trace-123' })
  })

  it('for an answer that should be JSON and is not', async () => {
    answer('<html>the page itself</html>', { status: 200 })
    expect(await failure(apiJson('stories'))).toMatchObject({ slug: 'unreadable', status: 200 })
  })

  it('for no answer at all', async () => {
    vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new TypeError('Failed to fetch'))))
    expect(await failure(apiJson('stories'))).toMatchObject({ slug: 'network', status: 0 })
  })

  it('with the wait that the gateway asks for', async () => {
    answer('slow down', { status: 429, headers: { 'Retry-After': '7' } })
    expect((await failure(apiJson('stories'))).retryAfterS).toBe(7)
  })

  it('but a request taken back stays one', async () => {
    vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new DOMException('gone', 'AbortError'))))
    await expect(apiJson('stories')).rejects.toMatchObject({ name: 'AbortError' })
  })
})

it('knows which failures would only come again', () => {
  const permanent = (status: number): boolean => isPermanent(new Problem({ slug: 'x', status }))
  expect([400, 404, 409, 422].every(permanent)).toBe(true)
  expect([0, 408, 429, 500, 502, 503].some(permanent)).toBe(false)
})

it('takes nothing for problem details that is none', () => {
  for (const value of [null, 'text', [], {}, { type: 7 }, { type: 'about:blank', status: 404 }]) {
    expect(fromDetails(value)).toBeUndefined()
  }
})
