// A taste: a sentence or two, told at once, with the seconds that it took.

import { useCallback, useEffect, useRef, useState } from 'react'
import { apiFetch, apiJson, asProblem, followGeneration, type Language, type Problem } from '../../api'

export interface Trial {
  text: string
  state: 'waiting' | 'telling' | 'over'
  /** Seconds from the press to the first text; undefined before it came. */
  firstS: number | undefined
  /** Words a second after the first text; undefined where there were too few to say. */
  speed: number | undefined
  problem: Problem | undefined
}

interface Begun {
  story_id: string
  generation: { id: string }
}

/** Fewer words than this tell nothing about the speed. */
const FEWEST_WORDS = 5
/** After so many words a taste is over at the next end of a sentence, and after so many more in any case. */
const ENOUGH_WORDS = 40
const MOST_WORDS = 80
const SENTENCE_END = /[.!?…]["“”»]?\s*$/
/** Nor does a shorter span: text that was ready at once says nothing of who wrote it. */
const SHORTEST_S = 0.2

export const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length

const beginning: Trial = { text: '', state: 'waiting', firstS: undefined, speed: undefined, problem: undefined }

/** `begin` asks the storyteller for a taste; `end` is for who has heard enough. Leaving the page ends it, too. */
export function useTrial(): { trial: Trial | undefined; begin: (order: object, language: Language) => Promise<void>; end: () => void } {
  const [trial, setTrial] = useState<Trial>()
  const leave = useRef<() => void>(() => undefined)
  const round = useRef(0)
  const stop = useCallback((): void => {
    round.current += 1
    leave.current()
    leave.current = () => undefined
  }, [])
  useEffect(() => stop, [stop])

  const begin = useCallback(
    async (order: object, language: Language): Promise<void> => {
      stop()
      const own = round.current
      setTrial(beginning)
      const started = performance.now()
      const change = (part: Partial<Trial>): void => setTrial((now) => now && { ...now, ...part })
      const over = (problem: Problem | undefined): void => change({ state: 'over', problem })
      let text = ''
      let first: { at: number; words: number } | undefined
      try {
        const { generation } = await apiJson<Begun>('engines/trials', { method: 'POST', json: { ...order, language } })
        const quit = (): void => void apiFetch(`generations/${generation.id}/stop`, { method: 'POST' }).catch(() => undefined)
        if (round.current !== own) {
          quit()
          return
        }
        const unfollow = followGeneration(generation.id, 0, {
          piece: (_seq, piece) => {
            text += piece
            const now = performance.now()
            first ??= { at: now, words: wordsIn(text) }
            const told = wordsIn(text)
            const words = told - first.words
            const seconds = (now - first.at) / 1000
            change({
              text,
              state: 'telling',
              firstS: (first.at - started) / 1000,
              ...(words >= FEWEST_WORDS && seconds >= SHORTEST_S ? { speed: words / seconds } : {}),
            })
            if (told >= MOST_WORDS || (told >= ENOUGH_WORDS && SENTENCE_END.test(text))) {
              stop()
              over(undefined)
            }
          },
          link: () => undefined,
          end: ({ problem }) => {
            leave.current = () => undefined
            over(problem)
          },
          lost: over,
        })
        leave.current = () => {
          unfollow()
          quit()
        }
      } catch (error) {
        if (round.current === own) over(asProblem(error))
      }
    },
    [stop],
  )
  const end = useCallback((): void => {
    stop()
    setTrial((now) => now && { ...now, state: 'over' })
  }, [stop])
  return { trial, begin, end }
}
