// The address that one signs in with, and the language that mails to it are written in.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account } from '../../api'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { SelectField, TextField } from '../../ui/field/Field'
import { notify } from '../../ui/toast/notify'
import { looksLikeAddress } from './address'
import { askAddress, saveLanguage } from './authApi'
import form from './Form.module.css'
import styles from './Page.module.css'
import { useDeed } from './useDeed'

export function AddressSection({ account }: { account: Account }) {
  const { t } = useTranslation('account')
  const { t: page } = useTranslation()
  const language = useDeed()
  const [isChanging, setChanging] = useState(false)
  const [sentTo, setSentTo] = useState<string>()
  const choose = (value: string): void =>
    void language.run(() => saveLanguage(value === 'de' || value === 'en' ? value : null)).then((done) => done && notify(t('page.saved'), { id: 'account' }))
  return (
    <section>
      <h2>{t('address.title')}</h2>
      <div className={styles.stack}>
        <p className={styles.strong}>{account.email}</p>
        {sentTo !== undefined && <p role="status" className={form.good}>{t('address.sent', { email: sentTo })}</p>}
        {isChanging ? (
          <ChangeAddress
            onClose={(email) => {
              setChanging(false)
              setSentTo(email)
            }}
          />
        ) : (
          <Button variant="outline" onClick={() => setChanging(true)}>
            {t('address.change')}
          </Button>
        )}
        <SelectField
          label={t('address.language')}
          value={account.language ?? ''}
          trouble={language.trouble}
          options={[
            { value: '', label: t('address.unset') },
            { value: 'de', label: page('language.de') },
            { value: 'en', label: page('language.en') },
          ]}
          onChoose={choose}
        />
      </div>
    </section>
  )
}

function ChangeAddress({ onClose }: { onClose: (sentTo?: string) => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  const [email, setEmail] = useState('')
  const [wrong, setWrong] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const go = async (): Promise<void> => {
    const given = email.trim()
    const found = given === '' ? t('fields.missingEmail') : looksLikeAddress(given) ? undefined : t('fields.wrongEmail')
    setWrong(found)
    if (found === undefined && (await deed.run(() => verified(() => askAddress(given))))) onClose(given)
    else input.current?.focus()
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
      <TextField
        ref={input}
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the reader has just asked for this field
        autoFocus
        label={t('address.new')}
        type="email"
        name="new-email"
        autoComplete="email"
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        value={email}
        hint={t('address.hint')}
        trouble={wrong ?? deed.trouble}
        onChange={(event) => setEmail(event.target.value)}
      />
      <div className={form.actions}>
        <Button type="submit" busy={deed.busy}>
          {t('address.go')}
        </Button>
        <Button variant="quiet" onClick={() => onClose()}>
          {t('address.cancel')}
        </Button>
      </div>
    </form>
  )
}
