// The reader's initial in the header, and what it opens: the account, the family, the administration, the way out.

import { LogOut, ShieldCheck, UserRound, UsersRound, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Account } from '../../api'
import { forgetReader } from '../../lib/storage'
import { startOver } from '../../lib/startOver'
import { Menu } from '../../ui/menu/Menu'
import { notify } from '../../ui/toast/notify'
import styles from './AccountMenu.module.css'
import { signOut } from './authApi'
import { LeaveChild } from './LeaveChild'
import { useTroubleText } from './useDeed'

export default function AccountMenu({ account }: { account: Account }) {
  const { t } = useTranslation('account')
  const navigate = useNavigate()
  const say = useTroubleText()
  const [isLeaving, setLeaving] = useState(false)
  const name = account.profile?.name ?? account.email
  const leave = async (): Promise<void> => {
    try {
      await signOut()
      forgetReader()
      startOver('/sign-in')
    } catch (error) {
      notify(say(error), { tone: 'trouble', id: 'account' })
    }
  }
  const grownUp = [
    { icon: UserRound, text: t('menu.account'), onSelect: () => void navigate('/account') },
    { icon: UsersRound, text: t('menu.family'), onSelect: () => void navigate('/family') },
    ...(account.role === 'admin' ? [{ icon: ShieldCheck, text: t('menu.admin'), onSelect: () => void navigate('/admin') }] : []),
    { icon: LogOut, text: t('menu.signOut'), apart: true, onSelect: () => void leave() },
  ]
  const child = [{ icon: Undo2, text: t('menu.toGrownUp'), onSelect: () => setLeaving(true) }]
  return (
    <>
      <Menu
        label={t(account.profile ? 'menu.childLabel' : 'menu.label', { name })}
        entries={account.profile ? child : grownUp}
        className={styles.face}
        face={
          <span className={styles.initial} aria-hidden="true">
            {name.slice(0, String.fromCodePoint(name.codePointAt(0) ?? 0).length).toUpperCase()}
          </span>
        }
      />
      {isLeaving && <LeaveChild hasPin={account.has_pin} hasPassword={account.has_password} onClose={() => setLeaving(false)} />}
    </>
  )
}
