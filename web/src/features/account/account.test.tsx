import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { apiJson, askSession } from '../../api'
import { startOver } from '../../lib/startOver'
import { AT } from '../../test/fakeApi'
import { expectAccessible, renderPage } from '../../test/render'
import { ADA, anAccount, FakeAccounts, PASSWORD } from './testing/fakeAccounts'
// Loaded when they are gone to: here already, so that no test waits for the disk.
import './door'
import './house'

vi.mock('../../lib/startOver')

let server: FakeAccounts
beforeEach(() => {
  server = new FakeAccounts()
  vi.mocked(startOver).mockClear()
})
const open = (path: string, language: 'de' | 'en' = 'de') => renderPage(path, { language, handlers: server.handlers, session: 'unasked' })
const signedIn = (path: string, account = anAccount(), language: 'de' | 'en' = 'de') => {
  server.account = account
  return renderPage(path, { language, handlers: server.handlers, session: server.session })
}
const heard = (what: string) => server.heard.filter((one) => one.what === what)

describe('a server without accounts', () => {
  it('shows nothing of them', async () => {
    await renderPage('/sign-in', { handlers: server.api.handlers })
    expect(await screen.findByRole('heading', { name: 'Diese Seite fehlt im Buch' })).toBeVisible()
    expect(screen.queryByRole('button', { name: /Konto/ })).not.toBeInTheDocument()
  })
})

describe('signing in', () => {
  it('stands before every page, and leads on to the one that was asked for', async () => {
    const { user, address } = await open('/library?q=fuchs')
    await user.type(await screen.findByLabelText('E-Mail-Adresse'), ADA)
    expect(address()).toBe(`/sign-in?next=${encodeURIComponent('/library?q=fuchs')}`)
    await user.type(screen.getByLabelText('Passwort'), PASSWORD)
    await user.click(screen.getByRole('button', { name: 'Anmelden' }))
    await waitFor(() => expect(address()).toBe('/library?q=fuchs'))
    expect(heard('POST /auth/login')).toEqual([{ what: 'POST /auth/login', body: { email: ADA, password: PASSWORD, remember: true }, csrf: 'csrf-1' }])
  })

  it.each(['https://evil.example/', '//evil.example/', '/\\evil.example'])('leads to no other site: %s', async (next) => {
    const { user, address } = await open(`/sign-in?next=${encodeURIComponent(next)}`)
    await user.type(await screen.findByLabelText('E-Mail-Adresse'), ADA)
    await user.type(screen.getByLabelText('Passwort'), PASSWORD)
    await user.click(screen.getByRole('button', { name: 'Anmelden' }))
    await waitFor(() => expect(address()).toBe('/'))
  })

  it('says at the fields what is missing, and asks nothing', async () => {
    const { user } = await open('/sign-in')
    await user.click(await screen.findByRole('button', { name: 'Anmelden' }))
    const email = screen.getByLabelText('E-Mail-Adresse')
    expect(email).toHaveFocus()
    expect(email).toHaveAccessibleDescription('Schreib hier deine E-Mail-Adresse hin.')
    expect(screen.getByLabelText('Passwort')).toBeInvalid()
    expect(heard('POST /auth/login')).toEqual([])
  })

  it('says that something is wrong, not what, and keeps what was typed', async () => {
    const { user } = await open('/sign-in', 'en')
    await user.type(await screen.findByLabelText('Email address'), ADA)
    await user.type(screen.getByLabelText('Password'), 'something else')
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    expect(await screen.findByRole('alert')).toHaveTextContent('The address or the password isn’t right.')
    expect(screen.getByLabelText('Email address')).toHaveValue(ADA)
    expect(screen.getByLabelText('Password')).toHaveFocus()
  })

  it('says when it may be tried again', async () => {
    server.refused.set('POST /auth/login', ['too-many-attempts', 429, { retry_after_s: 840 }])
    const { user } = await open('/sign-in')
    await user.type(await screen.findByLabelText('E-Mail-Adresse'), ADA)
    await user.type(screen.getByLabelText('Passwort'), PASSWORD)
    await user.click(screen.getByRole('button', { name: 'Anmelden' }))
    expect(await screen.findByRole('alert')).toHaveTextContent('Versuch es in 14 Minuten noch einmal.')
  })

  it('takes a second step where there is one', async () => {
    server.asksSecondStep = true
    const { user, address } = await open('/sign-in?next=/help')
    await user.type(await screen.findByLabelText('E-Mail-Adresse'), ADA)
    await user.type(screen.getByLabelText('Passwort'), PASSWORD)
    await user.click(screen.getByRole('button', { name: 'Anmelden' }))
    const code = await screen.findByLabelText('Code')
    expect(code).toHaveFocus()
    expect(code).toHaveAttribute('autocomplete', 'one-time-code')
    await expectAccessible()
    await user.type(code, '000000')
    await user.click(screen.getByRole('button', { name: 'Weiter' }))
    expect(await screen.findByText(/Dieser Code stimmt nicht/)).toBeVisible()
    expect(code).toHaveFocus()
    await user.clear(code)
    await user.type(code, '123456{Enter}')
    await waitFor(() => expect(address()).toBe('/help'))
  })

  it('shows and hides the password', async () => {
    const { user } = await open('/sign-in')
    const password = await screen.findByLabelText('Passwort')
    expect(password).toHaveAttribute('type', 'password')
    await user.click(screen.getByRole('button', { name: 'Passwort zeigen' }))
    expect(password).toHaveAttribute('type', 'text')
  })
})

describe('the door', () => {
  it.each([
    ['/sign-in', 'de', 'Schön, dass du da bist'],
    ['/sign-up', 'en', 'An account for your stories'],
    ['/forgotten', 'de', 'Passwort vergessen?'],
    ['/reset?token=good', 'en', 'A new password'],
  ] as const)('has nothing that axe objects to: %s (%s)', async (path, language, title) => {
    await open(path, language)
    expect(await screen.findByRole('heading', { level: 1, name: title })).toBeVisible()
    await expectAccessible()
  })

  it('speaks another language at a press', async () => {
    const { user } = await open('/sign-in')
    await user.click(await screen.findByRole('button', { name: 'EN, English' }))
    expect(await screen.findByRole('heading', { name: 'Good to see you' })).toBeVisible()
  })

  it('takes in whoever signs up, and says of a weak password why it is weak', async () => {
    const { user } = await open('/sign-up?invitation=abc')
    await user.type(await screen.findByLabelText('E-Mail-Adresse'), ADA)
    await user.type(screen.getByLabelText('Passwort'), 'short')
    await user.click(screen.getByRole('button', { name: 'Konto anlegen' }))
    expect(await screen.findByText('Das ist zu kurz. Nimm mindestens 10 Zeichen.')).toBeVisible()
    expect(screen.getByLabelText('Passwort')).toBeInvalid()
    await user.type(screen.getByLabelText('Passwort'), ' but longer')
    await user.click(screen.getByRole('button', { name: 'Konto anlegen' }))
    expect(await screen.findByRole('heading', { name: 'Sieh in dein Postfach' })).toHaveFocus()
    expect(screen.getByText(new RegExp(ADA))).toBeVisible()
    expect(heard('POST /auth/register').at(-1)?.body).toEqual({ email: ADA, password: 'short but longer', invitation: 'abc' })
  })

  it.each([
    ['closed', 'Hier kann sich gerade niemand ein Konto anlegen.'],
    ['invite', 'Für ein Konto brauchst du hier eine Einladung.'],
  ] as const)('says where nobody may come in by themselves (%s)', async (signUp, text) => {
    server.signUp = signUp
    await open('/sign-up')
    expect(await screen.findByText(new RegExp(text))).toBeVisible()
    expect(screen.queryByLabelText('Passwort')).not.toBeInTheDocument()
  })

  it('says the same of a forgotten password, whoever asks', async () => {
    const { user } = await open('/forgotten')
    await user.type(await screen.findByLabelText('E-Mail-Adresse'), 'nobody@example.com')
    await user.click(screen.getByRole('button', { name: 'Link schicken' }))
    expect(await screen.findByText(/Wenn es zu nobody@example.com ein Konto gibt/)).toBeVisible()
  })

  it('says that an old link holds no more, and leads to a new one', async () => {
    const { user } = await open('/reset?token=old')
    await user.type(await screen.findByLabelText('Neues Passwort'), PASSWORD)
    await user.click(screen.getByRole('button', { name: 'Passwort setzen' }))
    expect(await screen.findByText(/Dieser Link gilt nicht mehr/)).toBeVisible()
    await user.click(screen.getByRole('link', { name: 'Link schicken' }))
    expect(await screen.findByRole('heading', { name: 'Passwort vergessen?' })).toBeVisible()
  })

  it('lets in by a new password', async () => {
    const { user, address } = await open('/reset?token=good')
    await user.type(await screen.findByLabelText('Neues Passwort'), PASSWORD)
    await user.click(screen.getByRole('button', { name: 'Passwort setzen' }))
    expect(await screen.findByText('Dein neues Passwort gilt. Melde dich damit an.')).toBeVisible()
    expect(address()).toBe('/sign-in?reset=1')
  })
})

describe('a session', () => {
  it('that ends in mid-work takes nothing away', async () => {
    const { user } = await signedIn('/')
    const idea = await screen.findByRole('textbox', { name: 'Worum soll es gehen?' })
    await user.type(idea, 'Eine Schnecke')
    server.account = null
    await user.click(screen.getByRole('button', { name: 'Erzähl' }))
    const again = await screen.findByRole('dialog', { name: 'Du bist nicht mehr angemeldet' })
    await user.type(within(again).getByLabelText('E-Mail-Adresse'), ADA)
    await user.type(within(again).getByLabelText('Passwort'), PASSWORD)
    await user.click(within(again).getByRole('button', { name: 'Anmelden' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
    expect(idea).toHaveValue('Eine Schnecke')
    expect(startOver).not.toHaveBeenCalled()
  })

  it('of somebody else begins with an empty page', async () => {
    localStorage.setItem('storybot.theme', 'night')
    await signedIn('/')
    await screen.findByRole('button', { name: `Konto von ${ADA}` })
    localStorage.setItem('storybot.draft', '{"prompt":"geheim"}')
    server.signIn(anAccount({ id: 'account-2', email: 'ben@example.com' }))
    await askSession()
    expect(startOver).toHaveBeenCalledWith('/')
    expect(localStorage.getItem('storybot.draft')).toBeNull()
    expect(localStorage.getItem('storybot.theme')).toBe('night')
  })

  it('is asked for once more where its token is old, and the request goes through', async () => {
    await signedIn('/help')
    server.csrf = 'csrf-newer'
    await apiJson('auth/address', { method: 'POST', json: { email: 'new@example.com' } })
    expect(heard('POST /auth/address').map(({ csrf }) => csrf)).toEqual(['csrf-1', 'csrf-newer'])
  })

  it('that is somebody else’s meanwhile does nothing in their name', async () => {
    await signedIn('/help')
    server.signIn(anAccount({ id: 'account-2' }))
    await expect(apiJson('auth/address', { method: 'POST', json: { email: 'new@example.com' } })).rejects.toMatchObject({ slug: 'csrf' })
    expect(heard('POST /auth/address')).toHaveLength(1)
  })

  it('ends from the menu, and leaves nothing of the reader behind', async () => {
    const { user } = await signedIn('/')
    await user.click(await screen.findByRole('button', { name: `Konto von ${ADA}` }))
    localStorage.setItem('storybot.last-read', 'story-1')
    await user.click(await screen.findByRole('menuitem', { name: 'Abmelden' }))
    await waitFor(() => expect(startOver).toHaveBeenCalledWith('/sign-in'))
    expect(heard('POST /auth/logout')).toHaveLength(1)
    expect(localStorage.getItem('storybot.last-read')).toBeNull()
  })
})

describe('the account', () => {
  it.each(['de', 'en'] as const)('has nothing that axe objects to (%s)', async (language) => {
    await signedIn('/account', anAccount({ passkeys: [{ id: 'k1', name: 'Telefon', created_at: '2026-05-01T19:00:00Z', last_used_at: null }] }), language)
    expect(await screen.findByText('Firefox · Linux')).toBeVisible()
    await expectAccessible()
  })

  it('asks who it is where the server wants to know, and then goes on', async () => {
    server.isFresh = false
    const { user } = await signedIn('/account')
    await user.click(await screen.findByRole('button', { name: 'Adresse ändern' }))
    await user.type(screen.getByLabelText('Neue E-Mail-Adresse'), 'new@example.com')
    await user.click(screen.getByRole('button', { name: 'Mail schicken' }))
    const dialog = await screen.findByRole('dialog', { name: 'Zeig kurz, dass du es bist' })
    await user.type(within(dialog).getByLabelText('Passwort'), 'wrong')
    await user.click(within(dialog).getByRole('button', { name: 'Weiter' }))
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('stimmt nicht')
    await user.clear(within(dialog).getByLabelText('Passwort'))
    await user.type(within(dialog).getByLabelText('Passwort'), PASSWORD)
    await user.click(within(dialog).getByRole('button', { name: 'Weiter' }))
    expect(await screen.findByText(/Wir haben eine Mail an new@example.com geschickt/)).toBeVisible()
    expect(heard('POST /auth/address').at(-1)?.csrf).toBe('csrf-verified')
  })

  it('says nothing where one would not say who one is', async () => {
    server.isFresh = false
    const { user } = await signedIn('/account')
    await user.click(await screen.findByRole('button', { name: 'Adresse ändern' }))
    await user.type(screen.getByLabelText('Neue E-Mail-Adresse'), 'new@example.com')
    await user.click(screen.getByRole('button', { name: 'Mail schicken' }))
    const dialog = await screen.findByRole('dialog', { name: 'Zeig kurz, dass du es bist' })
    await user.click(within(dialog).getByRole('button', { name: 'Abbrechen' }))
    await waitFor(() => expect(dialog).not.toBeInTheDocument())
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
    expect(screen.getByLabelText('Neue E-Mail-Adresse')).toHaveValue('new@example.com')
  })

  it('is deleted only after the word', async () => {
    const { user } = await signedIn('/account')
    await user.click(await screen.findByRole('button', { name: 'Konto löschen' }))
    await user.type(screen.getByLabelText('Zur Sicherheit'), 'ja')
    await user.click(screen.getByRole('button', { name: 'Für immer löschen' }))
    expect(await screen.findByText('Schreib genau „löschen“ hin.')).toBeVisible()
    expect(heard('DELETE /auth/account')).toEqual([])
    await user.clear(screen.getByLabelText('Zur Sicherheit'))
    await user.type(screen.getByLabelText('Zur Sicherheit'), 'löschen')
    await user.click(screen.getByRole('button', { name: 'Für immer löschen' }))
    expect(await screen.findByRole('progressbar', { name: /Alles wird gelöscht/ })).toBeVisible()
    await waitFor(() => expect(startOver).toHaveBeenCalledWith('/sign-in?erased=1'))
  })
})

describe('the family', () => {
  it('has nothing that axe objects to, and names what waits', async () => {
    await signedIn('/family')
    expect(await screen.findByText('2 Geschichten warten auf dich')).toBeVisible()
    expect(screen.getByText('Gerade wartet nichts.')).toBeVisible()
    await expectAccessible()
  })

  it('hands over only where there is a way back', async () => {
    const { user } = await signedIn('/family', anAccount({ has_password: false }))
    await user.click(await screen.findByRole('button', { name: 'An Mia übergeben' }))
    expect(await screen.findByText('Setz erst eine PIN, damit du wieder zurückkommst.')).toBeVisible()
    expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument()
  })

  it('gives a child only what is a child’s', async () => {
    const profile = { id: 'p1', name: 'Mia', age_band: '6-8' as const, needs_approval: false }
    const { user, address } = await signedIn('/', anAccount({ profile, profiles: [profile], has_pin: true }))
    expect(await screen.findByRole('heading', { name: 'Hallo Mia' })).toBeVisible()
    expect(screen.queryByRole('link', { name: 'Einstellungen' })).not.toBeInTheDocument()
    await expectAccessible()
    await user.type(screen.getByLabelText('Wovon soll die Geschichte handeln?'), 'Ein Igel')
    await user.click(screen.getByRole('button', { name: 'Erzähl mir was' }))
    await waitFor(() => expect(address()).toBe('/story/story-new'))
    expect(server.api.begun.at(-1)?.body).toEqual({ prompt: 'Ein Igel', language: 'de', age_band: '6-8' })
  })
})

describe('deleting all stories', () => {
  const job = { id: 'j', kind: 'erase', state: 'queued', progress: 0, result: null, problem: null, file: null, created_at: AT, finished_at: null, expires_at: null }
  const erasing = async () => {
    let asked = 0
    server.account = anAccount()
    server.isFresh = false
    const handlers = [
      http.get('*/api/exports', () => HttpResponse.json([])),
      http.get('*/api/imports', () => HttpResponse.json([])),
      http.get('*/api/erasures/j', () => HttpResponse.json({ ...job, state: 'done', progress: 1, result: { stories: 2 } })),
      http.delete('*/api/data', () => {
        asked += 1
        return server.isFresh ? HttpResponse.json(job, { status: 202 }) : HttpResponse.json({ type: 'urn:storybot:problem:needs-verification', title: '', status: 403 }, { status: 403 })
      }),
      ...server.handlers,
    ]
    const { user } = await renderPage('/settings', { handlers, session: server.session })
    await user.click(await screen.findByRole('button', { name: 'Alles löschen …' }))
    const dialog = within(await screen.findByRole('alertdialog'))
    await user.type(dialog.getByRole('textbox'), 'löschen')
    await user.click(dialog.getByRole('button', { name: 'Alles löschen' }))
    return { user, again: within(await screen.findByRole('dialog', { name: 'Zeig kurz, dass du es bist' })), times: () => asked }
  }

  it('asks who it is, and goes on by itself', async () => {
    const { user, again, times } = await erasing()
    await user.type(again.getByLabelText('Passwort'), PASSWORD)
    await user.click(again.getByRole('button', { name: 'Weiter' }))
    expect(await screen.findByText('Alles ist gelöscht. Zeit für eine neue Geschichte.', {}, { timeout: 5000 })).toBeVisible()
    expect(times()).toBe(2)
  })

  it('is not done, and nothing is said, where one would not say', async () => {
    const { user, again, times } = await erasing()
    await user.click(again.getByRole('button', { name: 'Abbrechen' }))
    await waitFor(() => expect(screen.getByRole('button', { name: 'Alles löschen …' })).not.toHaveAttribute('aria-busy', 'true'))
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
    expect(times()).toBe(1)
  })
})
