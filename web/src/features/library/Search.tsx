import { Search as Glass, X } from 'lucide-react'
import { useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../../ui/button/IconButton'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import styles from './Library.module.css'

export function Search({ typed, onChange }: { typed: string; onChange: (text: string) => void }) {
  const { t } = useTranslation()
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const clear = (): void => {
    onChange('')
    field.current?.focus()
  }
  return (
    <search className={styles.search}>
      <label htmlFor={id}>
        <VisuallyHidden>{t('library.search')}</VisuallyHidden>
      </label>
      <Glass aria-hidden="true" size={18} />
      <input
        ref={field}
        id={id}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        placeholder={t('library.search')}
        value={typed}
        onChange={(event) => onChange(event.target.value)}
      />
      {typed !== '' && <IconButton icon={X} label={t('library.clearSearch')} onClick={clear} />}
    </search>
  )
}
