// The models that run on this machine: what there is to download, and what is here.

import { useTranslation } from 'react-i18next'
import { ModelCard } from './ModelCard'
import { useModels } from './modelsApi'
import { NotYet } from './NotYet'
import type { Preferences, PreferencesChange } from './preferencesApi'
import styles from './Storytellers.module.css'

interface ModelsProps {
  configuration: Preferences
  mayManage: boolean
  onChange: (change: PreferencesChange, said?: string) => void
}

export function Models({ configuration, mayManage, onChange }: ModelsProps) {
  const { t } = useTranslation('storytellers')
  const { data, error, refetch } = useModels()
  const isLocal = (configuration.engine ?? configuration.default_engine) === 'local'
  // Those that are here first, as whoever looks for one to use finds it at once.
  const shown = data && [...data.filter((one) => one.here), ...data.filter((one) => !one.here && mayManage)]
  return (
    <section aria-labelledby="models">
      <h2 id="models" tabIndex={-1}>
        {t('models.title')}
      </h2>
      <p className={styles.lead}>{t(mayManage ? 'models.intro' : 'models.introMember')}</p>
      {!shown && <NotYet error={error} onTryAgain={refetch} />}
      {shown?.length === 0 && <p className={styles.soft}>{t('models.none')}</p>}
      {shown && shown.length > 0 && (
        <ul role="list" className={styles.cards}>
          {shown.map((model) => (
            <ModelCard
              key={model.name}
              model={model}
              inUse={isLocal && configuration.model === model.name}
              mayManage={mayManage}
              onUse={() => onChange({ engine: 'local', model: model.name }, t('models.chosen', { name: model.title }))}
            />
          ))}
        </ul>
      )}
    </section>
  )
}
