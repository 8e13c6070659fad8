// An idea for who has none, in the story's language, and not the same one twice in a row.

import type { Language } from '../../api'
import { recallJson, rememberJson } from '../../lib/storage'

const ideas = { de: () => import('./surprises.de'), en: () => import('./surprises.en') }
/** So many of the latest are not offered again. */
const REMEMBERED = 12

export async function surpriseIn(language: Language): Promise<string> {
  const { default: all } = await ideas[language]()
  const kept = recallJson('surprises')
  const lately: unknown[] = Array.isArray(kept) ? kept : []
  const fresh = all.filter((idea) => !lately.includes(idea))
  const idea = fresh[Math.floor(Math.random() * fresh.length)] ?? all[0] ?? ''
  rememberJson('surprises', [idea, ...lately].slice(0, REMEMBERED))
  return idea
}
