// The story page when there is no story to show: not yet, not here, not now.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Problem, useProblemText } from '../../api'
import { Button } from '../../ui/button/Button'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import styles from './StoryStates.module.css'

const LINES = [96, 100, 93, 98, 61]

/** The page's own shape, while the story is on its way. */
export function Opening() {
  const { t } = useTranslation('story')
  return (
    <div className={styles.opening} aria-busy="true">
      <p role="status">
        <VisuallyHidden>{t('state.loading')}</VisuallyHidden>
      </p>
      <div aria-hidden="true" className={styles.shape}>
        <div className={styles.coverShape} />
        <div className={styles.titleShape} />
        {LINES.map((percent) => (
          <div key={percent} className={styles.lineShape} style={{ inlineSize: `${percent}%` }} />
        ))}
      </div>
    </div>
  )
}

export function Missing() {
  const { t } = useTranslation('story')
  return (
    <div className={styles.note}>
      <h1>{t('state.missingTitle')}</h1>
      <p>{t('state.missing')}</p>
      <Link to="/library" className={styles.way}>
        {t('state.toLibrary')}
      </Link>
    </div>
  )
}

export function Unopened({ problem, onTryAgain }: { problem: Problem; onTryAgain: () => void }) {
  const { t } = useTranslation('story')
  const problemText = useProblemText()
  return (
    <div className={styles.note}>
      <h1>{t('state.failedTitle')}</h1>
      <p role="alert">{problemText(problem)}</p>
      <Button onClick={onTryAgain}>{t('state.tryAgain')}</Button>
    </div>
  )
}
