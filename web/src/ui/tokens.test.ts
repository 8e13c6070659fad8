import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync('src/ui/tokens.css', 'utf8')

function colours(theme: string): Record<string, string> {
  const block = css.slice(css.indexOf(`[data-theme='${theme}'] {`)).split('}')[0] ?? ''
  const pairs = [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']): [string, string] => [name, value])
  return Object.fromEntries(pairs)
}

const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (one = '#888888', other = '#888888'): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

describe.each(['paper', 'sepia', 'night'])('the theme %s', (theme) => {
  const c = colours(theme)

  it.each([
    ...['paper', 'paper-raised', 'paper-sunken'].flatMap((ground) => ['ink', 'ink-soft', 'ink-faint', 'accent', 'reader', 'danger', 'good'].map((text) => [text, ground])),
    ['on-accent', 'accent'],
    ['on-accent', 'accent-strong'],
    ['accent-strong', 'accent-wash'],
    ['ink', 'accent-wash'],
    ['reader', 'reader-wash'],
    ['ink', 'reader-wash'],
  ])('sets %s on %s with at least 4.5', (text, ground) => {
    expect(contrast(c[text], c[ground])).toBeGreaterThanOrEqual(4.5)
  })

  it.each([
    ['rule-strong', 'paper'],
    ['rule-strong', 'paper-raised'],
    ['focus', 'paper'],
    ['focus', 'paper-raised'],
    ['focus', 'paper-sunken'],
  ])('draws %s on %s with at least 3', (line, ground) => {
    expect(contrast(c[line], c[ground])).toBeGreaterThanOrEqual(3)
  })
})
