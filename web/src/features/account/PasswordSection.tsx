// Setting a first password, or another one.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account } from '../../api'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { notify } from '../../ui/toast/notify'
import { savePassword } from './authApi'
import form from './Form.module.css'
import styles from './Page.module.css'
import { PasswordField } from './PasswordField'
import { useDeed } from './useDeed'

export function PasswordSection({ account }: { account: Account }) {
  const { t } = useTranslation('account')
  const [isChanging, setChanging] = useState(false)
  return (
    <section>
      <h2>{t('password.title')}</h2>
      <div className={styles.stack}>
        <p className={styles.soft}>{t(account.has_password ? 'password.has' : 'password.hasNone')}</p>
        {isChanging ? (
          <ChangePassword account={account} onClose={() => setChanging(false)} />
        ) : (
          <Button variant="outline" onClick={() => setChanging(true)}>
            {t(account.has_password ? 'password.change' : 'password.set')}
          </Button>
        )}
      </div>
    </section>
  )
}

function ChangePassword({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [missing, setMissing] = useState<{ current?: string; next?: string }>({})
  const currentInput = useRef<HTMLInputElement>(null)
  const nextInput = useRef<HTMLInputElement>(null)
  const isAboutCurrent = deed.problem?.slug === 'wrong-credentials'
  const go = async (): Promise<void> => {
    const found = {
      ...(account.has_password && current === '' && { current: t('fields.missingPassword') }),
      ...(next === '' && { next: t('fields.missingNewPassword') }),
    }
    setMissing(found)
    if ('current' in found) currentInput.current?.focus()
    else if ('next' in found) nextInput.current?.focus()
    else if (await deed.run(() => verified(() => savePassword(current, next)))) {
      notify(t('password.changed'), { id: 'account' })
      onClose()
    }
  }
  return (
    <form
      noValidate
      className={`${form.form} ${styles.narrow}`}
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <input type="text" name="email" autoComplete="username" value={account.email} readOnly hidden />
      {account.has_password && (
        <PasswordField
          ref={currentInput}
          // eslint-disable-next-line jsx-a11y/no-autofocus -- the reader has just asked for this field
          autoFocus
          label={t('password.current')}
          name="password"
          autoComplete="current-password"
          value={current}
          trouble={missing.current ?? (isAboutCurrent ? deed.trouble : undefined)}
          onChange={(event) => setCurrent(event.target.value)}
        />
      )}
      <PasswordField
        ref={nextInput}
        label={t('fields.newPassword')}
        name="new-password"
        autoComplete="new-password"
        value={next}
        hint={t('fields.passwordHint')}
        trouble={missing.next ?? (isAboutCurrent ? undefined : deed.trouble)}
        onChange={(event) => setNext(event.target.value)}
      />
      <div className={form.actions}>
        <Button type="submit" busy={deed.busy}>
          {t('password.save')}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          {t('password.cancel')}
        </Button>
      </div>
    </form>
  )
}
