// What was used: a table, a group of rows for each month.

import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { usePageLanguage } from '../../lib/i18n/language'
import { useTellerName } from './names'
import { NotYet } from './NotYet'
import styles from './Storytellers.module.css'
import type { Teller } from './tellersApi'
import { type Used, useUsed } from './usageApi'

const MICROS = 1_000_000
const MINUTE_S = 60
const HOUR_S = 3_600

function useSpentTime(): (seconds: number) => string {
  const { t } = useTranslation('storytellers')
  return (all) => {
    const seconds = Math.round(all)
    if (seconds < MINUTE_S) return t('usage.secondsOnly', { seconds })
    if (seconds < HOUR_S) return t('usage.minutes', { minutes: Math.floor(seconds / MINUTE_S), seconds: seconds % MINUTE_S })
    return t('usage.hours', { hours: Math.floor(seconds / HOUR_S), minutes: Math.floor((seconds % HOUR_S) / MINUTE_S) })
  }
}

export function Usage({ tellers }: { tellers: readonly Teller[] }) {
  const { t } = useTranslation('storytellers')
  const { data, error, refetch } = useUsed()
  return (
    <section aria-labelledby="usage">
      <h2 id="usage">{t('usage.title')}</h2>
      {!data && <NotYet error={error} onTryAgain={refetch} />}
      {data?.length === 0 && <p className={styles.soft}>{t('usage.none')}</p>}
      {data && data.length > 0 && <Months used={data} tellers={tellers} />}
    </section>
  )
}

function Months({ used, tellers }: { used: readonly Used[]; tellers: readonly Teller[] }) {
  const { t } = useTranslation('storytellers')
  const language = usePageLanguage()
  const months = [...new Set(used.map(({ month }) => month))]
  const monthText = (month: string): string =>
    new Date(`${month}-15T00:00:00Z`).toLocaleDateString(language, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  return (
    <>
      {/* A stop of its own for the keyboard, as it may have to be scrolled sideways. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.scroll} role="group" aria-labelledby="usage" tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('usage.teller')}</th>
              <th scope="col">{t('usage.generations')}</th>
              <th scope="col">{t('usage.tokensIn')}</th>
              <th scope="col">{t('usage.tokensOut')}</th>
              <th scope="col">{t('usage.seconds')}</th>
              <th scope="col">{t('usage.cost')}</th>
            </tr>
          </thead>
          <tbody>
            {months.map((month) => (
              <Fragment key={month}>
                <tr>
                  <th scope="rowgroup" colSpan={6}>
                    {monthText(month)}
                  </th>
                </tr>
                {used.filter((one) => one.month === month).map((one) => <Row key={one.engine} one={one} tellers={tellers} />)}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      {used.some(({ estimated }) => estimated) && <p className={styles.small}>{t('usage.estimatedNote')}</p>}
      {used.some(({ costs }) => costs.length > 0) && <p className={styles.small}>{t('usage.costNote')}</p>}
    </>
  )
}

function Row({ one, tellers }: { one: Used; tellers: readonly Teller[] }) {
  const { t } = useTranslation('storytellers')
  const language = usePageLanguage()
  const nameOf = useTellerName()
  const spent = useSpentTime()
  const teller = tellers.find(({ ref }) => ref === one.engine)
  const isSent = one.engine.startsWith('openai')
  const count = (value: number): string => value.toLocaleString(language)
  const tokens = (value: number): string => (one.estimated ? t('usage.estimated', { tokens: count(value) }) : count(value))
  const money = one.costs.map(({ currency, micros }) =>
    (micros / MICROS).toLocaleString(language, { style: 'currency', currency, maximumFractionDigits: 4 }),
  )
  return (
    <tr>
      <th scope="row">{teller ? nameOf(teller) : (one.label ?? t('fallbacks.gone'))}</th>
      <td>{count(one.generations)}</td>
      <td>{tokens(one.tokens_in)}</td>
      <td>{tokens(one.tokens_out)}</td>
      <td>{spent(one.seconds)}</td>
      <td>{money.length > 0 ? money.join(' + ') : t(isSent ? 'usage.costUnknown' : 'usage.noCost')}</td>
    </tr>
  )
}
