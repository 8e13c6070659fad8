// What anybody has written is shown as text: the only elements of a passage are its paragraphs, emphasis and ornaments.

import { render } from '@testing-library/react'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Prose } from './Prose'
import { append, emptyFlow, paragraphsOf } from './text'

const vectors = readFileSync('../tests/e2e/xss.txt', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('# '))

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...vectors), fc.constantFrom('*', '**', ' ', '\n\n', '\n', '“', 'Wort', '<b>', '</p>', '&lt;', '→ ', '* * *'), fc.string()), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''))

const known = new Set(['DIV', 'P', 'EM', 'STRONG', 'SPAN', 'HR'])
const attributes = new Set(['class', 'data-place', 'aria-hidden'])

/** Draws a text; every element and attribute in it is one of those that Prose itself makes. */
function drawn(text: string, open?: string): HTMLElement {
  const { container } = render(
    <Prose passageId="p" closed={paragraphsOf(text)} beginning {...(open === undefined ? {} : { open, marks: [3, 9] })} />,
  )
  for (const element of container.querySelectorAll('*')) {
    expect(known).toContain(element.tagName)
    for (const { name } of element.attributes) expect(attributes).toContain(name)
  }
  return container
}

/** What is read, each word once: a drop cap's word stands there twice, for the eye and for the ear. */
function read(container: HTMLElement): string {
  const copy = container.cloneNode(true) as HTMLElement
  for (const doubled of copy.querySelectorAll('[aria-hidden]')) doubled.remove()
  return copy.textContent.replace(/[\s*]/g, '')
}

describe('a passage', () => {
  it('has no element that came out of its text', () => {
    fc.assert(
      fc.property(hostile, fc.option(hostile, { nil: undefined }), (text, open) => {
        drawn(text, open)
      }),
      { numRuns: 300 },
    )
  })

  it.each(vectors)('shows %j letter by letter', (vector) => {
    expect(read(drawn(`Es war. ${vector}`))).toBe(`Es war. ${vector}`.replace(/[\s*]/g, ''))
  })

  it('is the same however hostile text arrives', () => {
    fc.assert(
      fc.property(hostile, fc.nat({ max: 30 }), (text, size) => {
        const pieces = text.match(new RegExp(`.{1,${size + 1}}`, 'gsu')) ?? []
        const flow = pieces.reduce(append, emptyFlow)
        const shown = flow.open.trim() ? [...flow.closed, flow.open.trim()] : flow.closed
        expect(shown).toEqual(paragraphsOf(text))
      }),
      { numRuns: 300 },
    )
  })
})

it('nothing of the page makes markup of text', () => {
  const files = import.meta.glob<string>('/src/**/*.{ts,tsx}', { eager: true, query: '?raw', import: 'default' })
  const making = /dangerouslySetInnerHTML|\.(?:inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function\(/
  const found = Object.entries(files).filter(([name, text]) => !/\.test\.tsx?$|\/test\//.test(name) && making.test(text))
  expect(Object.keys(files).length).toBeGreaterThan(100)
  expect(found.map(([name]) => name)).toEqual([])
})
