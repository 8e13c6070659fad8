// Keeps the end of the text in view while it is written, for as long as the reader is there.

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'

/** Where the end of the text comes to rest, as a share of the window's height. */
const REST = 0.7
const SLACK_PX = 3

const calm = (): ScrollBehavior =>
  window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth'

const room = (): number => document.documentElement.scrollHeight - window.innerHeight

/**
 * Follows `end` (an element right after the text) while `active`.
 *
 * A text that has just begun (`fresh`) is followed from the start. Scrolling up lets go;
 * coming back to the end, or `toTheEnd`, takes hold again.
 */
export function useFollow(active: boolean, fresh: boolean, text: RefObject<HTMLElement | null>, end: RefObject<HTMLElement | null>) {
  const [following, setFollowing] = useState(true)
  const holds = useRef(true)

  const start = useRef(fresh)
  useEffect(() => {
    start.current = fresh
  })

  const hold = useCallback((on: boolean): void => {
    if (holds.current === on) return
    holds.current = on
    setFollowing(on)
  }, [])

  const glide = useCallback((): void => {
    const top = end.current?.getBoundingClientRect().top
    if (top === undefined) return
    const past = top - window.innerHeight * REST
    if (past > SLACK_PX) window.scrollBy({ top: past, behavior: calm() })
  }, [end])

  useEffect(() => {
    if (!active) return undefined
    const inView = (): boolean => (end.current?.getBoundingClientRect().top ?? Infinity) <= window.innerHeight
    hold(start.current || inView())
    let last = window.scrollY
    const onScroll = (): void => {
      const now = window.scrollY
      // A bounce at the bottom edge, or a page that became shorter, is no wish to go up.
      if (now < last - SLACK_PX && now < room() - SLACK_PX) hold(false)
      else if (now > last && inView()) hold(true)
      last = now
    }
    window.addEventListener('scroll', onScroll, { passive: true })
    return () => window.removeEventListener('scroll', onScroll)
  }, [active, end, hold])

  useEffect(() => {
    const grown = text.current
    if (!active || !grown) return undefined
    const watcher = new ResizeObserver(() => {
      if (holds.current) glide()
    })
    watcher.observe(grown)
    return () => watcher.disconnect()
  }, [active, text, glide])

  const toTheEnd = useCallback((): void => {
    hold(true)
    glide()
  }, [hold, glide])

  return { following, toTheEnd }
}
