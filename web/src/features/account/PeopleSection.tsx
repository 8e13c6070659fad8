// The people of this Storybot: find, lock, let administrate, change limits.

import { Ban, Gauge, ShieldCheck, ShieldOff, UserCheck } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import { useWhen } from '../../lib/time'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { Menu } from '../../ui/menu/Menu'
import { notify } from '../../ui/toast/notify'
import { type Person, type PersonChange, useChangePerson, usePeople } from './adminApi'
import { NotYet } from './NotYet'
import styles from './Page.module.css'
import { QuotasDialog } from './QuotasDialog'
import { useTroubleText } from './useDeed'

export function PeopleSection() {
  const { t } = useTranslation('account')
  const [typed, setTyped] = useState('')
  const people = usePeople(useDeferredValue(typed.trim()))
  const { data, error, refetch } = people
  return (
    <section>
      <h2>{t('admin.people')}</h2>
      <div className={styles.stack}>
        <TextField label={t('admin.search')} type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
        {!data && <NotYet error={error} onTryAgain={refetch} />}
        <p role="status" className={styles.soft}>
          {data?.length === 0 && t('admin.nobody')}
        </p>
        {data && data.length > 0 && (
          <ul role="list" className={styles.list}>
            {data.map((person) => (
              <One key={person.id} person={person} />
            ))}
          </ul>
        )}
        {people.hasNextPage && (
          <Button variant="outline" busy={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
            {t('admin.more')}
          </Button>
        )}
      </div>
    </section>
  )
}

function One({ person }: { person: Person }) {
  const { t } = useTranslation('account')
  const language = usePageLanguage()
  const when = useWhen()
  const say = useTroubleText()
  const verified = useVerified()
  const change = useChangePerson()
  const own = useSession()?.account?.id
  const [isLimiting, setLimiting] = useState(false)
  const { id, email, role, active, confirmed, last_seen_at, today } = person
  const save = async (next: PersonChange): Promise<void> => {
    try {
      await verified(() => change(id, next))
      notify(t('admin.saved'), { id: 'admin' })
    } catch (error) {
      const text = say(error)
      if (text !== '') notify(text, { tone: 'trouble', id: 'admin' })
    }
  }
  const entries = [
    { icon: Gauge, text: t('admin.quotas'), onSelect: () => setLimiting(true) },
    role === 'admin'
      ? { icon: ShieldOff, text: t('admin.makeMember'), onSelect: () => void save({ role: 'member' }) }
      : { icon: ShieldCheck, text: t('admin.makeAdmin'), onSelect: () => void save({ role: 'admin' }) },
    active
      ? { icon: Ban, text: t('admin.disable'), apart: true, disabled: id === own, onSelect: () => void save({ active: false }) }
      : { icon: UserCheck, text: t('admin.enable'), apart: true, onSelect: () => void save({ active: true }) },
  ]
  const tags = [id === own && t('admin.you'), role === 'admin' && t('admin.roleAdmin'), !active && t('admin.disabled'), !confirmed && t('admin.unconfirmed')]
  const shown = (count: number): string => count.toLocaleString(language)
  return (
    <li className={styles.item}>
      <div className={styles.what}>
        <p>
          <span className={styles.strong}>{email}</span>
          {tags.map((tag) => tag !== false && <span key={tag} className={styles.tag}>{tag}</span>)}
        </p>
        <p className={styles.small}>{last_seen_at === null ? t('admin.never') : t('admin.seen', { when: when(last_seen_at) })}</p>
        <p className={styles.small}>{t('admin.today', { stories: shown(today.stories), tokens: shown(today.tokens) })}</p>
      </div>
      <Menu label={t('admin.actions', { email })} entries={entries} />
      {isLimiting && <QuotasDialog person={person} onClose={() => setLimiting(false)} />}
    </li>
  )
}
