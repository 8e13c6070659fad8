// How far a download is. The eye gets every step, the ear each quarter.

import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { usePageLanguage } from '../../lib/i18n/language'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import type { Model } from './modelsApi'
import { bytesText } from './names'
import styles from './Storytellers.module.css'

const QUARTER = 25
const MINUTE_S = 60
const HOUR_S = 3_600

/** A span of seconds in words, in its largest unit from one and a half of it on. */
export function useSpan(): (seconds: number) => string {
  const { t } = useTranslation('storytellers')
  return (seconds) => {
    if (seconds < 1.5 * MINUTE_S) return t('models.seconds', { count: Math.max(1, Math.round(seconds)) })
    if (seconds < 1.5 * HOUR_S) return t('models.minutes', { count: Math.round(seconds / MINUTE_S) })
    return t('models.hours', { count: Math.round(seconds / HOUR_S) })
  }
}

export function Progress({ model: { title, pull }, tools }: { model: Model; tools: ReactNode }) {
  const { t } = useTranslation('storytellers')
  const language = usePageLanguage()
  const span = useSpan()
  const id = useId()
  if (!pull) return null
  const { state, done, total, bytes_per_s: speed, seconds_left: left } = pull
  const share = total === null || total === 0 ? undefined : done / total
  const percent = share === undefined ? undefined : Math.floor(share * 100)
  const isWhole = share !== undefined && share >= 1
  const said = state === 'queued' ? 'models.queued' : isWhole ? 'models.checking' : 'models.loading'
  const amounts = { done: bytesText(done, language), total: total === null ? '?' : bytesText(total, language) }
  return (
    <div className={styles.pull}>
      <p id={id} className={styles.small}>
        {t(said, { name: title })}
      </p>
      <div className={styles.bar}>
        <progress aria-labelledby={id} max={100} value={percent} />
        {percent !== undefined && <span aria-hidden="true">{t('models.percent', { percent })}</span>}
        {tools}
      </div>
      {state === 'running' && !isWhole && (
        <p className={styles.small}>
          {speed === null || left === null || speed <= 0
            ? t('models.amount', amounts)
            : t('models.speed', { ...amounts, speed: bytesText(speed, language), left: span(left) })}
        </p>
      )}
      <VisuallyHidden>
        <span role="status">
          {percent === undefined ? t(said, { name: title }) : t('models.heard', { name: title, percent: Math.floor(percent / QUARTER) * QUARTER })}
        </span>
      </VisuallyHidden>
    </div>
  )
}
