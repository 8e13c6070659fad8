// The reader's defaults, and the engines that can write.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { apiJson } from './client'
import { keys } from './queries'
import type { Configuration, ConfigurationChange, Engine } from './types'

const MINUTE_MS = 60_000

export function useConfiguration() {
  return useQuery({
    queryKey: keys.configuration,
    queryFn: ({ signal }) => apiJson<Configuration>('configuration', { signal }),
    staleTime: MINUTE_MS,
  })
}

/** Shows the change at once and takes it back when the server refuses. */
export function useSaveConfiguration() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: ConfigurationChange) =>
      apiJson<Configuration>('configuration', { method: 'PATCH', json: change }),
    onMutate: async (change) => {
      await client.cancelQueries({ queryKey: keys.configuration })
      const before = client.getQueryData<Configuration>(keys.configuration)
      client.setQueryData<Configuration>(keys.configuration, (kept) => kept && { ...kept, ...change })
      return { before }
    },
    onSuccess: (saved) => client.setQueryData(keys.configuration, saved),
    onError: (_problem, _change, context) => client.setQueryData(keys.configuration, context?.before),
  })
}

export function useEngines() {
  return useQuery({
    queryKey: keys.engines,
    queryFn: ({ signal }) => apiJson<Engine[]>('engines', { signal }),
    staleTime: MINUTE_MS,
  })
}
