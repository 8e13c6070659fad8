// A passage's text as paragraphs. Finished paragraphs are drawn once; only the one being written changes.

import { memo, type ReactNode } from 'react'
import { cutAt, dropCapOf, isSceneBreak, type Run, runsOf, wholeWords } from './text'
import styles from './Prose.module.css'

const noMarks: readonly number[] = []

function emphasised(kind: Run['kind'], content: ReactNode, key: number): ReactNode {
  if (kind === 'em') return <em key={key}>{content}</em>
  if (kind === 'strong') return <strong key={key}>{content}</strong>
  return content
}

/** The first letters large; screen readers get the word in one piece. */
function DropCap({ letters, rest }: { letters: string; rest: string }) {
  const word = /^\S*/.exec(rest)?.[0] ?? ''
  return (
    <>
      <span aria-hidden="true">
        <span className={styles.dropCap}>{letters}</span>
        {word}
      </span>
      <span className={styles.heard}>{letters + word}</span>
      {rest.slice(word.length)}
    </>
  )
}

interface ParagraphProps {
  text: string
  place: string
  /** Offsets at which text has just arrived; those words fade in. */
  marks?: readonly number[]
  unfinished?: boolean
  first?: boolean
}

const Paragraph = memo(function Paragraph({ text, place, marks = noMarks, unfinished = false, first = false }: ParagraphProps) {
  if (isSceneBreak(text)) return <hr className={styles.sceneBreak} data-place={place} />
  const cap = first ? dropCapOf(text) : null
  const pieces = cutAt(runsOf(text, unfinished), marks)
  return (
    <p className={cap ? `${styles.paragraph} ${styles.opening}` : styles.paragraph} data-place={place}>
      {pieces.map(({ kind, text: words, from, fresh }) => {
        if (cap && from === 0 && kind === 'plain') return <DropCap key={0} letters={cap} rest={words.slice(cap.length)} />
        const content = fresh ? <span key={from} className={styles.fresh}>{words}</span> : words
        return emphasised(kind, content, from)
      })}
    </p>
  )
})

interface ProseProps {
  passageId: string
  closed: readonly string[]
  /** The paragraph being written, where one is. */
  open?: string
  marks?: readonly number[]
  /** Whether the text is the very beginning of the story. */
  beginning: boolean
}

/** All paragraphs of one passage. */
export const Prose = memo(function Prose({ passageId, closed, open = '', marks = noMarks, beginning }: ProseProps) {
  const written = wholeWords(open)
  const shown = written ? [...closed, written] : closed
  return shown.map((text, index) => {
    const isOpen = index === closed.length
    return (
      <Paragraph
        key={index}
        text={text}
        place={`${passageId}:${index}`}
        first={beginning && index === 0}
        unfinished={isOpen}
        {...(isOpen ? { marks } : {})}
      />
    )
  })
})
