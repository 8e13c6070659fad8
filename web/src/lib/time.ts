// When something was, as one would say it: "gerade eben", "heute, 19:30", "12. März".

import { useTranslation } from 'react-i18next'
import { usePageLanguage } from './i18n/language'

const MINUTE_MS = 60_000

const dayOf = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()

/** A function that says an ISO time in the page's language, seen from `now`. */
export function useWhen(now: () => Date = () => new Date()): (iso: string) => string {
  const { t } = useTranslation()
  const language = usePageLanguage()
  return (iso) => {
    const date = new Date(iso)
    const current = now()
    if (Math.abs(current.getTime() - date.getTime()) < MINUTE_MS) return t('time.now')
    const time = date.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })
    const yesterday = new Date(current.getFullYear(), current.getMonth(), current.getDate() - 1)
    if (dayOf(date) === dayOf(current)) return t('time.today', { time })
    if (dayOf(date) === yesterday.getTime()) return t('time.yesterday', { time })
    const sameYear = date.getFullYear() === current.getFullYear()
    return date.toLocaleDateString(language, { day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) })
  }
}
