// The page: its providers, and which part of it stands at which address.

import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { BrowserRouter, Route, Routes } from 'react-router'
import { HomePage } from '../features/home/HomePage'
import { watchConnection } from './connection'
import { CrashBoundary } from './CrashBoundary'
import { lazyPage, prefetchPages } from './lazyPage'
import { MissingPage } from './MissingPage'
import { makeQueryClient } from './queryClient'
import { Shell } from './Shell'

const StoryPage = lazyPage(() => import('../features/story/StoryPage'))
const LibraryPage = lazyPage(() => import('../features/library/LibraryPage'))
const BinPage = lazyPage(() => import('../features/library/BinPage'))
const SettingsPage = lazyPage(() => import('../features/settings/SettingsPage'))
const HelpPage = lazyPage(() => import('../features/help/HelpPage'))

export function AppRoutes() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<HomePage />} />
        <Route path="story/:id" element={<StoryPage />} />
        <Route path="library" element={<LibraryPage />} />
        <Route path="library/bin" element={<BinPage />} />
        <Route path="settings" element={<SettingsPage />} />
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
