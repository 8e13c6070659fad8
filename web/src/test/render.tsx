// The whole page in a test: its shell, its routes, its texts, at an address. /story/… is only a marker here.

import { QueryClientProvider } from '@tanstack/react-query'
import { render, type RenderResult } from '@testing-library/react'
import userEvent, { type UserEvent } from '@testing-library/user-event'
import axe from 'axe-core'
import i18next from 'i18next'
import type { RequestHandler } from 'msw'
import { MemoryRouter, useLocation } from 'react-router'
import { expect } from 'vitest'
import { keepSession, type Session } from '../api'
import { AppRoutes } from '../app/App'
import { watchConnection } from '../app/connection'
import { startI18n } from '../app/i18n'
import { makeQueryClient } from '../app/queryClient'
import type { PageLanguage } from '../lib/i18n/language'
import { NO_ACCOUNTS, server } from './server'
// The pages that are loaded when they are gone to: here already, so that no test waits for the disk.
import '../features/help/HelpPage'
import '../features/library/LibraryPage'
import '../features/settings/SettingsPage'


export interface Rendered extends RenderResult {
  user: UserEvent
  /** Path and query of where the page is. */
  address: () => string
}

function Address({ report }: { report: (address: string) => void }) {
  const { pathname, search } = useLocation()
  report(pathname + search)
  return null
}

let stopWatching = (): void => undefined

interface Setting {
  language?: PageLanguage
  handlers?: RequestHandler[]
  /** What the server has said of who is signed in; 'unasked': the page has to ask. */
  session?: Session | 'unasked'
}

export async function renderPage(path: string, { language = 'de', handlers = [], session = NO_ACCOUNTS }: Setting = {}): Promise<Rendered> {
  keepSession(undefined)
  if (session !== 'unasked') keepSession(session)
  server.use(...handlers)
  if (i18next.isInitialized) await i18next.changeLanguage(language)
  else await startI18n(language)
  document.documentElement.lang = language
  const client = makeQueryClient()
  client.setDefaultOptions({ ...client.getDefaultOptions(), queries: { ...client.getDefaultOptions().queries, retry: false } })
  stopWatching()
  stopWatching = watchConnection(client)
  let address = ''
  const result = render(
    <QueryClientProvider client={client}>
      <MemoryRouter initialEntries={[path]}>
        <AppRoutes />
        <Address report={(now) => (address = now)} />
      </MemoryRouter>
    </QueryClientProvider>,
  )
  return { ...result, user: userEvent.setup(), address: () => address }
}

/** Fails with what axe finds; colours are jsdom's blind spot and have tests of their own. */
export async function expectAccessible(container: Element = document.body): Promise<void> {
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false }, region: { enabled: true } } })
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([])
}
