// What was used, month by month.

import { useQuery } from '@tanstack/react-query'
import { apiJson } from '../../api'

/** What one storyteller used in one month. */
export interface Used {
  /** `2026-05`. */
  month: string
  engine: string
  /** What its connection is called; null: it is none, or gone. */
  label: string | null
  generations: number
  tokens_in: number
  tokens_out: number
  /** Whether some of the tokens are only estimated. */
  estimated: boolean
  seconds: number
  costs: { currency: string; micros: number }[]
}

export function useUsed() {
  return useQuery({ queryKey: ['usage'], queryFn: ({ signal }) => apiJson<Used[]>('usage?months=12', { signal }) })
}
