// The PIN that leads from a child's shelf back to the grown-up.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { notify } from '../../ui/toast/notify'
import { savePin } from './familyApi'
import form from './Form.module.css'
import styles from './Page.module.css'
import { useDeed } from './useDeed'

export function PinSection({ hasPin }: { hasPin: boolean }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  const [isChanging, setChanging] = useState(false)
  return (
    <section>
      <h2>{t('family.pinTitle')}</h2>
      <div className={styles.stack}>
        <p className={styles.soft}>{t(hasPin ? 'family.pinHas' : 'family.pinNone')}</p>
        {isChanging ? (
          <PinForm onClose={() => setChanging(false)} />
        ) : (
          <div className={form.actions}>
            <Button variant="outline" onClick={() => setChanging(true)}>
              {t(hasPin ? 'family.pinChange' : 'family.pinSet')}
            </Button>
            {hasPin && (
              <Button variant="quiet" busy={deed.busy} onClick={() => void deed.run(() => verified(() => savePin(null))).then((done) => done && notify(t('family.pinRemoved'), { id: 'family' }))}>
                {t('family.pinRemove')}
              </Button>
            )}
          </div>
        )}
        {deed.trouble && <p role="alert" className={form.trouble}>{deed.trouble}</p>}
      </div>
    </section>
  )
}

function PinForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  const [pin, setPin] = useState('')
  const [wrong, setWrong] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const go = async (): Promise<void> => {
    const isRight = /^\d{4,12}$/.test(pin)
    setWrong(isRight ? undefined : t('family.pinWrong'))
    if (isRight && (await deed.run(() => verified(() => savePin(pin))))) {
      notify(t('family.pinSaved'), { id: 'family' })
      onClose()
    } else input.current?.focus()
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
        label={t('family.pin')}
        type="password"
        inputMode="numeric"
        autoComplete="off"
        maxLength={12}
        className={form.code}
        hint={t('family.pinHint')}
        value={pin}
        trouble={wrong ?? deed.trouble}
        onChange={(event) => setPin(event.target.value)}
      />
      <div className={form.actions}>
        <Button type="submit" busy={deed.busy}>
          {t('family.save')}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          {t('family.cancel')}
        </Button>
      </div>
    </form>
  )
}
