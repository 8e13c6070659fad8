// What is searched for: typed at once, asked for when the typing rests, and kept in the address.

import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'

const REST_MS = 250

export function useSearch(): { typed: string; q: string; change: (text: string) => void } {
  const [params, setParams] = useSearchParams()
  const q = params.get('q') ?? ''
  const [typed, setTyped] = useState(q)
  const [asked, setAsked] = useState(q)
  // The address changed by itself: a step back, or a link.
  if (asked !== q) {
    setAsked(q)
    setTyped(q)
  }
  useEffect(() => {
    const wanted = typed.trim()
    if (wanted === q) return undefined
    const timer = setTimeout(() => {
      setAsked(wanted)
      setParams(wanted === '' ? {} : { q: wanted }, { replace: true })
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [typed, q, setParams])
  return { typed, q, change: setTyped }
}
