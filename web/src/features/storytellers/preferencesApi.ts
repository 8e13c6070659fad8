// How the reader likes it told: by whom, in which style, whether names leave the machine, and whom to offer after a failure.

import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { type Configuration, type Problem, useConfiguration, useSaveConfiguration } from '../../api'
import type { WritingStyle } from './samplers'

interface Choices {
  /** null: nothing was chosen, which is the balanced way. */
  style: WritingStyle | null
  /** null: by the age that a story is for. */
  private_names: boolean | null
  /** Engine references, first offered first. */
  fallbacks: string[] | null
}

export type Preferences = Configuration & Choices
export type PreferencesChange = Partial<Choices> & { engine?: string | null; model?: string | null }

export const usePreferences = (): UseQueryResult<Preferences> => useConfiguration() as UseQueryResult<Preferences>

export const useSavePreferences = (): UseMutationResult<unknown, Problem, PreferencesChange> =>
  useSaveConfiguration() as UseMutationResult<unknown, Problem, PreferencesChange>
