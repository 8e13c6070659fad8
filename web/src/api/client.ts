// The one place where the page talks to the server: the prefix, the trace id, and what a failure is.
// Not here: what is kept of the answers (the query hooks beside this file).

import { fromResponse, isAbort, Problem } from './problem'

const FALLBACK_PREFIX = '/api'

/** The API's prefix, without a trailing slash, from `<meta name="storybot-api">`. */
export function apiPrefix(): string {
  const content = document.querySelector<HTMLMetaElement>('meta[name="storybot-api"]')?.content
  return (content ?? FALLBACK_PREFIX).replace(/\/+$/, '')
}

/** An endpoint such as `stories/…` as the URL that the browser asks for. */
export const apiUrl = (endpoint: string): string => `${apiPrefix()}/${endpoint.replace(/^\/+/, '')}`

/** A fresh id for one user action: 32 hex digits, as in W3C trace context. */
export function newTraceId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What a server with accounts wants besides; set by session.ts once it knows the server. */
export const guard: {
  /** Goes along with every request that changes something; '' where there are no accounts. */
  csrf: string
  credentials: RequestCredentials
  /** Hears of every 401 and 403. Resolves to whether the same request is worth a second try. */
  refused: (response: Response) => Promise<boolean>
} = { csrf: '', credentials: 'same-origin', refused: () => Promise.resolve(false) }

const isSafe = (method = 'GET'): boolean => /^(GET|HEAD|OPTIONS)$/i.test(method)

export interface ApiOptions extends RequestInit {
  /** The id of the user action that this request belongs to; a new one where none is given. */
  traceId?: string
}

/**
 * `fetch` with the API's prefix and a trace id.
 *
 * Resolves to the Response whatever its status, like `fetch`.
 * Raises: Problem `network` when no answer came; AbortError when `options.signal` ended it.
 */
export async function apiFetch(endpoint: string, options: ApiOptions = {}): Promise<Response> {
  const { traceId = newTraceId(), headers, ...rest } = options
  const sent = new Headers(headers)
  sent.set('X-Trace-Id', traceId)
  const send = (): Promise<Response> => {
    if (guard.csrf && !isSafe(rest.method)) sent.set('X-CSRF-Token', guard.csrf)
    return fetch(apiUrl(endpoint), { credentials: guard.credentials, ...rest, headers: sent })
  }
  try {
    const response = await send()
    const isRefused = response.status === 401 || response.status === 403
    return isRefused && (await guard.refused(response.clone())) ? await send() : response
  } catch (error) {
    if (isAbort(error)) throw error
    throw new Problem({ slug: 'network', traceId }, { cause: error })
  }
}

export interface JsonOptions extends Omit<ApiOptions, 'body'> {
  /** What is sent as JSON. */
  json?: unknown
}

function withJson({ json, headers, ...rest }: JsonOptions): ApiOptions {
  const sent = new Headers(headers)
  sent.set('Accept', 'application/json, application/problem+json')
  if (json === undefined) return { ...rest, headers: sent }
  sent.set('Content-Type', 'application/json')
  return { ...rest, headers: sent, body: JSON.stringify(json) }
}

/**
 * One request whose answer is JSON.
 *
 * Returns the parsed body and the answer's headers; the body is undefined for 204.
 * Raises: Problem for every status outside 2xx, for a body that is no JSON (`unreadable`), for no answer (`network`).
 */
export async function apiCall<T>(endpoint: string, options: JsonOptions = {}): Promise<{ body: T; headers: Headers }> {
  const response = await apiFetch(endpoint, withJson(options))
  if (!response.ok) throw await fromResponse(response)
  if (response.status === 204) return { body: undefined as T, headers: response.headers }
  try {
    return { body: (await response.json()) as T, headers: response.headers }
  } catch (error) {
    if (isAbort(error)) throw error
    const traceId = response.headers.get('X-Trace-Id') ?? ''
    throw new Problem({ slug: 'unreadable', status: response.status, traceId }, { cause: error })
  }
}

/** The body alone of `apiCall`. */
export async function apiJson<T>(endpoint: string, options?: JsonOptions): Promise<T> {
  return (await apiCall<T>(endpoint, options)).body
}
