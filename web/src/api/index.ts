// What the rest of the page may use of the API.

export { apiCall, apiFetch, apiJson, apiPrefix, apiUrl, newTraceId } from './client'
export type { ApiOptions, JsonOptions } from './client'
export { asProblem, fromDetails, isPermanent, Problem } from './problem'
export { useProblemText } from './problemText'
export { keys, queryDefaults } from './queries'
export type { StoriesFilter } from './queries'
export { useAddPrompt, usePrompts, useRemovePrompt, useRestorePrompt } from './prompts'
export {
  useCreateStory,
  useRemoveStory,
  useRemoveStoryForever,
  useRenameStory,
  useRestoreStory,
  useStories,
  useStory,
} from './stories'
export { useAct, useHead, usePassages, useStop } from './passages'
export { withEnd } from './cache'
export { askSession, keepSession, useSession, wasSignedIn } from './session'
export { useConfiguration, useEngines, useSaveConfiguration } from './configuration'
export { followGeneration, type FollowListener, type GenerationEnd, type Link } from './follow'
export type * from './types'
