// The cache of all that the server has said, and the listener that learns from it whether the server is there.

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { type Problem, queryDefaults } from '../api'
import { lostServer, reachedServer } from './connection'

const learn = (problem: Problem): void => {
  if (problem.slug === 'network') lostServer()
  else reachedServer()
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: queryDefaults,
    queryCache: new QueryCache({ onError: learn, onSuccess: reachedServer }),
    mutationCache: new MutationCache({ onError: learn, onSuccess: reachedServer }),
  })
}
