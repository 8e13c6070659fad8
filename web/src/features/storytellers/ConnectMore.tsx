// What few servers need: headers, waiting times, prices.

import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { TextField } from '../../ui/field/Field'
import { TextArea } from '../../ui/field/TextArea'
import type { Draft, Field } from './connectDraft'
import styles from './Storytellers.module.css'
import { type Connection, waits } from './tellersApi'

interface ConnectMoreProps {
  draft: Draft
  connection: Connection | undefined
  trouble: (field: Field) => string | undefined
  onChange: (part: Partial<Draft>) => void
}

export function ConnectMore({ draft, connection, trouble, onChange }: ConnectMoreProps) {
  const { t } = useTranslation('storytellers')
  const headersId = useId()
  const wrong = trouble('headers')
  return (
    <div className={styles.form}>
      <div className={styles.tight}>
        <label htmlFor={headersId} className={styles.label}>
          {t('connect.headers')}
        </label>
        <TextArea
          id={headersId}
          spellCheck={false}
          autoComplete="off"
          value={draft.headers}
          aria-invalid={wrong === undefined ? undefined : true}
          aria-describedby={`${headersId}-note`}
          onChange={(event) => onChange({ headers: event.target.value })}
        />
        <p id={`${headersId}-note`} role={wrong === undefined ? undefined : 'alert'} className={wrong === undefined ? styles.small : styles.wrong}>
          {wrong ?? t(connection?.has_headers ? 'connect.headersSaved' : 'connect.headersHint')}
        </p>
      </div>
      {waits.map((wait) => (
        <TextField
          key={wait}
          label={t(`connect.${wait}`)}
          hint={t('connect.timeoutHint')}
          inputMode="decimal"
          value={draft.waits[wait]}
          trouble={trouble(wait)}
          onChange={(event) => onChange({ waits: { ...draft.waits, [wait]: event.target.value } })}
        />
      ))}
      <TextField
        label={t('connect.priceIn')}
        inputMode="decimal"
        value={draft.priceIn}
        trouble={trouble('priceIn')}
        onChange={(event) => onChange({ priceIn: event.target.value })}
      />
      <TextField
        label={t('connect.priceOut')}
        inputMode="decimal"
        value={draft.priceOut}
        trouble={trouble('priceOut')}
        onChange={(event) => onChange({ priceOut: event.target.value })}
      />
      <TextField
        label={t('connect.currency')}
        hint={t('connect.currencyHint')}
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={3}
        value={draft.currency}
        trouble={trouble('currency')}
        onChange={(event) => onChange({ currency: event.target.value })}
      />
      <p className={styles.small}>{t('connect.pricesHint')}</p>
    </div>
  )
}
