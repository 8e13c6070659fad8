// The shapes of the HTTP API under the words that the page uses; they come from docs/openapi.json.

import type { components } from './schema'

type Schemas = components['schemas']

export type Prompt = Schemas['PromptOut']
export type Story = Schemas['StoryOut']
export type Brief = Schemas['BriefOut']
export type Hero = Schemas['HeroIn']
export type Companion = Schemas['CompanionIn']
export type Passage = Schemas['PassageOut']
export type Generation = Schemas['GenerationOut']
export type Configuration = Schemas['ConfigurationOut']
export type ConfigurationChange = Schemas['ConfigurationIn']
export type Engine = Schemas['EngineOut']
/** Long work: an export, an import, or the end of everything. */
export type Job = Schemas['JobOut']

export type Session = Schemas['SessionOut']
export type Account = NonNullable<Session['account']>

export type Language = Story['language']
export type AgeBand = Brief['age_band']
export type Length = Brief['length']
export type Form = NonNullable<Brief['form']>
export type Theme = Configuration['theme']
export type PassageState = Passage['state']
export type GenerationState = Generation['state']

/** RFC 9457 problem details; they may have members beyond these. */
export type ProblemDetails = Schemas['ProblemOut'] & Record<string, unknown>

/** What a new story is asked for: an idea in words, or a kept one, and what it may be. */
export type NewStory = Omit<Schemas['StoryIn'], 'prompt' | 'prompt_id'> & ({ prompt: string } | { prompt_id: number })

type Act<Name extends Schemas['PassageIn']['action']> = Schemas['PassageIn'] & { action: Name }

export type PassageAction =
  | Act<'continue'>
  | Act<'retry'>
  | (Act<'edit'> & { passage_id: string; text: string })
  | (Act<'write'> & { text: string })

export type HeadAction = { action: 'undo' } | { action: 'redo' } | { action: 'choose'; passage_id: string }

/** How freely a language model writes. */
export type StylePreset = NonNullable<NonNullable<NewStory['style']>['preset']>
