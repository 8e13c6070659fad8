// The slim bar on top: name, ways, language, day or night.

import { BookOpen, CircleHelp, House, Moon, Settings2, Sun } from 'lucide-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, NavLink } from 'react-router'
import { useSaveConfiguration, useSession } from '../api'
import { chooseTheme, dayTheme, lookOf, useAppearance } from '../lib/appearance'
import { languages, speak, usePageLanguage } from '../lib/i18n/language'
import { Wordmark } from '../ui/brand/Wordmark'
import { IconButton } from '../ui/button/IconButton'
import { AccountMenu } from './accountParts'
import styles from './Header.module.css'

const ways = [
  { to: '/', name: 'home', icon: House },
  { to: '/library', name: 'library', icon: BookOpen },
  { to: '/settings', name: 'settings', icon: Settings2 },
  { to: '/help', name: 'help', icon: CircleHelp },
] as const

export function Header() {
  const { t } = useTranslation()
  const account = useSession()?.account
  const open = account?.profile ? ways.filter(({ to }) => to !== '/settings') : ways
  return (
    <header className={styles.header}>
      <div className={styles.bar}>
        <Link to="/" className={styles.brand} aria-label={t('app.home')}>
          <Wordmark />
        </Link>
        <nav aria-label={t('nav.label')} className={styles.nav}>
          <ul role="list">
            {open.map(({ to, name, icon: Icon }) => (
              <li key={to}>
                <NavLink to={to} end={to === '/'} className={styles.way}>
                  <Icon aria-hidden="true" size={20} strokeWidth={1.75} />
                  <span>{t(`nav.${name}`)}</span>
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles.tools}>
          <LanguageSwitch />
          <ThemeSwitch />
          {account && (
            <Suspense fallback={<span className={styles.place} />}>
              <AccountMenu account={account} />
            </Suspense>
          )}
        </div>
      </div>
    </header>
  )
}

function LanguageSwitch() {
  const { t } = useTranslation()
  const current = usePageLanguage()
  const save = useSaveConfiguration()
  return (
    <div role="group" aria-label={t('language.label')} className={styles.languages}>
      {languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-label={`${language.toUpperCase()}, ${t(`language.${language}`)}`}
          title={t(`language.${language}`)}
          aria-pressed={language === current}
          onClick={() => {
            speak(language)
            save.mutate({ language })
          }}
        >
          {language.toUpperCase()}
        </button>
      ))}
    </div>
  )
}

function ThemeSwitch() {
  const { t } = useTranslation()
  const { theme } = useAppearance()
  const save = useSaveConfiguration()
  const isNight = lookOf(theme) === 'night'
  return (
    <IconButton
      icon={isNight ? Sun : Moon}
      label={t(isNight ? 'theme.toDay' : 'theme.toNight')}
      onClick={() => {
        const next = isNight ? dayTheme() : 'night'
        chooseTheme(next)
        save.mutate({ theme: next })
      }}
    />
  )
}
