// PURE: the running stream, in one reducer. It knows nothing of the network or of React.

import type { GenerationEnd, Link } from '../../api'
import { append, emptyFlow, type Flow } from './text'

export interface Stream {
  readonly generationId: string
  readonly passageId: string
  readonly text: string
  readonly flow: Flow
  /** Offsets in the open paragraph at which text arrived, ascending: one a frame. */
  readonly marks: readonly number[]
  readonly lastSeq: number
  readonly link: Link
  readonly stopping: boolean
  readonly end: GenerationEnd | null
}

export type StreamAction =
  | { type: 'begin'; generationId: string; passageId: string; text: string; lastSeq: number }
  | { type: 'pieces'; generationId: string; from: number; texts: readonly string[] }
  | { type: 'link'; generationId: string; link: Link }
  | { type: 'stopping'; generationId: string; stopping: boolean }
  | { type: 'end'; generationId: string; end: GenerationEnd }

type Begin = Extract<StreamAction, { type: 'begin' }>
type Pieces = Extract<StreamAction, { type: 'pieces' }>

const begin = ({ generationId, passageId, text, lastSeq }: Begin): Stream => ({
  generationId,
  passageId,
  text,
  flow: append(emptyFlow, text),
  marks: [],
  lastSeq,
  link: 'connecting',
  stopping: false,
  end: null,
})

/** Text that comes again is dropped; text that would leave a gap is not taken. */
function addPieces(stream: Stream, { from, texts }: Pieces): Stream {
  const added = texts.slice(Math.max(0, stream.lastSeq + 1 - from))
  if (from > stream.lastSeq + 1 || added.length === 0) return stream
  const piece = added.join('')
  const flow = append(stream.flow, piece)
  const grown = flow.closed === stream.flow.closed
  const start = grown ? stream.flow.open.length : 0
  return {
    ...stream,
    text: stream.text + piece,
    flow,
    marks: grown ? [...stream.marks, start] : [0],
    lastSeq: from + texts.length - 1,
  }
}

/** The stream after one action; actions of another generation than the one being read change nothing. */
export function streamReducer(stream: Stream | null, action: StreamAction): Stream | null {
  if (action.type === 'begin') return begin(action)
  if (stream?.generationId !== action.generationId || stream.end) return stream
  switch (action.type) {
    case 'pieces':
      return addPieces(stream, action)
    case 'link':
      return stream.link === action.link ? stream : { ...stream, link: action.link }
    case 'stopping':
      return { ...stream, stopping: action.stopping }
    case 'end':
      return { ...stream, stopping: false, end: action.end }
  }
}
