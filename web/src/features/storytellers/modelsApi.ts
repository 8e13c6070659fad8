// Models on this machine: which there are, which are here, and what is on its way.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { apiJson, fromDetails, keys, type Problem } from '../../api'

export interface Pull {
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  /** Bytes. */
  done: number
  total: number | null
  bytes_per_s: number | null
  seconds_left: number | null
  problem: object | null
}

export interface Model {
  name: string
  title: string
  state: 'ready' | 'loading' | 'not-downloaded' | 'broken' | 'off'
  /** The slug of why it cannot be used. */
  reason: string | null
  here: boolean
  size_bytes: number | null
  memory_bytes: number | null
  fits: 'yes' | 'tight' | 'no' | null
  licence: string | null
  languages: string[]
  /** What it is like for stories; null: nobody has said. */
  about: Record<'de' | 'en', string> | null
  pull: Pull | null
}

const models = ['models'] as const
const PULLING_MS = 1_000

export const isUnderWay = ({ pull }: Model): boolean => pull?.state === 'queued' || pull?.state === 'running'
export const problemOf = ({ pull }: Model): Problem | undefined => (pull?.state === 'failed' ? fromDetails(pull.problem) : undefined)

export function useModels() {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: models,
    queryFn: ({ signal }) => apiJson<Model[]>('models', { signal }),
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? PULLING_MS : false),
  })
  // Who can tell follows from what is here.
  const here = query.data?.filter((one) => one.here).map(({ name }) => name).join('\n')
  const before = useRef(here)
  useEffect(() => {
    if (before.current !== undefined && before.current !== here) void client.invalidateQueries({ queryKey: keys.engines })
    before.current = here
  }, [client, here])
  return query
}

function useModelDeed(endpoint: (name: string) => string, method: 'POST' | 'DELETE') {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => apiJson<unknown>(endpoint(encodeURIComponent(name)), { method }),
    onSettled: () => client.invalidateQueries({ queryKey: models }),
  })
}

/** Begins a download, or goes on with one that was broken off. */
export const usePull = () => useModelDeed((name) => `models/${name}/pulls`, 'POST')
export const useCancelPull = () => useModelDeed((name) => `models/${name}/pulls`, 'DELETE')
export const useDeleteModel = () => useModelDeed((name) => `models/${name}`, 'DELETE')
