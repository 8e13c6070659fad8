// Who tells, how it looks, how new stories start. Every choice takes effect at once and says so quietly.

import { useTranslation } from 'react-i18next'
import { asProblem, type ConfigurationChange, useConfiguration, useEngines, useProblemText, useSaveConfiguration } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { Button } from '../../ui/button/Button'
import { Segmented } from '../../ui/segmented/Segmented'
import { Skeleton } from '../../ui/skeleton/Skeleton'
import { notify } from '../../ui/toast/notify'
import { EngineChoice } from './EngineChoice'
import { Look } from './Look'
import { YourData } from './YourData'
import styles from './SettingsPage.module.css'

const ageBands = ['3-5', '6-8', '9-12', 'adult'] as const
const lengths = ['short', 'medium', 'long'] as const

export default function SettingsPage() {
  const { t } = useTranslation(['page', 'settings'])
  usePageTitle(t('settings:title'))
  const problemText = useProblemText()
  const configuration = useConfiguration()
  const engines = useEngines()
  const save = useSaveConfiguration()
  const change = (part: ConfigurationChange): void => {
    save.mutate(part, {
      onSuccess: () => notify(t('settings:saved'), { id: 'settings' }),
      onError: (problem) => notify(problemText(asProblem(problem)), { tone: 'trouble', id: 'settings' }),
    })
  }
  const { data } = configuration
  return (
    <div className={styles.page}>
      <h1>{t('settings:title')}</h1>
      <p className={styles.intro}>{t('settings:intro')}</p>
      <Look onChange={change} />
      {!data && configuration.error && (
        <Trouble text={`${t('settings:failed')} ${problemText(asProblem(configuration.error))}`} onTryAgain={() => void configuration.refetch()} />
      )}
      {!data && !configuration.error && <Loading />}
      {data && (
        <section>
          <h2>{t('settings:defaults')}</h2>
          <p className={styles.hint}>{t('settings:defaultsHint')}</p>
          <div className={styles.pair}>
            <Segmented
              label={t('settings:age')}
              value={data.age_band}
              segments={ageBands.map((value) => ({ value, label: t(`home.ages.${value}`), spoken: t(`home.agesSpoken.${value}`) }))}
              onChoose={(age_band) => change({ age_band })}
            />
            <Segmented
              label={t('settings:length')}
              value={data.length}
              segments={lengths.map((value) => ({ value, label: t(`home.lengths.${value}`), note: t(`home.minutes.${value}`) }))}
              onChoose={(length) => change({ length })}
            />
          </div>
        </section>
      )}
      {data && engines.data && <EngineChoice engines={engines.data} configuration={data} onChange={change} />}
      {!engines.data && engines.error && (
        <Trouble text={`${t('settings:enginesFailed')} ${problemText(asProblem(engines.error))}`} onTryAgain={() => void engines.refetch()} />
      )}
      <YourData importBytes={data?.limits.import_bytes} />
    </div>
  )
}

function Loading() {
  const { t } = useTranslation(['page', 'settings'])
  return (
    <div role="status" className={styles.loading}>
      <span className={styles.heard}>{t('app.loading')}</span>
      <Skeleton width={40} />
      <Skeleton width={90} />
      <Skeleton width={75} />
    </div>
  )
}

function Trouble({ text, onTryAgain }: { text: string; onTryAgain: () => void }) {
  const { t } = useTranslation(['page', 'settings'])
  return (
    <div role="alert" className={styles.trouble}>
      <p>{text}</p>
      <Button variant="outline" onClick={onTryAgain}>
        {t('app.tryAgain')}
      </Button>
    </div>
  )
}
