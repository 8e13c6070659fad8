// The title, changed where it stands.

import { Pencil } from 'lucide-react'
import { type KeyboardEvent, type SubmitEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, type Problem, useProblemText } from '../../api'
import { Button } from '../../ui/button/Button'
import { IconButton } from '../../ui/button/IconButton'
import styles from './TitlePage.module.css'

interface TitleProps {
  title: string
  language: string
  limit: number
  onRename: (title: string) => Promise<unknown>
}

interface TitleFormProps extends TitleProps {
  onClose: () => void
}

function TitleForm({ title, language, limit, onRename, onClose }: TitleFormProps) {
  const { t } = useTranslation('story')
  const problemText = useProblemText()
  const [value, setValue] = useState(title)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    field.current?.select()
  }, [])
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const wanted = value.trim()
    if (busy || wanted === '') return
    if (wanted === title) { onClose(); return; }
    setBusy(true)
    try {
      await onRename(wanted)
      onClose()
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) onClose()
  }
  return (
    <form className={styles.titleForm} onSubmit={(event) => void submit(event)}>
      <input
        ref={field}
        className={styles.titleField}
        value={value}
        lang={language}
        maxLength={limit}
        aria-label={t('title.label')}
        autoComplete="off"
        onKeyDown={onKeyDown}
        onChange={(event) => setValue(event.target.value)}
      />
      <div className={styles.titleButtons}>
        <Button type="submit" busy={busy} disabled={value.trim() === ''}>
          {t('title.save')}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          {t('title.cancel')}
        </Button>
      </div>
      {problem && (
        <p role="alert" className={styles.trouble}>
          {problemText(problem)}
        </p>
      )}
    </form>
  )
}

interface StoryTitleProps extends TitleProps {
  editing: boolean
  onEditing: (editing: boolean) => void
}

export function StoryTitle({ editing, onEditing, ...props }: StoryTitleProps) {
  const { title, language } = props
  const { t } = useTranslation('story')
  const pencil = useRef<HTMLButtonElement>(null)
  const close = (): void => {
    onEditing(false)
    requestAnimationFrame(() => pencil.current?.focus())
  }
  if (editing) return <TitleForm {...props} onClose={close} />
  return (
    <div className={styles.titleLine}>
      <h1 className={styles.title} lang={language}>
        {title || t('untitled')}
      </h1>
      <IconButton
        ref={pencil}
        className={styles.rename}
        icon={Pencil}
        label={t('title.rename')}
        onClick={() => onEditing(true)}
      />
    </div>
  )
}
