// Reads the story out to screen readers while it is written: whole sentences, politely, each once.

import { useState } from 'react'
import { plainText, takeSentences } from './text'
import styles from './Prose.module.css'

interface Heard {
  generationId: string
  /** Characters of the text that have been said or are held back in `rest`. */
  upTo: number
  sayings: { key: number; text: string }[]
}

const KEPT = 3

interface LiveSentencesProps {
  generationId: string
  text: string
  language: string
  ended: boolean
}

function next(heard: Heard, { generationId, text, language, ended }: LiveSentencesProps): Heard {
  if (heard.generationId !== generationId) return { generationId, upTo: text.length, sayings: [] }
  const { spoken, rest } = takeSentences(text.slice(heard.upTo), language, ended)
  if (!spoken) return heard
  const upTo = text.length - rest.length
  const said = plainText(spoken).replace(/^→\s*/gmu, '')
  return { ...heard, upTo, sayings: said ? [...heard.sayings, { key: upTo, text: said }].slice(-KEPT) : heard.sayings }
}

/** Says what is added to `text` from the moment it is first shown; not what was there before. */
export function LiveSentences(props: LiveSentencesProps) {
  const { generationId, text, language } = props
  const [before, setHeard] = useState<Heard>({ generationId, upTo: text.length, sayings: [] })
  const heard = next(before, props)
  if (heard !== before) setHeard(heard)
  return (
    <div role="log" aria-live="polite" aria-relevant="additions" lang={language} className={styles.heard}>
      {heard.sayings.map(({ key, text: sentence }) => (
        <p key={key}>{sentence}</p>
      ))}
    </div>
  )
}
