// Follows the passage being written: network to reducer, at most one step a frame.

import { useEffect, useReducer, useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { followGeneration, keys, type Passage, withEnd } from '../../api'
import { type Stream, type StreamAction, streamReducer } from './stream'

/** A tab in the background gets no frames; its text goes on at this pace. */
const HIDDEN_FRAME_MS = 250
const LOST_WAIT_MS = 2_000

/** Gathers pieces and hands them on once a frame. */
function frameBatcher(flush: (from: number, texts: string[]) => void) {
  let from = 0
  let texts: string[] = []
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const run = (): void => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    frame = 0
    timer = undefined
    if (texts.length === 0) return
    const batch = texts
    texts = []
    flush(from, batch)
  }
  const add = (seq: number, text: string): void => {
    if (texts.length === 0) from = seq
    texts.push(text)
    if (timer !== undefined) return
    frame = requestAnimationFrame(run)
    timer = setTimeout(run, HIDDEN_FRAME_MS)
  }
  const drop = (): void => {
    texts = []
    run()
  }
  return { add, run, drop }
}

/** The passage of the branch that is being written, if one is. */
export function writingPassage(branch: readonly Passage[] | undefined): Passage | undefined {
  const head = branch?.at(-1)
  return head?.generation && (head.state === 'queued' || head.state === 'writing') ? head : undefined
}

/**
 * Reads the generation of the branch's head for as long as it is written.
 *
 * Returns the stream (null before there was one) and `dispatch` for what the page itself knows (a stop is on its way).
 * Leaving the page ends the reading, never the generation.
 */
export function useStream(storyId: string, branch: readonly Passage[] | undefined): [Stream | null, (action: StreamAction) => void] {
  const client = useQueryClient()
  const [stream, dispatch] = useReducer(streamReducer, null)
  const [round, setRound] = useState(0)
  const passage = writingPassage(branch)
  const start = useRef(passage)
  useEffect(() => {
    start.current = passage
  })
  const generationId = passage?.generation?.id

  useEffect(() => {
    const from = start.current
    if (!generationId || !from) return undefined
    const lastSeq = from.generation?.last_seq ?? 0
    let text = from.text
    let again: ReturnType<typeof setTimeout> | undefined
    dispatch({ type: 'begin', generationId, passageId: from.id, text, lastSeq })
    const batch = frameBatcher((first, texts) => dispatch({ type: 'pieces', generationId, from: first, texts }))
    const askAnew = (): Promise<void> => client.invalidateQueries({ queryKey: keys.story(storyId) })
    const leave = followGeneration(generationId, lastSeq, {
      piece: (seq, piece) => {
        text += piece
        batch.add(seq, piece)
      },
      link: (link) => dispatch({ type: 'link', generationId, link }),
      end: (end) => {
        batch.run()
        dispatch({ type: 'end', generationId, end })
        client.setQueryData<Passage[]>(keys.passages(storyId), (kept) => kept && withEnd(kept, from.id, { ...end, text }))
        void askAnew()
        void client.invalidateQueries({ queryKey: keys.stories })
      },
      lost: () => {
        batch.run()
        dispatch({ type: 'link', generationId, link: 'reconnecting' })
        again = setTimeout(() => void askAnew().then(() => setRound((value) => value + 1)), LOST_WAIT_MS)
      },
    })
    return () => {
      leave()
      clearTimeout(again)
      batch.drop()
    }
  }, [client, storyId, generationId, round])

  return [stream, dispatch]
}
