// One shape for everything that can go wrong between the page and the server.
// Every function of the API client that fails throws a Problem and nothing else
// (but an AbortError, where the caller itself took its request back).

import type { ProblemDetails } from './types'

const URN = 'urn:storybot:problem:'
const KNOWN = new Set(['type', 'title', 'status', 'detail', 'instance', 'trace_id', 'errors'])

interface ProblemParts {
  slug: string
  status?: number
  title?: string
  detail?: string
  instance?: string
  traceId?: string
  errors?: { pointer: string; detail: string }[]
  extra?: Record<string, unknown>
}

/** A failure with a slug that the page has a sentence for; `status` is 0 when no answer came. */
export class Problem extends Error {
  readonly slug: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly instance: string
  readonly traceId: string
  readonly errors: { pointer: string; detail: string }[]
  readonly extra: Record<string, unknown>

  constructor(parts: ProblemParts, options?: ErrorOptions) {
    super(parts.detail ?? parts.title ?? parts.slug, options)
    this.name = 'Problem'
    this.slug = parts.slug
    this.status = parts.status ?? 0
    this.title = parts.title ?? ''
    this.detail = parts.detail ?? ''
    this.instance = parts.instance ?? ''
    this.traceId = parts.traceId ?? ''
    this.errors = parts.errors ?? []
    this.extra = parts.extra ?? {}
  }

  /** Seconds to wait before another try, where the server named them. */
  get retryAfterS(): number | undefined {
    const value = this.extra.retry_after_s
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
  }
}

/** Whether `value` has the shape of problem details with one of this API's slugs. */
function isDetails(value: unknown): value is ProblemDetails {
  if (typeof value !== 'object' || value === null) return false
  const type = (value as { type?: unknown }).type
  return typeof type === 'string' && type.startsWith(URN)
}

function listOfErrors(value: unknown): { pointer: string; detail: string }[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return []
    const { pointer, detail } = item as { pointer?: unknown; detail?: unknown }
    return typeof pointer === 'string' && typeof detail === 'string' ? [{ pointer, detail }] : []
  })
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Problem details (of an answer, of a `failed` event, of a generation) as a Problem; undefined if they are none. */
export function fromDetails(value: unknown, traceId = ''): Problem | undefined {
  if (!isDetails(value)) return undefined
  const extra = Object.fromEntries(Object.entries(value).filter(([name]) => !KNOWN.has(name)))
  return new Problem({
    slug: value.type.slice(URN.length),
    status: typeof value.status === 'number' ? value.status : 0,
    title: text(value.title),
    detail: text(value.detail),
    instance: text(value.instance),
    traceId: text(value.trace_id) || traceId,
    errors: listOfErrors(value.errors),
    extra,
  })
}

const SLUG_OF_STATUS: Record<number, string> = {
  400: 'bad-request',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  409: 'conflict',
  413: 'too-large',
  415: 'unsupported-media-type',
  422: 'invalid',
  429: 'too-many-requests',
  500: 'internal',
  503: 'not-ready',
}

/**
 * The Problem that an answer stands for whose status is not 2xx. A gateway's HTML page or an
 * empty body has no slug of its own, so the status decides, and is `unreadable` where it says nothing.
 */
export async function fromResponse(response: Response): Promise<Problem> {
  const traceId = response.headers.get('X-Trace-Id') ?? ''
  const body: unknown = await response.json().catch(() => undefined)
  const named = fromDetails(body, traceId)
  if (named) return named
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return new Problem({
    slug: SLUG_OF_STATUS[response.status] ?? (response.status >= 502 ? 'gateway' : 'unreadable'),
    status: response.status,
    traceId,
    extra: Number.isFinite(wait) ? { retry_after_s: wait } : {},
  })
}

/** Whatever was thrown, as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem({ slug: 'unreadable' }, { cause: error })
}

/** Whether the same request would fail the same way: everything in 4xx but "too early" and "too many". */
export function isPermanent(problem: Problem): boolean {
  return problem.status >= 400 && problem.status < 500 && problem.status !== 408 && problem.status !== 425 && problem.status !== 429
}

/** Whether the caller itself took its request back. */
export const isAbort = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError'
