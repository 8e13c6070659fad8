// The page's own sentence for a problem, in the reader's language.

import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem } from './problem'
import problemDe from './problem.de'

export type ProblemSentence = keyof typeof problemDe

const isSentence = (name: string): name is ProblemSentence => Object.hasOwn(problemDe, name)

/** Which sentence fits a problem, and what stands in its gaps. */
export function sentenceOf(problem: Problem): [ProblemSentence, Record<string, string | number>] {
  const { slug, extra, retryAfterS } = problem
  const gaps = [
    ['wait', 'seconds', retryAfterS && Math.ceil(retryAfterS)],
    ['host', 'host', extra.host],
    ['named', 'model', extra.model],
  ] as const
  for (const [kind, gap, value] of gaps) {
    const name = `${slug}-${kind}`
    if (isSentence(name) && (typeof value === 'string' || typeof value === 'number') && value) return [name, { [gap]: value }]
  }
  if (isSentence(slug)) return [slug, {}]
  return [slug.startsWith('engine-') ? 'engine-fault' : 'unknown', {}]
}

/** A function that says a problem in a sentence with a next step in it. */
export function useProblemText(): (problem: Problem) => string {
  const { t } = useTranslation('problem')
  return useCallback(
    (problem: Problem) => {
      const [name, gaps] = sentenceOf(problem)
      return t(name, gaps)
    },
    [t],
  )
}
