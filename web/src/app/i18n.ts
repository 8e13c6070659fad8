// Puts the catalogues of the page together; every namespace has a German and an English file with the same keys.
// Only the language that is spoken is loaded.

import i18next, { type BackendModule, type ResourceKey } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { firstLanguage, type PageLanguage } from '../lib/i18n/language'

const catalogues: Record<string, () => Promise<{ default: Record<string, ResourceKey> }>> = {
  de: () => import('./catalogue.de'),
  en: () => import('./catalogue.en'),
}

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = catalogues[language]
    if (!load) { done(new Error(`no catalogue for ${language}`), null); return; }
    load().then(
      (catalogue) => done(null, catalogue.default[namespace]),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), null),
    )
  },
}

/** Starts translation; resolves when the language's texts are there. The document's language follows the page's. */
export async function startI18n(language: PageLanguage = firstLanguage()): Promise<void> {
  i18next.on('languageChanged', (now) => {
    document.documentElement.lang = now
  })
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: false,
      defaultNS: 'page',
      ns: ['page', 'story', 'problem'],
      interpolation: { escapeValue: false },
      returnNull: false,
      react: { useSuspense: false },
    })
}
