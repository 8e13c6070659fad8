import { expect, it } from 'vitest'
import { withEnd, withHead, withPassage } from './cache'
import type { Passage, Story } from './types'

const passage = (id: string, parent_id: string | null, rest: Partial<Passage> = {}): Passage => ({
  id, parent_id, story_id: 's', text: id, author: 'engine', action: 'continue', source_id: null, wish: null, state: 'done',
  sibling_index: 1, sibling_count: 1, sibling_ids: [id], created_at: '', generation: null, ...rest,
})
const branch = [passage('a', null), passage('b', 'a'), passage('c', 'b')]
const ids = (passages: Passage[]): string[] => passages.map(({ id }) => id)

it('ends the branch with what was added after any passage of it', () => {
  expect(ids(withPassage(branch, passage('d', 'c')))).toEqual(['a', 'b', 'c', 'd'])
  expect(ids(withPassage(branch, passage('d', 'a', { action: 'retry' })))).toEqual(['a', 'd'])
  expect(ids(withPassage(branch, passage('d', null, { action: 'retry' })))).toEqual(['d'])
})

it('keeps what follows an edit', () => {
  expect(ids(withPassage(branch, passage('d', 'a', { action: 'edit' })))).toEqual(['a', 'd', 'c'])
  expect(ids(withPassage(branch, passage('d', null, { action: 'edit' })))).toEqual(['d', 'b', 'c'])
})

it('moves the head to what was added, but for an edit', () => {
  const story = { head_id: 'c', state: 'done', can_undo: false, can_redo: true } as Story
  expect(withHead(story, passage('d', 'c', { state: 'queued' }))).toMatchObject({ head_id: 'd', state: 'queued', can_undo: true, can_redo: false })
  expect(withHead(story, passage('d', 'a', { action: 'edit' }))).toMatchObject({ head_id: 'c', can_undo: true, can_redo: false })
})

it('ends the one passage that was written, with the text that was read', () => {
  const generation = { id: 'g', state: 'running', last_seq: 1 } as Passage['generation']
  const written = [passage('a', null), passage('b', 'a', { state: 'writing', generation })]
  const [first, second] = withEnd(written, 'b', { state: 'stopped', text: 'all of it', lastSeq: 4 })
  expect(first).toBe(written[0])
  expect(second).toMatchObject({ text: 'all of it', state: 'stopped', generation: { state: 'stopped', last_seq: 4 } })
})
