// One thing that is asked of the server at a press: whether it is under way, and what went wrong, as a sentence.

import { useCallback, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem, useProblemText } from '../../api'

const reasons = ['short', 'common', 'own-address'] as const

/** A function that says whatever was thrown; '' where the reader took it back. */
export function useTroubleText(): (error: unknown) => string {
  const { t } = useTranslation('account')
  const problemText = useProblemText()
  return useCallback(
    (error: unknown) => {
      if (error instanceof Problem) {
        const reason = error.slug === 'password-weak' ? reasons.find((one) => one === error.extra.reason) : undefined
        return reason ? t(`weak.${reason}`) : problemText(error)
      }
      // What the browser says of a passkey: NotAllowedError is also what it says when the reader changed their mind.
      return error instanceof DOMException && error.name === 'AbortError' ? '' : t('passkey.failed')
    },
    [t, problemText],
  )
}

export interface Deed {
  busy: boolean
  trouble: string | undefined
  /** The problem behind `trouble`, where it is the server's. */
  problem: Problem | undefined
  /** Resolves to whether it was done. A second call while one is under way does nothing. */
  run: (act: () => Promise<unknown>) => Promise<boolean>
  clear: () => void
}

export function useDeed(): Deed {
  const say = useTroubleText()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<{ text: string; problem: Problem | undefined }>()
  const isUnderWay = useRef(false)
  const run = useCallback(
    async (act: () => Promise<unknown>): Promise<boolean> => {
      if (isUnderWay.current) return false
      isUnderWay.current = true
      setBusy(true)
      setFailure(undefined)
      try {
        await act()
        return true
      } catch (error) {
        setFailure({ text: say(error), problem: error instanceof Problem ? error : undefined })
        return false
      } finally {
        isUnderWay.current = false
        setBusy(false)
      }
    },
    [say],
  )
  const clear = useCallback(() => setFailure(undefined), [])
  return { busy, trouble: failure?.text === '' ? undefined : failure?.text, problem: failure?.problem, run, clear }
}
