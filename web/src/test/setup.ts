// Runs before every test file: matchers, the fake server (a request nobody answers is a failure), and the
// few browser parts that jsdom does not have.

import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { toast } from 'react-toastify/unstyled'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { server } from './server'

// Pages are loaded when they are first gone to, which takes its time on a busy machine.
// Whether what has a role can also be seen is looked at in a real browser (tests/e2e): to ask jsdom takes a third of all the time.
configure({ asyncUtilTimeout: 5_000, defaultHidden: true })

const unhandled: string[] = []

/** Messages outlive the page; jsdom plays no animations, so what ends with one is ended here. */
function dropMessages(): void {
  toast.dismiss()
  for (const message of document.querySelectorAll('.Toastify__toast')) message.dispatchEvent(new Event('animationend', { bubbles: true }))
  toast.clearWaitingQueue()
}

beforeAll(() => {
  server.listen({
    onUnhandledRequest: (request, print) => {
      unhandled.push(`${request.method} ${request.url}`)
      print.error()
    },
  })
})

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  document.head.innerHTML = '<meta name="storybot-api" content="/api">'
  vi.stubGlobal('matchMedia', (query: string) => ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined }))
  vi.stubGlobal('scrollTo', () => undefined)
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true
    this.querySelector<HTMLElement>('button, a[href], input, [tabindex]')?.focus()
  }
  HTMLDialogElement.prototype.close = function () {
    this.open = false
  }
})

afterEach(() => {
  cleanup()
  dropMessages()
  server.resetHandlers()
  const missed = unhandled.splice(0)
  if (missed.length > 0) throw new Error(`requests that no handler answers: ${missed.join(', ')}`)
})

afterAll(() => server.close())
