// The shelf without books: on their way, none yet, none found, not to be had.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Problem, useProblemText } from '../../api'
import { Button } from '../../ui/button/Button'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import { Skeleton } from '../../ui/skeleton/Skeleton'
import styles from './Library.module.css'

const GHOSTS = [92, 64, 78, 85, 58, 71]

export function ShelfOpening() {
  const { t } = useTranslation()
  return (
    <div aria-busy="true">
      <p role="status">
        <VisuallyHidden>{t('app.loadingPage')}</VisuallyHidden>
      </p>
      <div aria-hidden="true" className={styles.shelf}>
        {GHOSTS.map((width) => (
          <div key={width}>
            <div className={styles.ghost}>
              <Skeleton shape="block" />
            </div>
            <Skeleton width={width} />
          </div>
        ))}
      </div>
    </div>
  )
}

export function EmptyShelf() {
  const { t } = useTranslation()
  return (
    <div className={styles.note}>
      <h2>{t('library.emptyTitle')}</h2>
      <p>{t('library.emptyText')}</p>
      <Link to="/" className={styles.main}>
        {t('library.emptyAction')}
      </Link>
    </div>
  )
}

export function NothingFound({ q }: { q: string }) {
  const { t } = useTranslation()
  return (
    <div className={styles.note}>
      <h2>{t('library.nothingTitle')}</h2>
      <p>{t('library.nothingText', { q })}</p>
    </div>
  )
}

export function EmptyBin({ isChild }: { isChild: boolean }) {
  const { t } = useTranslation()
  return (
    <div className={styles.note}>
      <h2>{t('library.binEmptyTitle')}</h2>
      <p>{t(isChild ? 'library.binEmptyChild' : 'library.binEmptyText')}</p>
    </div>
  )
}

export function ShelfFailed({ problem, onTryAgain }: { problem: Problem; onTryAgain: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  return (
    <div className={styles.note}>
      <h2>{t('library.failed')}</h2>
      <p role="alert">{problemText(problem)}</p>
      <Button onClick={onTryAgain}>{t('app.tryAgain')}</Button>
    </div>
  )
}
