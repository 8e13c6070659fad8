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
  const { t } = useTranslation()
  const keysOn = useShortcutsOn()
  const language = usePageLanguage()
  const keysId = useId()
  usePageTitle(t('help.title'))
  return (
    <div className={styles.page}>
      <h1>{t('help.title')}</h1>
      <section>
        <h2>{t('help.howTitle')}</h2>
        <ol className={styles.steps} role="list">
          {t('help.how', { returnObjects: true }).map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </section>
      <section>
        <h2>{t('help.safeTitle')}</h2>
        <p>{t('help.safe')}</p>
      </section>
      <section>
        <h2>{t('help.honestTitle')}</h2>
        {t('help.honest', { returnObjects: true }).map((text) => (
          <p key={text}>{text}</p>
        ))}
      </section>
      <section aria-labelledby={keysId}>
        <h2 id={keysId}>{t('help.keysTitle')}</h2>
        <Switch
          label={t('help.keysOn')}
          hint={t('help.keysOnHint', { mod: keyName('Mod+', language).replace('+', '') })}
          checked={keysOn}
          onChange={setShortcutsOn}
        />
        <KeyTable />
      </section>
    </div>
  )
}
