import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { append, cutAt, dropCapOf, emptyFlow, isSceneBreak, paragraphsOf, plainText, runsOf, takeSentences, wholeWords } from './text'

const prose = fc
  .array(fc.constantFrom('Es', ' ', 'war', '\n', '\n\n', '\r\n', ' \n', '*', 'ein', ' Fuchs', '.', '„', '“', '* * *', '🦊'), { maxLength: 40 })
  .map((parts) => parts.join(''))

function cut(text: string, places: number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1))), text.length].sort((a, b) => a - b)
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end))
}

describe('paragraphs', () => {
  it.each([
    ['', []],
    ['  \n\n ', []],
    ['a', ['a']],
    ['a\n\nb', ['a', 'b']],
    ['a\r\n\r\nb', ['a', 'b']],
    ['a\n \t\n\n  b\n', ['a', 'b']],
    ['a\nb\n\nc', ['a\nb', 'c']],
  ])('%j', (text, paragraphs) => {
    expect(paragraphsOf(text)).toEqual(paragraphs)
  })

  it('are the same however the text arrives', () => {
    fc.assert(
      fc.property(prose, fc.array(fc.nat(), { maxLength: 10 }), (text, places) => {
        const flow = cut(text, places).reduce(append, emptyFlow)
        const shown = flow.open.trim() ? [...flow.closed, flow.open.trim()] : flow.closed
        expect(shown).toEqual(paragraphsOf(text))
      }),
      { numRuns: 500 },
    )
  })

  it('stay the same array until another one closes', () => {
    const before = append(emptyFlow, 'a\n\nb')
    expect(append(before, ' c').closed).toBe(before.closed)
    expect(append(before, '\n\n').closed).not.toBe(before.closed)
  })
})

describe('emphasis', () => {
  it.each([
    ['so *nicht* gut', [['plain', 'so '], ['em', 'nicht'], ['plain', ' gut']]],
    ['**Halt**, rief sie', [['strong', 'Halt'], ['plain', ', rief sie']]],
    ['„*Ja*“', [['plain', '„'], ['em', 'Ja'], ['plain', '“']]],
    ['2*3*4', [['plain', '2*3*4']]],
    ['a * b * c', [['plain', 'a * b * c']]],
    ['ein *Stern', [['plain', 'ein *Stern']]],
    ['<b>x</b>', [['plain', '<b>x</b>']]],
  ])('%s', (text, runs) => {
    expect(runsOf(text).map(({ kind, text: words }) => [kind, words])).toEqual(runs)
  })

  it('that has begun shows no asterisk while it is written', () => {
    expect(runsOf('ein *gro', true).map(({ kind, text }) => [kind, text])).toEqual([['plain', 'ein '], ['em', 'gro']])
    expect(runsOf('ein *großer*', true).at(-1)).toMatchObject({ kind: 'em', text: 'großer' })
  })

  it('loses no letter', () => {
    fc.assert(
      fc.property(prose, fc.boolean(), (text, unfinished) => {
        const shown = runsOf(text, unfinished).map((run) => run.text).join('')
        expect(shown.replaceAll('*', '')).toBe(text.replaceAll('*', ''))
        for (const run of runsOf(text, unfinished)) expect(text.slice(run.from, run.from + run.text.length)).toBe(run.text)
      }),
    )
  })
})

it('cuts runs at the marks, and what lies before the first is not fresh', () => {
  const pieces = cutAt(runsOf('ein *großer* Fuchs'), [4, 8, 13])
  expect(pieces.map(({ text, kind, fresh }) => [text, kind, fresh])).toEqual([
    ['ein ', 'plain', false],
    ['gro', 'em', true],
    ['ßer', 'em', true],
    [' ', 'plain', true],
    ['Fuchs', 'plain', true],
  ])
  expect(cutAt(runsOf('ein Fuchs'), [])).toMatchObject([{ text: 'ein Fuchs', fresh: false }])
})

it('shows whole words of what is being written', () => {
  expect(wholeWords('Es war ein')).toBe('Es war')
  expect(wholeWords('Es war ')).toBe('Es war')
  expect(wholeWords('Es')).toBe('')
  expect(wholeWords('* * ')).toBe('')
  expect(wholeWords('')).toBe('')
})

it('knows scene breaks', () => {
  expect(['* * *', '***', '⁂', '---', '• • •', '#'].every(isSceneBreak)).toBe(true)
  expect(['*', '* *', '– Ja.', 'x * * *', '**Nein**'].some(isSceneBreak)).toBe(false)
})

it('takes a drop cap where one looks right', () => {
  expect(dropCapOf('Es war einmal')).toBe('E')
  expect(dropCapOf('„Ich komme mit“')).toBe('„I')
  expect(dropCapOf('Älter war keiner')).toBe('Ä')
  expect(dropCapOf('A fox')).toBe('A')
  expect(dropCapOf('– Nein')).toBeNull()
  expect(dropCapOf('1901 war')).toBeNull()
  expect(dropCapOf('*Es* war')).toBeNull()
})

describe('sentences', () => {
  it('are taken when the next one has begun', () => {
    expect(takeSentences('Es war einmal. Da k', 'de')).toEqual({ spoken: 'Es war einmal.', rest: 'Da k' })
    expect(takeSentences('Es war einmal', 'de')).toEqual({ spoken: '', rest: 'Es war einmal' })
    expect(takeSentences('Es war einmal', 'de', true)).toEqual({ spoken: 'Es war einmal', rest: '' })
    expect(takeSentences('', 'de')).toEqual({ spoken: '', rest: '' })
  })

  it('are all said once, however the text arrives', () => {
    fc.assert(
      fc.property(prose, fc.array(fc.nat(), { maxLength: 8 }), (text, places) => {
        let pending = ''
        let said = ''
        for (const piece of cut(text, places)) {
          const { spoken, rest } = takeSentences(pending + piece, 'de')
          said += spoken
          pending = rest
        }
        said += takeSentences(pending, 'de', true).spoken
        expect(said.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
      }),
    )
  })
})

it('gives plain text without marks and ornaments', () => {
  expect(plainText('Es war *einmal*.\n\n* * *\n\nEnde')).toBe('Es war einmal.\n\nEnde')
})
