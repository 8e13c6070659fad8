// The family: the children, their stories that wait for a grown-up, and the PIN for the way back.

import { useTranslation } from 'react-i18next'
import { useSession } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { ApprovalsSection } from './ApprovalsSection'
import { ChildrenSection } from './ChildrenSection'
import styles from './Page.module.css'
import { PinSection } from './PinSection'
import { VerifyProvider } from './Verify'

export default function FamilyPage() {
  const { t } = useTranslation('account')
  const account = useSession()?.account
  usePageTitle(t('family.title'))
  if (!account) return null
  return (
    <VerifyProvider>
      <div className={styles.page}>
        <h1>{t('family.title')}</h1>
        <p className={styles.intro}>{t('family.intro')}</p>
        <ApprovalsSection />
        <ChildrenSection canComeBack={account.has_pin || account.has_password} />
        <PinSection hasPin={account.has_pin} />
      </div>
    </VerifyProvider>
  )
}
