// The cache of all that the server has said, and the listener that learns from it when the server is away.

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { type Problem, queryDefaults } from '../api'
import { lostServer } from './connection'

const learn = (problem: Problem): void => {
  if (problem.slug === 'network') lostServer()
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: queryDefaults,
    queryCache: new QueryCache({ onError: learn }),
    mutationCache: new MutationCache({ onError: learn }),
  })
}
