// Who is signed in. The page asks once at its start, again when the server says that nobody is, and keeps what
// signing in and out answer. Where the server has no accounts, that first question is all.

import { useSyncExternalStore } from 'react'
import { forgetReader, recall, remember } from '../lib/storage'
import { apiJson, apiPrefix, guard } from './client'
import { asProblem, fromResponse } from './problem'
import { startOver } from '../lib/startOver'
import type { Session } from './types'

const NO_ACCOUNTS: Session = { accounts: 'off', sign_up: 'closed', oidc: [], mail: false, account: null, csrf: '' }

let current: Session | undefined
/** Whose session it was last, on this page. */
let lately = ''
const watchers = new Set<() => void>()

const ask = (): Promise<Session> => apiJson<Session>('auth/session', { cache: 'no-store' })

/** The account, and the child whose hands the browser is in. */
const whose = (session: Session | undefined): string => `${session?.account?.id ?? ''} ${session?.account?.profile?.id ?? ''}`

/**
 * Keeps the session object that an answer held; undefined forgets all.
 *
 * What this browser holds of one reader is never shown to another one.
 */
export function keepSession(session: Session | undefined): void {
  if (!session) lately = ''
  else if (session.account) {
    const now = whose(session)
    const drafts = recall('reader')
    if (drafts !== null && drafts !== now) forgetReader()
    remember('reader', now)
    if (lately !== '' && lately !== now) startOver('/')
    lately = now
  }
  current = session
  guard.csrf = session?.csrf ?? ''
  for (const watcher of watchers) watcher()
}

/**
 * Asks the server who is signed in.
 *
 * Raises: Problem where it gives no answer.
 */
export async function askSession(): Promise<Session> {
  let session: Session
  try {
    session = await ask()
    if (session.accounts === 'on' && guard.credentials !== 'include' && new URL(apiPrefix(), location.href).origin !== location.origin) {
      // Only a server with accounts lets a page of another origin send its cookies.
      guard.credentials = 'include'
      session = await ask()
    }
  } catch (error) {
    const { status } = asProblem(error)
    if (status !== 404 && status !== 405) throw error
    session = NO_ACCOUNTS
  }
  keepSession(session)
  return session
}

guard.refused = async (response) => {
  if (current?.accounts !== 'on') return false
  const { slug } = await fromResponse(response)
  const before = whose(current)
  if (slug === 'csrf') return whose(await askSession()) === before
  if (slug === 'signed-out' && current.account) await askSession()
  return false
}

/** Whether somebody was signed in since the page was opened. */
export const wasSignedIn = (): boolean => lately !== ''

function watchSession(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** The session; undefined until the server has answered. */
export const useSession = (): Session | undefined => useSyncExternalStore(watchSession, () => current)
