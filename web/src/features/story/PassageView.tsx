// One passage: its text, and beside it the tools that act on it.

import { memo, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Passage } from '../../api'
import { Decided } from './Choices'
import { apart } from './choices'
import { editDraft } from './drafts'
import { PassageEditor } from './PassageEditor'
import { PassageTools } from './PassageTools'
import { Prose } from './Prose'
import type { Stream } from './stream'
import { paragraphsOf } from './text'
import type { StoryActions } from './useStoryActions'
import styles from './Passage.module.css'

export interface PassageViewProps {
  passage: Passage
  /** Its place in the branch, from 1. */
  index: number
  count: number
  /** The stream that writes this passage, where one does. */
  stream: Stream | null
  /** The wish of the passage after it, where one follows: the choice that was taken. */
  followedBy: string | null
  /** Whether its tools are shown without hovering: the reader has tapped it or come to it by key. */
  chosen: boolean
  editing: boolean
  retrying: boolean
  /** Fewer tools, for children. */
  simple: boolean
  textLimit: number
  wishLimit: number
  actions: StoryActions
}

export const passageElementId = (id: string): string => `passage-${id}`

type TextProps = Pick<PassageViewProps, 'passage' | 'index' | 'count' | 'stream' | 'followedBy'>

function Text({ passage, index, count, stream, followedBy }: TextProps) {
  const whole = useMemo(() => apart(paragraphsOf(passage.text)), [passage.text])
  const closed = stream?.flow.closed
  const written = useMemo(() => (closed ? apart(closed) : null), [closed])
  const beginning = index === 1
  if (!stream || !written) {
    return (
      <>
        <Prose passageId={passage.id} closed={whole.prose} beginning={beginning} />
        {/* The last decision stands as buttons under the text. */}
        {index < count && whole.choices.length > 0 && <Decided lines={whole.choices} taken={followedBy} />}
      </>
    )
  }
  const { flow, marks } = stream
  const deciding = flow.open.startsWith('→')
  return (
    <>
      <Prose passageId={passage.id} closed={written.prose} open={deciding ? '' : flow.open} marks={marks} beginning={beginning} />
      {written.choices.length > 0 && <Decided lines={written.choices} taken={null} />}
    </>
  )
}

export const PassageView = memo(function PassageView(props: PassageViewProps) {
  const { passage, index, count, stream, chosen, editing, simple, actions } = props
  const { t } = useTranslation('story')
  const byReader = passage.author === 'reader'
  const finished = passage.state !== 'queued' && passage.state !== 'writing'
  const hasTools = finished && !editing && (passage.text.trim() !== '' || passage.sibling_count > 1)
  const name = t(byReader ? 'passageByReader' : 'passage', { index, count })
  const className = [styles.passage, byReader && styles.byReader, chosen && styles.chosen].filter(Boolean).join(' ')
  return (
    <section id={passageElementId(passage.id)} className={className} aria-label={name} tabIndex={-1}>
      {editing ? (
        <PassageEditor
          draftKey={editDraft(passage.id)}
          text={passage.text}
          limit={props.textLimit}
          label={t('edit.label', { index })}
          saveLabel={t('edit.save')}
          cancelLabel={t('edit.cancel')}
          byReader={byReader}
          onSave={(text) => actions.edit(passage, text)}
          onClose={(discarded) => actions.closeEditor(passage.id, discarded)}
        />
      ) : (
        // Tapping the text is a shortcut for touch; the tools themselves are buttons.
        <div className={styles.text} onClick={() => actions.choosePassage(passage.id)} role="presentation">
          <Text passage={passage} index={index} count={props.count} stream={stream} followedBy={props.followedBy} />
        </div>
      )}
      {hasTools && (
        <PassageTools
          passage={passage}
          index={index}
          isLast={index === count}
          shown={chosen}
          simple={simple}
          retrying={props.retrying}
          wishLimit={props.wishLimit}
          actions={actions}
        />
      )}
    </section>
  )
})
