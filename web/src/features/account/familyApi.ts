// What the family's pages ask the server.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type AgeBand, apiJson, askSession, keepSession, keys, type Session, type Story } from '../../api'

/** A child that the account has a shelf for. */
export interface Profile {
  id: string
  name: string
  age_band: AgeBand
  /** The only engines that it may use; null: any. */
  engines: string[] | null
  needs_approval: boolean
  waiting: number
}
export type ProfileChange = Pick<Profile, 'name' | 'age_band' | 'engines' | 'needs_approval'>

const family = { profiles: ['profiles'], approvals: ['approvals'] } as const

export function useProfiles() {
  return useQuery({ queryKey: family.profiles, queryFn: ({ signal }) => apiJson<Profile[]>('profiles', { signal }) })
}

export function useApprovals() {
  return useQuery({ queryKey: family.approvals, queryFn: ({ signal }) => apiJson<Story[]>('approvals', { signal }) })
}

/** Saves a child, or a new one where there is no id yet. */
export function useSaveProfile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...change }: ProfileChange & { id?: string | undefined }) =>
      apiJson<Profile>(id === undefined ? 'profiles' : `profiles/${id}`, { method: id === undefined ? 'POST' : 'PATCH', json: change }),
    onSettled: () => client.invalidateQueries({ queryKey: family.profiles }),
  })
}

export function useRemoveProfile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => apiJson<undefined>(`profiles/${id}`, { method: 'DELETE' }),
    onSettled: () => Promise.all([family.profiles, family.approvals, keys.stories].map((queryKey) => client.invalidateQueries({ queryKey }))),
  })
}

export function useDecide() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, verdict }: { id: string; verdict: 'approve' | 'refuse' }) => apiJson<Story>(`stories/${id}/${verdict}`, { method: 'POST', json: {} }),
    onSettled: () => Promise.all([family.profiles, family.approvals, keys.stories].map((queryKey) => client.invalidateQueries({ queryKey }))),
  })
}

export async function savePin(pin: string | null): Promise<void> {
  await apiJson('auth/pin', { method: 'PUT', json: { pin } })
  await askSession()
}

export const handOver = async (profileId: string): Promise<void> =>
  keepSession(await apiJson<Session>('auth/profile', { method: 'POST', json: { profile_id: profileId } }))

export const leaveChild = async (proof: { pin: string } | { password: string }): Promise<void> =>
  keepSession(await apiJson<Session>('auth/profile/leave', { method: 'POST', json: proof }))
