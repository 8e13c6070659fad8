// The sheet that the idea is written on, with what can be done with it.

import { BookmarkPlus, Sparkles } from 'lucide-react'
import type { KeyboardEvent, Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { usePageLanguage } from '../../lib/i18n/language'
import { keyName } from '../../lib/shortcuts'
import { Button } from '../../ui/button/Button'
import { TextArea } from '../../ui/field/TextArea'
import styles from './IdeaSheet.module.css'

/** From here on the sheet says how many characters are left. */
const NEAR_LIMIT = 200

export interface IdeaSheetProps {
  id: string
  ref: Ref<HTMLTextAreaElement>
  value: string
  limit: number
  trouble: string | undefined
  isInvalid: boolean
  isBeginning: boolean
  onChange: (value: string) => void
  onTell: () => void
  onSurprise: () => void
  onKeep: () => void
}

export function IdeaSheet({ id, ref, value, limit, trouble, isInvalid, isBeginning, onChange, onTell, onSurprise, onKeep }: IdeaSheetProps) {
  const { t } = useTranslation()
  const language = usePageLanguage()
  const left = limit - value.trim().length
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || isBeginning) return
    event.preventDefault()
    onTell()
  }
  const hint = left < 0 ? t('home.tooLong', { count: -left }) : left < NEAR_LIMIT ? t('home.left', { count: left }) : t('home.hint')
  return (
    <div className={styles.sheet}>
      <TextArea
        id={id}
        ref={ref}
        className={styles.idea}
        minRows={3}
        value={value}
        placeholder={t('home.placeholder')}
        aria-invalid={isInvalid || undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {trouble === undefined ? (
        <p id={`${id}-note`} className={styles.note}>
          {hint} <span className={styles.keys}>{t('home.tellKeys', { keys: keyName('Mod+Enter', language) })}</span>
        </p>
      ) : (
        <p id={`${id}-note`} className={styles.trouble} role="alert">
          {trouble}
        </p>
      )}
      <div className={styles.actions}>
        <Button size="large" className={styles.tell} busy={isBeginning} onClick={onTell}>
          {t('home.tell')}
        </Button>
        <Button variant="outline" disabled={isBeginning} onClick={onSurprise}>
          <Sparkles aria-hidden="true" size={18} strokeWidth={1.75} />
          {t('home.surprise')}
        </Button>
        <Button variant="quiet" onClick={onKeep}>
          <BookmarkPlus aria-hidden="true" size={18} strokeWidth={1.75} />
          {t('home.keep')}
        </Button>
      </div>
      <p role="status" className={styles.heard}>
        {isBeginning && t('home.opening')}
      </p>
    </div>
  )
}
