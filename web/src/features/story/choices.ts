// PURE: the decision at the end of a passage, in stories of the form "you decide".
//
// Such a line is a paragraph of its own that begins with "→"; chosen, it is the wish with which the story goes on.

import { paragraphsOf } from './text'

const LINE = /^→\s*(\S.*)$/su

export interface Told {
  readonly prose: readonly string[]
  /** Without their arrows; empty where nothing is to be decided. */
  readonly choices: readonly string[]
}

/** The paragraphs of a passage apart from the lines at its end among which the reader decides. */
export function apart(paragraphs: readonly string[]): Told {
  const lines = paragraphs.flatMap((paragraph) => paragraph.split(/\n(?=\s*→)/u))
  const last = lines.findLastIndex((line) => !LINE.test(line.trim()))
  if (last < 0 || last === lines.length - 1) return { prose: paragraphs, choices: [] }
  return { prose: lines.slice(0, last + 1), choices: lines.slice(last + 1).map((line) => LINE.exec(line.trim())?.[1]?.trim() ?? '') }
}

/** What is to be decided at the end of a passage's text. */
export const choicesOf = (text: string): readonly string[] => apart(paragraphsOf(text)).choices

/** A passage's text without what is to be decided at its end. */
export const proseOf = (text: string): string => apart(paragraphsOf(text)).prose.join('\n\n')
