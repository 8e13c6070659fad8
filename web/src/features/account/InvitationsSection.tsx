// Invitations: make one, pass its link on, withdraw it.

import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useWhen } from '../../lib/time'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { notify } from '../../ui/toast/notify'
import { looksLikeAddress } from './address'
import { type Invitation, useInvitations, useInvite, useWithdraw } from './adminApi'
import form from './Form.module.css'
import { NotYet } from './NotYet'
import styles from './Page.module.css'
import { useDeed, useTroubleText } from './useDeed'

export function InvitationsSection() {
  const { t } = useTranslation('account')
  const { data, error, refetch } = useInvitations()
  const [made, setMade] = useState<{ link: string; mailed: boolean }>()
  return (
    <section>
      <h2>{t('admin.invitations')}</h2>
      <div className={styles.stack}>
        <Invite onMade={setMade} />
        {made && <Link made={made} />}
        {!data && <NotYet error={error} onTryAgain={refetch} />}
        {data?.length === 0 && <p className={styles.soft}>{t('admin.invitationsNone')}</p>}
        {data && data.length > 0 && (
          <ul role="list" className={styles.list}>
            {data.map((invitation) => (
              <One key={invitation.id} invitation={invitation} />
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}

function Invite({ onMade }: { onMade: (made: { link: string; mailed: boolean }) => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const invite = useInvite()
  const deed = useDeed()
  const [email, setEmail] = useState('')
  const [wrong, setWrong] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const go = async (): Promise<void> => {
    const given = email.trim()
    const isRight = given === '' || looksLikeAddress(given)
    setWrong(isRight ? undefined : t('fields.wrongEmail'))
    if (isRight && (await deed.run(async () => onMade(await verified(() => invite.mutateAsync(given)))))) setEmail('')
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
        label={t('admin.inviteEmail')}
        type="email"
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        hint={t('admin.inviteHint')}
        value={email}
        trouble={wrong ?? deed.trouble}
        onChange={(event) => setEmail(event.target.value)}
      />
      <div className={form.actions}>
        <Button type="submit" variant="outline" busy={deed.busy}>
          {t('admin.invite')}
        </Button>
      </div>
    </form>
  )
}

function Link({ made: { link, mailed } }: { made: { link: string; mailed: boolean } }) {
  const { t } = useTranslation('account')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [link])
  return (
    <div className={`${form.form} ${styles.wide}`}>
      <TextField ref={field} label={t('admin.inviteLink')} value={link} hint={t('admin.inviteLinkHint')} readOnly />
      {mailed && <p role="status">{t('admin.mailed')}</p>}
      <div className={form.actions}>
        <Button onClick={() => void navigator.clipboard.writeText(link).then(() => notify(t('admin.copied'), { id: 'admin' }))}>{t('admin.copy')}</Button>
      </div>
    </div>
  )
}

function One({ invitation: { id, email, state, expires_at } }: { invitation: Invitation }) {
  const { t } = useTranslation('account')
  const when = useWhen()
  const say = useTroubleText()
  const verified = useVerified()
  const withdraw = useWithdraw()
  const name = email ?? t('admin.anybody')
  const go = async (): Promise<void> => {
    try {
      await verified(() => withdraw.mutateAsync(id))
      notify(t('admin.withdrawn'), { id: 'admin' })
    } catch (error) {
      const text = say(error)
      if (text !== '') notify(text, { tone: 'trouble', id: 'admin' })
    }
  }
  return (
    <li className={styles.item}>
      <div className={styles.what}>
        <p className={styles.strong}>{name}</p>
        <p className={styles.small}>{state === 'open' ? t('admin.until', { when: when(expires_at) }) : t(state === 'used' ? 'admin.used' : 'admin.expired')}</p>
      </div>
      {state === 'open' && (
        <Button variant="quiet" aria-label={t('admin.withdrawNamed', { name })} onClick={() => void go()}>
          {t('admin.withdraw')}
        </Button>
      )}
    </li>
  )
}
