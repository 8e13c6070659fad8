// Starts the page.

import './ui/fonts.css'
import './ui/tokens.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { askSession } from './api'
import { App } from './app/App'
import { startI18n } from './app/i18n'
import { startAppearance } from './lib/appearance'

async function start(): Promise<void> {
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  startAppearance()
  // Whoever asks later hears of a failure.
  await Promise.all([startI18n(), askSession().catch(() => undefined)])
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}

void start()
