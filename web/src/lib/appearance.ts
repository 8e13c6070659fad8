// Theme and type size of this browser: remembered, applied to <html>, and followed when the device changes its mind.
// The first paint is public/theme.js's; it knows the same names.

import { useSyncExternalStore } from 'react'
import { recall, remember } from './storage'

export const themes = ['system', 'paper', 'sepia', 'night'] as const
export type ThemeChoice = (typeof themes)[number]
export const typeSizes = ['small', 'normal', 'large', 'huge'] as const
export type TypeSize = (typeof typeSizes)[number]

interface Appearance {
  theme: ThemeChoice
  type: TypeSize
}

/** The colour behind everything, for the browser's own frame; the same as --paper in tokens.css. */
const FRAME = { paper: '#fbf7ef', sepia: '#f2e6cf', night: '#12141c' } as const

const oneOf = <T extends string>(values: readonly T[], value: unknown, fallback: T): T => values.find((one) => one === value) ?? fallback

const watchers = new Set<() => void>()
const devicePrefersNight = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)')
const readBack = (): Appearance => ({
  theme: oneOf(themes, recall('theme'), 'system'),
  type: oneOf(typeSizes, recall('type'), 'normal'),
})
let current = readBack()

/** Which of the three looks a choice means on this device just now. */
export function lookOf(theme: ThemeChoice): 'paper' | 'sepia' | 'night' {
  if (theme !== 'system') return theme
  return devicePrefersNight().matches ? 'night' : 'paper'
}

function apply(): void {
  const root = document.documentElement
  const look = lookOf(current.theme)
  root.dataset.theme = look
  if (current.type === 'normal') delete root.dataset.type
  else root.dataset.type = current.type
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', FRAME[look])
}

function change(next: Appearance): void {
  current = next
  apply()
  for (const watcher of watchers) watcher()
}

export function chooseTheme(theme: ThemeChoice): void {
  remember('theme', theme)
  if (theme === 'paper' || theme === 'sepia') remember('day-theme', theme)
  change({ ...current, theme })
}

/** The light look that the reader used last. */
export const dayTheme = (): ThemeChoice => oneOf(themes, recall('day-theme'), 'paper')

export function chooseType(type: TypeSize): void {
  remember('type', type)
  change({ ...current, type })
}

/** Applies what is remembered and follows the device; called once at the start. */
export function startAppearance(): void {
  current = readBack()
  apply()
  devicePrefersNight().addEventListener('change', () => change({ ...current }))
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => current,
  )
}
