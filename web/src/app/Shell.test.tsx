import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeApi } from '../test/fakeApi'
import { expectAccessible, renderPage } from '../test/render'

let api: FakeApi
beforeEach(() => {
  api = new FakeApi()
})
const open = (path: string, language: 'de' | 'en' = 'de') => renderPage(path, { language, handlers: api.handlers })

describe('the shell', () => {
  it('leads from page to page, names each, and puts the focus on its content', async () => {
    const { user, address } = await open('/settings')
    await user.click(screen.getByRole('link', { name: 'Hilfe' }))
    expect(await screen.findByRole('heading', { level: 1, name: 'Hilfe' })).toBeVisible()
    expect(address()).toBe('/help')
    await waitFor(() => expect(document.title).toBe('Hilfe · Storybot'))
    expect(screen.getByRole('main')).toHaveFocus()
    expect(screen.getByRole('link', { name: 'Hilfe' })).toHaveAttribute('aria-current', 'page')
  })

  it('switches the language and tells the server', async () => {
    const { user } = await open('/help')
    await user.click(screen.getByRole('button', { name: 'EN, English' }))
    expect(await screen.findByRole('heading', { level: 1, name: 'Help' })).toBeVisible()
    expect(screen.getByRole('button', { name: 'EN, English' })).toHaveAttribute('aria-pressed', 'true')
    await waitFor(() => expect(api.configuration.language).toBe('en'))
  })

  it('switches between day and night, back to the day that was chosen', async () => {
    localStorage.setItem('storybot.day-theme', 'sepia')
    const { user } = await open('/help')
    await user.click(screen.getByRole('button', { name: 'Auf Nacht umstellen' }))
    expect(document.documentElement.dataset.theme).toBe('night')
    await user.click(screen.getByRole('button', { name: 'Auf Tag umstellen' }))
    expect(document.documentElement.dataset.theme).toBe('sepia')
  })

  it('takes language and theme from the configuration on a new device', async () => {
    api.configuration = { ...api.configuration, language: 'en', theme: 'sepia' }
    await open('/help', 'de')
    expect(await screen.findByRole('heading', { level: 1, name: 'Help' })).toBeVisible()
    expect(document.documentElement.dataset.theme).toBe('sepia')
  })

  it('opens the keyboard help with ? and closes it with its button', async () => {
    const { user } = await open('/help')
    await user.keyboard('?')
    const dialog = await screen.findByRole('dialog', { name: 'Tastenkürzel' })
    expect(dialog).toBeVisible()
    expect(within(dialog).getByRole('heading')).toHaveFocus()
    await expectAccessible(dialog)
    await user.click(screen.getByRole('button', { name: 'Schließen' }))
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  })

  it('says that the server is away, and stops saying so when it is back', async () => {
    api.refused.set('GET /prompts', 'network')
    api.refused.set('GET /configuration', 'network')
    api.refused.set('GET /stories', 'network')
    api.refused.set('GET /healthz', 'network')
    await open('/')
    expect(await screen.findByText('Offline: Was du liest, bleibt lesbar.')).toBeVisible()
    api.refused.clear()
    await waitFor(() => expect(screen.queryByText('Offline: Was du liest, bleibt lesbar.')).not.toBeInTheDocument(), { timeout: 8_000 })
    expect(await screen.findByText(/Noch nichts gemerkt/)).toBeVisible()
  })

  it('has a kind page for an address that is none', async () => {
    const { user, address } = await open('/nirgendwo')
    expect(await screen.findByRole('heading', { name: 'Diese Seite fehlt im Buch' })).toBeVisible()
    await expectAccessible()
    await user.click(screen.getByRole('link', { name: 'Zur Startseite' }))
    expect(address()).toBe('/')
  })
})

describe('help', () => {
  it.each(['de', 'en'] as const)('has nothing that axe objects to (%s)', async (language) => {
    await open('/help', language)
    await screen.findByRole('table', { name: language === 'de' ? 'In einer Geschichte' : 'In a story' })
    await expectAccessible()
  })

  it('switches the single-letter shortcuts off', async () => {
    const { user } = await open('/help')
    const toggle = await screen.findByRole('switch', { name: 'Tastenkürzel verwenden' })
    await user.click(toggle)
    expect(toggle).not.toBeChecked()
    await user.click(screen.getByRole('heading', { level: 1 }))
    await user.keyboard('?')
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  })
})
