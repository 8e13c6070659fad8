// Where the account is signed in, and the means to end that.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { apiJson } from '../../api'
import { useWhen } from '../../lib/time'
import { Button } from '../../ui/button/Button'
import { notify } from '../../ui/toast/notify'
import { endOtherSessions, endSession, type SignIn } from './authApi'
import { NotYet } from './NotYet'
import styles from './Page.module.css'
import { useTroubleText } from './useDeed'

const KEY = ['auth', 'sessions']

export function SessionsSection() {
  const { t } = useTranslation('account')
  const say = useTroubleText()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => apiJson<SignIn[]>('auth/sessions', { signal }) })
  const end = async (act: () => Promise<unknown>, done: string): Promise<void> => {
    try {
      await act()
      notify(done, { id: 'account' })
    } catch (failure) {
      notify(say(failure), { tone: 'trouble', id: 'account' })
    }
    await client.invalidateQueries({ queryKey: KEY })
  }
  return (
    <section>
      <h2>{t('sessions.title')}</h2>
      <div className={styles.stack}>
        {!data && <NotYet error={error} onTryAgain={refetch} />}
        {data && (
          <ul role="list" className={styles.list}>
            {data.map((one) => (
              <One
                key={one.id}
                session={one}
                onEnd={() => void end(() => endSession(one.id), t('sessions.ended'))}
              />
            ))}
          </ul>
        )}
        {data && data.length > 1 && (
          <Button variant="outline" onClick={() => void end(endOtherSessions, t('sessions.othersEnded'))}>
            {t('sessions.endOthers')}
          </Button>
        )}
      </div>
    </section>
  )
}

function One({ session: { current, last_seen_at, device, place }, onEnd }: { session: SignIn; onEnd: () => void }) {
  const { t } = useTranslation('account')
  const when = useWhen()
  const name = device === '' ? t('sessions.unknown') : device
  return (
    <li className={styles.item}>
      <div className={styles.what}>
        <p>
          <span className={styles.strong}>{name}</span>
          {current && <span className={styles.tag}>{t('sessions.here')}</span>}
        </p>
        <p className={styles.small}>
          {t('sessions.seen', { when: when(last_seen_at) })}
          {place !== '' && `, ${t('sessions.from', { place })}`}
        </p>
      </div>
      {!current && (
        <Button variant="quiet" aria-label={t('sessions.endNamed', { device: name })} onClick={onEnd}>
          {t('sessions.end')}
        </Button>
      )}
    </li>
  )
}
