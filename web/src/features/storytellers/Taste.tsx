// What a storyteller says when it is tried: its words, as they come, and how quick it was.

import { useTranslation } from 'react-i18next'
import { useProblemText } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import styles from './Storytellers.module.css'
import type { Trial } from './useTrial'

export function Taste({ trial, name }: { trial: Trial; name: string }) {
  const { t } = useTranslation('storytellers')
  const language = usePageLanguage()
  const problemText = useProblemText()
  const { text, state, firstS, speed, problem } = trial
  const shown = (value: number): string => value.toLocaleString(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 })
  return (
    <div className={styles.taste} role="group" aria-label={t('trial.label', { name })}>
      {text !== '' && <blockquote className={styles.tasteText}>{text}</blockquote>}
      {problem && (
        <p role="alert" className={styles.trouble}>
          {problemText(problem)}
        </p>
      )}
      {/* Once at its beginning and once at its end: the words themselves would be read out piece by piece. */}
      <p role="status" className={styles.small}>
        {state === 'waiting' && t('trial.waiting', { name })}
        {state === 'over' &&
          firstS !== undefined &&
          (speed === undefined
            ? t('trial.resultShort', { first: shown(firstS) })
            : t('trial.result', { first: shown(firstS), speed: shown(speed) }))}
      </p>
    </div>
  )
}
