// The page: its providers, and which part of it stands at which address.

import { QueryClientProvider } from '@tanstack/react-query'
import { Suspense, useEffect, useState } from 'react'
import { BrowserRouter, Route, Routes } from 'react-router'
import { useSession } from '../api'
import { HomePage } from '../features/home/HomePage'
import { AccountPage, AdminPage, ChildHome, EntryPage, FamilyPage, VerifyProvider } from './accountParts'
import { watchConnection } from './connection'
import { CrashBoundary } from './CrashBoundary'
import { Gate } from './Gate'
import { withTexts } from './i18n'
import { lazyPage, prefetchPages } from './lazyPage'
import { makeQueryClient } from './queryClient'
import { Shell } from './Shell'

const StoryPage = lazyPage(() => withTexts('story', () => import('../features/story/StoryPage')))
const LibraryPage = lazyPage(() => import('../features/library/LibraryPage'))
const BinPage = lazyPage(() => import('../features/library/BinPage'))
const SettingsPage = lazyPage(() => withTexts(['settings', 'yours'], () => import('../features/settings/SettingsPage')))
const StorytellersPage = lazyPage(() => withTexts('storytellers', () => import('../features/storytellers/StorytellersPage')), 'when needed')
const MissingPage = lazyPage(() => import('./MissingPage'))
const HelpPage = lazyPage(() => withTexts('help', () => import('../features/help/HelpPage')))

const entries = ['sign-in', 'sign-up', 'forgotten', 'reset'] as const

export function AppRoutes() {
  const session = useSession()
  const isOn = session?.accounts === 'on'
  const child = session?.account?.profile
  return (
    <Routes>
      {isOn &&
        entries.map((part) => (
          <Route
            key={part}
            path={part}
            element={
              <Suspense fallback={null}>
                <EntryPage part={part} />
              </Suspense>
            }
          />
        ))}
      <Route
        element={
          <Gate>
            <Shell />
          </Gate>
        }
      >
        <Route index element={child ? <ChildHome /> : <HomePage />} />
        <Route path="story/:id" element={<StoryPage />} />
        <Route path="library" element={<LibraryPage />} />
        <Route path="library/bin" element={<BinPage />} />
        {!child && <Route path="settings" element={isOn ? <VerifyProvider children={<SettingsPage />} /> : <SettingsPage />} />}
        {!child && <Route path="storytellers" element={<StorytellersPage />} />}
        {isOn && !child && <Route path="account" element={<AccountPage />} />}
        {isOn && !child && <Route path="family" element={<FamilyPage />} />}
        {session?.account?.role === 'admin' && <Route path="admin" element={<AdminPage />} />}
        <Route path="help" element={<HelpPage />} />
        <Route path="*" element={<MissingPage />} />
      </Route>
    </Routes>
  )
}

export function App() {
  const [client] = useState(makeQueryClient)
  useEffect(() => watchConnection(client), [client])
  useEffect(prefetchPages, [])
  return (
    <QueryClientProvider client={client}>
      <CrashBoundary>
        <BrowserRouter>
          <AppRoutes />
        </BrowserRouter>
      </CrashBoundary>
    </QueryClientProvider>
  )
}
