// PURE: a passage's plain text as paragraphs, scene breaks, emphasis and sentences.
// The text is untrusted: nothing here makes HTML of it.

/** A passage's paragraphs while text is still coming: those that can change no more, and the one being written. */
export interface Flow {
  readonly closed: readonly string[]
  readonly open: string
}

export const emptyFlow: Flow = { closed: [], open: '' }

// A blank line may hold spaces; what follows it up to the next letter belongs to the break.
const BLANK_LINE = /\n[ \t]*\n\s*/

/** Appends a piece, cut anywhere; `closed` stays the same array until another paragraph closes. */
export function append(flow: Flow, piece: string): Flow {
  const joined = (flow.open + piece.replaceAll('\r', '')).trimStart()
  const parts = joined.split(BLANK_LINE)
  const open = parts.pop() ?? ''
  const finished = parts.map((part) => part.trim()).filter(Boolean)
  return { closed: finished.length > 0 ? [...flow.closed, ...finished] : flow.closed, open }
}

/** All paragraphs of a text, without blank ones. */
export function paragraphsOf(text: string): string[] {
  const { closed, open } = append(emptyFlow, text)
  return open.trim() ? [...closed, open.trim()] : [...closed]
}

/** Whether a paragraph is an ornament between two scenes, such as `* * *`. */
export const isSceneBreak = (paragraph: string): boolean => /^(?:(?:[*•⁂~#—–-]\s*){3,}|⁂|#)$/.test(paragraph.trim())

/** The beginning of a paragraph that may yet become a scene break or an emphasis. */
const UNDECIDED = /^[\s*]*$/

/**
 * What is shown of the paragraph being written: whole words only, so that no word
 * jumps to the next line while its letters arrive.
 */
export function wholeWords(open: string): string {
  if (UNDECIDED.test(open)) return ''
  const cut = open.search(/\s\S*$/)
  return cut < 0 ? '' : open.slice(0, cut).trimEnd()
}

export interface Run {
  kind: 'plain' | 'em' | 'strong'
  text: string
  /** Offset of the run's text in the paragraph. */
  from: number
}

const EMPHASIS = /(?<![\p{L}\p{N}*])(\*\*|\*)(?=[^\s*])([^*]*[^\s*])\1(?![\p{L}\p{N}*])/gu
const BEGUN = /(?<![\p{L}\p{N}*])(\*\*|\*)(?=[^\s*])([^*]*)\*?$/u

/**
 * A paragraph's runs of light emphasis (`*so*`, `**so**`); other asterisks stay as they are.
 *
 * With `unfinished`, an emphasis that has begun counts as one before its end is there.
 */
export function runsOf(paragraph: string, unfinished = false): Run[] {
  const runs: Run[] = []
  let at = 0
  const plainUpTo = (end: number): void => {
    if (end > at) runs.push({ kind: 'plain', text: paragraph.slice(at, end), from: at })
  }
  const emphasise = (index: number, marks: string, text: string): void => {
    plainUpTo(index)
    runs.push({ kind: marks === '**' ? 'strong' : 'em', text, from: index + marks.length })
  }
  for (const match of paragraph.matchAll(EMPHASIS)) {
    const [whole, marks = '', text = ''] = match
    emphasise(match.index, marks, text)
    at = match.index + whole.length
  }
  const begun = unfinished ? BEGUN.exec(paragraph.slice(at)) : null
  if (begun) {
    emphasise(at + begun.index, begun[1] ?? '', begun[2] ?? '')
    return runs
  }
  plainUpTo(paragraph.length)
  return runs
}

export interface Piece extends Run {
  /** Whether the piece has just arrived. */
  fresh: boolean
}

/** Runs cut at `marks` (offsets at which text arrived, ascending); what lies before the first mark is not fresh. */
export function cutAt(runs: Run[], marks: readonly number[]): Piece[] {
  return runs.flatMap((run) => {
    const end = run.from + run.text.length
    const cuts = [run.from, ...marks.filter((mark) => mark > run.from && mark < end), end]
    return cuts.slice(0, -1).map((from, index) => ({
      kind: run.kind,
      text: paragraphSlice(run, from, cuts[index + 1] ?? end),
      from,
      fresh: marks.length > 0 && from >= (marks[0] ?? 0),
    }))
  })
}

const paragraphSlice = (run: Run, from: number, to: number): string => run.text.slice(from - run.from, to - run.from)

/** The letters that a drop cap takes: an opening quotation mark stays with its letter; null where it would look wrong. */
export function dropCapOf(paragraph: string): string | null {
  return /^[„“”"‚‘'»«›‹]?\p{L}(?=[\p{L}\s’'])/u.exec(paragraph)?.[0] ?? null
}

/**
 * The whole sentences at the beginning of `pending`, and the rest that is still being written.
 *
 * With `final` everything counts as whole.
 */
export function takeSentences(pending: string, language: string, final = false): { spoken: string; rest: string } {
  if (final) return { spoken: pending.trim(), rest: '' }
  const sentences = [...new Intl.Segmenter(language, { granularity: 'sentence' }).segment(pending)]
  const last = sentences.at(-1)
  return last ? { spoken: pending.slice(0, last.index).trim(), rest: pending.slice(last.index) } : { spoken: '', rest: pending }
}

/** A passage as it should be heard: without marks of emphasis and ornaments. */
export function plainText(text: string): string {
  return paragraphsOf(text)
    .filter((paragraph) => !isSceneBreak(paragraph))
    .map((paragraph) => runsOf(paragraph).map((run) => run.text).join(''))
    .join('\n\n')
}
