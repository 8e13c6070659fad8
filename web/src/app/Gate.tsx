// Who may see the page: everybody where the server has no accounts, else whoever is signed in.
// A session that ends in mid-work does not take the page away: signing in again happens over it.

import { type ReactNode, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation } from 'react-router'
import { askSession, useSession, wasSignedIn } from '../api'
import { SignInAgain } from './accountParts'
import { lostServer, useIsAway } from './connection'
import { forgetReader } from '../lib/storage'
import styles from './Shell.module.css'

export function Gate({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const session = useSession()
  const away = useIsAway()
  const { pathname, search } = useLocation()
  const [isUnknown, setUnknown] = useState(false)
  const isAsking = session === undefined && !away
  useEffect(() => {
    if (!isAsking) return
    askSession().catch(() => {
      setUnknown(true)
      lostServer()
    })
  }, [isAsking])
  // While the server cannot be reached, the page says so by itself.
  if (!session && !isUnknown) return <p role="status" className={styles.waiting}>{t('app.loadingPage')}</p>
  if (session?.accounts !== 'on' || session.account) return children
  if (!wasSignedIn()) return <Navigate to={pathname + search === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(pathname + search)}`} replace />
  return (
    <>
      {children}
      <Suspense fallback={null}>
        <SignInAgain
          onLeave={() => {
            forgetReader()
            location.assign('/sign-in')
          }}
        />
      </Suspense>
    </>
  )
}
