// The open book: title page, passages, and what stands at their end.

import { useCallback, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fromDetails, type Passage, Problem, type Story, useConfiguration } from '../../api'
import { Binned } from './Binned'
import { proseOf } from './choices'
import { FailureNote } from './FailureNote'
import { LiveSentences } from './LiveSentences'
import { PassageView } from './PassageView'
import { StoryEnd } from './StoryEnd'
import { TitlePage } from './TitlePage'
import { useFollow } from './useFollow'
import { useKeptFocus } from './useKeptFocus'
import { usePlace } from './usePlace'
import { useStopping } from './useStopping'
import { useStoryActions } from './useStoryActions'
import { useStoryKeys } from './useStoryKeys'
import { useStream, writingPassage } from './useStream'
import { WritingDock } from './WritingDock'
import styles from './Reading.module.css'

interface ReadingProps {
  story: Story
  /** From the root to the head; never empty. */
  branch: Passage[]
}

/** Until the server has said its own. */
const LIMITS = { text_chars: 20_000, wish_chars: 500, title_chars: 200 }

export function Reading({ story, branch }: ReadingProps) {
  const { t } = useTranslation('story')
  const limits = useConfiguration().data?.limits ?? LIMITS
  const { desk, actions } = useStoryActions(story.id)
  const [stream, dispatch] = useStream(story.id, branch)
  const [writing, setWriting] = useState(false)
  const text = useRef<HTMLDivElement>(null)
  const end = useRef<HTMLDivElement>(null)
  const wish = useRef<HTMLInputElement>(null)
  const go = useRef<HTMLButtonElement>(null)
  const stop = useRef<HTMLButtonElement>(null)

  const open = writingPassage(branch)
  const running = open && stream?.passageId === open.id && !stream.end ? stream : null
  const last = branch.at(-1)
  const simple = story.brief.age_band === '3-5' || story.brief.age_band === '6-8'
  const { following, toTheEnd } = useFollow(running !== null, stream?.text === '', text, end)
  usePlace(story.id, last !== undefined)
  const halt = useStopping(story.id, running, dispatch)
  useStoryKeys({ branch, desk, actions, unfinished: open !== undefined, halt, wish })
  useKeptFocus(running !== null, stop, go)

  const whole = useMemo(() => branch.map((passage) => proseOf(passage.text)).join('\n\n'), [branch])
  const startWriting = useCallback(() => setWriting(true), [])
  const copyAll = (): void => void actions.copy(whole)
  if (!last) return null
  const problem = last.state === 'failed' ? problemOf(last, stream?.passageId === last.id ? stream.end?.problem : undefined) : null

  return (
    <article className={simple ? `${styles.book} ${styles.large}` : styles.book} data-age={story.brief.age_band}>
      {story.deleted_at !== null && <Binned onRestore={() => actions.restore(story.title)} />}
      <TitlePage
        story={story}
        titleLimit={limits.title_chars}
        simple={simple}
        unfinished={open !== undefined}
        actions={actions}
        onCopy={copyAll}
        onWrite={startWriting}
      />
      <div ref={text} className={styles.text} lang={story.language}>
        {branch.map((passage, at) => (
          <PassageView
            key={passage.id}
            passage={passage}
            index={at + 1}
            count={branch.length}
            followedBy={branch[at + 1]?.wish ?? null}
            stream={running?.passageId === passage.id ? running : null}
            chosen={desk.chosen === passage.id}
            editing={desk.editing === passage.id}
            retrying={desk.retrying === passage.id}
            simple={simple}
            textLimit={limits.text_chars}
            wishLimit={limits.wish_chars}
            actions={actions}
          />
        ))}
      </div>
      <div ref={end} />
      {stream && <LiveSentences generationId={stream.generationId} text={stream.text} language={story.language} ended={stream.end !== null} />}
      {open && running && (
        <WritingDock
          stream={running}
          queued={story.generation?.id === running.generationId && story.generation.state === 'queued'}
          following={following}
          stopRef={stop}
          onStop={halt}
          onToTheEnd={toTheEnd}
        />
      )}
      {last.state === 'stopped' && <p role="status" className={styles.quiet}>{t('writing.stopped')}</p>}
      {problem && <FailureNote passage={last} problem={problem} actions={actions} />}
      {!open && !desk.editing && (!problem || last.text.trim() !== '') && (
        <StoryEnd
          story={story}
          last={last}
          simple={simple}
          textLimit={limits.text_chars}
          wishLimit={limits.wish_chars}
          writing={writing}
          onWriting={setWriting}
          wishRef={wish}
          goRef={go}
          actions={actions}
        />
      )}
    </article>
  )
}

const problemOf = (passage: Passage, streamed: Problem | undefined): Problem =>
  streamed ?? fromDetails(passage.generation?.problem) ?? new Problem({ slug: 'engine-fault' })
