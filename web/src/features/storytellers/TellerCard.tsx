// One storyteller: how it stands, where the words go, what to do next, and a taste of it.

import { Cloud, House } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { usePageLanguage } from '../../lib/i18n/language'
import { Button } from '../../ui/button/Button'
import { SelectField } from '../../ui/field/Field'
import { ConnectionTools, useChecking } from './ConnectionTools'
import { praiseOf, useTellerName } from './names'
import type { PreferencesChange } from './preferencesApi'
import styles from './Storytellers.module.css'
import { Taste } from './Taste'
import { type Connection, isUsable, type Teller, useSaveConnection } from './tellersApi'
import { useTrial } from './useTrial'

export interface TellerCardProps {
  teller: Teller
  /** What stands behind it, where it is a server that the reader connected. */
  connection: Connection | undefined
  isDefault: boolean
  /** The model that all new stories are told with, where this one tells them. */
  model: string | null
  onChange: (change: PreferencesChange, said?: string) => void
  onEdit: (connection: Connection) => void
}

export function TellerCard({ teller, connection, isDefault, model, onChange, onEdit }: TellerCardProps) {
  const { t } = useTranslation('storytellers')
  const name = useTellerName()(teller)
  const language = usePageLanguage()
  const { trial, begin, end } = useTrial()
  const [picked, setPicked] = useState<string>()
  const saveConnection = useSaveConnection()
  const usable = isUsable(teller)
  const own = connection?.own === true
  const chosenModel = own ? connection.model : (picked ?? model ?? teller.model)
  const needsModel = usable && teller.kind === 'openai' && chosenModel === null
  const isTelling = trial !== undefined && trial.state !== 'over'
  const pick = (value: string): void => {
    const next = value === '' ? null : value
    if (own) saveConnection.mutate({ id: connection.id, change: { model: next } })
    else if (isDefault) onChange({ model: next })
    else setPicked(value)
  }
  const kept = own || chosenModel === null ? {} : { model: chosenModel }
  return (
    <li className={styles.card} data-default={isDefault || undefined} aria-label={name}>
      <div className={styles.head}>
        <h3>{name}</h3>
        {isDefault && <span className={styles.tag}>{t('tellers.isDefault')}</span>}
        {teller.shared && <span className={styles.quietTag}>{t('tellers.shared')}</span>}
        {connection && own && <ConnectionTools connection={connection} onEdit={() => onEdit(connection)} />}
      </div>
      <Standing teller={teller} connection={connection} needsModel={needsModel} onEdit={onEdit} />
      <p className={styles.soft}>{t(`goodFor.${praiseOf(teller)}`)}</p>
      {usable && (teller.models.length > 1 || needsModel) && teller.models.length > 0 && (
        <SelectField
          label={t('tellers.model')}
          value={chosenModel ?? ''}
          options={[
            ...(chosenModel === null ? [{ value: '', label: t('tellers.modelFirst') }] : []),
            ...teller.models.map((one) => ({ value: one.name, label: one.name })),
          ]}
          onChoose={pick}
        />
      )}
      {usable && !needsModel && (
        <div className={styles.actions}>
          {!isDefault && (
            <Button
              variant="outline"
              aria-label={t('tellers.makeDefaultNamed', { name })}
              onClick={() => onChange({ engine: teller.ref, model: own ? null : chosenModel }, t('tellers.chosen', { name }))}
            >
              {t('tellers.makeDefault')}
            </Button>
          )}
          {isTelling ? (
            <Button variant="quiet" onClick={end}>
              {t('trial.stop')}
            </Button>
          ) : (
            <Button
              variant="quiet"
              aria-label={t(trial ? 'trial.againNamed' : 'trial.tryNamed', { name })}
              onClick={() => void begin({ engine: teller.ref, ...kept }, language)}
            >
              {t(trial ? 'trial.again' : 'trial.try')}
            </Button>
          )}
        </div>
      )}
      {trial && <Taste trial={trial} name={name} />}
    </li>
  )
}

interface StandingProps {
  teller: Teller
  connection: Connection | undefined
  needsModel: boolean
  onEdit: (connection: Connection) => void
}

/** State, place and the next step, in words. */
function Standing({ teller, connection, needsModel, onEdit }: StandingProps) {
  const { t } = useTranslation('storytellers')
  const { isRunning, check } = useChecking(connection)
  const { state, place, host, kind, ref } = teller
  const Where = place === 'here' ? House : Cloud
  const next =
    state === 'ready' ? (needsModel ? t('next.needs-model') : undefined)
    : state === 'off' && kind === 'local' ? t('next.off-local')
    : state === 'off' && ref === 'openai' ? t('next.off-openai')
    : t(`next.${state}`)
  let step: ReactNode
  if (state === 'not-downloaded') step = <Link to="#models">{t('tellers.toModels')}</Link>
  else if (connection?.own && state === 'needs-key') {
    step = (
      <Button variant="outline" onClick={() => onEdit(connection)}>
        {t('tellers.addKey')}
      </Button>
    )
  } else if (connection?.own && (state === 'unreachable' || state === 'unchecked')) {
    step = (
      <Button variant="outline" busy={isRunning} onClick={check}>
        {t(state === 'unchecked' ? 'tellers.check' : 'tellers.checkAgain')}
      </Button>
    )
  }
  return (
    <>
      <p className={styles.standing}>
        <span className={styles.state} data-state={isRunning ? 'loading' : needsModel ? 'unchecked' : state}>
          {isRunning ? t('tellers.checking') : t(`state.${state}`)}
        </span>
        {/* Where nothing is set up, nothing goes anywhere. */}
        {state !== 'off' && (
          <span className={styles.place}>
            <Where aria-hidden="true" size={17} strokeWidth={1.75} />
            {place === 'here' ? t('tellers.here') : host === null ? t('tellers.sentSomewhere') : t('tellers.sent', { host })}
          </span>
        )}
      </p>
      {next !== undefined && !isRunning && <p className={styles.next}>{next}</p>}
      {step !== undefined && <div className={styles.actions}>{step}</div>}
    </>
  )
}
