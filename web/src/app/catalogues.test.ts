import { describe, expect, it } from 'vitest'
import ideasDe from '../features/home/surprises.de'
import ideasEn from '../features/home/surprises.en'
import accountDe from '../features/account/account.de'
import accountEn from '../features/account/account.en'
import helpDe from '../features/help/help.de'
import helpEn from '../features/help/help.en'
import storyDe from '../features/story/story.de'
import storyEn from '../features/story/story.en'
import storytellersDe from '../features/storytellers/storytellers.de'
import storytellersEn from '../features/storytellers/storytellers.en'
import settingsDe from '../features/settings/settings.de'
import settingsEn from '../features/settings/settings.en'
import yoursDe from '../features/settings/yours.de'
import yoursEn from '../features/settings/yours.en'
import firstDe from './catalogue.de'
import firstEn from './catalogue.en'

function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  return Object.entries(value as object).flatMap(([key, part]) => flat(part, path === '' ? key : `${path}.${key}`))
}
const gaps = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).sort()

const de = { ...firstDe, story: storyDe, help: helpDe, account: accountDe, settings: settingsDe, yours: yoursDe, storytellers: storytellersDe }
const en = { ...firstEn, story: storyEn, help: helpEn, account: accountEn, settings: settingsEn, yours: yoursEn, storytellers: storytellersEn }
const german = new Map(flat(de))
const english = new Map(flat(en))

describe('the catalogues', () => {
  it('have the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...german.keys()].sort())
  })

  it('leave no text empty and the same gaps in both', () => {
    for (const [key, text] of german) {
      expect(text.trim(), key).not.toBe('')
      expect(english.get(key)?.trim(), key).not.toBe('')
      expect(gaps(english.get(key) ?? ''), key).toEqual(gaps(text))
    }
  })

  it('keep the sentences of the template word for word', () => {
    const { prompts, app } = de.page
    expect([prompts.fetchFailed, prompts.fetchError, prompts.mustNotBeEmpty, prompts.added, prompts.addFailed, prompts.addError]).toEqual([
      'Fehler beim Abrufen der Prompts',
      'Ein Fehler ist beim Abrufen der Prompts aufgetreten',
      'Der Prompt-Inhalt darf nicht leer sein',
      'Prompt erfolgreich hinzugefügt',
      'Fehler beim Hinzufügen des Prompts',
      'Ein Fehler ist beim Hinzufügen des Prompts aufgetreten',
    ])
    expect([prompts.deleted, prompts.deleteFailed, prompts.deleteError, prompts.add, prompts.new, prompts.delete, app.loading, app.tagline]).toEqual([
      'Prompt erfolgreich gelöscht',
      'Löschen des Prompts fehlgeschlagen',
      'Ein Fehler ist beim Löschen des Prompts aufgetreten',
      'Prompt hinzufügen',
      'Neuer Prompt',
      'Löschen',
      'Lade...',
      'KI-gestützter Story-Bot',
    ])
  })
})

describe('the surprises', () => {
  it.each([['de', ideasDe], ['en', ideasEn]] as const)('are at least forty, each another one (%s)', (_language, ideas) => {
    expect(new Set(ideas).size).toBe(ideas.length)
    expect(ideas.length).toBeGreaterThanOrEqual(40)
  })
})
