// Stopping the passage being written.

import { useCallback } from 'react'
import { asProblem, useProblemText, useStop } from '../../api'
import { notify } from '../../ui/toast/notify'
import type { Stream, StreamAction } from './stream'

/** A function that stops what is running; it does nothing when nothing is, or when a stop is on its way. */
export function useStopping(storyId: string, running: Stream | null, dispatch: (action: StreamAction) => void): () => void {
  const { mutateAsync: stop } = useStop(storyId)
  const problemText = useProblemText()
  const generationId = running && !running.stopping ? running.generationId : undefined
  return useCallback(() => {
    if (!generationId) return
    dispatch({ type: 'stopping', generationId, stopping: true })
    stop(generationId).catch((error: unknown) => {
      dispatch({ type: 'stopping', generationId, stopping: false })
      notify(problemText(asProblem(error)), { tone: 'trouble' })
    })
  }, [generationId, dispatch, stop, problemText])
}
