import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { aStory, FakeApi } from '../../test/fakeApi'
import { expectAccessible, renderPage } from '../../test/render'

vi.mock('../story/StoryPage', () => ({ default: () => <h1>Die Geschichte</h1> }))

const texts = {
  de: { question: 'Worum soll es gehen?', tell: 'Erzähl', surprise: 'Überrasch mich', kept: 'Gemerkte Prompts', name: 'Für wen?', empty: 'Schreib erst einen Satz, oder lass dich überraschen.' },
  en: { question: 'What shall it be about?', tell: 'Tell the story', surprise: 'Surprise me', kept: 'Kept prompts', name: 'For whom?', empty: 'Write a sentence first, or let yourself be surprised.' },
}

let api: FakeApi
beforeEach(() => {
  api = new FakeApi()
})
const open = (language: 'de' | 'en' = 'de') => renderPage('/', { language, handlers: api.handlers })
const idea = () => screen.getByRole('textbox', { name: texts.de.question })

describe.each(['de', 'en'] as const)('the start page (%s)', (language) => {
  const t = texts[language]

  it('begins a story from one sentence and one press', async () => {
    const { user, address } = await open(language)
    await user.type(screen.getByRole('textbox', { name: t.question }), 'Ein Fuchs im Schnee')
    await user.click(screen.getByRole('button', { name: t.tell }))
    await screen.findByText('Die Geschichte')
    expect(address()).toBe('/story/story-new')
    expect(api.begun).toHaveLength(1)
    expect(api.begun[0]?.body).toMatchObject({ prompt: 'Ein Fuchs im Schnee', language, age_band: '6-8', length: 'short' })
    expect(api.begun[0]?.body).not.toHaveProperty('hero')
  })

  it('says at the field what is missing and asks the server nothing', async () => {
    const { user } = await open(language)
    await user.click(screen.getByRole('button', { name: t.tell }))
    expect(await screen.findByText(t.empty)).toBeVisible()
    expect(screen.getByRole('textbox', { name: t.question })).toHaveFocus()
    expect(api.begun).toHaveLength(0)
  })

  it('has nothing that axe objects to', async () => {
    api.prompts = [{ id: 1, content: 'Ein Igel', created_at: '2026-05-01T19:00:00Z' }]
    api.stories = [aStory()]
    const { user } = await open(language)
    await screen.findByText('Ein Igel')
    await user.click(screen.getByRole('button', { expanded: false }))
    await expectAccessible()
  })

  it('surprises', async () => {
    const { user } = await open(language)
    await user.click(screen.getByRole('button', { name: t.surprise }))
    await screen.findByText('Die Geschichte')
    expect(String(api.begun[0]?.body.prompt).length).toBeGreaterThan(20)
    expect(api.begun[0]?.body.language).toBe(language)
  })
})

describe('telling', () => {
  it('sends what is filled in under "more", in the words of the story’s language', async () => {
    const { user } = await open()
    await user.type(idea(), 'Ein Boot')
    await user.type(screen.getByRole('textbox', { name: 'Für wen?' }), 'Mia')
    await user.click(screen.getByRole('radio', { name: '3 bis 5 Jahre' }))
    await user.click(screen.getByRole('radio', { name: /^Lang/ }))
    await user.click(screen.getByRole('radio', { name: 'English' }))
    await user.click(screen.getByRole('radio', { name: 'Du entscheidest mit' }))
    await user.click(screen.getByRole('button', { name: 'Mehr festlegen' }))
    await user.type(await screen.findByRole('textbox', { name: 'Mag gern' }), 'Käsebrot, Sterne ,')
    await user.type(screen.getByRole('textbox', { name: 'Wer kommt mit?' }), 'Mimi')
    await user.type(screen.getByRole('textbox', { name: 'Wer oder was ist das?' }), 'eine Katze')
    await user.selectOptions(screen.getByRole('combobox', { name: 'Stimmung' }), 'lustig')
    await user.click(screen.getByRole('button', { name: 'Erzähl' }))
    await screen.findByText('Die Geschichte')
    expect(api.begun[0]?.body).toMatchObject({
      language: 'en',
      age_band: '3-5',
      length: 'long',
      form: 'choose',
      hero: { name: 'Mia', likes: ['Käsebrot', 'Sterne'] },
      companions: [{ name: 'Mimi', kind: 'eine Katze' }],
      tone: 'funny',
    })
  })

  it('lets another storyteller tell this one story, in a style of its own', async () => {
    const always = { reason: null, default: false, models: [] as string[], place: 'sent' as const, host: 'modelle.example', shared: false }
    api.engines = [api.engines[0]!, { ...always, name: 'openai:0123456789ab', kind: 'openai', label: 'Werkstatt', state: 'ready', available: true, model: 'm' }]
    const { user } = await open()
    await user.type(idea(), 'Ein Fuchs')
    await user.click(screen.getByRole('button', { expanded: false }))
    const who = await screen.findByRole('combobox', { name: 'Wer erzählt' })
    expect(screen.queryByRole('combobox', { name: 'Schreibstil' })).toBeNull()
    await user.selectOptions(who, 'Werkstatt')
    await user.selectOptions(screen.getByRole('combobox', { name: 'Schreibstil' }), 'Wild')
    await user.click(screen.getByRole('button', { name: texts.de.tell }))
    await screen.findByText('Die Geschichte')
    expect(api.begun[0]?.body).toMatchObject({ engine: 'openai:0123456789ab', style: { preset: 'wild' } })
    expect(localStorage.getItem('storybot.draft')).not.toContain('0123456789ab')
  })

  it('asks for a name where only details of the hero are given', async () => {
    const { user } = await open()
    await user.type(idea(), 'Ein Boot')
    await user.click(screen.getByRole('button', { name: 'Mehr festlegen' }))
    await user.type(screen.getByRole('textbox', { name: 'Hat Angst vor' }), 'Gewitter')
    await user.click(screen.getByRole('button', { name: 'Erzähl' }))
    expect(screen.getByRole('textbox', { name: 'Für wen?' })).toHaveFocus()
    expect(screen.getByRole('textbox', { name: 'Für wen?' })).toBeInvalid()
    expect(api.begun).toHaveLength(0)
  })

  it('is done by Ctrl+Enter', async () => {
    const { user } = await open()
    await user.type(idea(), 'Ein Boot{Control>}{Enter}{/Control}')
    await screen.findByText('Die Geschichte')
    expect(api.begun).toHaveLength(1)
  })

  it('says why it failed and counts once when it is tried again', async () => {
    api.refused.set('POST /stories', ['too-many-generations', 429, { limit: 8 }])
    const { user } = await open()
    await user.type(idea(), 'Ein Boot')
    await user.click(screen.getByRole('button', { name: 'Erzähl' }))
    expect(await screen.findByRole('alert')).toHaveTextContent('Es werden gerade schon genug Geschichten geschrieben')
    expect(idea()).toHaveValue('Ein Boot')
    api.refused.clear()
    await user.click(screen.getByRole('button', { name: 'Erzähl' }))
    await screen.findByText('Die Geschichte')
    expect(api.begun).toHaveLength(1)
  })

  it('keeps the draft over a reload, and the choices over a story', async () => {
    const first = await open()
    await first.user.type(idea(), 'Ein Boot')
    await first.user.type(screen.getByRole('textbox', { name: 'Für wen?' }), 'Mia')
    first.unmount()
    const second = await open()
    expect(idea()).toHaveValue('Ein Boot')
    await second.user.click(screen.getByRole('button', { name: 'Erzähl' }))
    await screen.findByText('Die Geschichte')
    second.unmount()
    await open()
    expect(idea()).toHaveValue('')
    expect(screen.getByRole('textbox', { name: 'Für wen?' })).toHaveValue('Mia')
  })

  it('starts with the reader’s defaults', async () => {
    api.configuration = { ...api.configuration, age_band: 'adult', length: 'long' }
    await open()
    await waitFor(() => expect(screen.getByRole('radio', { name: 'Erwachsen' })).toBeChecked())
    expect(screen.getByRole('radio', { name: /^Lang/ })).toBeChecked()
  })
})

describe('kept prompts', () => {
  it('are kept, told from, deleted, and brought back by Undo', async () => {
    const { user } = await open()
    await screen.findByText(/Noch nichts gemerkt/)
    await user.type(idea(), 'Ein Igel im Café')
    await user.click(screen.getByRole('button', { name: 'Merken' }))
    expect(await screen.findByText('Prompt erfolgreich hinzugefügt')).toBeVisible()
    expect(idea()).toHaveValue('')
    await user.click(await screen.findByRole('button', { name: 'Löschen: Ein Igel im Café' }))
    await screen.findByText('Prompt erfolgreich gelöscht')
    await waitFor(() => expect(api.prompts).toHaveLength(0))
    await user.click(screen.getByRole('button', { name: 'Rückgängig' }))
    await user.click(await screen.findByRole('button', { name: 'Erzählen: Ein Igel im Café' }))
    await screen.findByText('Die Geschichte')
    expect(api.begun[0]?.body).toMatchObject({ prompt_id: 10 })
    expect(api.begun[0]?.body).not.toHaveProperty('prompt')
  })

  it('are added by their own form, which refuses emptiness', async () => {
    const { user } = await open()
    const section = screen.getByRole('heading', { name: 'Gemerkte Prompts' }).closest('section')!
    await user.click(within(section).getByRole('button', { name: 'Prompt hinzufügen' }))
    expect(await within(section).findByText('Der Prompt-Inhalt darf nicht leer sein')).toBeVisible()
    await user.type(within(section).getByRole('textbox', { name: 'Neuer Prompt' }), 'Ein Wal{Enter}')
    expect(await within(section).findByText('Ein Wal')).toBeVisible()
  })

  it.each([
    [['internal', 500] as [string, number], /^Fehler beim Abrufen der Prompts/],
    ['network' as const, /^Ein Fehler ist beim Abrufen der Prompts aufgetreten/],
  ])('say that they cannot be fetched (%s), and can be asked for again', async (refused, sentence) => {
    api.prompts = [{ id: 1, content: 'Ein Igel', created_at: '2026-05-01T19:00:00Z' }]
    api.refused.set('GET /prompts', refused)
    const { user } = await open()
    expect(await screen.findByText(sentence)).toBeVisible()
    api.refused.clear()
    const again = screen.queryByRole('button', { name: 'Noch einmal versuchen' })
    if (again) await user.click(again)
    expect(await screen.findByText('Ein Igel')).toBeVisible()
  })

  it('stay when deleting fails', async () => {
    api.prompts = [{ id: 1, content: 'Ein Igel', created_at: '2026-05-01T19:00:00Z' }]
    api.refused.set('DELETE /prompts', ['internal', 500])
    const { user } = await open()
    await user.click(await screen.findByRole('button', { name: 'Löschen: Ein Igel' }))
    expect(await screen.findByText(/^Löschen des Prompts fehlgeschlagen/)).toBeVisible()
    expect(await screen.findByRole('button', { name: 'Löschen: Ein Igel' })).toBeVisible()
  })
})

describe('reading on', () => {
  it('offers the story that was read last', async () => {
    localStorage.setItem('storybot.last-read', 'b')
    api.stories = [aStory({ id: 'a', title: 'Neuer' }), aStory({ id: 'b', title: 'Gelesen', state: 'writing' })]
    await open()
    const link = await screen.findByRole('link', { name: /Gelesen/ })
    expect(link).toHaveAttribute('href', '/story/b')
    expect(link).toHaveTextContent('wird geschrieben')
  })

  it('offers nothing where nothing has been told', async () => {
    await open()
    await screen.findByText(/Noch nichts gemerkt/)
    expect(screen.queryByRole('heading', { name: 'Weiterlesen' })).not.toBeInTheDocument()
  })
})
