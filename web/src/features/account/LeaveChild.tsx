// The way back from a child's shelf: by PIN or password.

import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { Dialog } from '../../ui/dialog/Dialog'
import { TextField } from '../../ui/field/Field'
import { leaveChild } from './familyApi'
import form from './Form.module.css'
import { PasswordField } from './PasswordField'
import { useDeed } from './useDeed'

export function LeaveChild({ hasPin, hasPassword, onClose }: { hasPin: boolean; hasPassword: boolean; onClose: () => void }) {
  const { t } = useTranslation('account')
  const deed = useDeed()
  const [byPin, setByPin] = useState(hasPin)
  const [typed, setTyped] = useState('')
  const [missing, setMissing] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [byPin])
  const go = async (): Promise<void> => {
    setMissing(typed === '' ? t(byPin ? 'fields.missingCode' : 'fields.missingPassword') : undefined)
    if (typed === '' || !(await deed.run(() => leaveChild(byPin ? { pin: typed } : { password: typed })))) input.current?.focus()
  }
  const trouble = missing ?? deed.trouble
  return (
    <Dialog title={t('child.leaveTitle')} onClose={onClose}>
      <form
        noValidate
        className={form.inDialog}
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <p className={form.hint}>{t('child.leaveText')}</p>
        {byPin ? (
          <TextField
            ref={input}
            label={t('child.pin')}
            type="password"
            inputMode="numeric"
            autoComplete="off"
            className={form.code}
            maxLength={12}
            value={typed}
            trouble={trouble}
            onChange={(event) => setTyped(event.target.value)}
          />
        ) : (
          <PasswordField ref={input} label={t('child.password')} autoComplete="current-password" value={typed} trouble={trouble} onChange={(event) => setTyped(event.target.value)} />
        )}
        {hasPin && hasPassword && (
          <Button
            variant="quiet"
            onClick={() => {
              setByPin(!byPin)
              setTyped('')
              deed.clear()
            }}
          >
            {t(byPin ? 'child.usePassword' : 'child.usePin')}
          </Button>
        )}
        <div className={form.end}>
          <Button variant="outline" onClick={onClose}>
            {t('child.cancel')}
          </Button>
          <Button type="submit" busy={deed.busy}>
            {t('child.leaveGo')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
