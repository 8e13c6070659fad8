// Who tells the stories: each engine with a plain sentence on what it is and where the texts go.

import { useTranslation } from 'react-i18next'
import type { Configuration, ConfigurationChange, Engine } from '../../api'
import { Link } from 'react-router'
import { SelectField } from '../../ui/field/Field'
import styles from './SettingsPage.module.css'

export interface EngineChoiceProps {
  engines: readonly Engine[]
  configuration: Configuration
  onChange: (change: ConfigurationChange) => void
}

export function EngineChoice({ engines, configuration, onChange }: EngineChoiceProps) {
  const { t } = useTranslation(['page', 'settings'])
  const chosen = configuration.engine ?? configuration.default_engine
  const engine = engines.find(({ name }) => name === chosen)
  return (
    <section>
      <h2 id="who-tells">{t('settings:engine')}</h2>
      <div role="radiogroup" aria-labelledby="who-tells" className={styles.engines}>
        {engines.map((one) => (
          <EngineCard
            key={one.name}
            engine={one}
            isChosen={one.name === chosen}
            onChoose={() => onChange({ engine: one.name, model: null })}
          />
        ))}
      </div>
      {engine?.available && engine.models.length > 1 && (
        <SelectField
          label={t('settings:model')}
          value={configuration.model ?? ''}
          options={[
            { value: '', label: engine.model ? t('settings:modelDefault', { model: engine.model }) : t('settings:modelDefaultUnnamed') },
            ...engine.models.map((model) => ({ value: model, label: model })),
          ]}
          onChoose={(model) => onChange({ model: model === '' ? null : model })}
        />
      )}
      <p className={styles.hint}>
        <Link to="/storytellers">{t('settings:allTellers')}</Link> {t('settings:allTellersText')}
      </p>
    </section>
  )
}

function EngineCard({ engine, isChosen, onChoose }: { engine: Engine; isChosen: boolean; onChoose: () => void }) {
  const { t } = useTranslation(['page', 'settings'])
  const { name, kind, label, available, place, host, reason } = engine
  const title = label ?? t(`settings:engines.${kind}`)
  const text = t(kind === 'storyteller' ? 'settings:engines.storytellerText' : 'settings:engines.openaiText')
  const why = reason === 'engine-not-configured' || reason === 'engine-key-missing' || reason === 'model-missing' ? reason : 'other'
  return (
    <label className={styles.engine} data-available={available} htmlFor={`choose-${name}`}>
      <input id={`choose-${name}`} type="radio" name="engine" value={name} checked={isChosen} disabled={!available} aria-describedby={`engine-${name}`} onChange={onChoose} />
      <span>
        <strong>
          {title}
          {engine.default && <small>{t('settings:engineDefault')}</small>}
        </strong>
        <span id={`engine-${name}`}>
          {text} {available ? <b>{place === 'here' || host === null ? t('settings:staysHere') : t('settings:goesTo', { host })}</b> : <em>{t(`settings:unavailable.${why}`)}</em>}
        </span>
      </span>
    </label>
  )
}
