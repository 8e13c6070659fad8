// One's own account: how one gets in, where one is signed in, and the way out for good.

import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { type Account, useSession } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { AddressSection } from './AddressSection'
import form from './Form.module.css'
import { LeavingSection } from './LeavingSection'
import { OidcSection } from './OidcSection'
import styles from './Page.module.css'
import { PasskeysSection } from './PasskeysSection'
import { PasswordSection } from './PasswordSection'
import { SessionsSection } from './SessionsSection'
import { TotpSection } from './TotpSection'
import { VerifyProvider } from './Verify'

export default function AccountPage() {
  const { t } = useTranslation('account')
  const session = useSession()
  usePageTitle(t('page.title'))
  // While somebody signs in again over it, the page stays as it is.
  if (!session?.account) return null
  return (
    <VerifyProvider>
      <div className={styles.page}>
        <h1>{t('page.title')}</h1>
        <p className={styles.intro}>{t('page.intro')}</p>
        <Arrival />
        <Sections account={session.account} />
        <OidcSection providers={session.oidc} />
        <SessionsSection />
        <LeavingSection />
      </div>
    </VerifyProvider>
  )
}

function Sections({ account }: { account: Account }) {
  return (
    <>
      <AddressSection account={account} />
      <PasswordSection account={account} />
      <PasskeysSection passkeys={account.passkeys} />
      <TotpSection isOn={account.has_totp} />
    </>
  )
}


/** What a link in a mail, or another site, has come back with. */
function Arrival() {
  const { t } = useTranslation('account')
  const { t: problem } = useTranslation('problem')
  const [search] = useSearchParams()
  const oidc = search.get('oidc')
  const address = search.get('address')
  const done = address === '1' ? t('page.addressChanged') : oidc === 'linked' ? t('page.linked') : undefined
  const failed =
    address === '0' ? t('page.addressFailed') : oidc === 'taken' ? t('page.taken') : oidc === 'needs-verification' ? problem('needs-verification') : oidc === null || oidc === 'linked' ? undefined : t('signIn.oidc.failed')
  useEffect(() => {
    if (done !== undefined || failed !== undefined) document.querySelector('#arrival')?.scrollIntoView({ block: 'nearest' })
  }, [done, failed])
  if (done !== undefined) return <p id="arrival" role="status" className={form.good}>{done}</p>
  if (failed !== undefined) return <p id="arrival" role="alert" className={form.trouble}>{failed}</p>
  return null
}
