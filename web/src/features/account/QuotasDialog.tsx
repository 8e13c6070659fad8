// What one person may use, where it is not what everybody may.

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { Dialog } from '../../ui/dialog/Dialog'
import { TextField } from '../../ui/field/Field'
import { notify } from '../../ui/toast/notify'
import { type Person, type Quota, quotas, useChangePerson, useUsage } from './adminApi'
import form from './Form.module.css'
import { useDeed } from './useDeed'

const isCount = (text: string): boolean => /^\d{0,15}$/.test(text.trim())

export function QuotasDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const change = useChangePerson()
  const deed = useDeed()
  const defaults = useUsage().data?.defaults ?? {}
  const [typed, setTyped] = useState(() => Object.fromEntries(quotas.map((quota) => [quota, String(person.quotas[quota] ?? '')])) as Record<Quota, string>)
  const [isChecked, setChecked] = useState(false)
  const go = async (): Promise<void> => {
    setChecked(true)
    if (!quotas.every((quota) => isCount(typed[quota]))) return
    const next = Object.fromEntries(quotas.map((quota) => [quota, typed[quota].trim() === '' ? null : Number(typed[quota])]))
    if (!(await deed.run(() => verified(() => change(person.id, { quotas: next }))))) return
    notify(t('admin.saved'), { id: 'admin' })
    onClose()
  }
  return (
    <Dialog title={t('admin.quotasTitle', { email: person.email })} onClose={onClose}>
      <form
        noValidate
        className={form.inDialog}
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <p className={form.hint}>{t('admin.quotasHint')}</p>
        {quotas.map((quota) => (
          <TextField
            key={quota}
            label={t(`admin.quota.${quota}`)}
            inputMode="numeric"
            placeholder={defaults[quota]?.toString()}
            value={typed[quota]}
            trouble={isChecked && !isCount(typed[quota]) ? t('admin.quotaWrong') : undefined}
            onChange={(event) => setTyped({ ...typed, [quota]: event.target.value })}
          />
        ))}
        {deed.trouble && <p role="alert" className={form.trouble}>{deed.trouble}</p>}
        <div className={form.end}>
          <Button variant="quiet" onClick={onClose}>
            {t('admin.cancel')}
          </Button>
          <Button type="submit" busy={deed.busy}>
            {t('admin.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
