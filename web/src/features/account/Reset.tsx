// Setting a new password by the link of a mail.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { Button } from '../../ui/button/Button'
import { resetPassword } from './authApi'
import styles from './Entry.module.css'
import form from './Form.module.css'
import { PasswordField } from './PasswordField'
import { useDeed } from './useDeed'

export function Reset() {
  const { t } = useTranslation('account')
  const [search] = useSearchParams()
  const navigate = useNavigate()
  const deed = useDeed()
  const [password, setPassword] = useState('')
  const [missing, setMissing] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const token = search.get('token') ?? ''
  const go = async (): Promise<void> => {
    setMissing(password === '' ? t('fields.missingNewPassword') : undefined)
    if (password !== '' && (await deed.run(() => resetPassword(token, password)))) await navigate('/sign-in?reset=1', { replace: true })
    else input.current?.focus()
  }
  return (
    <>
      <h1>{t('reset.title')}</h1>
      {token === '' ? (
        <p role="alert" className={form.trouble}>
          {t('reset.missing')}
        </p>
      ) : (
        <form
          noValidate
          className={form.form}
          onSubmit={(event) => {
            event.preventDefault()
            void go()
          }}
        >
          <p className={form.hint}>{t('reset.intro')}</p>
          <PasswordField
            ref={input}
            label={t('fields.newPassword')}
            name="password"
            autoComplete="new-password"
            value={password}
            hint={t('fields.passwordHint')}
            trouble={missing ?? deed.trouble}
            onChange={(event) => setPassword(event.target.value)}
          />
          <Button type="submit" size="large" busy={deed.busy} className={styles.wide}>
            {t('reset.go')}
          </Button>
        </form>
      )}
      <p className={styles.foot}>
        <Link to={deed.problem?.slug === 'link-invalid' ? '/forgotten' : '/sign-in'}>{t(deed.problem?.slug === 'link-invalid' ? 'forgotten.go' : 'sent.back')}</Link>
      </p>
    </>
  )
}
