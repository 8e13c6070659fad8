// Keeps keyboard focus where the reader left it when a control makes room for another:
// "Tell on" becomes "Stop", and the other way round.

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'

/** Moves focus to `during` or `after` when `active` changes and the focused control has gone with it. */
export function useKeptFocus(
  active: boolean,
  during: RefObject<HTMLElement | null>,
  after: RefObject<HTMLElement | null>,
): void {
  const last = useRef<EventTarget | null>(null)
  useEffect(() => {
    const onFocus = (event: FocusEvent): void => {
      last.current = event.target
    }
    document.addEventListener('focusin', onFocus)
    return () => document.removeEventListener('focusin', onFocus)
  }, [])
  useLayoutEffect(() => {
    const gone = last.current instanceof HTMLElement && !last.current.isConnected
    if (!gone || document.activeElement !== document.body) return
    const next = active ? during.current : after.current
    next?.focus({ preventScroll: true })
  }, [active, during, after])
}
