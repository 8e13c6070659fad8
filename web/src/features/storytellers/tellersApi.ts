// Who can tell, and the servers that were connected: asked for, kept fresh, changed.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { apiJson, type Engine, keys } from '../../api'

export type TellerState = 'ready' | 'loading' | 'needs-key' | 'unreachable' | 'not-downloaded' | 'off' | 'unchecked'

/** One engine, as `GET /engines` names it. */
export interface Teller {
  ref: string
  kind: 'storyteller' | 'openai' | 'local'
  name: string
  state: TellerState
  reason: string | null
  default: boolean
  model: string | null
  models: { name: string }[]
  place: 'here' | 'sent'
  host: string | null
  shared: boolean
}

export interface Prices {
  currency: string
  in: number
  out: number
}
export const waits = ['connect_s', 'first_text_s', 'stall_s'] as const
export type Wait = (typeof waits)[number]

export interface Connection {
  id: string
  name: string
  preset: string | null
  /** null: it is shared by an administrator, who alone sees it. */
  base_url: string | null
  has_key: boolean
  has_headers: boolean
  model: string | null
  prices: Prices | null
  timeouts: Partial<Record<Wait, number>> | null
  shared: boolean
  own: boolean
  checked_at: string | null
  check: { state: TellerState | 'running'; models: string[]; latency_ms: number | null; problem: string | null } | null
}

export interface ConnectionChange {
  name?: string
  preset?: string | null
  base_url?: string
  /** null: forget the one that is kept. */
  key?: string | null
  headers?: Record<string, string> | null
  model?: string | null
  prices?: Prices | null
  timeouts?: Partial<Record<Wait, number>> | null
  shared?: boolean
}

export interface Preset {
  id: string
  name: string
  base_url: string
  place: 'here' | 'sent'
  needs_key: boolean
  key_url: string | null
}

const connections = ['connections'] as const
const CHECKING_MS = 700
const LOADING_MS = 3_000

export const refOf = ({ id }: { id: string }): string => `openai:${id}`
export const isUsable = ({ state }: { state: TellerState }): boolean => state === 'ready' || state === 'loading' || state === 'unchecked'

const tellerOf = ({ name, label, models, ...rest }: Engine): Teller => ({
  ...rest,
  ref: name,
  name: label ?? name,
  models: models.map((model) => ({ name: model })),
})
const tellersOf = (engines: Engine[]): Teller[] => engines.map(tellerOf)

export function useTellers() {
  return useQuery({
    queryKey: keys.engines,
    queryFn: ({ signal }) => apiJson<Engine[]>('engines', { signal }),
    select: tellersOf,
    refetchInterval: ({ state }) => (state.data?.some((one) => one.state === 'loading') ? LOADING_MS : false),
  })
}

export const isChecking = ({ check }: Connection): boolean => check?.state === 'running'

export function useConnections() {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: connections,
    queryFn: ({ signal }) => apiJson<Connection[]>('connections', { signal }),
    refetchInterval: ({ state }) => (state.data?.some(isChecking) ? CHECKING_MS : false),
  })
  // What a check finds decides who can tell.
  const checked = query.data?.map(({ id, checked_at }) => `${id} ${checked_at ?? ''}`).join('\n')
  const before = useRef(checked)
  useEffect(() => {
    if (before.current !== undefined && before.current !== checked) void client.invalidateQueries({ queryKey: keys.engines })
    before.current = checked
  }, [client, checked])
  return query
}

export function usePresets() {
  return useQuery({
    queryKey: ['connections', 'presets'],
    queryFn: ({ signal }) => apiJson<Preset[]>('connections/presets', { signal }),
    staleTime: Infinity,
  })
}

/** After a change both lists are asked for again: what can tell follows from what is connected. */
function useFresh(): () => Promise<unknown> {
  const client = useQueryClient()
  return () =>
    Promise.all([client.invalidateQueries({ queryKey: connections, exact: true }), client.invalidateQueries({ queryKey: keys.engines })])
}

export function useSaveConnection() {
  const fresh = useFresh()
  return useMutation({
    mutationFn: async ({ id, change }: { id: string | undefined; change: ConnectionChange }): Promise<Connection> => {
      const saved = await apiJson<Connection>(id === undefined ? 'connections' : `connections/${id}`, {
        method: id === undefined ? 'POST' : 'PATCH',
        json: change,
      })
      return saved
    },
    onSuccess: fresh,
  })
}

/** Asks the server what it is; the answer comes into the connection's `check`. */
export function useCheck() {
  const fresh = useFresh()
  return useMutation({
    mutationFn: (id: string) => apiJson<unknown>(`connections/${id}/checks`, { method: 'POST' }),
    onSettled: fresh,
  })
}

export function useDeleteConnection() {
  const fresh = useFresh()
  return useMutation({
    mutationFn: (id: string) => apiJson<undefined>(`connections/${id}`, { method: 'DELETE' }),
    onSettled: fresh,
  })
}
