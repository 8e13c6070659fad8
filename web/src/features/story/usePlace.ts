// Remembers, in this browser, where in a story the reader was.

import { useEffect, useRef } from 'react'
import { recallJson, remember, rememberJson } from '../../lib/storage'

const SAVE_AFTER_MS = 300
/** Height of what may cover the top of the window. */
const TOP_PX = 72

interface Place {
  /** Passage id and paragraph number, as in `data-place`. */
  at: string
  /** Distance of that paragraph from the window's top, in CSS pixels. */
  top: number
}

const placeName = (storyId: string): string => `place.${storyId}`

function placed(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-place]')]
}

function save(storyId: string): void {
  const paragraphs = placed()
  const reading = paragraphs.find((paragraph) => paragraph.getBoundingClientRect().bottom > TOP_PX)
  if (!reading || reading === paragraphs[0]) {
    remember(placeName(storyId), null)
    return
  }
  const place: Place = { at: reading.dataset.place ?? '', top: Math.round(reading.getBoundingClientRect().top) }
  rememberJson(placeName(storyId), place)
}

function saved(storyId: string): Place | undefined {
  const place = recallJson(placeName(storyId)) as Partial<Place> | null | undefined
  return typeof place?.at === 'string' && typeof place.top === 'number' ? { at: place.at, top: place.top } : undefined
}

/** Goes to the remembered place once when the story's text is `ready`, and remembers it from then on. */
export function usePlace(storyId: string, ready: boolean): void {
  const restored = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (!ready) return undefined
    const place = restored.current === storyId ? undefined : saved(storyId)
    // After the router has put a new page to its top.
    const frame = requestAnimationFrame(() => {
      restored.current = storyId
      const paragraph = place && placed().find((element) => element.dataset.place === place.at)
      if (paragraph) window.scrollBy({ top: paragraph.getBoundingClientRect().top - place.top, behavior: 'instant' })
    })
    let timer: ReturnType<typeof setTimeout> | undefined
    const onScroll = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        save(storyId)
      }, SAVE_AFTER_MS)
    }
    window.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      window.removeEventListener('scroll', onScroll)
    }
  }, [storyId, ready])
}
