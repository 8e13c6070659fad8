import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Stream, streamReducer } from './stream'
import { paragraphsOf } from './text'

const begun = (text = '', lastSeq = 0): Stream | null =>
  streamReducer(null, { type: 'begin', generationId: 'g', passageId: 'p', text, lastSeq })

const piecesOf = fc.array(fc.constantFrom('Es ', 'war', '\n', '\n\n', ' ein ', 'Fuchs.', '*', '„Ja“ '), { minLength: 1, maxLength: 30 })

const given = (stream: Stream | null, from: number, texts: string[]): Stream | null =>
  streamReducer(stream, { type: 'pieces', generationId: 'g', from, texts })

describe('pieces', () => {
  it('give the whole text, however they are gathered, repeated or resumed', () => {
    fc.assert(
      fc.property(piecesOf, fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }), (pieces, start, batches) => {
        const known = start % (pieces.length + 1)
        let stream = begun(pieces.slice(0, known).join(''), known)
        for (const [place, size] of batches) {
          const from = 1 + (place % pieces.length)
          stream = given(stream, from, pieces.slice(from - 1, from - 1 + (size % 6)))
          expect(stream?.text).toBe(pieces.slice(0, stream?.lastSeq).join(''))
        }
        stream = given(stream, 1, pieces)
        const text = pieces.join('')
        expect(stream).toMatchObject({ text, lastSeq: pieces.length })
        const { closed, open } = stream?.flow ?? { closed: [], open: '' }
        expect(open.trim() ? [...closed, open.trim()] : closed).toEqual(paragraphsOf(text))
      }),
      { numRuns: 500 },
    )
  })

  it('that would leave a gap are not taken', () => {
    const stream = begun('a', 1)
    expect(given(stream, 3, ['c'])).toBe(stream)
  })

  it('that are known change nothing at all', () => {
    const stream = begun('ab', 2)
    expect(given(stream, 1, ['a', 'b'])).toBe(stream)
  })

  it('leave marks where they arrived in the open paragraph', () => {
    let stream = begun('Es war ', 1)
    expect(stream?.marks).toEqual([])
    stream = given(stream, 2, ['einmal '])
    stream = given(stream, 3, ['ein Fuchs.'])
    expect(stream?.marks).toEqual([7, 14])
    stream = given(stream, 4, ['\n\nDer '])
    expect(stream?.marks).toEqual([0])
    expect(stream?.flow).toEqual({ closed: ['Es war einmal ein Fuchs.'], open: 'Der ' })
  })
})

describe('the end', () => {
  const ended = streamReducer(begun('a', 1), { type: 'end', generationId: 'g', end: { state: 'stopped', lastSeq: 1 } })

  it('is the end', () => {
    expect(ended?.end).toEqual({ state: 'stopped', lastSeq: 1 })
    expect(given(ended, 2, ['b'])).toBe(ended)
    expect(streamReducer(ended, { type: 'link', generationId: 'g', link: 'reconnecting' })).toBe(ended)
  })

  it('makes place for the next one', () => {
    const next = streamReducer(ended, { type: 'begin', generationId: 'h', passageId: 'q', text: '', lastSeq: 0 })
    expect(next).toMatchObject({ generationId: 'h', text: '', end: null, stopping: false })
  })
})

it('pays no heed to another generation', () => {
  const stream = begun('a', 1)
  expect(streamReducer(stream, { type: 'pieces', generationId: 'x', from: 2, texts: ['b'] })).toBe(stream)
  expect(streamReducer(stream, { type: 'end', generationId: 'x', end: { state: 'done', lastSeq: 2 } })).toBe(stream)
  expect(streamReducer(null, { type: 'link', generationId: 'g', link: 'live' })).toBeNull()
})

it('knows that a stop is on its way, and that it came', () => {
  const stopping = streamReducer(begun(), { type: 'stopping', generationId: 'g', stopping: true })
  expect(stopping?.stopping).toBe(true)
  const ended = streamReducer(stopping, { type: 'end', generationId: 'g', end: { state: 'stopped', lastSeq: 0 } })
  expect(ended?.stopping).toBe(false)
})
