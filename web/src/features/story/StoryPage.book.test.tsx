import { act, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeServer, problemDetails } from './testing/fakeServer'
import { FakeTree } from './testing/fakeTree'
import { axeFindings, begun, clearMessages, opening, openStory, prose, reading, standInForLayout, told } from './testing/openStory'

const FIRST = 'Es war einmal ein Fuchs.'
const SECOND = 'Der fror an den Pfoten.'

beforeEach(standInForLayout)
afterEach(clearMessages)

describe('the book as a whole', () => {
  it('gets another title where the old one stands', async () => {
    const { fake, user } = await openStory(told(FIRST))
    await user.click(await screen.findByRole('button', { name: 'Titel ändern' }))
    const field = screen.getByRole('textbox', { name: 'Titel' })
    await user.clear(field)
    await user.type(field, 'Die Füchsin{Enter}')
    expect(await screen.findByRole('heading', { level: 1, name: 'Die Füchsin' })).toBeVisible()
    expect(fake.bodies).toEqual([{ title: 'Die Füchsin' }])
    expect(document.title).toBe('Die Füchsin · Storybot')
  })

  it('goes into the bin, and comes back', async () => {
    const { fake, user } = await openStory(told(FIRST))
    await user.click(await screen.findByRole('button', { name: 'Mehr zu dieser Geschichte' }))
    await user.click(await screen.findByRole('menuitem', { name: 'In den Papierkorb' }))
    expect(await screen.findByText('the library')).toBeVisible()
    await user.click(await screen.findByRole('button', { name: 'Rückgängig' }))
    await waitFor(() => expect(fake.asked).toContain('POST restore'))
  })

  it('shows model text as text', async () => {
    await openStory(told('<img src=x onerror=alert(1)> und *schön* [x](javascript:1)'))
    expect(await screen.findByText(/<img src=x onerror=alert\(1\)> und/)).toBeVisible()
    expect(document.querySelector('article img, article a')).toBeNull()
    expect(screen.getByText('schön').tagName).toBe('EM')
  })

  it('has fewer controls for the little ones', async () => {
    const tree = new FakeTree({ texts: [FIRST, SECOND] })
    tree.story.brief.age_band = '3-5'
    await openStory(new FakeServer(tree))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    expect(screen.queryByRole('button', { name: 'Kopieren' })).not.toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Selbst weiterschreiben' })).not.toBeInTheDocument()
    expect(screen.getAllByRole('button', { name: 'Noch einmal anders' })).toHaveLength(2)
  })

  it('that is not there says so kindly', async () => {
    const fake = told(FIRST)
    fake.refusals.set('GET story', problemDetails('not-found', 404))
    fake.refusals.set('GET passages', problemDetails('not-found', 404))
    await openStory(fake)
    expect(await screen.findByRole('heading', { name: 'Diese Geschichte gibt es hier nicht' })).toBeVisible()
    expect(screen.getByRole('link', { name: 'Zur Bibliothek' })).toHaveAttribute('href', '/library')
  })

  it('that cannot be opened now can be tried again', async () => {
    const fake = told(FIRST)
    fake.refusals.set('GET story', 'network')
    fake.refusals.set('GET passages', 'network')
    const { user } = await openStory(fake, 'en')
    expect(await screen.findByRole('alert')).toHaveTextContent('Storybot can’t be reached right now.')
    fake.refusals.clear()
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('button', { name: 'Tell on' })).toBeEnabled()
  })

  it('catches up with what another device did', async () => {
    const { fake } = await openStory(told(FIRST))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    fake.tree.act({ action: 'continue' })
    act(() => void document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))
    await reading(fake)
    act(() => fake.write('Anderswo geschrieben.'))
    act(() => fake.end('done'))
    await waitFor(() => expect(prose()).toBe(`${opening(FIRST)}‖Anderswo geschrieben.`))
  })

  it.each(['de', 'en'] as const)('has nothing for axe to find (%s)', async (language) => {
    const { user } = await openStory(told(FIRST, `${SECOND}\n\n* * *\n\nEnde.`), language)
    await user.click((await screen.findAllByRole('button', { name: language === 'de' ? 'Noch einmal anders' : 'Try it another way' }))[1]!)
    expect(await axeFindings()).toEqual([])
  })

  it('has nothing for axe to find while it is written', async () => {
    const { fake } = await openStory(begun())
    await reading(fake)
    act(() => fake.write('Es war einmal '))
    await waitFor(() => expect(prose()).toContain('einmal'))
    expect(await axeFindings()).toEqual([])
  })
})
