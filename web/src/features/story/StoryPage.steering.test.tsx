import { act, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { problemDetails } from './testing/fakeServer'
import { clearMessages, opening, openStory, passages, prose, reading, standInForLayout, told, tools } from './testing/openStory'

const FIRST = 'Es war einmal ein Fuchs.'
const SECOND = 'Der fror an den Pfoten.'

beforeEach(standInForLayout)
afterEach(clearMessages)

describe('a story to steer', () => {
  it('goes on with a wish, and without one', async () => {
    const { fake, user } = await openStory(told(FIRST))
    await user.type(await screen.findByLabelText('Was soll als Nächstes geschehen?'), 'ein Bär kommt')
    await user.click(screen.getByRole('button', { name: 'Erzähl weiter' }))
    expect(await screen.findByRole('button', { name: 'Stopp' })).toHaveFocus()
    expect(fake.bodies).toEqual([{ action: 'continue', passage_id: 'p1', wish: 'ein Bär kommt' }])
    await reading(fake)
    act(() => fake.write('Da kam ein Bär.'))
    act(() => fake.end('done'))
    await waitFor(() => expect(prose()).toBe(`${opening(FIRST)}‖Da kam ein Bär.`))
    const again = await screen.findByRole('button', { name: 'Erzähl weiter' })
    expect(again).toHaveFocus()
    await user.click(again)
    await waitFor(() => expect(fake.bodies.at(-1)).toEqual({ action: 'continue', passage_id: 'p2' }))
  })

  it('keeps the wish when the server refuses, and says why', async () => {
    const { fake, user } = await openStory(told(FIRST), 'en')
    fake.refusals.set('POST passages', problemDetails('too-many-generations', 429, { limit: 4 }))
    const wish = await screen.findByLabelText('What should happen next?')
    await user.type(wish, 'a bear{Enter}')
    expect(await screen.findByRole('alert')).toHaveTextContent('Enough stories are being written')
    expect(wish).toHaveValue('a bear')
  })

  it('is tried another way, and the versions can be switched', async () => {
    const { fake, user } = await openStory(told(FIRST, SECOND))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    await user.click(tools(1).getByRole('button', { name: 'Noch einmal anders' }))
    await user.type(await screen.findByLabelText('Was soll anders werden?'), 'lustiger{Enter}')
    await reading(fake)
    expect(fake.bodies).toEqual([{ action: 'retry', passage_id: 'p2', wish: 'lustiger' }])
    act(() => fake.write('Der kicherte.'))
    act(() => fake.end('done'))
    await waitFor(() => expect(prose()).toBe(`${opening(FIRST)}‖Der kicherte.`))
    const versions = within(await screen.findByRole('group', { name: 'Fassungen von Abschnitt 2' }))
    expect(versions.getByText('Fassung 2 von 2')).toBeInTheDocument()
    expect(versions.getByRole('button', { name: 'Nächste Fassung' })).toBeDisabled()
    await user.click(versions.getByRole('button', { name: 'Vorige Fassung' }))
    await waitFor(() => expect(prose()).toBe(`${opening(FIRST)}‖${SECOND}`))
    await user.keyboard(']')
    await waitFor(() => expect(prose()).toBe(`${opening(FIRST)}‖Der kicherte.`))
  })

  it('is edited in place; what follows stays; the change can be undone and redone', async () => {
    const { fake, user } = await openStory(told(FIRST, SECOND))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    await user.click(tools(0).getByRole('button', { name: 'Bearbeiten' }))
    const field = screen.getByRole('textbox', { name: 'Text von Abschnitt 1' })
    expect(field).toHaveFocus()
    await user.clear(field)
    await user.type(field, 'Es war einmal eine Füchsin.')
    await user.keyboard('{Control>}{Enter}{/Control}')
    await waitFor(() => expect(prose()).toBe(`${opening('Es war einmal eine Füchsin.')}‖${SECOND}`))
    expect(fake.bodies).toEqual([{ action: 'edit', passage_id: 'p1', text: 'Es war einmal eine Füchsin.' }])
    expect(screen.getByRole('region', { name: 'Abschnitt 1 von 2, von dir' })).toBeVisible()
    await user.click(within(await screen.findByText('Abschnitt geändert').then((text) => text.parentElement!)).getByRole('button', { name: 'Rückgängig' }))
    await waitFor(() => expect(prose()).toBe(`${opening(FIRST)}‖${SECOND}`))
    await user.keyboard('{Control>}{Shift>}z{/Shift}{/Control}')
    await waitFor(() => expect(prose()).toContain('Füchsin'))
    await user.keyboard('{Control>}z{/Control}')
    await waitFor(() => expect(prose()).not.toContain('Füchsin'))
  })

  it('keeps an edit that could not be saved', async () => {
    const { fake, user } = await openStory(told(FIRST))
    fake.refusals.set('POST passages', 'network')
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    await user.keyboard('e')
    const field = await screen.findByRole('textbox', { name: 'Text von Abschnitt 1' })
    await user.type(field, ' Und?')
    await user.click(screen.getByRole('button', { name: 'Speichern' }))
    expect(await screen.findByRole('alert')).toHaveTextContent('Storybot ist gerade nicht zu erreichen.')
    expect(field).toHaveValue(`${FIRST} Und?`)
    expect(localStorage.getItem('storybot.draft.edit.p1')).toBe(`${FIRST} Und?`)
    fake.refusals.clear()
    await user.click(screen.getByRole('button', { name: 'Speichern' }))
    await waitFor(() => expect(prose()).toContain('Und?'))
    expect(localStorage.getItem('storybot.draft.edit.p1')).toBeNull()
  })

  it('lets go of an edit with Esc, and brings it back', async () => {
    const { user } = await openStory(told(FIRST))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    await user.keyboard('e')
    await user.type(await screen.findByRole('textbox', { name: 'Text von Abschnitt 1' }), ' Und?{Escape}')
    expect(prose()).toBe(opening(FIRST))
    await user.click(await screen.findByRole('button', { name: 'Zurückholen' }))
    expect(await screen.findByRole('textbox', { name: 'Text von Abschnitt 1' })).toHaveValue(`${FIRST} Und?`)
  })

  it('is written on by the reader', async () => {
    const { fake, user } = await openStory(told(FIRST), 'en')
    await user.click(await screen.findByRole('button', { name: 'Write on yourself' }))
    await user.type(screen.getByRole('textbox', { name: 'Write on yourself' }), 'Then he sneezed.')
    await user.click(screen.getByRole('button', { name: 'Add' }))
    await waitFor(() => expect(prose()).toBe(`${opening(FIRST)}‖Then he sneezed.`))
    expect(fake.bodies).toEqual([{ action: 'write', passage_id: 'p1', text: 'Then he sneezed.' }])
    expect(screen.getByRole('region', { name: 'Passage 2 of 2, by you' })).toBeVisible()
  })

  it('goes on from an earlier passage', async () => {
    const { fake, user } = await openStory(told(FIRST, SECOND))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    expect(tools(1).queryByRole('button', { name: 'Von hier aus weitererzählen' })).not.toBeInTheDocument()
    await user.click(tools(0).getByRole('button', { name: 'Von hier aus weitererzählen' }))
    await reading(fake)
    expect(fake.bodies).toEqual([{ action: 'continue', passage_id: 'p1' }])
    expect(passages()).toHaveLength(2)
    expect(prose()).not.toContain(SECOND)
  })

  it('is copied as plain text', async () => {
    const { user } = await openStory(told('Es war *einmal*.\n\n* * *\n\nEnde.'))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    await user.click(tools(0).getByRole('button', { name: 'Kopieren' }))
    expect(await screen.findByText('Kopiert')).toBeVisible()
    expect(await navigator.clipboard.readText()).toBe('Es war einmal.\n\nEnde.')
  })

  it('is read with j and k', async () => {
    const { user } = await openStory(told(FIRST, SECOND))
    await screen.findByRole('button', { name: 'Erzähl weiter' })
    await user.keyboard('j')
    expect(passages()[0]).toHaveFocus()
    await user.keyboard('jj')
    expect(passages()[1]).toHaveFocus()
    await user.keyboard('k')
    expect(passages()[0]).toHaveFocus()
    await user.keyboard('c')
    expect(screen.getByLabelText('Was soll als Nächstes geschehen?')).toHaveFocus()
    await user.keyboard('j')
    expect(screen.getByLabelText('Was soll als Nächstes geschehen?')).toHaveValue('j')
  })
})
