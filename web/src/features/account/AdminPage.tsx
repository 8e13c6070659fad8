// For administrators: who is here, who is invited, and what is used.

import { useTranslation } from 'react-i18next'
import { usePageTitle } from '../../lib/pageTitle'
import { InvitationsSection } from './InvitationsSection'
import styles from './Page.module.css'
import { PeopleSection } from './PeopleSection'
import { UsageSection } from './UsageSection'
import { VerifyProvider } from './Verify'

export default function AdminPage() {
  const { t } = useTranslation('account')
  usePageTitle(t('admin.title'))
  return (
    <VerifyProvider>
      <div className={styles.page}>
        <h1>{t('admin.title')}</h1>
        <PeopleSection />
        <InvitationsSection />
        <UsageSection />
      </div>
    </VerifyProvider>
  )
}
