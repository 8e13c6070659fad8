// The keyboard shortcuts: one table that the pages act on and Help shows, and one listener for them.
// They can be switched off, since single letters get in the way of speech input (WCAG 2.1.4).

import { useEffect, useRef, useSyncExternalStore } from 'react'
import { recall, remember } from './storage'

export type ShortcutId =
  | 'help' | 'stop' | 'next' | 'previous' | 'nextVersion' | 'previousVersion'
  | 'edit' | 'retry' | 'continue' | 'undo' | 'redo'

export interface Shortcut {
  id: ShortcutId
  /** Each one a key or a chord as it is shown, such as `Ctrl+Z`; `Mod` is Ctrl, or Cmd on a Mac. */
  keys: readonly string[]
  where: 'everywhere' | 'story'
  label: Readonly<Record<'de' | 'en', string>>
}

export const shortcuts: readonly Shortcut[] = [
  { id: 'help', keys: ['?'], where: 'everywhere', label: { de: 'Hilfe öffnen', en: 'Open help' } },
  { id: 'continue', keys: ['c'], where: 'story', label: { de: 'Weitererzählen lassen', en: 'Have the story go on' } },
  { id: 'stop', keys: ['s'], where: 'story', label: { de: 'Schreiben anhalten', en: 'Stop the writing' } },
  { id: 'next', keys: ['j'], where: 'story', label: { de: 'Zum nächsten Abschnitt', en: 'Next passage' } },
  { id: 'previous', keys: ['k'], where: 'story', label: { de: 'Zum vorigen Abschnitt', en: 'Previous passage' } },
  { id: 'retry', keys: ['r'], where: 'story', label: { de: 'Abschnitt noch einmal anders', en: 'Try the passage another way' } },
  { id: 'edit', keys: ['e'], where: 'story', label: { de: 'Abschnitt bearbeiten', en: 'Edit the passage' } },
  { id: 'previousVersion', keys: ['['], where: 'story', label: { de: 'Vorige Fassung', en: 'Previous version' } },
  { id: 'nextVersion', keys: [']'], where: 'story', label: { de: 'Nächste Fassung', en: 'Next version' } },
  { id: 'undo', keys: ['Mod+Z'], where: 'story', label: { de: 'Rückgängig', en: 'Undo' } },
  { id: 'redo', keys: ['Mod+Shift+Z', 'Mod+Y'], where: 'story', label: { de: 'Wiederholen', en: 'Redo' } },
]

const SETTING = 'shortcuts'
const watchers = new Set<() => void>()

const areOn = (): boolean => recall(SETTING) !== 'off'

/** Switches the single-letter shortcuts on or off for this browser; chords with Ctrl or Cmd stay. */
export function setShortcutsOn(on: boolean): void {
  remember(SETTING, on ? null : 'off')
  for (const watcher of watchers) watcher()
}

/** Whether the single-letter shortcuts are on. */
export function useShortcutsOn(): boolean {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }, areOn)
}

const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent)

/** A key as this machine's keyboards name it: `Mod+Z` is `⌘Z` on a Mac and `Strg+Z` or `Ctrl+Z` elsewhere. */
export function keyName(key: string, language: 'de' | 'en'): string {
  if (isMac()) return key.replace('Mod+', '⌘').replace('Shift+', '⇧')
  return key.replace('Mod', language === 'de' ? 'Strg' : 'Ctrl').replace('Shift', language === 'de' ? 'Umschalt' : 'Shift')
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio], [type=button]), textarea, select')
}

function matches(key: string, event: KeyboardEvent): boolean {
  // Signs such as `[` need AltGr on many keyboards, which some systems report as Ctrl and Alt.
  if (!/[a-z]$/i.test(key)) return event.key === key && !event.metaKey
  const chord = key.startsWith('Mod+')
  if (event.altKey || chord !== (event.ctrlKey || event.metaKey)) return false
  if (!chord) return event.key === key
  return event.shiftKey === key.includes('Shift+') && event.key.toLowerCase() === key.at(-1)?.toLowerCase()
}

function shortcutOf(event: KeyboardEvent): ShortcutId | undefined {
  const found = shortcuts.find(({ keys }) => keys.some((key) => matches(key, event)))
  return found && (found.keys.every((key) => key.startsWith('Mod+')) || areOn()) ? found.id : undefined
}

/**
 * Acts on the table's shortcuts for as long as the component is there.
 *
 * Not while the reader types, and not while a dialog or a menu is open: their keys are theirs.
 */
export function useShortcuts(actions: Partial<Record<ShortcutId, () => void>>): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || isTyping(event.target)) return
      if (document.querySelector('dialog[open], [role=dialog], [role=alertdialog], [role=menu], [role=listbox]')) return
      const id = shortcutOf(event)
      const act = id && latest.current[id]
      if (!act) return
      event.preventDefault()
      act()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
