// What the keyboard shortcuts do on the story page.

import type { RefObject } from 'react'
import type { Passage } from '../../api'
import { useShortcuts } from '../../lib/shortcuts'
import { versionBeside } from './PassageTools'
import { passageElementId } from './PassageView'
import type { Desk, StoryActions } from './useStoryActions'

interface StoryKeys {
  branch: readonly Passage[]
  desk: Desk
  actions: StoryActions
  /** Whether the last passage is still being written. */
  unfinished: boolean
  halt: () => void
  wish: RefObject<HTMLInputElement | null>
}

/** The passage that the reader is at: where focus is, or what was tapped, or the last one. */
function currentIndex(branch: readonly Passage[], chosen: string | null): number {
  const focused = document.activeElement?.closest('section[id^="passage-"]')?.id
  const at = branch.findIndex(({ id }) => (focused ? passageElementId(id) === focused : id === chosen))
  return at < 0 ? branch.length - 1 : at
}

function goTo(passage: Passage | undefined): void {
  const element = passage && document.getElementById(passageElementId(passage.id))
  element?.focus({ preventScroll: true })
  element?.scrollIntoView({ block: 'start', behavior: 'instant' })
}

export function useStoryKeys({ branch, desk, actions, unfinished, halt, wish }: StoryKeys): void {
  const index = (): number => currentIndex(branch, desk.chosen)
  const current = (): Passage | undefined => branch[index()]
  const onFinished = (act: (passage: Passage) => void) => (): void => {
    const passage = current()
    if (passage && !(unfinished && passage === branch.at(-1))) act(passage)
  }
  const version = (step: 1 | -1) =>
    onFinished((passage) => {
      const other = versionBeside(passage, step)
      if (other) actions.choose(other)
    })
  const step = (by: 1 | -1) => (): void => {
    const nowhere = !document.activeElement?.closest('section[id^="passage-"]')
    goTo(branch[nowhere && by === 1 && desk.chosen === null ? 0 : Math.min(branch.length - 1, Math.max(0, index() + by))])
  }
  useShortcuts({
    stop: halt,
    next: step(1),
    previous: step(-1),
    nextVersion: version(1),
    previousVersion: version(-1),
    edit: onFinished((passage) => actions.openEditor(passage.id)),
    retry: onFinished((passage) => actions.openRetry(passage.id)),
    continue: () => wish.current?.focus(),
    undo: actions.undo,
    redo: actions.redo,
  })
}
