// The page's own sentence for a problem, in the reader's language.

import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { fromNow } from '../lib/fromNow'
import type { Problem } from './problem'
import type problemDe from './problem.de'

export type ProblemSentence = keyof typeof problemDe

/** Which of the `sentences` fits a problem, and what stands in its gaps. */
export function sentenceOf(problem: Problem, sentences: object): [ProblemSentence, Record<string, string | number>] {
  const { slug, extra, retryAfterS } = problem
  const isSentence = (name: string): name is ProblemSentence => Object.hasOwn(sentences, name)
  const gaps = [
    ['wait', 'seconds', retryAfterS && Math.ceil(retryAfterS)],
    ['host', 'host', extra.host],
    ['named', 'model', extra.model],
  ] as const
  for (const [kind, gap, value] of gaps) {
    const name = `${slug}-${kind}`
    if (isSentence(name) && (typeof value === 'string' || typeof value === 'number') && value) return [name, { [gap]: value }]
  }
  // Which of the things that a person may use is used up, and when there is more of it.
  const quota = `${slug}-${String(extra.quota)}`
  if (isSentence(quota)) return [quota, { seconds: Math.ceil(retryAfterS ?? 0) }]
  if (isSentence(slug)) return [slug, {}]
  return [slug.startsWith('engine-') ? 'engine-fault' : 'unknown', {}]
}

/** A function that says a problem in a sentence with a next step in it. */
export function useProblemText(): (problem: Problem) => string {
  const { t, i18n } = useTranslation('problem')
  return useCallback(
    (problem: Problem) => {
      // Not those of one language at hand: they would be loaded for every reader of another.
      const [name, gaps] = sentenceOf(problem, i18n.getResourceBundle(i18n.language, 'problem') as object)
      return t(name, { ...gaps, wait: fromNow(Number(gaps.seconds ?? 0), i18n.language) })
    },
    [t, i18n],
  )
}
