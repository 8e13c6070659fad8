// PURE: what an action's answer makes of the passages and the story that the page holds already,
// so that the page moves before the server has been asked again.

import type { Passage, Story } from './types'

/** The still empty first passage of a story that has just been made; undefined where its head is another one. */
export function firstPassage(story: Story): Passage | undefined {
  const { generation } = story
  if (generation?.passage_id !== story.head_id) return undefined
  return {
    id: story.head_id,
    story_id: story.id,
    parent_id: null,
    text: '',
    author: 'engine',
    action: 'begin',
    source_id: null,
    wish: null,
    state: story.state,
    sibling_index: 1,
    sibling_count: 1,
    sibling_ids: [story.head_id],
    created_at: story.created_at,
    generation: { ...generation, last_seq: 0 },
  }
}

/**
 * The branch after an action made `added`.
 *
 * An edit keeps what follows (the server carries it over), everything else ends with `added`.
 */
export function withPassage(branch: Passage[], added: Passage): Passage[] {
  const parent = branch.findIndex((passage) => passage.id === added.parent_id)
  const above = branch.slice(0, parent + 1)
  return added.action === 'edit' ? [...above, added, ...branch.slice(parent + 2)] : [...above, added]
}

/** The story after an action made `added` its head; an edit's head is known only to the server. */
export function withHead(story: Story, added: Passage): Story {
  if (added.action === 'edit') return { ...story, can_undo: true, can_redo: false }
  return {
    ...story,
    head_id: added.id,
    state: added.state,
    generation: added.generation,
    can_undo: true,
    can_redo: false,
  }
}

interface Ended {
  state: 'done' | 'stopped' | 'failed'
  text: string
  lastSeq: number
}

/** The branch in which one passage's generation has ended with the text that was read. */
export function withEnd(branch: Passage[], id: string, { state, text, lastSeq }: Ended): Passage[] {
  return branch.map((passage) => {
    if (passage.id !== id || !passage.generation) return passage
    return { ...passage, text, state, generation: { ...passage.generation, state, last_seq: lastSeq } }
  })
}
