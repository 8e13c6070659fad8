// Which language the page speaks: the reader's choice, else the browser's (de* → German, anything else → English).

import i18next from 'i18next'
import { useTranslation } from 'react-i18next'
import { recall, remember } from '../storage'

export const languages = ['de', 'en'] as const
export type PageLanguage = (typeof languages)[number]

export const isPageLanguage = (value: unknown): value is PageLanguage => value === 'de' || value === 'en'

/** The choice that this browser remembers, or null. */
export function chosenLanguage(): PageLanguage | null {
  const stored = recall('language')
  return isPageLanguage(stored) ? stored : null
}

/** The language to start with. */
export function firstLanguage(browserLanguage: string = navigator.language): PageLanguage {
  return chosenLanguage() ?? (/^de\b/i.test(browserLanguage) ? 'de' : 'en')
}

/** Changes the page's language and remembers it on this device. */
export function speak(language: PageLanguage): void {
  remember('language', language)
  void i18next.changeLanguage(language)
}

/** The language that the page speaks just now. */
export function usePageLanguage(): PageLanguage {
  const { i18n } = useTranslation()
  return isPageLanguage(i18n.language) ? i18n.language : 'en'
}
