import { screen, waitFor } from '@testing-library/react'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeApi } from '../../test/fakeApi'
import { expectAccessible, renderPage } from '../../test/render'

let api: FakeApi
beforeEach(() => {
  api = new FakeApi()
})
const open = (language: 'de' | 'en' = 'de') => renderPage('/settings', { language, handlers: api.handlers })

describe('settings', () => {
  it.each(['de', 'en'] as const)('have nothing that axe objects to (%s)', async (language) => {
    await open(language)
    await screen.findByRole('radio', { name: /Erzähler im Kasten|storyteller in the box/i })
    expect(document.title).toBe(language === 'de' ? 'Einstellungen · Storybot' : 'Settings · Storybot')
    await expectAccessible()
  })

  it('are saved at once and say so', async () => {
    const { user } = await open()
    await user.click(await screen.findByRole('radio', { name: 'Erwachsen' }))
    expect(await screen.findByText('Gespeichert')).toBeVisible()
    expect(api.configuration.age_band).toBe('adult')
  })

  it('change the language of the page, here and for new devices', async () => {
    const { user } = await open()
    await user.click(await screen.findByRole('radio', { name: 'English' }))
    expect(await screen.findByRole('heading', { name: 'Settings' })).toBeVisible()
    expect(document.documentElement.lang).toBe('en')
    expect(localStorage.getItem('storybot.language')).toBe('en')
    await waitFor(() => expect(api.configuration.language).toBe('en'))
  })

  it('change theme and type size', async () => {
    const { user } = await open()
    await user.click(await screen.findByRole('radio', { name: 'Sepia' }))
    await user.click(screen.getByRole('radio', { name: 'Sehr groß' }))
    expect(document.documentElement.dataset).toMatchObject({ theme: 'sepia', type: 'huge' })
    await waitFor(() => expect(api.configuration.theme).toBe('sepia'))
  })

  it('take a refused choice back and say why', async () => {
    api.refused.set('PATCH /configuration', ['internal', 500])
    const { user } = await open()
    await user.click(await screen.findByRole('radio', { name: 'Erwachsen' }))
    expect(await screen.findByText(/Beim Server ist etwas schiefgegangen/)).toBeVisible()
    await waitFor(() => expect(screen.getByRole('radio', { name: '6 bis 8 Jahre' })).toBeChecked())
  })

  it('say what an engine that is not there needs', async () => {
    await open()
    const engine = await screen.findByRole('radio', { name: /Ein Sprachmodell/ })
    expect(engine).toBeDisabled()
    expect(screen.getByText(/STORYBOT_OPENAI_BASE_URL/)).toBeVisible()
    expect(screen.getByText('Deine Texte bleiben auf diesem Server.')).toBeVisible()
  })

  it('choose engine and model, and say where the texts go', async () => {
    api.engines = [api.engines[0]!, { name: 'openai', kind: 'openai', label: null, state: 'ready', available: true, reason: null, default: false, model: 'small', models: ['small', 'large'], place: 'sent', host: 'llm.example', shared: false }]
    const { user } = await open()
    await user.click(await screen.findByRole('radio', { name: /Ein Sprachmodell/ }))
    expect(screen.getByText('Deine Texte gehen an llm.example.')).toBeVisible()
    await user.selectOptions(await screen.findByRole('combobox', { name: 'Modell' }), 'large')
    await waitFor(() => expect(api.configuration).toMatchObject({ engine: 'openai', model: 'large' }))
  })

  it('say that they cannot be loaded and can be asked for again', async () => {
    api.refused.set('GET /configuration', ['internal', 500])
    const { user } = await open()
    expect(await screen.findByText(/Die Einstellungen lassen sich gerade nicht laden/)).toBeVisible()
    api.refused.clear()
    await user.click(screen.getByRole('button', { name: 'Noch einmal versuchen' }))
    expect(await screen.findByRole('heading', { name: 'Neue Geschichten' })).toBeVisible()
  })
})
