// What the administration asks the server.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { apiCall, apiJson } from '../../api'
import { nextPage } from '../../api/link'

export const quotas = ['stories', 'running', 'tokens', 'text', 'uploads', 'requests'] as const
export type Quota = (typeof quotas)[number]

export interface Person {
  id: string
  email: string
  role: 'member' | 'admin'
  active: boolean
  confirmed: boolean
  last_seen_at: string | null
  /** What differs from the limits of everybody. */
  quotas: Partial<Record<Quota, number>>
  today: { stories: number; tokens: number }
}
export interface PersonChange {
  active?: boolean
  role?: Person['role']
  /** null: as for everybody. */
  quotas?: Partial<Record<Quota, number | null>>
}
export interface Invitation {
  id: string
  email: string | null
  state: 'open' | 'used' | 'expired'
  expires_at: string
}
export interface Usage {
  accounts: number
  active_today: number
  defaults: Partial<Record<Quota, number | null>>
  days: { day: string; requests: number; stories: number; tokens: number; people: number }[]
}

const PEOPLE = ['admin', 'accounts']
const INVITATIONS = ['admin', 'invitations']

export function usePeople(q: string) {
  return useInfiniteQuery({
    queryKey: [...PEOPLE, q],
    queryFn: async ({ pageParam, signal }) => {
      const query = pageParam ?? `?${new URLSearchParams({ limit: '50', ...(q === '' ? {} : { q }) }).toString()}`
      const { body, headers } = await apiCall<Person[]>(`admin/accounts${query}`, { signal })
      return { people: body, next: nextPage(headers.get('Link')) }
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    select: ({ pages }) => pages.flatMap(({ people }) => people),
  })
}

/** The query is asked again by whoever has verified meanwhile, so it is no mutation hook. */
export function useChangePerson(): (id: string, change: PersonChange) => Promise<void> {
  const client = useQueryClient()
  return async (id, change) => {
    await apiJson<Person>(`admin/accounts/${id}`, { method: 'PATCH', json: change })
    await client.invalidateQueries({ queryKey: PEOPLE })
  }
}

export function useInvitations() {
  return useQuery({ queryKey: INVITATIONS, queryFn: ({ signal }) => apiJson<Invitation[]>('admin/invitations', { signal }) })
}

export function useInvite() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (email: string) =>
      apiJson<Invitation & { link: string; mailed: boolean }>('admin/invitations', { method: 'POST', json: email === '' ? {} : { email } }),
    onSettled: () => client.invalidateQueries({ queryKey: INVITATIONS }),
  })
}

export function useWithdraw() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => apiJson<undefined>(`admin/invitations/${id}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: INVITATIONS }),
  })
}

export function useUsage() {
  return useQuery({ queryKey: ['admin', 'usage'], queryFn: ({ signal }) => apiJson<Usage>('admin/usage?days=14', { signal }) })
}
