import { render } from '@testing-library/react'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cover } from './Cover'
import { palettes } from './palettes'
import { planOf } from './plan'
import { titleSize } from './titleSize'
import { motifOfWords, placeOfWords } from './words'

const story = (seed: number, prompt: string) => ({ seed, title: 'Nachtzug', language: 'de', brief: { prompt, age_band: '6-8' } })
/** The drawing without the ids that React gives out per place. */
const drawing = (seed: number, prompt: string): string =>
  render(<Cover story={story(seed, prompt)} />).container.innerHTML.replace(/_r_\w+_/g, 'id')

const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (one: string, other: string): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

describe('a cover', () => {
  it('is the same for the same seed and brief', () => {
    expect(drawing(4711, 'Ein Fuchs im Wald')).toBe(drawing(4711, 'Ein Fuchs im Wald'))
  })

  it('is another one for another seed or another brief', () => {
    expect(drawing(4711, 'Ein Fuchs im Wald')).not.toBe(drawing(4712, 'Ein Fuchs im Wald'))
    expect(drawing(4711, 'Ein Fuchs im Wald')).not.toBe(drawing(4711, 'Ein Wal im Meer'))
  })

  it('keeps its scenery when the title changes', () => {
    const art = (title: string) => render(<Cover story={{ ...story(7, 'Ein Hund'), title }} />).container.querySelector('svg')?.innerHTML.replace(/_r_\w+_/g, 'id')
    expect(art('Ein Wal')).toBe(art('Ein Drache'))
  })

  it('draws something for whatever is written', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.string(), fc.constantFrom('3-5', 'adult'), (seed, prompt, age_band) => {
        const { container, unmount } = render(<Cover story={{ seed, title: prompt, language: 'en', brief: { prompt, age_band } }} />)
        const html = container.innerHTML
        unmount()
        return html.includes('<path') && !/NaN|undefined|Infinity/.test(container.querySelector('svg')?.innerHTML ?? html.replace(/<span.*?<\/span>/s, ''))
      }),
      { numRuns: 60 },
    )
  })

  it.each(Object.entries(palettes))('has a title that can be read on the palette %s', (_name, { ink, sky }) => {
    expect(contrast(ink, sky[0])).toBeGreaterThanOrEqual(4.5)
    expect(contrast(ink, sky[1])).toBeGreaterThanOrEqual(3)
  })
})

describe('what a cover shows', () => {
  it.each([
    ['Mia findet im Zauberwald einen sprechenden Fuchs', 'forest', 'fox'],
    ['Ein Leuchtturm, der nachts Geschichten erzählt', 'island', 'lighthouse'],
    ['A robot who bakes bread in the city', 'city', 'robot'],
    ['Die Krake unter Wasser', 'underwater', 'octopus'],
    ['A rocket to the moon', 'space', 'rocket'],
    ['Der Pinguin im Schnee', 'snow', 'penguin'],
    ['A girl and her kitten on the hill', 'meadow', 'cat'],
  ])('%s', (prompt, place, motif) => {
    expect(planOf(1, { prompt })).toMatchObject({ place, motif })
  })

  it('goes by the place of the brief before the prompt', () => {
    expect(planOf(1, { prompt: 'Ein Fuchs im Wald', place: 'in der Wüste' }).place).toBe('desert')
  })

  it('is night when the story is', () => {
    expect(planOf(3, { prompt: 'Ein Hase in der Nacht' }).hour).toBe('night')
  })

  it('shows grown-ups nothing cute that they have not named', () => {
    for (let seed = 0; seed < 60; seed += 1) {
      expect(['child', 'robot', 'snowman', 'unicorn', 'penguin', 'rabbit', 'bear']).not.toContain(planOf(seed, { prompt: 'Eine Freundschaft', age_band: 'adult' }).motif)
    }
    expect(planOf(1, { prompt: 'A bear', age_band: 'adult' }).motif).toBe('bear')
  })

  it('knows no word in nothing', () => {
    expect(placeOfWords('')).toBeUndefined()
    expect(motifOfWords('')).toBeUndefined()
  })
})

describe('the size of a title', () => {
  it('shrinks with its length and never breaks a word of up to 20 letters', () => {
    expect(titleSize('Wal')).toBeGreaterThan(titleSize('Der Drache, der nicht fliegen wollte'))
    for (let length = 1; length <= 20; length += 1) expect(length * titleSize('m'.repeat(length)) * 0.61).toBeLessThanOrEqual(80)
  })
})
