// Opens the story page over a fake server, for tests of the page as a whole.

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type BoundFunctions, configure, type queries, render, screen, waitFor, within } from '@testing-library/react'
import userEvent, { type UserEvent } from '@testing-library/user-event'
import axe from 'axe-core'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { MemoryRouter, Route, Routes } from 'react-router'
import { expect, vi } from 'vitest'
import { queryDefaults } from '../../../api'
import problemDe from '../../../api/problem.de'
import problemEn from '../../../api/problem.en'
import { server } from '../../../test/server'
import { unnotify } from '../../../ui/toast/notify'
import storyDe from '../story.de'
import storyEn from '../story.en'
import StoryPage from '../StoryPage'
import { FakeServer } from './fakeServer'
import { FakeTree } from './fakeTree'

// A busy machine is no failure.
configure({ asyncUtilTimeout: 5_000 })

export interface Opened {
  fake: FakeServer
  user: UserEvent
  unmount: () => void
}

/** The few browser parts that jsdom does not have. */
export function standInForLayout(): void {
  vi.stubGlobal('ResizeObserver', class {
    observe = (): void => undefined
    unobserve = (): void => undefined
    disconnect = (): void => undefined
  })
  Element.prototype.scrollIntoView = () => undefined
  vi.stubGlobal('scrollBy', () => undefined)
}

/** jsdom plays no animations, and a message is gone only when its own has ended. */
export async function clearMessages(): Promise<void> {
  unnotify('story')
  await waitFor(() => {
    for (const message of document.querySelectorAll('.Toastify__toast')) message.dispatchEvent(new Event('animationend', { bubbles: true }))
    expect(document.querySelector('.Toastify__toast')).toBeNull()
  })
}

export async function openStory(fake: FakeServer, language: 'de' | 'en' = 'de'): Promise<Opened> {
  const resources = { de: { story: storyDe, problem: problemDe }, en: { story: storyEn, problem: problemEn } }
  await i18next.use(initReactI18next).init({ lng: language, fallbackLng: false, resources, interpolation: { escapeValue: false } })
  server.use(...fake.handlers())
  const queriesNow = { ...queryDefaults.queries, retry: false, staleTime: 0 }
  const client = new QueryClient({ defaultOptions: { ...queryDefaults, queries: queriesNow } })
  const user = userEvent.setup()
  const { unmount } = render(
    <QueryClientProvider client={client}>
      <MemoryRouter initialEntries={['/story/s1']}>
        <Routes>
          <Route path="/story/:id" element={<StoryPage />} />
          <Route path="/library" element={<p>the library</p>} />
          <Route path="/settings" element={<p>the settings</p>} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  )
  return { fake, user, unmount }
}

/** A server whose story has been told in these passages. */
export const told = (...texts: string[]): FakeServer => new FakeServer(new FakeTree({ texts }))
/** A server whose story is just being begun. */
export const begun = (): FakeServer => new FakeServer()

export const passages = (): HTMLElement[] => screen.getAllByRole('region', { name: /^(Abschnitt|Passage) \d/ })

/** The text on the page: paragraphs between `|`, passages between `‖`. */
export const prose = (): string =>
  passages().map((passage) => [...passage.querySelectorAll('p')].map((p) => p.textContent).join('|')).join('‖')

/** How the story's first paragraph is found: its first word stands there twice, once drawn with a large letter, once for the ear. */
export const opening = (text: string): string => text.replace(/^(\S+)/, '$1$1')

export function tools(index: number): BoundFunctions<typeof queries> {
  const passage = passages()[index]
  if (!passage) throw new Error(`no passage ${index}`)
  return within(passage)
}

/** Resolves when the page follows the event stream. */
export const reading = (fake: FakeServer): Promise<void> => waitFor(() => expect(fake.asked).toContain('GET events'))

/** What axe finds wrong with the page; contrast needs a real browser. */
export async function axeFindings(): Promise<[string, string[]][]> {
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } })
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}
