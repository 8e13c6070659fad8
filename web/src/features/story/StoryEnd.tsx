// The end of what has been told so far: let it go on, with a wish or without, or write on oneself.

import { Redo2, Undo2 } from 'lucide-react'
import { type SubmitEvent, type Ref, useId, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, type Passage, type Problem, type Story, useProblemText } from '../../api'
import { Button } from '../../ui/button/Button'
import { IconButton } from '../../ui/button/IconButton'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import { Choices } from './Choices'
import { choicesOf } from './choices'
import { dropDraft, keepDraft, keptDraft } from './drafts'
import { PassageEditor } from './PassageEditor'
import type { StoryActions } from './useStoryActions'
import styles from './StoryEnd.module.css'

interface StoryEndProps {
  story: Story
  last: Passage
  /** Fewer controls, for children. */
  simple: boolean
  textLimit: number
  wishLimit: number
  writing: boolean
  onWriting: (writing: boolean) => void
  wishRef: Ref<HTMLInputElement>
  goRef: Ref<HTMLButtonElement>
  actions: StoryActions
}

type ContinueFormProps = Pick<StoryEndProps, 'last' | 'wishLimit' | 'wishRef' | 'actions'> & { goRef: Ref<HTMLButtonElement> | undefined }

function ContinueForm({ last, wishLimit, wishRef, goRef, actions }: ContinueFormProps) {
  const { t } = useTranslation('story')
  const problemText = useProblemText()
  const draft = `wish.${last.id}`
  const [wish, setWish] = useState(() => keptDraft(draft) ?? '')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const fieldId = useId()
  const noteId = useId()
  const change = (text: string): void => {
    setWish(text)
    if (text) keepDraft(draft, text)
    else dropDraft(draft)
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      await actions.continueStory(last, wish.trim())
      dropDraft(draft)
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <label htmlFor={fieldId}>
        <VisuallyHidden>{t('end.wish')}</VisuallyHidden>
      </label>
      <div className={styles.line}>
        <input
          id={fieldId}
          ref={wishRef}
          className={styles.wish}
          value={wish}
          maxLength={wishLimit}
          autoComplete="off"
          enterKeyHint="go"
          placeholder={t('end.wish')}
          aria-describedby={problem ? noteId : undefined}
          onChange={(event) => change(event.target.value)}
        />
        <Button ref={goRef} type="submit" busy={busy}>
          {t('end.go')}
        </Button>
      </div>
      {problem && (
        <p id={noteId} role="alert" className={styles.trouble}>
          {problemText(problem)}
        </p>
      )}
    </form>
  )
}

export function StoryEnd(props: StoryEndProps) {
  const { story, last, simple, textLimit, wishLimit, writing, onWriting, wishRef, goRef, actions } = props
  const { t } = useTranslation('story')
  const choices = useMemo(() => choicesOf(last.text), [last.text])
  if (writing) {
    return (
      <section className={`${styles.end} ${styles.own}`} aria-label={t('end.writeLabel')}>
        <PassageEditor
          draftKey={`write.${last.id}`}
          text=""
          limit={textLimit}
          label={t('end.writeLabel')}
          saveLabel={t('end.writeSave')}
          cancelLabel={t('end.writeCancel')}
          placeholder={t('end.writePlaceholder')}
          byReader
          onSave={(text) => actions.write(last, text)}
          onClose={() => onWriting(false)}
        />
      </section>
    )
  }
  return (
    <section className={styles.end} aria-label={t('end.label')}>
      {choices.length > 0 && (
        <Choices key={`decide.${last.id}`} last={last} lines={choices} language={story.language} firstRef={goRef} actions={actions} />
      )}
      <ContinueForm
        key={last.id}
        last={last}
        wishLimit={wishLimit}
        wishRef={wishRef}
        goRef={choices.length > 0 ? undefined : goRef}
        actions={actions}
      />
      <div className={styles.more}>
        <IconButton icon={Undo2} label={t('menu.undo')} disabled={!story.can_undo} onClick={actions.undo} />
        <IconButton icon={Redo2} label={t('menu.redo')} disabled={!story.can_redo} onClick={actions.redo} />
        {!simple && (
          <Button variant="quiet" onClick={() => onWriting(true)}>
            {t('end.write')}
          </Button>
        )}
      </div>
    </section>
  )
}
