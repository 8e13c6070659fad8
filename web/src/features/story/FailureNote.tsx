// Why a passage was not finished, in a sentence, with the next step beside it.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Passage, type Problem, useProblemText, useSession } from '../../api'
import { Button } from '../../ui/button/Button'
import { useOthers } from './useOthers'
import type { StoryActions } from './useStoryActions'
import styles from './StoryEnd.module.css'

interface FailureNoteProps {
  passage: Passage
  problem: Problem
  actions: StoryActions
}

/** Failures that another try with the same engine would only repeat. */
const NEEDS_ANOTHER = new Set([
  'engine-key-missing',
  'engine-key-refused',
  'engine-model-unknown',
  'engine-not-configured',
  'engine-refused-request',
])

export function FailureNote({ passage, problem, actions }: FailureNoteProps) {
  const { t } = useTranslation('story')
  const problemText = useProblemText()
  const hasText = passage.text.trim() !== ''
  const another = NEEDS_ANOTHER.has(problem.slug)
  const others = useOthers(passage.generation?.engine)
  const goOnWith = (engine: string) => void (hasText ? actions.goOn(passage, engine) : actions.retry(passage, '', engine))
  const isChild = useSession()?.account?.profile != null
  const choose = !isChild && (
    <Link to="/storytellers" className={another && others.length === 0 ? styles.mainLink : styles.link}>
      {t('failed.choose')}
    </Link>
  )
  return (
    <section className={styles.failure} aria-label={t('failed.label')}>
      <p role="alert">{problemText(problem)}</p>
      <div className={styles.steps}>
        {another && others.map((one, at) => (
          <Button key={one.engine} variant={at === 0 ? 'primary' : 'outline'} onClick={() => goOnWith(one.engine)}>
            {t('failed.with', { name: one.name })}
          </Button>
        ))}
        {another && others.length === 0 && choose}
        {hasText && (
          <Button variant={another ? 'outline' : 'primary'} onClick={() => void actions.goOn(passage)}>
            {t('failed.goOn')}
          </Button>
        )}
        <Button variant={another || hasText ? 'outline' : 'primary'} onClick={() => void actions.retry(passage, '')}>
          {t('failed.tryAgain')}
        </Button>
        {!another && others.map((one) => (
          <Button key={one.engine} variant="outline" onClick={() => goOnWith(one.engine)}>
            {t('failed.with', { name: one.name })}
          </Button>
        ))}
        {(!another || others.length > 0) && choose}
      </div>
    </section>
  )
}
