// A page (or a part of every page) that is loaded when it is first gone to, or before, when the browser has nothing else to do.

import { type ComponentType, lazy } from 'react'
import { recall, remember } from '../lib/storage'
import { lostServer, whenReached } from './connection'

type Load = () => Promise<unknown>

const PREFETCH_AFTER_MS = 3_000
/** A second failure within this time is no accident: the reader is told. */
const RELOAD_AGAIN_MS = 20_000

/**
 * Waits for the server and starts afresh: a part of the page that could not be loaded is either out of reach,
 * or gone because the server has a newer page.
 */
async function startAfresh(failure: unknown): Promise<never> {
  lostServer()
  await whenReached()
  const last = Number(recall('reloaded-at') ?? 0)
  if (Date.now() - last < RELOAD_AGAIN_MS) throw failure
  remember('reloaded-at', String(Date.now()))
  location.reload()
  return new Promise<never>(() => undefined)
}

const pages = new Set<Load>()
/** What could not be fetched ahead: its styles would not be asked for a second time. */
const missed = new Set<Load>()

/** `when needed` is for what most readers never see: it is not fetched ahead. */
export function lazyPage<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>, fetched: 'ahead' | 'when needed' = 'ahead') {
  if (fetched === 'ahead') pages.add(load)
  return lazy(() => (missed.has(load) ? startAfresh(new Error('a part of the page could not be fetched')) : load().catch(startAfresh)))
}

/** Fetches what has not been gone to yet, so that going there needs no network; returns what calls it off. */
export function prefetchPages(): () => void {
  const timer = setTimeout(() => {
    for (const load of pages) load().catch(() => missed.add(load))
  }, PREFETCH_AFTER_MS)
  return () => clearTimeout(timer)
}
