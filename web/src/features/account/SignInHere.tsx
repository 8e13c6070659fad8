// Signing in at the door, with what mails and other sign-ins have to say about it.

import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { useSession } from '../../api'
import styles from './Entry.module.css'
import form from './Form.module.css'
import { SignInForm } from './SignInForm'
import { wayOn } from './wayOn'

const refusals = ['failed', 'known-address', 'no-address'] as const
const problems = ['sign-up-closed', 'invitation-invalid', 'account-disabled', 'not-confirmed', 'too-many-attempts'] as const

export function SignInHere() {
  const { t } = useTranslation('account')
  const [search] = useSearchParams()
  const next = wayOn(search.get('next'))
  const session = useSession()
  const canSignUp = session?.sign_up === 'open'
  return (
    <>
      <Notice />
      <SignInForm
        title={<h1>{t('signIn.title')}</h1>}
        intro={<p className={styles.intro}>{t('signIn.intro')}</p>}
        next={next}
        startsAtSecondStep={search.get('second_factor') === '1'}
      />
      {canSignUp && (
        <p className={styles.foot}>
          {t('signIn.noAccount')} <Link to={`/sign-up${next === '/' ? '' : `?next=${encodeURIComponent(next)}`}`}>{t('signIn.signUp')}</Link>
        </p>
      )}
    </>
  )
}

function Notice() {
  const { t } = useTranslation('account')
  const { t: problem } = useTranslation('problem')
  const [search] = useSearchParams()
  const confirmed = search.get('confirmed')
  const oidc = search.get('oidc')
  const refusal = refusals.find((one) => one === oidc)
  const slug = problems.find((one) => one === oidc)
  const good =
    confirmed === '1' ? t('signIn.confirmed') : search.has('reset') ? t('signIn.passwordSet') : search.has('erased') ? t('signIn.erased') : undefined
  const bad = confirmed === '0' ? t('signIn.notConfirmed') : refusal ? t(`signIn.oidc.${refusal}`) : slug ? problem(slug) : undefined
  if (good !== undefined) return <p role="status" className={`${form.good} ${styles.note}`}>{good}</p>
  if (bad !== undefined) return <p role="alert" className={`${form.trouble} ${styles.note}`}>{bad}</p>
  return null
}
