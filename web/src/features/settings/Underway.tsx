// How far a long job is: a sentence and a bar.

import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './YourData.module.css'

/** progress: from 0 to 1; undefined: nobody can say. */
export function Underway({ text, progress }: { text: string; progress: number | undefined }) {
  const { t } = useTranslation('yours')
  const id = useId()
  const percent = progress === undefined ? undefined : Math.floor(progress * 100)
  return (
    <div className={styles.underway}>
      <p id={id} role="status">
        {text}
      </p>
      <div className={styles.bar}>
        <progress aria-label={t('progress')} aria-describedby={id} max={100} value={percent} />
        {percent !== undefined && <span aria-hidden="true">{t('percent', { percent })}</span>}
      </div>
    </div>
  )
}
