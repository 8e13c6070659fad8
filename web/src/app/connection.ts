// Whether the server can be reached: believed from what requests experience, not from what the browser thinks of
// its network, since the server may be this very machine. While it is away, it is looked for every few seconds.

import { useSyncExternalStore } from 'react'
import type { QueryClient } from '@tanstack/react-query'
import { apiFetch } from '../api'

const LOOK_AGAIN_MS = 4_000

let away = false
let timer: ReturnType<typeof setTimeout> | undefined
let queries: QueryClient | undefined
const watchers = new Set<() => void>()

function set(next: boolean): void {
  if (away === next) return
  away = next
  for (const watcher of watchers) watcher()
  if (!next) void queries?.invalidateQueries()
}

async function look(): Promise<void> {
  clearTimeout(timer)
  try {
    const response = await apiFetch('healthz', { cache: 'no-store' })
    set(!response.ok)
  } catch {
    set(true)
  }
  if (away) timer = setTimeout(() => void look(), LOOK_AGAIN_MS)
}

/**
 * A request got no answer from the server.
 *
 * Only `look` ends that: where one request always fails and others do not, going by the others would
 * ask for everything again without a pause.
 */
export function lostServer(): void {
  if (away) return
  set(true)
  timer = setTimeout(() => void look(), LOOK_AGAIN_MS)
}

/** Resolves when the server answers again; at once where it is not known to be away. */
export function whenReached(): Promise<void> {
  if (!away) return Promise.resolve()
  return new Promise((resolve) => {
    const watcher = (): void => {
      if (away) return
      watchers.delete(watcher)
      resolve()
    }
    watchers.add(watcher)
  })
}

/** Looks whenever the browser says that its network has changed; returns what ends that. */
export function watchConnection(client: QueryClient): () => void {
  queries = client
  const onChange = (): void => void look()
  addEventListener('online', onChange)
  addEventListener('offline', onChange)
  return () => {
    removeEventListener('online', onChange)
    removeEventListener('offline', onChange)
    clearTimeout(timer)
    away = false
  }
}

export function useIsAway(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => away,
  )
}
