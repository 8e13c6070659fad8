import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventStreamParser, type ServerEvent } from './sse'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function parse(text: string): ServerEvent[] {
  return new EventStreamParser().push(bytes(text))
}

describe('the grammar', () => {
  it.each<[string, string, ServerEvent[]]>([
    ['one event', 'data: a\n\n', [{ type: 'message', data: 'a', lastEventId: '' }]],
    ['a type and an id', 'id: 7\nevent: text\ndata: {}\n\n', [{ type: 'text', data: '{}', lastEventId: '7' }]],
    ['no space after the colon', 'data:a\n\n', [{ type: 'message', data: 'a', lastEventId: '' }]],
    ['one space only is taken away', 'data:  a\n\n', [{ type: 'message', data: ' a', lastEventId: '' }]],
    ['several lines of data', 'data: a\ndata:\ndata: b\n\n', [{ type: 'message', data: 'a\n\nb', lastEventId: '' }]],
    ['a field without a colon', 'data\n\n', [{ type: 'message', data: '', lastEventId: '' }]],
    ['comments', ': hello\n\n:\ndata: a\n: more\n\n', [{ type: 'message', data: 'a', lastEventId: '' }]],
    ['a type without data is no event', 'event: text\n\ndata: a\n\n', [{ type: 'message', data: 'a', lastEventId: '' }]],
    ['an id without data is kept', 'id: 3\n\ndata: a\n\n', [{ type: 'message', data: 'a', lastEventId: '3' }]],
    ['an id lasts', 'id: 3\ndata: a\n\ndata: b\n\n', [
      { type: 'message', data: 'a', lastEventId: '3' },
      { type: 'message', data: 'b', lastEventId: '3' },
    ]],
    ['an id with a NUL is ignored', 'id: 3\nid: 4\u0000\ndata: a\n\n', [{ type: 'message', data: 'a', lastEventId: '3' }]],
    ['unknown fields and retry', 'retry: 10\nfoo: bar\ndata: a\n\n', [{ type: 'message', data: 'a', lastEventId: '' }]],
    ['a colon in the data', 'data: a: b\n\n', [{ type: 'message', data: 'a: b', lastEventId: '' }]],
    ['CR', 'data: a\rdata: b\r\r', [{ type: 'message', data: 'a\nb', lastEventId: '' }]],
    ['CRLF', 'data: a\r\ndata: b\r\n\r\n', [{ type: 'message', data: 'a\nb', lastEventId: '' }]],
    ['all line ends at once', 'data: a\rdata: b\ndata: c\r\n\n', [{ type: 'message', data: 'a\nb\nc', lastEventId: '' }]],
    ['a byte order mark at the start', '\uFEFFdata: a\n\n', [{ type: 'message', data: 'a', lastEventId: '' }]],
    ['an event that is cut off is none', 'data: a\n\ndata: b\n', [{ type: 'message', data: 'a', lastEventId: '' }]],
  ])('%s', (_name, stream, events) => {
    expect(parse(stream)).toEqual(events)
  })
})

describe('cuts', () => {
  const field = fc.oneof(
    fc.constantFrom('data: ', 'data:', 'data', 'event: text', 'id: 12', ': note', 'retry: 5', 'x: y'),
    fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replace(/[\r\n]/g, ' ')}`),
  )
  const line = fc.tuple(fc.oneof(field, fc.constant('')), fc.constantFrom('\n', '\r', '\r\n')).map((parts) => parts.join(''))
  const stream = fc.array(line, { maxLength: 30 }).map((lines) => lines.join(''))

  it('change nothing, wherever they fall', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
        const whole = bytes(text)
        const cuts = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b)
        const parser = new EventStreamParser()
        const events = [...cuts, whole.length].flatMap((end, index) => parser.push(whole.slice(cuts[index - 1] ?? 0, end)))
        expect(events).toEqual(parse(text))
      }),
      { numRuns: 400 },
    )
  })

  it('change nothing byte by byte', () => {
    const text = 'id: 1\r\nevent: text\r\ndata: „Größe“ 🦊\r\n\r\n: still here\r\n\r\n'
    const parser = new EventStreamParser()
    const events = [...bytes(text)].flatMap((byte) => parser.push(Uint8Array.of(byte)))
    expect(events).toEqual([{ type: 'text', data: '„Größe“ 🦊', lastEventId: '1' }])
  })
})
