// Signing in itself: address and password, a passkey, another site's account, and the second step.
// Once it is done, the session that the page keeps has an account; whoever shows this form goes on by that.

import { KeyRound } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { apiUrl, useSession } from '../../api'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { confirmAgain, signIn, signInWithPasskey } from './authApi'
import styles from './Entry.module.css'
import form from './Form.module.css'
import { PasswordField } from './PasswordField'
import { canOfferQuietly, hasPasskeys } from './passkeys'
import { SecondStep } from './SecondStep'
import { type Deed, useDeed } from './useDeed'

/** The server's question holds for five minutes. */
const ASK_ANEW_MS = 4 * 60_000

interface SignInFormProps {
  title: ReactNode
  intro: ReactNode
  /** Path to come back to from another site. */
  next: string
  startsAtSecondStep?: boolean
  /** Without the ways that lead off the page. */
  isInDialog?: boolean
}

export function SignInForm({ title, intro, next, startsAtSecondStep = false, isInDialog = false }: SignInFormProps) {
  const [isSecond, setSecond] = useState(startsAtSecondStep)
  if (isSecond) return <SecondStep title={isInDialog ? title : undefined} onBack={() => setSecond(false)} />
  return (
    <>
      {title}
      {intro}
      <FirstStep next={next} isInDialog={isInDialog} onSecond={() => setSecond(true)} />
    </>
  )
}

function FirstStep({ next, isInDialog, onSecond }: { next: string; isInDialog: boolean; onSecond: () => void }) {
  const { t } = useTranslation('account')
  const session = useSession()
  const deed = useDeed()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [remember, setRemember] = useState(true)
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({})
  const emailInput = useRef<HTMLInputElement>(null)
  const passwordInput = useRef<HTMLInputElement>(null)
  const passkey = usePasskey(deed, remember)

  const go = async (): Promise<void> => {
    const wrong = { ...(email.trim() === '' && { email: t('fields.missingEmail') }), ...(password === '' && { password: t('fields.missingPassword') }) }
    setMissing(wrong)
    if ('email' in wrong) emailInput.current?.focus()
    else if ('password' in wrong) passwordInput.current?.focus()
    else {
      const done = await deed.run(async () => {
        if (await signIn(email.trim(), password, remember)) onSecond()
      })
      if (!done) passwordInput.current?.focus()
    }
  }

  return (
    <>
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
          autoComplete="username webauthn"
          inputMode="email"
          autoCapitalize="none"
          spellCheck={false}
          value={email}
          trouble={missing.email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          ref={passwordInput}
          label={t('fields.password')}
          name="password"
          autoComplete="current-password"
          value={password}
          trouble={missing.password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <div className={styles.row}>
          <label className={form.check}>
            <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.target.checked)} />
            {t('signIn.remember')}
          </label>
          {!isInDialog && <Link to="/forgotten">{t('signIn.forgotten')}</Link>}
        </div>
        {deed.trouble && (
          <p role="alert" className={form.trouble}>
            {deed.trouble}
          </p>
        )}
        {deed.problem?.slug === 'not-confirmed' && <SendAgain email={email.trim()} />}
        <Button type="submit" size="large" busy={deed.busy} className={styles.wide}>
          {t('signIn.go')}
        </Button>
      </form>
      {(hasPasskeys() || (session?.oidc.length ?? 0) > 0) && <p className={styles.or}>{t('signIn.or')}</p>}
      <div className={styles.others}>
        {hasPasskeys() && (
          <Button variant="outline" className={styles.wide} onClick={passkey}>
            <KeyRound aria-hidden="true" size={18} />
            {t('signIn.passkey')}
          </Button>
        )}
        {session?.oidc.map(({ name, label }) => (
          <Button key={name} variant="outline" className={styles.wide} onClick={() => location.assign(apiUrl(`auth/oidc/${name}?next=${encodeURIComponent(next)}`))}>
            {t('signIn.with', { name: label })}
          </Button>
        ))}
      </div>
    </>
  )
}

function SendAgain({ email }: { email: string }) {
  const { t } = useTranslation('account')
  const deed = useDeed()
  const [isSent, setSent] = useState(false)
  if (isSent) return <p role="status" className={form.good}>{t('signIn.sentAgain')}</p>
  return (
    <>
      {deed.trouble && <p role="alert" className={form.trouble}>{deed.trouble}</p>}
      <Button variant="outline" busy={deed.busy} onClick={() => void deed.run(() => confirmAgain(email)).then(setSent)}>
        {t('signIn.sendAgain')}
      </Button>
    </>
  )
}

/** Offers passkeys where the address is typed, for as long as the form is there; returns what asks for one at a press. */
function usePasskey(deed: Deed, remember: boolean): () => void {
  const running = useRef<AbortController>(undefined)
  const remembers = useRef(remember)
  useEffect(() => {
    remembers.current = remember
  })
  const { run } = deed
  useEffect(() => {
    const over = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const offer = async (): Promise<void> => {
      if (!(await canOfferQuietly()) || over.signal.aborted) return
      const quiet = new AbortController()
      running.current = quiet
      timer = setTimeout(() => {
        quiet.abort()
        void offer()
      }, ASK_ANEW_MS)
      // Nobody has asked for it, so nobody is told that nothing came of it.
      await signInWithPasskey(() => remembers.current, { quietly: true, signal: quiet.signal }).catch(() => undefined)
      clearTimeout(timer)
    }
    void offer()
    return () => {
      over.abort()
      clearTimeout(timer)
      running.current?.abort()
    }
  }, [])
  return () => {
    running.current?.abort()
    const loud = new AbortController()
    running.current = loud
    void run(() => signInWithPasskey(() => remembers.current, { signal: loud.signal }))
  }
}
