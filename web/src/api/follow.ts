// Follows the text of one generation over the event stream until it ends, whatever the network does.
// It drops no piece, hands on none twice, and never stops the generation: it only reads.

import { apiFetch, newTraceId } from './client'
import { asProblem, fromDetails, fromResponse, isPermanent, Problem } from './problem'
import { EventStreamParser, type ServerEvent } from './sse'

/** `offline` is what the browser says of itself; tries go on all the same (the server may be this machine). */
export type Link = 'connecting' | 'live' | 'reconnecting' | 'offline'

export interface GenerationEnd {
  state: 'done' | 'stopped' | 'failed'
  lastSeq: number
  problem?: Problem
}

export interface FollowListener {
  /** One piece of text; `seq` is always one more than the last one handed on. */
  piece: (seq: number, text: string) => void
  link: (link: Link) => void
  /** The generation has ended; nothing follows. */
  end: (end: GenerationEnd) => void
  /** The stream cannot be followed (gone, or it leaves out pieces again and again): ask for the passage anew. */
  lost: (problem: Problem) => void
}

/** No byte for so long, not even a comment, and the connection counts as dead. */
export const SILENCE_MS = 30_000
/** The same for a connection during which the browser went offline: often it is dead and the browser does not notice. */
export const DOUBTED_SILENCE_MS = 3_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** So many connections in a row that leave out the same piece, and the stream counts as lost. */
const GAPS_BEFORE_LOST = 3

class Gap extends Error {}
class Silence extends Error {}

const END_STATES: Record<string, GenerationEnd['state'] | undefined> = { done: 'done', stopped: 'stopped', failed: 'failed' }

/** Milliseconds before try number `attempt` (0 = the first again): doubling, with half of it by chance. */
export function backOffMs(attempt: number, chance = Math.random()): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt)
  return whole / 2 + (whole / 2) * chance
}

function parsePiece(event: ServerEvent): { seq: number; text: string } {
  const seq = Number(event.lastEventId)
  const { text } = JSON.parse(event.data) as { text?: unknown }
  if (!Number.isSafeInteger(seq) || seq < 1 || typeof text !== 'string') throw new Problem({ slug: 'unreadable' })
  return { seq, text }
}

function parseEnd(event: ServerEvent, state: GenerationEnd['state'], seen: number): GenerationEnd {
  const { last_seq: lastSeq, problem } = JSON.parse(event.data) as { last_seq?: unknown; problem?: unknown }
  const end: GenerationEnd = { state, lastSeq: typeof lastSeq === 'number' ? lastSeq : seen }
  if (state === 'failed') end.problem = fromDetails(problem) ?? new Problem({ slug: 'engine-fault' })
  return end
}

class Follower {
  private readonly stopped = new AbortController()
  private readonly traceId = newTraceId()
  private attempt = 0
  private gaps = 0
  private retryAfterMs = 0
  private wake: () => void = () => undefined
  /** Whether the browser went offline since the connection was made. */
  private isDoubted = false
  private heard: () => void = () => undefined

  constructor(
    private readonly generationId: string,
    private seen: number,
    private readonly listener: FollowListener,
  ) {}

  readonly stop = (): void => {
    this.stopped.abort()
    this.wake()
  }

  async run(): Promise<void> {
    const wake = (): void => {
      if (document.visibilityState !== 'hidden') this.wake()
    }
    const doubt = (): void => {
      this.isDoubted = true
      this.heard()
    }
    window.addEventListener('offline', doubt)
    window.addEventListener('online', wake)
    document.addEventListener('visibilitychange', wake)
    this.listener.link('connecting')
    try {
      while (!this.stopped.signal.aborted) {
        if (await this.connect()) return
        await this.pause()
      }
    } finally {
      window.removeEventListener('offline', doubt)
      window.removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', wake)
    }
  }

  /** One connection. Returns true when there is nothing more to follow. */
  private async connect(): Promise<boolean> {
    const before = this.seen
    try {
      const end = await this.read()
      if (end && !this.stopped.signal.aborted) this.listener.end(end)
      if (end) return true
      this.failedTry(before)
    } catch (error) {
      if (this.stopped.signal.aborted) return true
      const problem = error instanceof Problem ? error : undefined
      if (problem && isPermanent(problem)) return this.giveUp(problem)
      this.failedTry(before, problem?.retryAfterS)
      if (error instanceof Gap && (this.gaps += 1) >= GAPS_BEFORE_LOST) return this.giveUp(asProblem(error))
    }
    return this.stopped.signal.aborted
  }

  private giveUp(problem: Problem): true {
    this.listener.lost(problem)
    return true
  }

  private failedTry(before: number, retryAfterS = 0): void {
    const progressed = this.seen > before
    if (progressed) this.gaps = 0
    this.attempt = progressed ? 0 : this.attempt + 1
    this.retryAfterMs = retryAfterS * 1000
    if (!this.stopped.signal.aborted) this.listener.link(navigator.onLine ? 'reconnecting' : 'offline')
  }

  /** Waits before the next try; the browser's `online` or the page coming into view ends the wait. */
  private async pause(): Promise<void> {
    if (this.stopped.signal.aborted) return
    const wait = Math.max(backOffMs(Math.max(0, this.attempt - 1)), this.retryAfterMs)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.wake = () => undefined
  }

  /** Reads one connection to its end; undefined when it broke off before a terminal event. */
  private async read(): Promise<GenerationEnd | undefined> {
    const connection = new AbortController()
    const drop = (): void => connection.abort()
    this.stopped.signal.addEventListener('abort', drop, { once: true })
    let silent: ReturnType<typeof setTimeout> | undefined
    this.heard = () => {
      clearTimeout(silent)
      silent = setTimeout(() => connection.abort(new Silence()), this.isDoubted ? DOUBTED_SILENCE_MS : SILENCE_MS)
    }
    this.heard()
    try {
      return await this.readBody(connection.signal)
    } finally {
      this.heard = () => undefined
      clearTimeout(silent)
      connection.abort()
      this.stopped.signal.removeEventListener('abort', drop)
    }
  }

  private async readBody(signal: AbortSignal): Promise<GenerationEnd | undefined> {
    const response = await apiFetch(`generations/${this.generationId}/events?after=${this.seen}`, {
      headers: { Accept: 'text/event-stream' },
      cache: 'no-store',
      traceId: this.traceId,
      signal,
    })
    if (!response.ok) throw await fromResponse(response)
    if (!response.body || !response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
      throw new Problem({ slug: 'unreadable' })
    }
    this.listener.link('live')
    this.isDoubted = false
    const parser = new EventStreamParser()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done || this.stopped.signal.aborted) return undefined
      this.heard()
      for (const event of parser.push(value)) {
        if (signal.aborted) return undefined
        const end = this.take(event)
        if (end) return end
      }
    }
  }

  private take(event: ServerEvent): GenerationEnd | undefined {
    const state = END_STATES[event.type]
    if (state) {
      const end = parseEnd(event, state, this.seen)
      if (end.lastSeq > this.seen) throw new Gap()
      return end
    }
    if (event.type !== 'text') return undefined
    const { seq, text } = parsePiece(event)
    if (seq <= this.seen) return undefined
    if (seq > this.seen + 1) throw new Gap()
    this.seen = seq
    this.listener.piece(seq, text)
    return undefined
  }
}

/**
 * Follows a generation from the piece after number `after` (0 = from its beginning).
 *
 * Returns a function that ends the reading; the generation itself goes on.
 */
export function followGeneration(generationId: string, after: number, listener: FollowListener): () => void {
  const follower = new Follower(generationId, after, listener)
  void follower.run()
  return follower.stop
}
