// What is to be decided at the end of a passage: buttons while it is open, quiet lines once the story has gone on.

import { ArrowRight } from 'lucide-react'
import { type Ref, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, type Passage, type Problem, useProblemText } from '../../api'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import type { StoryActions } from './useStoryActions'
import styles from './Choices.module.css'

interface ChoicesProps {
  last: Passage
  lines: readonly string[]
  language: string
  firstRef: Ref<HTMLButtonElement>
  actions: StoryActions
}

export function Choices({ last, lines, language, firstRef, actions }: ChoicesProps) {
  const { t } = useTranslation('story')
  const problemText = useProblemText()
  const headingId = useId()
  const [pressed, setPressed] = useState<number | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const choose = async (index: number, line: string): Promise<void> => {
    if (pressed !== null) return
    setPressed(index)
    setProblem(null)
    try {
      await actions.continueStory(last, line)
    } catch (error) {
      setProblem(asProblem(error))
      setPressed(null)
    }
  }
  return (
    <section className={styles.choices} aria-labelledby={headingId}>
      <h2 id={headingId} className={styles.heading}>
        {t('end.decide')}
      </h2>
      <ul className={styles.list} lang={language}>
        {lines.map((line, index) => (
          <li key={index}>
            <button
              ref={index === 0 ? firstRef : undefined}
              type="button"
              className={styles.choice}
              aria-disabled={pressed !== null || undefined}
              aria-busy={pressed === index || undefined}
              onClick={() => void choose(index, line)}
            >
              <ArrowRight aria-hidden="true" size={20} />
              <span>{line}</span>
            </button>
          </li>
        ))}
      </ul>
      {problem && (
        <p role="alert" className={styles.trouble}>
          {problemText(problem)}
        </p>
      )}
    </section>
  )
}

/** The lines of a decision that has been taken, or is just being written down. */
export function Decided({ lines, taken }: { lines: readonly string[]; taken: string | null }) {
  const { t } = useTranslation('story')
  return (
    <ul className={styles.decided}>
      {lines.map((line, index) => (
        <li key={index} className={line === taken ? styles.taken : undefined}>
          <ArrowRight aria-hidden="true" size={16} />
          <span>{line}</span>
          {line === taken && <VisuallyHidden>{t('decided')}</VisuallyHidden>}
        </li>
      ))}
    </ul>
  )
}
