// The pages before the door: signing in, making an account, a forgotten password. They have no menu, only the way in.

import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation, useSearchParams } from 'react-router'
import { useSession } from '../../api'
import { languages, speak, usePageLanguage } from '../../lib/i18n/language'
import { usePageTitle } from '../../lib/pageTitle'
import { Wordmark } from '../../ui/brand/Wordmark'
import { Cover } from '../../ui/cover/Cover'
import styles from './Entry.module.css'
import { Forgotten } from './Forgotten'
import { Reset } from './Reset'
import { SignInHere } from './SignInHere'
import { SignUp } from './SignUp'
import { wayOn } from './wayOn'

const parts = { 'sign-in': SignInHere, 'sign-up': SignUp, forgotten: Forgotten, reset: Reset }
const titles = { 'sign-in': 'signIn.go', 'sign-up': 'signUp.title', forgotten: 'forgotten.title', reset: 'reset.title' } as const

/** What the cover beside the door may show. */
const ideas = ['a fox in the snow', 'a whale and a boat', 'an owl in the forest at night', 'a dragon in the mountains', 'a rocket among the stars', 'a lighthouse by the sea']

function aCover() {
  const at = Math.floor(Math.random() * ideas.length)
  return { seed: Math.floor(Math.random() * 2 ** 31), title: '', language: 'en', brief: { prompt: ideas[at] ?? '', age_band: '6-8' } }
}

export default function EntryPage({ part }: { part: keyof typeof parts }) {
  const { t } = useTranslation('account')
  const session = useSession()
  const [search] = useSearchParams()
  const { pathname } = useLocation()
  usePageTitle(t(titles[part]))
  useEffect(() => document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true }), [pathname])
  if (session?.account && part !== 'reset') return <Navigate to={wayOn(search.get('next'))} replace />
  const Part = parts[part]
  return (
    <div className={styles.frame}>
      <header className={styles.top}>
        <Wordmark />
        <Languages />
      </header>
      <main id="main" tabIndex={-1} className={styles.spread}>
        <div className={styles.sheet}>
          <Part key={pathname} />
        </div>
        <Art />
      </main>
    </div>
  )
}

function Art() {
  const { t } = useTranslation('account')
  const [story] = useState(aCover)
  return (
    <div className={styles.art}>
      <Cover story={story} size="large" />
      <p className={styles.motto}>{t('frame.motto')}</p>
    </div>
  )
}

function Languages() {
  const { t } = useTranslation()
  const current = usePageLanguage()
  return (
    <div role="group" aria-label={t('language.label')} className={styles.languages}>
      {languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-label={`${language.toUpperCase()}, ${t(`language.${language}`)}`}
          aria-pressed={language === current}
          onClick={() => speak(language)}
        >
          {language.toUpperCase()}
        </button>
      ))}
    </div>
  )
}
