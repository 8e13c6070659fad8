// What all the query hooks share: the names under which answers are kept, when a failed
// request is tried again, and the key that makes a repeated action count once.

import { useCallback, useRef } from 'react'
import type { DefaultOptions } from '@tanstack/react-query'
import { newTraceId } from './client'
import { isPermanent, type Problem } from './problem'

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: Problem
  }
}

export interface StoriesFilter {
  q?: string
  bin?: boolean
}

export const keys = {
  prompts: ['prompts'] as const,
  stories: ['stories'] as const,
  shelf: ({ q = '', bin = false }: StoriesFilter) => ['stories', { q, bin }] as const,
  story: (id: string) => ['story', id] as const,
  passages: (id: string) => ['story', id, 'passages'] as const,
  configuration: ['configuration'] as const,
  engines: ['engines'] as const,
}

const TRIES = 2

/** For `new QueryClient({ defaultOptions })`. Requests go out even when the browser calls itself offline: the server may be this machine. */
export const queryDefaults: DefaultOptions = {
  queries: {
    networkMode: 'always',
    staleTime: 2_000,
    retry: (failures, error) => !isPermanent(error) && failures < TRIES,
    retryDelay: (failures, error) => Math.max(400 * 2 ** failures, (error.retryAfterS ?? 0) * 1000),
  },
  mutations: { networkMode: 'always', retry: false },
}

/**
 * Keys for the `Idempotency-Key` header: the same body gets the same key until it has succeeded,
 * so that a second press after a lost answer makes nothing twice.
 */
export function useIdempotencyKey(): { keyOf: (body: unknown) => string; succeeded: () => void } {
  const open = useRef<{ body: string; key: string } | undefined>(undefined)
  const keyOf = useCallback((body: unknown): string => {
    const written = JSON.stringify(body)
    if (open.current?.body !== written) open.current = { body: written, key: newTraceId() }
    return open.current.key
  }, [])
  const succeeded = useCallback((): void => {
    open.current = undefined
  }, [])
  return { keyOf, succeeded }
}
