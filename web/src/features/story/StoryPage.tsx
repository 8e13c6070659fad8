// The page at /story/:id: which of its states it is in.

import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { type Passage, type Story, usePassages, useStory } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { remember } from '../../lib/storage'
import { Reading } from './Reading'
import { Missing, Opening, Unopened } from './StoryStates'

/** How often another device's work on the story is looked for: while it is written, and otherwise. */
const WRITING_POLL_MS = 4_000
const IDLE_POLL_MS = 30_000

const pollMs = ({ state }: Story): number => (state === 'queued' || state === 'writing' ? WRITING_POLL_MS : IDLE_POLL_MS)

/** Asks for the passages again whenever the story says that they have changed. */
function useFreshPassages(story: Story | undefined, branch: Passage[] | undefined, refetch: () => unknown): void {
  const head = branch?.at(-1)
  const stale = story !== undefined && head !== undefined && (head.id !== story.head_id || head.state !== story.state)
  const version = story?.updated_at
  useEffect(() => {
    if (stale) refetch()
  }, [stale, version, refetch])
}

export default function StoryPage() {
  const { id = '' } = useParams()
  return <StoryById key={id} id={id} />
}

function StoryById({ id }: { id: string }) {
  const story = useStory(id, pollMs)
  const passages = usePassages(id)
  const { refetch } = passages
  const { t } = useTranslation('story')
  usePageTitle(story.data ? story.data.title || t('untitled') : '')
  const isThere = story.data !== undefined
  useEffect(() => {
    if (isThere) remember('last-read', id)
  }, [isThere, id])
  useFreshPassages(story.data, passages.data, refetch)

  if (story.data && passages.data) {
    return <Reading story={story.data} branch={passages.data} />
  }
  const problem = story.error ?? passages.error
  if (!problem) return <Opening />
  if (problem.slug === 'not-found') return <Missing />
  const tryAgain = (): void => {
    void story.refetch()
    void passages.refetch()
  }
  return <Unopened problem={problem} onTryAgain={tryAgain} />
}
