// How it works, who is telling, and the keys.

import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { usePageLanguage } from '../../lib/i18n/language'
import { usePageTitle } from '../../lib/pageTitle'
import { keyName, setShortcutsOn, useShortcutsOn } from '../../lib/shortcuts'
import { Switch } from '../../ui/switch/Switch'
import styles from './HelpPage.module.css'
import { KeyTable } from './KeyTable'

export default function HelpPage() {
  const { t } = useTranslation('help')
  const keysOn = useShortcutsOn()
  const language = usePageLanguage()
  const keysId = useId()
  usePageTitle(t('title'))
  return (
    <div className={styles.page}>
      <h1>{t('title')}</h1>
      <section>
        <h2>{t('howTitle')}</h2>
        <ol className={styles.steps} role="list">
          {t('how', { returnObjects: true }).map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </section>
      <section>
        <h2>{t('safeTitle')}</h2>
        <p>{t('safe')}</p>
      </section>
      <section>
        <h2>{t('honestTitle')}</h2>
        {t('honest', { returnObjects: true }).map((text) => (
          <p key={text}>{text}</p>
        ))}
      </section>
      <section aria-labelledby={keysId}>
        <h2 id={keysId}>{t('keysTitle')}</h2>
        <Switch
          label={t('keysOn')}
          hint={t('keysOnHint', { mod: keyName('Mod+', language).replace('+', '') })}
          checked={keysOn}
          onChange={setShortcutsOn}
        />
        <KeyTable />
      </section>
    </div>
  )
}
