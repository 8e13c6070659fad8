// A forgotten password: a link to a new one is sent, whoever asks is told the same.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { sendReset } from './authApi'
import styles from './Entry.module.css'
import form from './Form.module.css'
import { Sent } from './Sent'
import { looksLikeAddress } from './address'
import { useDeed } from './useDeed'

export function Forgotten() {
  const { t } = useTranslation('account')
  const deed = useDeed()
  const [email, setEmail] = useState('')
  const [wrong, setWrong] = useState<string>()
  const [isSent, setSent] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  if (isSent) return <Sent text={t('sent.forgotten', { email: email.trim() })} hasMail />
  const go = async (): Promise<void> => {
    const found = email.trim() === '' ? t('fields.missingEmail') : looksLikeAddress(email.trim()) ? undefined : t('fields.wrongEmail')
    setWrong(found)
    if (found === undefined && (await deed.run(() => sendReset(email.trim())))) setSent(true)
    else input.current?.focus()
  }
  return (
    <>
      <h1>{t('forgotten.title')}</h1>
      <p className={styles.intro}>{t('forgotten.intro')}</p>
      <form
        noValidate
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <TextField
          ref={input}
          label={t('fields.email')}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          autoCapitalize="none"
          spellCheck={false}
          value={email}
          trouble={wrong ?? deed.trouble}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Button type="submit" size="large" busy={deed.busy} className={styles.wide}>
          {t('forgotten.go')}
        </Button>
      </form>
      <p className={styles.foot}>
        <Link to="/sign-in">{t('sent.back')}</Link>
      </p>
    </>
  )
}
