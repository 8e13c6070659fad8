import { act, renderHook } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { keyName, setShortcutsOn, shortcuts, useShortcuts, useShortcutsOn } from './shortcuts'

const press = (key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body): boolean =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }))

afterEach(() => {
  document.body.replaceChildren()
  setShortcutsOn(true)
})

function listen() {
  const acts = { stop: vi.fn(), undo: vi.fn(), redo: vi.fn(), previousVersion: vi.fn() }
  renderHook(() => useShortcuts(acts))
  return acts
}

it('acts on letters, signs and chords, and on nothing else', () => {
  const { stop, undo, redo, previousVersion } = listen()
  expect(press('s')).toBe(false)
  press('z', { ctrlKey: true })
  press('z', { metaKey: true })
  press('Z', { ctrlKey: true, shiftKey: true })
  press('y', { ctrlKey: true })
  // AltGr+8 on a German keyboard.
  press('[', { ctrlKey: true, altKey: true })
  expect([stop, undo, redo, previousVersion].map((act_) => act_.mock.calls.length)).toEqual([1, 2, 2, 1])
  press('s', { ctrlKey: true })
  press('z')
  press('e')
  expect([stop, undo].map((act_) => act_.mock.calls.length)).toEqual([1, 2])
})

it('stands back while the reader types, or a dialog or a menu is open', () => {
  const { stop } = listen()
  const field = document.body.appendChild(document.createElement('textarea'))
  press('s', {}, field)
  field.remove()
  document.body.innerHTML = '<div role="menu"></div>'
  press('s')
  document.body.innerHTML = '<dialog open></dialog>'
  press('s')
  expect(stop).not.toHaveBeenCalled()
})

it('can be switched off, but for the chords', () => {
  const { stop, undo } = listen()
  const { result } = renderHook(() => useShortcutsOn())
  expect(result.current).toBe(true)
  act(() => setShortcutsOn(false))
  expect(result.current).toBe(false)
  press('s')
  press('z', { ctrlKey: true })
  expect(stop).not.toHaveBeenCalled()
  expect(undo).toHaveBeenCalledOnce()
})

it('names keys as the keyboard does', () => {
  expect(keyName('Mod+Shift+Z', 'de')).toBe('Strg+Umschalt+Z')
  expect(keyName('Mod+Shift+Z', 'en')).toBe('Ctrl+Shift+Z')
})

it('has no key twice', () => {
  const keys = shortcuts.flatMap((shortcut) => shortcut.keys)
  expect(new Set(keys).size).toBe(keys.length)
})
