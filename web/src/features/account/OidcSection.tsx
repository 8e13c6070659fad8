// Connecting another site's account, so that one can sign in by it too.

import { useTranslation } from 'react-i18next'
import { apiJson, apiUrl, type Session } from '../../api'
import { startOver } from '../../lib/startOver'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import form from './Form.module.css'
import styles from './Page.module.css'
import { useDeed } from './useDeed'

export function OidcSection({ providers }: { providers: Session['oidc'] }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  if (providers.length === 0) return null
  const connect = (name: string): void =>
    void deed.run(async () => {
      // The way there is no request of the page's, so whether it would be let through is asked beforehand.
      await verified(() => apiJson('auth/passkeys/options', { method: 'POST', json: {} }))
      startOver(apiUrl(`auth/oidc/${name}?connect=true`))
    })
  return (
    <section>
      <h2>{t('oidc.title')}</h2>
      <div className={styles.stack}>
        {deed.trouble && <p role="alert" className={form.trouble}>{deed.trouble}</p>}
        {providers.map(({ name, label }) => (
          <Button key={name} variant="outline" busy={deed.busy} onClick={() => connect(name)}>
            {t('oidc.connect', { name: label })}
          </Button>
        ))}
      </div>
    </section>
  )
}
