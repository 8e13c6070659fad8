import { act, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { problemDetails } from './testing/fakeServer'
import { begun, clearMessages, opening, openStory, prose, reading, standInForLayout } from './testing/openStory'

beforeEach(standInForLayout)
afterEach(clearMessages)

describe('a story that is being written', () => {
  it('thinks, then shows each word as it comes, then lets the story go on', async () => {
    const { fake } = await openStory(begun())
    expect(await screen.findByRole('heading', { level: 1, name: 'Der Fuchs im Schnee' })).toBeVisible()
    await reading(fake)
    expect(screen.getByText('für Mia')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Stopp' })).toBeEnabled()
    act(() => fake.write('Es war ', 'einmal ein ', 'Fu'))
    await waitFor(() => expect(prose()).toBe(opening('Es war einmal ein')))
    expect(screen.getAllByText('Der Erzähler schreibt …')[0]).toBeVisible()
    act(() => fake.write('chs.\n\n', 'Der fror.'))
    act(() => fake.end('done'))
    await waitFor(() => expect(prose()).toBe(`${opening('Es war einmal ein Fuchs.')}|Der fror.`))
    expect(await screen.findByRole('button', { name: 'Erzähl weiter' })).toBeEnabled()
    expect(screen.queryByRole('button', { name: 'Stopp' })).not.toBeInTheDocument()
  })

  it('says how long it has been thinking', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    try {
      const { fake } = await openStory(begun())
      await reading(fake)
      act(() => void vi.advanceTimersByTime(4_000))
      expect(screen.getByText(/Gleich geht es los/, { selector: '[aria-hidden]' })).toBeInTheDocument()
      fake.tree.sync(fake.tree.running())
      act(() => void vi.advanceTimersByTime(4_000))
      expect(await screen.findByText(/^Der Erzähler denkt nach … \d+ s$/)).toBeInTheDocument()
    } finally {
      vi.useRealTimers()
    }
  })

  it('says that it is kept when its turn is long in coming', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    try {
      const { fake } = await openStory(begun())
      await reading(fake)
      act(() => void vi.advanceTimersByTime(16_000))
      expect((await screen.findAllByText(/ist aufgehoben und beginnt von selbst/))[0]).toBeVisible()
    } finally {
      vi.useRealTimers()
    }
  })

  it('reads out whole sentences, politely', async () => {
    const { fake } = await openStory(begun())
    await reading(fake)
    act(() => fake.write('Es war *einmal* ein Fuchs. ', 'Der fr'))
    const log = await screen.findByRole('log')
    await waitFor(() => expect(log).toHaveTextContent(/^Es war einmal ein Fuchs\.$/))
    act(() => fake.write('or.'))
    act(() => fake.end('done'))
    await waitFor(() => expect(log).toHaveTextContent('Der fror.'))
    expect(log).toHaveAttribute('aria-live', 'polite')
  })

  it('begins with what is there already, after a reload in mid-story', async () => {
    const fake = begun()
    fake.write('Es war ', 'einmal ')
    await openStory(fake)
    await reading(fake)
    expect(fake.asked).toContain('GET events')
    act(() => fake.write('ein Fuchs.'))
    act(() => fake.end('done'))
    await waitFor(() => expect(prose()).toBe(opening('Es war einmal ein Fuchs.')))
    expect(screen.queryByRole('log')).not.toHaveTextContent('einmal')
  })

  it('goes on where it was cut off', async () => {
    const { fake } = await openStory(begun())
    await reading(fake)
    act(() => fake.write('Es war ', 'einmal '))
    await waitFor(() => expect(prose()).toContain('einmal'))
    act(() => fake.cut())
    expect(await screen.findAllByText('Verbindung wird wieder aufgenommen …')).not.toHaveLength(0)
    act(() => fake.write('ein ', 'Fuchs.'))
    await waitFor(() => expect(fake.asked.filter((name) => name === 'GET events')).toHaveLength(2), { timeout: 3_000 })
    act(() => fake.end('done'))
    await waitFor(() => expect(prose()).toBe(opening('Es war einmal ein Fuchs.')))
  })

  it('is offline where the browser is, and keeps the text', async () => {
    const { fake } = await openStory(begun())
    await reading(fake)
    act(() => fake.write('Es war einmal '))
    await waitFor(() => expect(prose()).toContain('einmal'))
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    fake.refusals.set('GET events', 'network')
    act(() => fake.cut())
    expect(await screen.findAllByText(/^Du bist offline/)).not.toHaveLength(0)
    expect(prose()).toContain('einmal')
  })

  it('stops when asked, by button or by key, and keeps the text', async () => {
    const { fake, user } = await openStory(begun())
    await reading(fake)
    act(() => fake.write('Es war einmal '))
    await waitFor(() => expect(prose()).toContain('einmal'))
    await user.keyboard('s')
    expect(await screen.findByText('Angehalten. Was da ist, bleibt.')).toBeVisible()
    expect(fake.asked).toContain('POST stop')
    expect(prose()).toContain('Es war einmal')
    expect(screen.getByRole('button', { name: 'Erzähl weiter' })).toBeEnabled()
  })

  it('is not stopped by leaving the page', async () => {
    const { fake, unmount } = await openStory(begun())
    await reading(fake)
    unmount()
    expect(fake.asked).not.toContain('POST stop')
    expect(fake.tree.running().state).not.toBe('stopped')
  })

  it.each([
    ['de', 'engine-timeout', 'Der Erzähler hat zu lange geschwiegen. Versuch es noch einmal.', 'Noch einmal versuchen'],
    ['en', 'engine-timeout', 'The storyteller was silent for too long. Try again.', 'Try again'],
  ] as const)('that failed says why and what to do (%s)', async (language, slug, sentence, next) => {
    const { fake, user } = await openStory(begun(), language)
    await reading(fake)
    act(() => fake.end('failed', problemDetails(slug, 504)))
    expect(await screen.findByRole('alert')).toHaveTextContent(sentence)
    await user.click(screen.getByRole('button', { name: next }))
    await waitFor(() => expect(fake.bodies.at(-1)).toEqual({ action: 'retry', passage_id: 'p1' }))
    expect(await screen.findByRole('button', { name: language === 'de' ? 'Stopp' : 'Stop' })).toBeEnabled()
  })

  it('that failed in the middle offers to go on, and another storyteller', async () => {
    const fake = begun()
    fake.write('Es war einmal ')
    fake.end('failed', problemDetails('engine-unreachable', 502, { host: 'modelle.example' }))
    const { user } = await openStory(fake)
    expect(await screen.findByRole('alert')).toHaveTextContent('Der Erzähler auf modelle.example ist nicht zu erreichen.')
    expect(screen.getByRole('link', { name: 'Anderen Erzähler wählen' })).toHaveAttribute('href', '/storytellers')
    await user.click(screen.getByRole('button', { name: 'Weitererzählen' }))
    await waitFor(() => expect(fake.bodies.at(-1)).toEqual({ action: 'continue', passage_id: 'p1' }))
  })

  it('that failed offers those who can go on, in the reader’s order, and asks first', async () => {
    const fake = begun()
    fake.tree.configuration.fallbacks = ['local', 'openai:0123456789ab']
    fake.tree.branch()[0]!.generation!.engine = 'openai'
    fake.write('Es war einmal ')
    fake.end('failed', problemDetails('engine-key-refused', 502))
    const { user } = await openStory(fake)
    await screen.findByRole('alert')
    const offered = await screen.findAllByRole('button', { name: /^Weiter mit: / })
    expect(offered.map((one) => one.textContent)).toEqual(['Weiter mit: Werkstatt', 'Weiter mit: Erzähler im Kasten'])
    const before = fake.bodies.length
    await user.click(offered[0]!)
    await waitFor(() => expect(fake.bodies.length).toBe(before + 1))
    expect(fake.bodies.at(-1)).toEqual({ action: 'continue', passage_id: 'p1', engine: 'openai:0123456789ab' })
  })

  it('that failed without a word is begun anew by another', async () => {
    const fake = begun()
    fake.tree.branch()[0]!.generation!.engine = 'openai'
    fake.end('failed', problemDetails('engine-key-refused', 502))
    const { user } = await openStory(fake, 'en')
    await user.click(await screen.findByRole('button', { name: 'Go on with: the storyteller in the box' }))
    await waitFor(() => expect(fake.bodies.at(-1)).toEqual({ action: 'retry', passage_id: 'p1', engine: 'storyteller' }))
  })
})
