// A parser of the event stream grammar. Pure: bytes in, events out; it opens no connection
// and knows nothing of stories.
// Source: WHATWG HTML, section 9.2.6 "Interpreting an event stream".

export interface ServerEvent {
  /** `message` where the stream named none. */
  type: string
  data: string
  /** The last id that the stream named, in this event or before it; '' for none. */
  lastEventId: string
}

const CR = 13
const LF = 10

export class EventStreamParser {
  // The decoder takes one leading byte order mark away, as the grammar asks.
  private readonly decoder = new TextDecoder('utf-8')
  private line = ''
  private afterCr = false
  private data: string[] = []
  private type = ''
  private id = ''

  /**
   * Takes the next bytes, cut anywhere (also inside a character or between CR and LF).
   *
   * Returns the events that these bytes complete, in order. What is left over at the end of a
   * stream is no event: the grammar says to drop it.
   */
  push(bytes: Uint8Array): ServerEvent[] {
    const text = this.decoder.decode(bytes, { stream: true })
    const events: ServerEvent[] = []
    let start = 0
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code !== CR && code !== LF) {
        this.afterCr = false
        continue
      }
      if (code === LF && this.afterCr) {
        // The second half of a CRLF whose CR has ended the line already.
        this.afterCr = false
        start = at + 1
        continue
      }
      this.afterCr = code === CR
      const event = this.endLine(this.line + text.slice(start, at))
      if (event) events.push(event)
      this.line = ''
      start = at + 1
    }
    this.line += text.slice(start)
    return events
  }

  private endLine(line: string): ServerEvent | undefined {
    if (line === '') return this.dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return undefined
    const field = colon < 0 ? line : line.slice(0, colon)
    const rest = colon < 0 ? '' : line.slice(colon + 1)
    this.setField(field, rest.startsWith(' ') ? rest.slice(1) : rest)
    return undefined
  }

  private setField(field: string, value: string): void {
    if (field === 'data') this.data.push(value)
    else if (field === 'event') this.type = value
    else if (field === 'id' && !value.includes('\0')) this.id = value
  }

  private dispatch(): ServerEvent | undefined {
    const { data, type } = this
    this.data = []
    this.type = ''
    if (data.length === 0) return undefined
    return { type: type || 'message', data: data.join('\n'), lastEventId: this.id }
  }
}
