// Signing in in two steps: set up with a QR code, recovery codes, switch off.

import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { Confirm } from '../../ui/dialog/Confirm'
import { TextField } from '../../ui/field/Field'
import { notify } from '../../ui/toast/notify'
import { disableTotp, enableTotp, newRecoveryCodes, setUpTotp, type TotpSetup } from './authApi'
import form from './Form.module.css'
import styles from './Page.module.css'
import { useDeed } from './useDeed'

export function TotpSection({ isOn }: { isOn: boolean }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  const [setup, setSetup] = useState<TotpSetup>()
  const [codes, setCodes] = useState<readonly string[]>()
  const [isDisabling, setDisabling] = useState(false)
  return (
    <section>
      <h2>{t('totp.title')}</h2>
      <div className={styles.stack}>
        <p className={styles.soft}>{t('totp.intro')}</p>
        <p className={styles.strong}>{t(isOn ? 'totp.on' : 'totp.off')}</p>
        {deed.trouble && <p role="alert" className={form.trouble}>{deed.trouble}</p>}
        {codes && <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />}
        {!isOn && !codes && !setup && (
          <Button variant="outline" busy={deed.busy} onClick={() => void deed.run(async () => setSetup(await verified(setUpTotp)))}>
            {t('totp.setUp')}
          </Button>
        )}
        {setup && !codes && (
          <SetUp
            setup={setup}
            onEnabled={(given) => {
              setCodes(given)
              setSetup(undefined)
            }}
            onCancel={() => setSetup(undefined)}
          />
        )}
        {isOn && !codes && (
          <div className={form.actions}>
            <Button variant="outline" busy={deed.busy} onClick={() => void deed.run(async () => setCodes((await verified(newRecoveryCodes)).recovery_codes))}>
              {t('totp.newCodes')}
            </Button>
            <Button variant="quiet" onClick={() => setDisabling(true)}>
              {t('totp.disable')}
            </Button>
          </div>
        )}
      </div>
      {isDisabling && (
        <Confirm
          title={t('totp.disableTitle')}
          text={t('totp.disableText')}
          confirm={t('totp.disable')}
          cancel={t('totp.keep')}
          onConfirm={() => {
            setDisabling(false)
            void deed.run(() => verified(disableTotp)).then((done) => done && notify(t('totp.disabled'), { id: 'account' }))
          }}
          onCancel={() => setDisabling(false)}
        />
      )}
    </section>
  )
}

/** What the server has drawn is taken apart and drawn anew: its markup is not the page's. */
function Qr({ svg, label }: { svg: string; label: string }) {
  const box = /viewBox="([\d. ]+)"/.exec(svg)?.[1]
  const path = /\sd="([\d\s.,A-Za-z-]+)"/.exec(svg)?.[1]
  if (!box || !path) return null
  return (
    <div className={styles.qr}>
      <svg viewBox={box} role="img" aria-label={label}>
        <path d={path} fill="currentColor" />
      </svg>
    </div>
  )
}

function SetUp({ setup, onEnabled, onCancel }: { setup: TotpSetup; onEnabled: (codes: string[]) => void; onCancel: () => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  const [code, setCode] = useState('')
  const [missing, setMissing] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus({ preventScroll: true }), [])
  const go = async (): Promise<void> => {
    setMissing(code.trim() === '' ? t('fields.missingCode') : undefined)
    if (code.trim() === '' || !(await deed.run(async () => onEnabled((await verified(() => enableTotp(code.trim()))).recovery_codes)))) input.current?.focus()
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
      <div className={styles.step}>
        <p>{t('totp.step1')}</p>
        <Qr svg={setup.qr_svg} label={t('totp.qr')} />
        <p className={styles.soft}>{t('totp.secret')}</p>
        <p className={styles.key}>{setup.secret}</p>
      </div>
      <div className={styles.step}>
        <p>{t('totp.step2')}</p>
        <TextField
          ref={input}
          label={t('fields.code')}
          name="code"
          autoComplete="one-time-code"
          inputMode="numeric"
          className={form.code}
          hint={t('second.codeHint')}
          value={code}
          trouble={missing ?? deed.trouble}
          onChange={(event) => setCode(event.target.value)}
        />
      </div>
      <div className={form.actions}>
        <Button type="submit" busy={deed.busy}>
          {t('totp.enable')}
        </Button>
        <Button variant="quiet" onClick={onCancel}>
          {t('totp.cancel')}
        </Button>
      </div>
    </form>
  )
}

function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation('account')
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div className={form.form}>
      <h3 ref={heading} tabIndex={-1}>
        {t('totp.codesTitle')}
      </h3>
      <p className={styles.soft}>{t('totp.codesText')}</p>
      <ul role="list" className={styles.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className={form.actions}>
        <Button onClick={onDone}>{t('totp.done')}</Button>
        <Button
          variant="outline"
          onClick={() => void navigator.clipboard.writeText(codes.join('\n')).then(() => notify(t('totp.copied'), { id: 'account' }))}
        >
          {t('totp.copy')}
        </Button>
        <Button variant="outline" onClick={() => print()}>
          {t('totp.print')}
        </Button>
      </div>
    </div>
  )
}
