// Everybody who can tell, as cards, and the way to one more.

import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { Connect } from './Connect'
import type { Preferences, PreferencesChange } from './preferencesApi'
import styles from './Storytellers.module.css'
import { TellerCard } from './TellerCard'
import { type Connection, refOf, type Teller, useConnections } from './tellersApi'

export interface TellersProps {
  tellers: readonly Teller[]
  configuration: Preferences
  /** Whether a server may be shared with everybody here. */
  mayShare: boolean
  onChange: (change: PreferencesChange, said?: string) => void
}

export function Tellers({ tellers, configuration, mayShare, onChange }: TellersProps) {
  const { t } = useTranslation('storytellers')
  const { data: connections } = useConnections()
  const [form, setForm] = useState<{ connection: Connection | undefined }>()
  const chosen = configuration.engine ?? configuration.default_engine
  return (
    <section aria-labelledby="tellers">
      <h2 id="tellers">{t('tellers.title')}</h2>
      <ul role="list" className={styles.cards}>
        {tellers.map((teller) => (
          <TellerCard
            key={teller.ref}
            teller={teller}
            connection={connections?.find((one) => refOf(one) === teller.ref)}
            isDefault={teller.ref === chosen}
            model={teller.ref === chosen ? configuration.model : null}
            onChange={onChange}
            onEdit={(connection) => setForm({ connection })}
          />
        ))}
      </ul>
      <p className={styles.after}>
        <Button variant="outline" onClick={() => setForm({ connection: undefined })}>
          <Plus aria-hidden="true" size={18} />
          {t('connect.open')}
        </Button>
      </p>
      {form && <Connect connection={form.connection} mayShare={mayShare} onClose={() => setForm(undefined)} />}
    </section>
  )
}
