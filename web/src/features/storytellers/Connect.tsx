// Connecting a server, or changing what is kept of one: first with what, then the few things that it needs.

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../ui/dialog/Dialog'
import { ConnectForm } from './ConnectForm'
import { NotYet } from './NotYet'
import styles from './Storytellers.module.css'
import { type Connection, type Preset, usePresets } from './tellersApi'

export interface ConnectProps {
  /** The one to change; undefined: a new one. */
  connection: Connection | undefined
  mayShare: boolean
  onClose: () => void
}

/** Stands for a server that none of the presets fits. */
const OTHER: Preset = { id: '', name: '', base_url: '', place: 'here', needs_key: false, key_url: null }

export function Connect({ connection, mayShare, onClose }: ConnectProps) {
  const { t } = useTranslation('storytellers')
  const presets = usePresets()
  const [picked, setPicked] = useState<Preset>()
  const { data, error, refetch } = presets
  const preset = connection ? data?.find(({ id }) => id === connection.preset) ?? OTHER : picked
  return (
    <Dialog title={connection ? t('connect.editTitle', { name: connection.name }) : t('connect.title')} onClose={onClose}>
      <div className={styles.sheet}>
        {!data && <NotYet error={error} onTryAgain={refetch} />}
        {data && !preset && <Picker presets={data} onPick={setPicked} />}
        {data && preset && (
          <ConnectForm
            key={preset.id}
            preset={preset}
            connection={connection}
            mayShare={mayShare}
            onBack={connection ? undefined : () => setPicked(undefined)}
            onClose={onClose}
          />
        )}
      </div>
    </Dialog>
  )
}

function Picker({ presets, onPick }: { presets: readonly Preset[]; onPick: (preset: Preset) => void }) {
  const { t } = useTranslation('storytellers')
  return (
    <>
      <p className={styles.soft}>{t('connect.pick')}</p>
      {(['here', 'sent'] as const).map((place) => (
        <div key={place} role="group" aria-label={t(`connect.${place}`)}>
          <p className={styles.label}>{t(`connect.${place}`)}</p>
          <ul role="list" className={styles.presets}>
            {presets
              .filter((one) => one.place === place)
              .map((one) => (
                <li key={one.id}>
                  <button type="button" className={styles.preset} onClick={() => onPick(one)}>
                    {one.name}
                  </button>
                </li>
              ))}
          </ul>
        </div>
      ))}
      <button type="button" className={styles.preset} onClick={() => onPick(OTHER)}>
        <span>{t('connect.other')}</span>
        <small>{t('connect.otherText')}</small>
      </button>
    </>
  )
}
