import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backOffMs, DOUBTED_SILENCE_MS, followGeneration, type GenerationEnd, type Link, SILENCE_MS } from './follow'
import type { Problem } from './problem'

const PIECES = ['„Guten ', 'Abend“, ', 'sagte\n\nder ', '🦊.']
const TEXT = PIECES.join('')

const event = (seq: number): string => `id: ${seq}\nevent: text\ndata: ${JSON.stringify({ text: PIECES[seq - 1] })}\n\n`
const terminal = (state: string, extra: object = {}): string =>
  `event: ${state}\ndata: ${JSON.stringify({ state, last_seq: PIECES.length, ...extra })}\n\n`
const after = (seq: number): string => PIECES.map((_piece, index) => event(index + 1)).slice(seq).join('')

/** One connection: bytes, then its end; `open` stays open. */
interface Connection {
  bytes: Uint8Array
  open?: boolean
}
type Answer = (seq: number) => Connection | Response | Promise<never>

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const whole = (seq: number): Connection => ({ bytes: encode(`: hello\n\n${after(seq)}${terminal('done')}`) })

let asked: number[]
let signals: AbortSignal[]

function body({ bytes, open }: Connection, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes)
      if (!open) controller.close()
      else signal.addEventListener('abort', () => controller.error(signal.reason))
    },
  })
}

/** Answers one request after the other; the last answer serves all that follow. */
function serve(...answers: Answer[]): void {
  vi.stubGlobal('fetch', vi.fn(async (url: string, init: RequestInit) => {
    const seq = Number(new URL(url, 'http://x').searchParams.get('after'))
    const answer = answers[Math.min(asked.length, answers.length - 1)]
    asked.push(seq)
    const signal = init.signal!
    signals.push(signal)
    const given = await answer?.(seq)
    if (!given || given instanceof Response) return given
    return new Response(body(given, signal), { headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } })
  }))
}

interface Read {
  seqs: number[]
  text: string
  links: Link[]
  end?: GenerationEnd
  lost?: Problem
  stop: () => void
}

function read(from = 0): Read {
  const seen: Read = { seqs: [], text: '', links: [], stop: () => undefined }
  seen.stop = followGeneration('g', from, {
    piece: (seq, text) => {
      seen.seqs.push(seq)
      seen.text += text
    },
    link: (link) => seen.links.push(link),
    end: (end) => (seen.end = end),
    lost: (problem) => (seen.lost = problem),
  })
  return seen
}

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
/** Longer than any wait between two tries. */
const LONG_MS = 20_000

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  signals = []
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a whole stream', () => {
  it('gives every piece once, in order, then the end', async () => {
    serve(whole)
    const seen = read()
    await settle()
    expect(seen).toMatchObject({ seqs: [1, 2, 3, 4], text: TEXT, end: { state: 'done', lastSeq: 4 } })
    expect(seen.links).toEqual(['connecting', 'live'])
    expect(asked).toEqual([0])
  })

  it('begins where the reader is', async () => {
    serve(whole)
    const seen = read(2)
    await settle()
    expect(seen.seqs).toEqual([3, 4])
    expect(asked).toEqual([2])
  })

  it('drops pieces that come again', async () => {
    serve(() => whole(0))
    const seen = read(3)
    await settle()
    expect(seen.seqs).toEqual([4])
  })

  it('says why it failed', async () => {
    const problem = { type: 'urn:storybot:problem:engine-timeout', status: 504, title: 'Timeout' }
    serve((seq) => ({ bytes: encode(after(seq) + terminal('failed', { problem })) }))
    const seen = read()
    await settle()
    expect(seen.text).toBe(TEXT)
    expect(seen.end).toMatchObject({ state: 'failed', problem: { slug: 'engine-timeout' } })
  })

  it('has a problem of its own for a failure without one', async () => {
    serve((seq) => ({ bytes: encode(after(seq) + terminal('failed')) }))
    const seen = read()
    await settle()
    expect(seen.end?.problem?.slug).toBe('engine-fault')
  })
})

describe('a broken stream', () => {
  const first = whole(0).bytes
  it.each([...first.keys()])('is whole again after a cut at byte %i', async (cut) => {
    serve(() => ({ bytes: first.slice(0, cut) }), whole)
    const seen = read()
    await settle(LONG_MS)
    expect(seen.seqs).toEqual([1, 2, 3, 4])
    expect(seen.text).toBe(TEXT)
    expect(seen.end).toEqual({ state: 'done', lastSeq: 4 })
    expect(asked).toHaveLength(2)
  })

  it('says that it reconnects, and that it is live again', async () => {
    serve(() => ({ bytes: encode(event(1)) }), whole)
    const seen = read()
    await settle(LONG_MS)
    expect(seen.links).toEqual(['connecting', 'live', 'reconnecting', 'live'])
    expect(asked).toEqual([0, 1])
  })

  it('is offline where the browser says so, and tries all the same', async () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    serve(() => Promise.reject(new TypeError('Failed to fetch')), whole)
    const seen = read()
    await settle(LONG_MS)
    expect(seen.links).toEqual(['connecting', 'offline', 'live'])
    expect(seen.text).toBe(TEXT)
  })

  it('waits longer from try to try, and not at all once the network is back', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    serve(() => Promise.reject(new TypeError('Failed to fetch')))
    const seen = read()
    await settle(499)
    expect(asked).toHaveLength(1)
    await settle(1)
    expect(asked).toHaveLength(2)
    await settle(999)
    expect(asked).toHaveLength(2)
    await settle(1)
    expect(asked).toHaveLength(3)
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(asked).toHaveLength(4)
    seen.stop()
  })

  it('tries at once when the page comes into view', async () => {
    serve(() => Promise.reject(new TypeError('Failed to fetch')), whole)
    const seen = read()
    await settle()
    document.dispatchEvent(new Event('visibilitychange'))
    await settle()
    expect(seen.text).toBe(TEXT)
  })

  it('waits as long as the server asks', async () => {
    serve(() => new Response('', { status: 503, headers: { 'Retry-After': '9' } }), whole)
    const seen = read()
    await settle(8_900)
    expect(asked).toHaveLength(1)
    await settle(200)
    expect(seen.text).toBe(TEXT)
  })

  it('takes a gateway’s page for no stream', async () => {
    serve(() => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }), whole)
    const seen = read()
    await settle(LONG_MS)
    expect(seen.text).toBe(TEXT)
  })

  it('takes an unreadable event for a broken stream', async () => {
    serve(() => ({ bytes: encode(`${event(1)}id: 2\nevent: text\ndata: {"te\n\n`) }), whole)
    const seen = read()
    await settle(LONG_MS)
    expect(seen.seqs).toEqual([1, 2, 3, 4])
  })

  it('is dead after half a minute without a byte', async () => {
    serve(() => ({ bytes: encode(event(1)), open: true }), whole)
    const seen = read()
    await settle(SILENCE_MS - 1)
    expect(asked).toEqual([0])
    await settle(LONG_MS)
    expect(asked).toEqual([0, 1])
    expect(seen.text).toBe(TEXT)
  })

  it('is dead much sooner where the browser went offline, and is trusted again once the server answers', async () => {
    const live: Answer = () => ({ bytes: encode(event(1)), open: true })
    serve(live, live)
    const seen = read()
    await settle(0)
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    window.dispatchEvent(new Event('offline'))
    await settle(DOUBTED_SILENCE_MS - 1)
    expect(asked).toEqual([0])
    await settle(SILENCE_MS - DOUBTED_SILENCE_MS)
    expect(asked).toEqual([0, 1])
    expect(seen.links).toEqual(['connecting', 'live', 'offline', 'live'])
    seen.stop()
  })
})

describe('a gap', () => {
  it('is asked for again', async () => {
    serve(() => ({ bytes: encode(event(1) + event(3) + event(4)) }), whole)
    const seen = read()
    await settle(LONG_MS)
    expect(asked).toEqual([0, 1])
    expect(seen.seqs).toEqual([1, 2, 3, 4])
  })

  it('before the end is asked for again too', async () => {
    serve(() => ({ bytes: encode(event(1) + terminal('done')) }), whole)
    const seen = read()
    await settle(LONG_MS)
    expect(seen.text).toBe(TEXT)
  })

  it('that stays means that the stream is lost', async () => {
    serve(() => ({ bytes: encode(event(4)) }))
    const seen = read()
    await settle(LONG_MS)
    expect(seen.lost).toBeDefined()
    expect(seen.seqs).toEqual([])
    expect(asked).toEqual([0, 0, 0])
  })

  it('is not waited for where the generation is gone', async () => {
    serve(() => new Response('', { status: 404 }))
    const seen = read()
    await settle(LONG_MS)
    expect(seen.lost?.slug).toBe('not-found')
    expect(asked).toHaveLength(1)
  })
})

describe('leaving', () => {
  it('closes the connection and nothing else', async () => {
    serve(() => ({ bytes: encode(event(1)), open: true }))
    const seen = read()
    await settle()
    seen.stop()
    await settle(LONG_MS)
    expect(signals[0]?.aborted).toBe(true)
    expect(asked).toHaveLength(1)
    expect(vi.mocked(fetch).mock.calls.every(([, init]) => (init?.method ?? 'GET') === 'GET')).toBe(true)
    expect(seen.links).toEqual(['connecting', 'live'])
  })

  it('ends a wait between two tries', async () => {
    serve(() => Promise.reject(new TypeError('Failed to fetch')))
    const seen = read()
    await settle()
    seen.stop()
    await settle(LONG_MS)
    expect(asked).toHaveLength(1)
  })
})

it('backs off by doubling, never beyond a quarter of a minute, never below half of it', () => {
  expect([0, 1, 2, 3].map((attempt) => backOffMs(attempt, 1))).toEqual([500, 1000, 2000, 4000])
  expect(backOffMs(30, 1)).toBe(15_000)
  expect(backOffMs(30, 0)).toBe(7_500)
})
