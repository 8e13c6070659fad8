// What was used lately, day by day.

import { useTranslation } from 'react-i18next'
import { usePageLanguage } from '../../lib/i18n/language'
import { useUsage } from './adminApi'
import { NotYet } from './NotYet'
import styles from './Page.module.css'

const columns = ['people', 'stories', 'tokens', 'requests'] as const

export function UsageSection() {
  const { t } = useTranslation('account')
  const language = usePageLanguage()
  const { data, error, refetch } = useUsage()
  const titles = { people: t('admin.peopleCount'), stories: t('admin.stories'), tokens: t('admin.tokens'), requests: t('admin.requests') }
  return (
    <section>
      <h2 id="usage">{t('admin.usage')}</h2>
      <div className={styles.stack}>
        {!data && <NotYet error={error} onTryAgain={refetch} />}
        {data && <p className={styles.soft}>{t('admin.usageHint', { accounts: data.accounts, active: data.active_today })}</p>}
        {data?.days.length === 0 && <p className={styles.soft}>{t('admin.usageNone')}</p>}
        {data && data.days.length > 0 && (
          // A region of its own for the keyboard, as it may have to be scrolled sideways.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <div className={styles.scroll} role="region" aria-labelledby="usage" tabIndex={0}>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">{t('admin.day')}</th>
                  {columns.map((column) => (
                    <th key={column} scope="col">
                      {titles[column]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.days.map((day) => (
                  <tr key={day.day}>
                    <th scope="row">{new Date(`${day.day}T12:00:00Z`).toLocaleDateString(language, { day: 'numeric', month: 'short', timeZone: 'UTC' })}</th>
                    {columns.map((column) => (
                      <td key={column}>{day[column].toLocaleString(language)}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </section>
  )
}
