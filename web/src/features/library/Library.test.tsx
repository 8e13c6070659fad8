import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, configure, render, screen, waitFor, within } from '@testing-library/react'
import userEvent, { type UserEvent } from '@testing-library/user-event'
import axe from 'axe-core'
import { http, HttpResponse } from 'msw'
import { MemoryRouter, Route, Routes } from 'react-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Account, keepSession, queryDefaults, type Story } from '../../api'
import { startI18n } from '../../app/i18n'
import { server } from '../../test/server'
import BinPage from './BinPage'
import LibraryPage from './LibraryPage'

configure({ asyncUtilTimeout: 5_000 })

beforeEach(() => {
  vi.stubGlobal('ResizeObserver', class {
    observe = (): void => undefined
    unobserve = (): void => undefined
    disconnect = (): void => undefined
  })
  Element.prototype.scrollIntoView = () => undefined
})

const storyOf = (id: string, title: string): Story => ({
  id, title, language: 'de', state: 'done', head_id: `p-${id}`, engine: 'storyteller', model: null, seed: 1, prompt_id: null, profile_id: null, waits_for_approval: false,
  brief: { prompt: title, language: 'de', age_band: '6-8', length: 'short', hero: { name: 'Mia' } },
  opening: '', word_count: 120, can_undo: false, can_redo: false, created_at: '2026-03-01T10:00:00Z',
  updated_at: '2026-03-01T10:00:00Z', deleted_at: null, generation: null,
})

/** A server with two stories on the shelf a page, and a bin. */
class Shelf {
  shelf: Story[]
  bin: Story[] = []
  isAway = false
  readonly asked: string[] = []

  constructor(...titles: string[]) {
    this.shelf = titles.map((title, index) => storyOf(`s${index}`, title))
  }

  private move(id: string, from: 'shelf' | 'bin', to?: 'shelf' | 'bin'): Story | undefined {
    const story = this[from].find((one) => one.id === id)
    this[from] = this[from].filter((one) => one.id !== id)
    if (story && to) this[to] = [story, ...this[to]]
    return story
  }

  private list(url: string): Response {
    const query = new URL(url).searchParams
    const all = (query.get('bin') === 'true' ? this.bin : this.shelf).filter(({ title }) => title.includes(query.get('q') ?? ''))
    const start = all.findIndex(({ id }) => id === query.get('after')) + 1
    const page = all.slice(start, start + 2)
    const more = start + 2 < all.length ? { Link: `</api/stories?limit=2&after=${page[1]!.id}>; rel="next"` } : undefined
    return HttpResponse.json(page, more ? { headers: more } : {})
  }

  handlers() {
    const note = (request: Request): void => void this.asked.push(`${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`)
    return [
      http.get('*/api/configuration', () => HttpResponse.json({ limits: { title_chars: 30 } })),
      http.get('*/api/stories', ({ request }) => {
        note(request)
        return this.isAway ? HttpResponse.error() : this.list(request.url)
      }),
      http.patch('*/api/stories/:id', async ({ request, params }) => {
        const story = this.shelf.find(({ id }) => id === params.id)!
        Object.assign(story, await request.json())
        return HttpResponse.json(story)
      }),
      http.delete('*/api/stories/:id', ({ request, params }) => {
        note(request)
        if (request.url.includes('forever=true')) this.move(String(params.id), 'bin')
        else this.move(String(params.id), 'shelf', 'bin')
        return new HttpResponse(null, { status: 204 })
      }),
      http.post('*/api/stories/:id/restore', ({ params }) => HttpResponse.json(this.move(String(params.id), 'bin', 'shelf'))),
    ]
  }
}

async function open(shelf: Shelf, path = '/library', language: 'de' | 'en' = 'de'): Promise<UserEvent> {
  await startI18n(language)
  server.use(...shelf.handlers())
  const client = new QueryClient({ defaultOptions: { ...queryDefaults, queries: { ...queryDefaults.queries, retry: false, staleTime: 0 } } })
  render(
    <QueryClientProvider client={client}>
      <MemoryRouter initialEntries={[path]}>
        <Routes>
          <Route path="/library" element={<LibraryPage />} />
          <Route path="/library/bin" element={<BinPage />} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  )
  return userEvent.setup()
}

const titles = (): string[] => within(screen.getByRole('list')).getAllByRole('listitem').map((item) => item.querySelector('[lang]:not([aria-hidden] *)')?.textContent ?? '')
const menu = async (user: UserEvent, title: string, entry: string): Promise<void> => {
  await user.click(await screen.findByRole('button', { name: `Mehr zu „${title}“` }))
  await user.click(await screen.findByRole('menuitem', { name: entry }))
}

describe('the shelf', () => {
  it('shows the stories, and more of them when asked', async () => {
    const user = await open(new Shelf('Fuchs', 'Bär', 'Wal'))
    expect(await screen.findByRole('link', { name: 'Fuchs' })).toHaveAttribute('href', '/story/s0')
    expect(titles()).toEqual(['Fuchs', 'Bär'])
    await user.click(screen.getByRole('button', { name: 'Mehr laden' }))
    await waitFor(() => expect(titles()).toEqual(['Fuchs', 'Bär', 'Wal']))
    expect(screen.queryByRole('button', { name: 'Mehr laden' })).not.toBeInTheDocument()
  })

  it('is searched, and says what it found', async () => {
    const user = await open(new Shelf('Fuchs', 'Bär'))
    await user.type(await screen.findByLabelText('In Titeln und Texten suchen'), 'Bä')
    expect(await screen.findByText('1 Geschichte gefunden')).toBeVisible()
    expect(titles()).toEqual(['Bär'])
    await user.type(screen.getByLabelText('In Titeln und Texten suchen'), 'x')
    expect(await screen.findByRole('heading', { name: 'Nichts gefunden' })).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Suche leeren' }))
    await waitFor(() => expect(titles()).toEqual(['Fuchs', 'Bär']))
    expect(screen.getByLabelText('In Titeln und Texten suchen')).toHaveFocus()
  })

  it('begins with the search of the address', async () => {
    await open(new Shelf('Fuchs', 'Bär'), '/library?q=Bär')
    await waitFor(() => expect(titles()).toEqual(['Bär']))
    expect(screen.getByLabelText('In Titeln und Texten suchen')).toHaveValue('Bär')
  })

  it('gives a story another title, but not an empty one', async () => {
    const user = await open(new Shelf('Fuchs'))
    await menu(user, 'Fuchs', 'Umbenennen')
    const field = await screen.findByRole('textbox', { name: 'Neuer Titel' })
    expect(field).toHaveFocus()
    await user.clear(field)
    await user.click(screen.getByRole('button', { name: 'Speichern' }))
    expect(await screen.findByRole('alert')).toHaveTextContent('Ein Titel braucht wenigstens ein Zeichen.')
    await user.type(field, 'Füchsin{Enter}')
    await waitFor(() => expect(titles()).toEqual(['Füchsin']))
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  })

  it('puts a story away, and back again', async () => {
    const shelf = new Shelf('Fuchs', 'Bär')
    const user = await open(shelf)
    await menu(user, 'Fuchs', 'In den Papierkorb')
    await waitFor(() => expect(titles()).toEqual(['Bär']))
    expect(screen.getByRole('link', { name: 'Bär' })).toHaveFocus()
    await user.click(await screen.findByRole('button', { name: 'Rückgängig' }))
    await waitFor(() => expect(titles()).toEqual(['Fuchs', 'Bär']))
    expect(shelf.bin).toEqual([])
  })

  it('has a word where it is empty', async () => {
    await open(new Shelf(), '/library', 'en')
    expect(await screen.findByRole('heading', { name: 'There is room for stories here' })).toBeVisible()
    expect(screen.getByRole('link', { name: 'Have the first one told' })).toHaveAttribute('href', '/')
  })

  it('that cannot be shown can be tried again', async () => {
    const shelf = new Shelf('Fuchs')
    shelf.isAway = true
    const user = await open(shelf)
    expect(await screen.findByRole('alert')).toHaveTextContent('Storybot ist gerade nicht zu erreichen.')
    shelf.isAway = false
    await user.click(screen.getByRole('button', { name: 'Noch einmal versuchen' }))
    await waitFor(() => expect(titles()).toEqual(['Fuchs']))
  })
})

describe('the bin', () => {
  const mia = { id: 'mia', name: 'Mia', age_band: '6-8' as const, needs_approval: false }
  const grownUp: Account = {
    id: 'a', email: 'ada@example.com', role: 'member', language: null, confirmed: true, has_password: true, has_totp: false, has_pin: true, passkeys: [], profile: null, profiles: [],
  }
  afterEach(() => keepSession(undefined))

  const binned = (...names: string[]): Shelf => {
    const shelf = new Shelf(...names)
    shelf.bin = shelf.shelf
    shelf.shelf = []
    return shelf
  }

  it('gives back', async () => {
    const shelf = binned('Fuchs', 'Bär')
    const user = await open(shelf, '/library/bin')
    await user.click(await screen.findByRole('button', { name: 'Zurückholen: „Fuchs“' }))
    await waitFor(() => expect(titles()).toEqual(['Bär']))
    expect(shelf.shelf.map(({ title }) => title)).toEqual(['Fuchs'])
  })

  it('removes for ever only after a question', async () => {
    const shelf = binned('Fuchs')
    const user = await open(shelf, '/library/bin')
    await user.click(await screen.findByRole('button', { name: '„Fuchs“ endgültig löschen' }))
    const no = await screen.findByRole('button', { name: 'Abbrechen' })
    expect(no).toHaveFocus()
    await user.click(no)
    expect(shelf.bin).toHaveLength(1)
    await user.click(screen.getByRole('button', { name: '„Fuchs“ endgültig löschen' }))
    await user.click(await screen.findByRole('button', { name: 'Endgültig löschen' }))
    expect(await screen.findByRole('heading', { name: 'Der Papierkorb ist leer' })).toBeVisible()
    expect(shelf.asked).toContain('DELETE /api/stories/s0?forever=true')
  })

  it('has no for ever where a child reads', async () => {
    keepSession({ accounts: 'on', sign_up: 'closed', oidc: [], mail: true, csrf: 'c', account: { ...grownUp, profile: mia, profiles: [mia] } })
    const shelf = binned('Fuchs')
    const user = await open(shelf, '/library/bin')
    await user.click(await screen.findByRole('button', { name: 'Zurückholen: „Fuchs“' }))
    expect(await screen.findByText('Was du weglegst, wartet hier, bis du es zurückholst.')).toBeVisible()
    shelf.bin = [storyOf('b', 'Wal')]
    cleanup()
    await open(shelf, '/library/bin')
    expect(await screen.findByRole('button', { name: 'Zurückholen: „Wal“' })).toBeVisible()
    expect(screen.queryByRole('button', { name: /endgültig/ })).not.toBeInTheDocument()
  })
})

it.each(['/library', '/library/bin'])('axe finds nothing on %s', async (path) => {
  const shelf = new Shelf('Fuchs', 'Bär')
  shelf.bin = [storyOf('b', 'Wal')]
  await open(shelf, path, 'en')
  await screen.findByRole('list')
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
})
