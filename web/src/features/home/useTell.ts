// Begins a story from the form and goes to its page.

import { useNavigate } from 'react-router'
import { asProblem, type Problem, useConfiguration, useCreateStory } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import { type Defaults, defaultsOf, type Draft, storyOf } from './draft'

export type Idea = { prompt: string } | { prompt_id: number }

export interface Telling {
  defaults: Defaults
  /** Resolves to whether the story has begun; where not, `problem` says why. */
  tell: (draft: Draft, idea: Idea, begun: () => void) => Promise<boolean>
  isBeginning: boolean
  problem: Problem | null
}

export function useTell(): Telling {
  const navigate = useNavigate()
  const configuration = useConfiguration()
  const create = useCreateStory()
  const defaults = defaultsOf(configuration.data, usePageLanguage())
  return {
    defaults,
    isBeginning: create.isPending,
    problem: create.error ? asProblem(create.error) : null,
    tell: async (draft, idea, begun) => {
      try {
        const story = await create.mutateAsync(storyOf(draft, idea, defaults))
        begun()
        await navigate(`/story/${story.id}`)
        return true
      } catch {
        return false
      }
    },
  }
}
