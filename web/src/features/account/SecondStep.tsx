// The second step of signing in: a code of the app, or a recovery code.

import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { takeSecondStep } from './authApi'
import styles from './Entry.module.css'
import form from './Form.module.css'
import { useDeed } from './useDeed'

export function SecondStep({ title, onBack }: { title?: ReactNode; onBack: () => void }) {
  const { t } = useTranslation('account')
  const deed = useDeed()
  const [code, setCode] = useState('')
  const [isRecovery, setRecovery] = useState(false)
  const [missing, setMissing] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [isRecovery])
  const go = async (): Promise<void> => {
    if (code.trim() === '') {
      setMissing(t('fields.missingCode'))
      input.current?.focus()
      return
    }
    setMissing(undefined)
    if (!(await deed.run(() => takeSecondStep(code.trim())))) input.current?.focus()
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
      <div>
        {title ?? <h1>{t('second.title')}</h1>}
        <p className={form.hint}>{t(isRecovery ? 'second.recoveryText' : 'second.text')}</p>
      </div>
      <TextField
        ref={input}
        label={t(isRecovery ? 'second.recovery' : 'fields.code')}
        name="code"
        autoComplete={isRecovery ? 'off' : 'one-time-code'}
        inputMode={isRecovery ? 'text' : 'numeric'}
        autoCapitalize="none"
        spellCheck={false}
        className={form.code}
        value={code}
        hint={isRecovery ? undefined : t('second.codeHint')}
        trouble={missing ?? deed.trouble}
        onChange={(event) => setCode(event.target.value)}
      />
      <Button type="submit" size="large" busy={deed.busy} className={styles.wide}>
        {t('second.go')}
      </Button>
      <div className={form.actions}>
        <Button
          variant="quiet"
          onClick={() => {
            setRecovery(!isRecovery)
            setCode('')
            deed.clear()
          }}
        >
          {t(isRecovery ? 'second.useApp' : 'second.useRecovery')}
        </Button>
        <Button variant="quiet" onClick={onBack}>
          {t('second.back')}
        </Button>
      </div>
    </form>
  )
}
