import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse, type RequestHandler } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../api'
import { AT, FakeApi } from '../../test/fakeApi'
import { expectAccessible, renderPage } from '../../test/render'

const aJob = (part: Partial<Job>): Job => ({
  id: 'job-1', kind: 'export', state: 'queued', progress: 0, result: null, problem: null, file: null, created_at: AT, finished_at: null, expires_at: null, ...part,
})
const aProblem = (slug: string, status: number) => ({ type: `urn:storybot:problem:${slug}`, title: slug, status, detail: slug, trace_id: 'trace' })
const DONE = { state: 'done', progress: 1, finished_at: AT } as const

let api: FakeApi
/** What the server says of its jobs: the first is told once, the last again and again. */
let told: Record<'exports' | 'imports' | 'erasures', Job[]>
let begun: string[]
let uploaded: string[]
/** What an upload waits for. */
let held: Promise<void> | undefined
const next = (kind: keyof typeof told): Job | undefined => (told[kind].length > 1 ? told[kind].shift() : told[kind][0])

function handlers(): RequestHandler[] {
  return [
    http.get('*/api/exports', () => HttpResponse.json([next('exports')].filter(Boolean))),
    http.get('*/api/imports', () => HttpResponse.json([next('imports')].filter(Boolean))),
    http.get('*/api/erasures/:id', () => HttpResponse.json(next('erasures'))),
    http.post('*/api/exports', () => {
      begun.push('export')
      return HttpResponse.json(aJob({}), { status: 202 })
    }),
    http.post('*/api/imports', async ({ request }) => {
      await held
      uploaded.push(request.headers.get('Content-Type') ?? '')
      return HttpResponse.json(aJob({ kind: 'import' }), { status: 202 })
    }),
    http.delete('*/api/data', async ({ request }) => {
      begun.push(JSON.stringify(await request.json()))
      return HttpResponse.json(aJob({ kind: 'erase' }), { status: 202 })
    }),
    ...api.handlers,
  ]
}

beforeEach(() => {
  api = new FakeApi()
  told = { exports: [], imports: [], erasures: [] }
  begun = []
  uploaded = []
  held = undefined
})

async function open(language: 'de' | 'en' = 'de') {
  const rendered = await renderPage('/settings', { language, handlers: handlers() })
  const section = await screen.findByRole('region', { name: language === 'de' ? 'Deine Daten' : 'Your data' })
  return { ...rendered, section: within(section) }
}
const zip = (size = 4): File => new File([new Uint8Array(size)], 'meins.zip', { type: 'application/zip' })

describe('your data', () => {
  it.each(['de', 'en'] as const)('have nothing that axe objects to (%s)', async (language) => {
    told.exports = [aJob({ ...DONE, result: { stories: 3, bytes: 2_345_678 } })]
    told.imports = [aJob({ kind: 'import', state: 'running', progress: 0.5 })]
    const { section } = await open(language)
    expect(await section.findByText(language === 'de' ? 'Das Archiv ist fertig: 3 Geschichten, 2,3 MB.' : 'The archive is ready: 3 stories, 2.3 MB.')).toBeVisible()
    expect(await section.findByRole('progressbar', { name: language === 'de' ? 'Fortschritt' : 'Progress' })).toHaveAttribute('value', '50')
    await expectAccessible()
  })

  it('are packed while one watches, and downloaded', async () => {
    const { user, section } = await open()
    told.exports = [aJob({ state: 'running', progress: 0.25 }), aJob({ ...DONE, result: { stories: 1, bytes: 900 } })]
    await user.click(await section.findByRole('button', { name: 'Archiv packen' }))
    expect(await section.findByText('25 %')).toBeVisible()
    expect(await section.findByText('Das Archiv ist fertig: 1 Geschichte, 0,9 kB.', {}, { timeout: 5000 })).toBeVisible()
    expect(section.getByRole('link', { name: 'Archiv herunterladen' })).toHaveAttribute('href', '/api/exports/job-1/file')
    expect(section.getByRole('button', { name: 'Neu packen' })).toBeVisible()
    expect(begun).toEqual(['export'])
  })

  it('say why packing came to nothing', async () => {
    told.exports = [aJob({ state: 'failed', problem: aProblem('job-failed', 500) })]
    const { section } = await open()
    expect(await section.findByRole('alert')).toHaveTextContent('Das hat nicht geklappt. Versuch es noch einmal.')
    expect(section.getByRole('button', { name: 'Archiv packen' })).toBeVisible()
  })

  it('come in from a file, and the page knows what is new', async () => {
    const { user, section } = await open()
    const result = { stories: 2, stories_known: 1, prompts: 1, prompts_known: 0, configuration_taken: true }
    told.imports = [aJob({ kind: 'import', state: 'running', progress: 0.5 }), aJob({ kind: 'import', ...DONE, result })]
    api.configuration = { ...api.configuration, age_band: 'adult' }
    await user.upload(await section.findByLabelText(/Archiv auswählen/), zip())
    expect(await section.findByText('50 %')).toBeVisible()
    const words = '2 Geschichten sind dazugekommen. 1 Geschichte war schon da. 1 Idee ist dazugekommen. Deine Voreinstellungen sind wieder so, wie sie im Archiv stehen.'
    expect(await section.findByText(words, {}, { timeout: 5000 })).toBeVisible()
    expect(uploaded).toEqual([expect.stringMatching(/^multipart\/form-data; boundary=/)])
    await waitFor(() => expect(screen.getByRole('radio', { name: 'Erwachsen' })).toBeChecked())
  })

  it('come in from a file that is dropped', async () => {
    const { section } = await open()
    let letGo = (): void => undefined
    held = new Promise((resolve) => (letGo = resolve))
    const place = await section.findByLabelText(/Archiv auswählen/)
    fireEvent.dragOver(place)
    expect(section.getByText('Loslassen, dann wird eingelesen')).toBeVisible()
    fireEvent.dragLeave(place)
    expect(section.queryByText('Loslassen, dann wird eingelesen')).not.toBeInTheDocument()
    fireEvent.drop(place, { dataTransfer: { files: [zip()] } })
    expect(await section.findByText('„meins.zip“ wird übertragen …')).toBeVisible()
    expect(section.getByRole('progressbar')).not.toHaveAttribute('value')
    letGo()
    await waitFor(() => expect(uploaded).toHaveLength(1))
  })

  it('say when there was nothing new', async () => {
    told.imports = [aJob({ kind: 'import', ...DONE, result: { stories: 0, stories_known: 2, prompts: 0, prompts_known: 1, configuration_taken: false } })]
    const { section } = await open('en')
    expect(await section.findByText('There was nothing new in it. 2 stories were here already.')).toBeVisible()
  })

  it('say at once when a file is too large, without sending it', async () => {
    const { user, section } = await open()
    await screen.findByRole('radio', { name: 'Erwachsen' })
    await user.upload(section.getByLabelText(/Archiv auswählen/), zip(1_000_001))
    expect(await section.findByRole('alert')).toHaveTextContent('Dieses Archiv ist größer, als dieser Server annimmt.')
    expect(uploaded).toEqual([])
  })

  it.each([
    ['import-unreadable', 422, 'This file is no Storybot archive, or it is damaged. Nothing was changed.'],
    ['conflict', 409, 'Something has changed in the meantime. Look at how things stand and try again.'],
  ] as const)('say why a file is refused (%s)', async (slug, status, words) => {
    const refuse = http.post('*/api/imports', () =>
      HttpResponse.json(aProblem(slug, status), { status, headers: { 'Content-Type': 'application/problem+json' } }),
    )
    const { user, section } = await open('en')
    const { server } = await import('../../test/server')
    server.use(refuse)
    await user.upload(await section.findByLabelText(/Choose an archive/), zip())
    expect(await section.findByRole('alert')).toHaveTextContent(words)
    expect(section.getByLabelText(/Choose an archive/)).toBeEnabled()
  })

  it('go for good only after the word', async () => {
    const { user, section } = await open()
    await user.click(await section.findByRole('button', { name: 'Alles löschen …' }))
    const dialog = within(screen.getByRole('alertdialog', { name: 'Wirklich alles löschen?' }))
    await expectAccessible()
    await user.type(dialog.getByRole('textbox', { name: 'Zur Bestätigung' }), 'nein')
    await user.click(dialog.getByRole('button', { name: 'Alles löschen' }))
    expect(dialog.getByRole('alert')).toHaveTextContent('Hier muss „löschen“ stehen.')
    expect(begun).toEqual([])
    told.erasures = [aJob({ kind: 'erase', state: 'running', progress: 0.1 }), aJob({ kind: 'erase', ...DONE, result: { stories: 3 } })]
    await user.clear(dialog.getByRole('textbox'))
    await user.type(dialog.getByRole('textbox'), 'Löschen{Enter}')
    expect(await section.findByText('10 %')).toBeVisible()
    expect(await section.findByText('Alles ist gelöscht. Zeit für eine neue Geschichte.', {}, { timeout: 5000 })).toBeVisible()
    expect(begun).toEqual(['{"confirm":"delete"}'])
  })

  it('stay when the reader thinks better of it', async () => {
    const { user, section } = await open('en')
    await user.click(await section.findByRole('button', { name: 'Delete everything …' }))
    await user.click(screen.getByRole('button', { name: 'Keep it' }))
    expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument()
    expect(begun).toEqual([])
  })
})
