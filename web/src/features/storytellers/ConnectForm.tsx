// The form of one server. Its key goes in and never comes out again.

import { ChevronDown } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, useProblemText } from '../../api'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { Switch } from '../../ui/switch/Switch'
import { notify } from '../../ui/toast/notify'
import { changeOf, type Draft, draftOf, type Field, folded, type Troubles, troublesOf } from './connectDraft'
import { ConnectMore } from './ConnectMore'
import styles from './Storytellers.module.css'
import { type Connection, type Preset, useCheck, useSaveConnection } from './tellersApi'

interface ConnectFormProps {
  preset: Preset
  connection: Connection | undefined
  mayShare: boolean
  /** Back to the choice of presets, where there was one. */
  onBack: (() => void) | undefined
  onClose: () => void
}

export function ConnectForm({ preset, connection, mayShare, onBack, onClose }: ConnectFormProps) {
  const { t } = useTranslation('storytellers')
  const problemText = useProblemText()
  const save = useSaveConnection()
  const check = useCheck()
  const form = useRef<HTMLFormElement>(null)
  const moreId = useId()
  const [draft, setDraft] = useState(() => draftOf(preset, connection))
  const [isAsked, setAsked] = useState(false)
  const [isOpen, setOpen] = useState(false)
  const troubles: Troubles = isAsked ? troublesOf(draft, preset, connection) : {}
  const change = (part: Partial<Draft>): void => setDraft((now) => ({ ...now, ...part }))
  const trouble = (field: Field): string | undefined => {
    const found = troubles[field]
    if (!found) return undefined
    const [reason, gap] = found
    return t(`connect.${reason}`, { part: gap, line: gap })
  }
  const submit = (): void => {
    const wrong = troublesOf(draft, preset, connection)
    setAsked(true)
    if (Object.keys(wrong).length > 0) {
      if (folded.some((field) => wrong[field])) setOpen(true)
      // Once the fields are marked, and unfolded where they were not.
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      return
    }
    save.mutate(
      { id: connection?.id, change: changeOf(draft, preset, connection === undefined) },
      {
        onSuccess: (kept) => {
          check.mutate(kept.id)
          notify(t('connect.saved', { name: kept.name }), { id: 'storytellers' })
          onClose()
        },
      },
    )
  }
  const hasKey = connection?.has_key === true && !draft.forgetKey
  return (
    <form
      ref={form}
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (!save.isPending) submit()
      }}
    >
      <TextField
        label={t('connect.name')}
        hint={t('connect.nameHint')}
        maxLength={80}
        value={draft.name}
        trouble={trouble('name')}
        onChange={(event) => change({ name: event.target.value })}
      />
      <TextField
        label={t('connect.address')}
        hint={t('connect.addressHint')}
        type="url"
        inputMode="url"
        spellCheck={false}
        placeholder="https://…/v1"
        maxLength={500}
        value={draft.address}
        trouble={trouble('address')}
        onChange={(event) => change({ address: event.target.value })}
      />
      <div className={styles.tight}>
        <TextField
          label={t('connect.key')}
          hint={t(hasKey ? 'connect.keySaved' : preset.needs_key ? 'connect.keyHint' : 'connect.keyOptional')}
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder={hasKey ? '••••••••' : undefined}
          maxLength={4000}
          value={draft.key}
          trouble={trouble('key')}
          onChange={(event) => change({ key: event.target.value })}
        />
        {preset.key_url !== null && (
          <p className={styles.small}>
            <a href={preset.key_url} target="_blank" rel="noreferrer">
              {t('connect.keyWhere')}
            </a>
          </p>
        )}
        {connection?.has_key && (
          <label className={styles.tick}>
            <input type="checkbox" checked={draft.forgetKey} onChange={(event) => change({ forgetKey: event.target.checked })} />
            {t('connect.keyRemove')}
          </label>
        )}
      </div>
      <TextField
        label={t('connect.model')}
        hint={t('connect.modelHint')}
        spellCheck={false}
        maxLength={200}
        value={draft.model}
        onChange={(event) => change({ model: event.target.value })}
      />
      {mayShare && (
        <Switch label={t('connect.shared')} hint={t('connect.sharedHint')} checked={draft.shared} onChange={(shared) => change({ shared })} />
      )}
      <button type="button" className={styles.unfold} aria-expanded={isOpen} aria-controls={moreId} onClick={() => setOpen(!isOpen)}>
        <ChevronDown aria-hidden="true" size={18} />
        {t('connect.more')}
      </button>
      <div id={moreId} hidden={!isOpen}>
        {isOpen && <ConnectMore draft={draft} connection={connection} trouble={trouble} onChange={change} />}
      </div>
      {save.error && (
        <p role="alert" className={styles.trouble}>
          {problemText(asProblem(save.error))}
        </p>
      )}
      <div className={styles.end}>
        {onBack && (
          <Button variant="quiet" onClick={onBack}>
            {t('connect.back')}
          </Button>
        )}
        <Button variant="outline" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button type="submit" busy={save.isPending}>
          {t(connection ? 'connect.saveEdit' : 'connect.save')}
        </Button>
      </div>
    </form>
  )
}
