// What surrounds every page: skip link, header, the line that says when the server is away, messages, keyboard help.

import { Suspense, useEffect, useRef, useState } from 'react'
import { WifiOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Outlet, NavigationType, useLocation, useNavigationType } from 'react-router'
import { useShortcuts } from '../lib/shortcuts'
import { useIsAway } from './connection'
import { CrashBoundary } from './CrashBoundary'
import { Header } from './Header'
import { withTexts } from './i18n'
import { lazyPage } from './lazyPage'
import styles from './Shell.module.css'
import { useReaderDefaults } from './useReaderDefaults'

const KeyboardHelp = lazyPage(() => withTexts('help', () => import('./KeyboardHelp')))

/** After a step to another page the keyboard and the screen reader start at its top. */
function useFreshStart(main: React.RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation()
  const type = useNavigationType()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    if (type !== NavigationType.Pop) scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [pathname, type, main])
}

export function Shell() {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const main = useRef<HTMLElement>(null)
  const [keysOpen, setKeysOpen] = useState(false)
  const away = useIsAway()
  useFreshStart(main)
  useReaderDefaults()
  useShortcuts({ help: () => setKeysOpen(true) })
  return (
    <>
      <a className={styles.skip} href="#main">
        {t('app.skip')}
      </a>
      <Header />
      <div role="status">
        {away && (
          <p className={styles.away}>
            <WifiOff aria-hidden="true" size={18} />
            {t('app.offline')}
          </p>
        )}
      </div>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <CrashBoundary key={pathname}>
          <Suspense fallback={<Waiting text={t('app.loadingPage')} />}>
            <Outlet />
          </Suspense>
        </CrashBoundary>
      </main>
      <Suspense fallback={null}>{keysOpen && <KeyboardHelp onClose={() => setKeysOpen(false)} />}</Suspense>
    </>
  )
}

function Waiting({ text }: { text: string }) {
  return (
    <p role="status" className={styles.waiting}>
      {text}
    </p>
  )
}
