// Puts the catalogues of the page together; every namespace has a German and an English file with the same keys.
// Only the language that is spoken is loaded, and of that at first only what every page needs.

import i18next, { type BackendModule, type ResourceKey } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { firstLanguage, type PageLanguage } from '../lib/i18n/language'

const atFirst = ['page', 'problem']

const catalogues: Record<string, Record<string, () => Promise<{ default: ResourceKey }>>> = {
  de: {
    story: () => import('../features/story/story.de'),
    help: () => import('../features/help/help.de'),
    storytellers: () => import('../features/storytellers/storytellers.de'),
    account: () => import('../features/account/account.de'),
    settings: () => import('../features/settings/settings.de'),
    yours: () => import('../features/settings/yours.de'),
  },
  en: {
    story: () => import('../features/story/story.en'),
    help: () => import('../features/help/help.en'),
    storytellers: () => import('../features/storytellers/storytellers.en'),
    account: () => import('../features/account/account.en'),
    settings: () => import('../features/settings/settings.en'),
    yours: () => import('../features/settings/yours.en'),
  },
}

const first: Record<string, () => Promise<{ default: Record<string, ResourceKey> }>> = {
  de: () => import('./catalogue.de'),
  en: () => import('./catalogue.en'),
}

async function load(language: string, namespace: string): Promise<ResourceKey | undefined> {
  if (atFirst.includes(namespace)) return (await first[language]?.())?.default[namespace]
  return (await catalogues[language]?.[namespace]?.())?.default
}

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    load(language, namespace).then(
      (texts) => {
        if (!texts) {
          done(new Error(`no ${namespace} in ${language}`), null)
          return
        }
        // What only can go wrong in this part of the page is said by the same means as everything else.
        if (typeof texts !== 'string' && 'problems' in texts) i18next.addResourceBundle(language, 'problem', texts.problems, true)
        done(null, texts)
      },
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
      // Its own copy: i18next writes into it what is loaded later.
      ns: [...atFirst],
      interpolation: { escapeValue: false },
      returnNull: false,
      react: { useSuspense: false },
    })
}

type Namespace = 'story' | 'storytellers' | 'help' | 'account' | 'settings' | 'yours'

/** Loads a part of the page together with its texts. */
export async function withTexts<Part>(namespaces: Namespace | Namespace[], part: () => Promise<Part>): Promise<Part> {
  const texts = new Promise<void>((resolve, reject) => {
    void i18next.loadNamespaces(namespaces, (error: unknown) =>
      error ? reject(new Error(`no texts of ${[namespaces].flat().join(', ')}`, { cause: error })) : resolve(),
    )
  })
  return (await Promise.all([part(), texts]))[0]
}
