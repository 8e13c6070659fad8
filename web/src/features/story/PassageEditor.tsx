// Writing in the story's own type: changing a passage in place, or adding one's own.

import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, type Problem, useProblemText } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import { keyName } from '../../lib/shortcuts'
import { Button } from '../../ui/button/Button'
import { dropDraft, keepDraft, keptDraft } from './drafts'
import styles from './Editor.module.css'

interface PassageEditorProps {
  /** Under this name what has been written outlives a failure, a reload and a change of mind. */
  draftKey: string
  /** The text to begin with; '' for a new passage. */
  text: string
  limit: number
  label: string
  saveLabel: string
  cancelLabel: string
  placeholder?: string
  byReader: boolean
  onSave: (text: string) => Promise<unknown>
  /** `discarded` is the text that was left behind, where it had been changed. */
  onClose: (discarded?: string) => void
}

/** Grows the field to its text, so that the page scrolls and not the field. */
function useGrowing(value: string) {
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [value])
  return field
}

export function PassageEditor(props: PassageEditorProps) {
  const { draftKey, text, limit, label, saveLabel, cancelLabel, placeholder, byReader, onSave, onClose } = props
  const { t } = useTranslation('story')
  const language = usePageLanguage()
  const problemText = useProblemText()
  const [value, setValue] = useState(() => keptDraft(draftKey) ?? text)
  const [saving, setSaving] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const field = useGrowing(value)
  const editor = useRef<HTMLDivElement>(null)
  const noteId = useId()
  const over = value.length - limit
  const empty = value.trim() === ''

  useEffect(() => {
    field.current?.focus({ preventScroll: true })
    editor.current?.scrollIntoView({ block: 'nearest' })
  }, [field])
  useEffect(() => {
    if (value === text) dropDraft(draftKey)
    else keepDraft(draftKey, value)
  }, [draftKey, value, text])

  const close = (): void => {
    dropDraft(draftKey)
    onClose(value === text || empty ? undefined : value)
  }
  const save = async (): Promise<void> => {
    if (saving || empty || over > 0) return
    if (value === text) { close(); return; }
    setSaving(true)
    setProblem(null)
    try {
      await onSave(value)
      dropDraft(draftKey)
      onClose()
    } catch (error) {
      setProblem(asProblem(error))
      setSaving(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save()
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
  }

  const note = over > 0 ? t('edit.tooLong', { over }) : problem ? problemText(problem) : null
  return (
    <div ref={editor} className={styles.editor}>
      <textarea
        ref={field}
        className={byReader ? `${styles.field} ${styles.byReader}` : styles.field}
        value={value}
        rows={3}
        aria-label={label}
        aria-describedby={noteId}
        aria-invalid={over > 0}
        placeholder={placeholder}
        readOnly={saving}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles.row}>
        <Button onClick={() => void save()} disabled={empty || over > 0} busy={saving}>
          {saveLabel}
        </Button>
        <Button variant="quiet" onClick={close} disabled={saving}>
          {cancelLabel}
        </Button>
        <p id={noteId} className={note ? styles.trouble : styles.hint} role={note ? 'alert' : undefined}>
          {note ?? t('edit.keys', { save: keyName('Mod+Enter', language) })}
        </p>
      </div>
    </div>
  )
}
