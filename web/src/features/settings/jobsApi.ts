// Long jobs: everything out as an archive, an archive in, everything deleted. The server does them; this asks how far they are.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { apiFetch, apiJson, apiUrl, fromDetails, type Job, Problem } from '../../api'
import { useVerified } from '../../lib/verified'

/** How often an open job is asked for, in milliseconds. */
const ASK_MS = 700

const lists = { exports: ['jobs', 'exports'], imports: ['jobs', 'imports'] } as const
const erasure = ['jobs', 'erasure'] as const

export const isOpen = (job: Job | undefined): boolean => job?.state === 'queued' || job?.state === 'running'

/** Where the browser downloads what an export made. */
export const fileUrl = ({ id }: Job): string => apiUrl(`exports/${id}/file`)

/** The newest job of a kind in the last day, kept up to date while it is open. */
export function useNewest(kind: keyof typeof lists) {
  return useQuery({
    queryKey: lists[kind],
    queryFn: ({ signal }) => apiJson<Job[]>(kind, { signal }),
    refetchInterval: ({ state }) => (isOpen(state.data?.[0]) ? ASK_MS : false),
    select: (jobs) => jobs[0],
  })
}

export function useBeginExport() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => apiJson<Job>('exports', { method: 'POST' }),
    onSuccess: (job) => client.setQueryData<Job[]>(lists.exports, [job]),
  })
}

async function send(file: File): Promise<Job> {
  const body = new FormData()
  body.append('file', file)
  const response = await apiFetch('imports', { method: 'POST', body })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok && answer) return answer as Job
  throw fromDetails(answer) ?? new Problem({ slug: response.status === 413 ? 'import-too-large' : 'unreadable', status: response.status })
}

/** limit: the largest archive that the server takes, in bytes. */
export function useBeginImport(limit: number | undefined) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (file: File) => {
      // The server would break off in mid-transfer, which looks like a broken network.
      if (limit !== undefined && file.size > limit) throw new Problem({ slug: 'import-too-large', status: 413 })
      return send(file)
    },
    onSuccess: (job) => client.setQueryData<Job[]>(lists.imports, [job]),
  })
}

export function useErase() {
  const client = useQueryClient()
  const verified = useVerified()
  return useMutation({
    mutationFn: () => verified(() => apiJson<Job>('data', { method: 'DELETE', json: { confirm: 'delete' } })),
    onSuccess: (job) => client.setQueryData<Job>(erasure, job),
  })
}

/** The deletion that was asked for on this page, kept up to date while it is open. */
export function useErasure() {
  const client = useQueryClient()
  return useQuery<Job>({
    queryKey: erasure,
    queryFn: ({ signal }) => apiJson<Job>(`erasures/${client.getQueryData<Job>(erasure)?.id ?? ''}`, { signal }),
    enabled: ({ state }) => isOpen(state.data),
    refetchInterval: ({ state }) => (isOpen(state.data) ? ASK_MS : false),
    staleTime: 0,
  })
}

/** Once an open job of another kind than an export is over, all that is kept of the server's answers is old. */
export function useFreshAfter(job: Job | undefined): void {
  const client = useQueryClient()
  const wasOpen = useRef(false)
  const open = isOpen(job)
  useEffect(() => {
    if (wasOpen.current && !open) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey !== erasure })
    wasOpen.current = open
  }, [client, open])
}
