// "Show that it is you": asked for whenever the server wants to know, then what was wanted goes on by itself.

import { KeyRound } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem, useSession } from '../../api'
import { Verified, type Verifying } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { Dialog } from '../../ui/dialog/Dialog'
import { TextField } from '../../ui/field/Field'
import { verify, verifyWithPasskey } from './authApi'
import form from './Form.module.css'
import { PasswordField } from './PasswordField'
import { hasPasskeys } from './passkeys'
import { useDeed } from './useDeed'

const wantsVerification = (error: unknown): boolean => error instanceof Problem && error.slug === 'needs-verification'

export function VerifyProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ settle: (isVerified: boolean) => void }>()
  const ask = useCallback(() => new Promise<boolean>((settle) => setAsked({ settle })), [])
  const verified = useCallback<Verifying>(
    async (act) => {
      try {
        return await act()
      } catch (error) {
        if (!wantsVerification(error)) throw error
      }
      // As for a request that was taken back: there is nothing to say about it.
      if (!(await ask())) throw new DOMException('not verified', 'AbortError')
      return act()
    },
    [ask],
  )
  const settle = (isVerified: boolean): void => {
    setAsked(undefined)
    asked?.settle(isVerified)
  }
  return (
    <Verified value={useMemo(() => verified, [verified])}>
      {children}
      {asked && <VerifyDialog onVerified={() => settle(true)} onCancel={() => settle(false)} />}
    </Verified>
  )
}

function VerifyDialog({ onVerified, onCancel }: { onVerified: () => void; onCancel: () => void }) {
  const { t } = useTranslation('account')
  const account = useSession()?.account
  const deed = useDeed()
  const [typed, setTyped] = useState('')
  const [missing, setMissing] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const running = useRef<AbortController>(undefined)
  const byPassword = account?.has_password ?? false
  const byCode = !byPassword && (account?.has_totp ?? false)
  useEffect(() => {
    input.current?.focus()
    return () => running.current?.abort()
  }, [])
  const go = async (): Promise<void> => {
    setMissing(typed === '' ? t(byPassword ? 'fields.missingPassword' : 'fields.missingCode') : undefined)
    if (typed !== '' && (await deed.run(() => verify(byPassword ? { password: typed } : { totp: typed.trim() })))) onVerified()
    else input.current?.focus()
  }
  const byPasskey = async (): Promise<void> => {
    running.current?.abort()
    const current = new AbortController()
    running.current = current
    if (await deed.run(() => verifyWithPasskey(current.signal))) onVerified()
  }
  const trouble = missing ?? deed.trouble
  return (
    <Dialog title={t('verify.title')} onClose={onCancel}>
      <form
        noValidate
        className={form.inDialog}
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <p className={form.hint}>{t('verify.text')}</p>
        {/* For password managers: whose password it is. */}
        <input type="text" name="email" autoComplete="username" value={account?.email ?? ''} readOnly hidden />
        {byPassword && (
          <PasswordField ref={input} label={t('fields.password')} name="password" autoComplete="current-password" value={typed} trouble={trouble} onChange={(event) => setTyped(event.target.value)} />
        )}
        {byCode && (
          <TextField ref={input} label={t('verify.code')} name="code" autoComplete="one-time-code" inputMode="numeric" className={form.code} value={typed} trouble={trouble} onChange={(event) => setTyped(event.target.value)} />
        )}
        {!byPassword && !byCode && trouble && (
          <p role="alert" className={form.trouble}>
            {trouble}
          </p>
        )}
        {hasPasskeys() && (account?.passkeys.length ?? 0) > 0 && (
          <Button variant="outline" onClick={() => void byPasskey()}>
            <KeyRound aria-hidden="true" size={18} />
            {t('verify.passkey')}
          </Button>
        )}
        <div className={form.end}>
          <Button variant="quiet" onClick={onCancel}>
            {t('verify.cancel')}
          </Button>
          {(byPassword || byCode) && (
            <Button type="submit" busy={deed.busy}>
              {t('verify.go')}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  )
}
