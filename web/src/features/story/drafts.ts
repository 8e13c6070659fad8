// What the reader has typed and not yet sent, kept in this browser so that a failure,
// a reload or another page cannot lose it.

import { recall, remember } from '../../lib/storage'

/** Under which name a passage's changed text is kept. */
export const editDraft = (passageId: string): string => `edit.${passageId}`

export const keptDraft = (name: string): string | undefined => recall(`draft.${name}`) ?? undefined
export const keepDraft = (name: string, text: string): void => remember(`draft.${name}`, text)
export const dropDraft = (name: string): void => remember(`draft.${name}`, null)
