// What the reader has put into the form: remembered on this device, so that it survives a reload and is
// filled in the next time. PURE but for `useDraft`.

import { useCallback, useEffect, useState } from 'react'
import type { AgeBand, Configuration, Form, Hero, Language, Length, NewStory, StylePreset } from '../../api'
import { recallJson, rememberJson } from '../../lib/storage'
import { genres, tones, wordOf } from './wording'

export const ageBands = ['3-5', '6-8', '9-12', 'adult'] as const satisfies readonly AgeBand[]
export const lengths = ['short', 'medium', 'long'] as const satisfies readonly Length[]
export const forms = ['told', 'choose'] as const satisfies readonly Form[]
export const storyLanguages = ['de', 'en'] as const satisfies readonly Language[]

/** Every detail that unfolds under "More"; all are free text, lists with commas. */
export const details = [
  'pronouns', 'likes', 'fears', 'traits', 'looks', 'companion', 'companionKind', 'place', 'tone', 'genre', 'moral',
] as const
export type Detail = (typeof details)[number]

export interface Draft {
  prompt: string
  heroName: string
  ageBand: AgeBand | null
  length: Length | null
  form: Form
  /** null: the language of the page. */
  language: Language | null
  more: Record<Detail, string>
  /** Who tells this one story, and how; '' for what is usual. Never remembered: it is for one story. */
  engine: string
  style: '' | StylePreset
  /** Chosen anew for every story, so that the cover shown is the cover that it gets. */
  seed: number
}

const emptyMore = Object.fromEntries(details.map((detail) => [detail, ''])) as Record<Detail, string>
const SEEDS = 2 ** 31

export const newSeed = (): number => Math.floor(Math.random() * SEEDS)

const usual = { engine: '', style: '' } as const

export const emptyDraft = (): Draft => ({ prompt: '', heroName: '', ageBand: null, length: null, form: 'told', language: null, more: emptyMore, ...usual, seed: newSeed() })

const oneOf = <T extends string>(values: readonly T[], value: unknown): T | null => values.find((one) => one === value) ?? null
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A draft from what storage held, whatever that was. */
export function draftFrom(kept: unknown): Draft {
  const empty = emptyDraft()
  if (typeof kept !== 'object' || kept === null) return empty
  const { prompt, heroName, ageBand, length, form, language, more, seed } = kept as Record<string, unknown>
  const written = typeof more === 'object' && more !== null ? (more as Record<string, unknown>) : {}
  return {
    prompt: text(prompt),
    heroName: text(heroName),
    ageBand: oneOf(ageBands, ageBand),
    length: oneOf(lengths, length),
    form: oneOf(forms, form) ?? empty.form,
    language: oneOf(storyLanguages, language),
    more: Object.fromEntries(details.map((detail) => [detail, text(written[detail])])) as Record<Detail, string>,
    ...usual,
    seed: typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed < SEEDS ? seed : empty.seed,
  }
}

/** As many as the server takes. */
const MOST_PARTS = 12

/** The parts of a list that was written with commas. */
export const listed = (written: string): string[] =>
  written
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .slice(0, MOST_PARTS)

export interface Defaults {
  ageBand: AgeBand
  length: Length
  language: Language
}

/** What stands in the form where the reader has chosen nothing. */
export const defaultsOf = (configuration: Configuration | undefined, pageLanguage: Language): Defaults => ({
  ageBand: configuration?.age_band ?? '6-8',
  length: configuration?.length ?? 'short',
  language: pageLanguage,
})

/** Whether details of a hero are given who has no name: the server takes them only with one. */
export const needsName = ({ heroName, more }: Draft): boolean =>
  heroName.trim() === '' && [more.pronouns, more.looks, more.traits, more.likes, more.fears].some((value) => value.trim() !== '')

/** The body of `POST /stories` for a draft. */
export function storyOf(draft: Draft, idea: { prompt: string } | { prompt_id: number }, defaults: Defaults): NewStory {
  const { more } = draft
  const language = draft.language ?? defaults.language
  const filled = <Key extends string>(key: Key, value: string): Partial<Record<Key, string>> =>
    value.trim() === '' ? {} : ({ [key]: value.trim() } as Record<Key, string>)
  const many = <Key extends string>(key: Key, written: string): Partial<Record<Key, string[]>> => {
    const parts = listed(written)
    return parts.length === 0 ? {} : ({ [key]: parts } as Record<Key, string[]>)
  }
  const name = draft.heroName.trim()
  const hero: Hero = {
    name,
    ...filled('pronouns', more.pronouns),
    ...filled('looks', more.looks),
    ...many('traits', more.traits),
    ...many('likes', more.likes),
    ...many('fears', more.fears),
  }
  const kind = more.companionKind.trim()
  const companion = more.companion.trim() || kind
  return {
    ...idea,
    language,
    age_band: draft.ageBand ?? defaults.ageBand,
    length: draft.length ?? defaults.length,
    ...(draft.form === 'told' ? {} : { form: draft.form }),
    ...(name === '' ? {} : { hero }),
    ...(companion === '' ? {} : { companions: [{ name: companion, ...filled('kind', kind) }] }),
    ...filled('place', more.place),
    ...filled('tone', wordOf(tones, more.tone, language)),
    ...filled('genre', wordOf(genres, more.genre, language)),
    ...filled('moral', more.moral),
    ...filled('engine', draft.engine),
    ...(draft.style === '' ? {} : { style: { preset: draft.style } }),
    seed: draft.seed,
  }
}

export interface DraftBox {
  draft: Draft
  change: (part: Partial<Draft>) => void
  changeMore: (part: Partial<Record<Detail, string>>) => void
  /** After a story has begun: a written idea goes, whom it is for and how it is told stays. */
  begun: (idea: 'written' | 'kept') => void
}

export function useDraft(): DraftBox {
  const [draft, setDraft] = useState(() => draftFrom(recallJson('draft')))
  useEffect(() => rememberJson('draft', draft), [draft])
  const change = useCallback((part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part })), [])
  const changeMore = useCallback(
    (part: Partial<Record<Detail, string>>) => setDraft((now) => ({ ...now, more: { ...now.more, ...part } })),
    [],
  )
  const begun = (idea: 'written' | 'kept'): void => {
    const next = { ...draft, prompt: idea === 'written' ? '' : draft.prompt, ...usual, seed: newSeed() }
    // The page is left at once, before an effect could come in time.
    rememberJson('draft', next)
    setDraft(next)
  }
  return { draft, change, changeMore, begun }
}
