// A clock in whole seconds, for "is thinking … 4 s".

import { useEffect, useState } from 'react'

const SECOND_MS = 1000

/** Seconds since `running` became true; 0 while it is false. */
export function useSeconds(running: boolean): number {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (!running) return undefined
    const start = Date.now()
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - start) / SECOND_MS)), SECOND_MS)
    return () => {
      clearInterval(timer)
      setSeconds(0)
    }
  }, [running])
  return running ? seconds : 0
}
