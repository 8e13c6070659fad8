// Making an account, open to all or by invitation.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { useSession } from '../../api'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { looksLikeAddress } from './address'
import { signUp } from './authApi'
import styles from './Entry.module.css'
import form from './Form.module.css'
import { PasswordField } from './PasswordField'
import { Sent } from './Sent'
import { useDeed } from './useDeed'

export function SignUp() {
  const { t } = useTranslation('account')
  const session = useSession()
  const [search] = useSearchParams()
  const invitation = search.get('invitation') ?? ''
  const [sentTo, setSentTo] = useState<string>()
  if (sentTo !== undefined) return <Sent text={t(session?.mail ? 'sent.confirm' : 'sent.noMail', { email: sentTo })} hasMail={session?.mail ?? false} />
  const closed = session?.sign_up === 'closed' ? t('signUp.closed') : session?.sign_up === 'invite' && invitation === '' ? t('signUp.needsInvitation') : undefined
  return (
    <>
      <h1>{t('signUp.title')}</h1>
      {closed !== undefined && invitation === '' ? (
        <p className={styles.intro}>{closed}</p>
      ) : (
        <>
          <p className={styles.intro}>{t(invitation === '' ? 'signUp.intro' : 'signUp.invited')}</p>
          <SignUpForm invitation={invitation} onSent={setSentTo} />
        </>
      )}
      <p className={styles.foot}>
        <Link to="/sign-in">{t('signUp.toSignIn')}</Link>
      </p>
    </>
  )
}

function SignUpForm({ invitation, onSent }: { invitation: string; onSent: (email: string) => void }) {
  const { t } = useTranslation('account')
  const deed = useDeed()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [wrong, setWrong] = useState<{ email?: string; password?: string }>({})
  const emailInput = useRef<HTMLInputElement>(null)
  const passwordInput = useRef<HTMLInputElement>(null)
  const pointsAt = (field: string): boolean => deed.problem?.errors.some(({ pointer }) => pointer === `/${field}`) ?? false
  const isWeak = deed.problem?.slug === 'password-weak'
  const isBadAddress = deed.problem?.slug === 'invalid' && pointsAt('email')

  const go = async (): Promise<void> => {
    const found = {
      ...(email.trim() === '' ? { email: t('fields.missingEmail') } : !looksLikeAddress(email.trim()) ? { email: t('fields.wrongEmail') } : {}),
      ...(password === '' ? { password: t('fields.missingNewPassword') } : {}),
    }
    setWrong(found)
    if ('email' in found) emailInput.current?.focus()
    else if ('password' in found) passwordInput.current?.focus()
    else if (await deed.run(() => signUp(email.trim(), password, invitation))) onSent(email.trim())
    else passwordInput.current?.focus()
  }
  return (
    <form
      noValidate
      className={form.form}
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <TextField
        ref={emailInput}
        label={t('fields.email')}
        type="email"
        name="email"
        autoComplete="username"
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        value={email}
        trouble={wrong.email ?? (isBadAddress ? t('fields.wrongEmail') : undefined)}
        onChange={(event) => setEmail(event.target.value)}
      />
      <PasswordField
        ref={passwordInput}
        label={t('fields.password')}
        name="password"
        autoComplete="new-password"
        value={password}
        hint={t('fields.passwordHint')}
        trouble={wrong.password ?? (isWeak ? deed.trouble : undefined)}
        onChange={(event) => setPassword(event.target.value)}
      />
      {deed.trouble && !isWeak && !isBadAddress && (
        <p role="alert" className={form.trouble}>
          {deed.trouble}
        </p>
      )}
      <Button type="submit" size="large" busy={deed.busy} className={styles.wide}>
        {t('signUp.go')}
      </Button>
    </form>
  )
}
