// Keeps the end of the text in view while it is written, for as long as the reader is there.

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'

/** Where the end of the text comes to rest, as a share of the window's height. */
const REST = 0.7
const SLACK_PX = 3
/** Longer than a smooth scroll takes. */
const GLIDE_MS = 600

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
    let free = 0
    let highest = window.scrollY
    let last = highest
    const onScroll = (): void => {
      const now = window.scrollY
      if (now > last && inView() && performance.now() > free) hold(true)
      // A bounce at the bottom edge, or a page that became shorter, is no wish to go up.
      if (now > highest || now >= room() - SLACK_PX) highest = now
      else if (now < highest - SLACK_PX) {
        hold(false)
        highest = now
      }
      last = now
    }
    // A wish to go up counts before it has moved anything: gliding would swallow its first steps.
    const letGo = (): void => {
      if (window.scrollY === 0) return
      hold(false)
      // What is left of the last glide is no wish to follow again.
      free = performance.now() + GLIDE_MS
    }
    const onWheel = (event: WheelEvent): void => {
      if (event.deltaY < 0) letGo()
    }
    const onKey = (event: KeyboardEvent): void => {
      if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) letGo()
    }
    let touched = 0
    const onTouchStart = (event: TouchEvent): void => {
      touched = event.touches[0]?.clientY ?? 0
    }
    const onTouchMove = (event: TouchEvent): void => {
      if ((event.touches[0]?.clientY ?? 0) > touched + SLACK_PX) letGo()
    }
    const listening = new AbortController()
    const options = { passive: true, signal: listening.signal }
    window.addEventListener('scroll', onScroll, options)
    window.addEventListener('wheel', onWheel, options)
    window.addEventListener('keydown', onKey, options)
    window.addEventListener('touchstart', onTouchStart, options)
    window.addEventListener('touchmove', onTouchMove, options)
    return () => listening.abort()
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
