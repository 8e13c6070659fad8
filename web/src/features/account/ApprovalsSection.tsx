// Stories of children that wait until a grown-up has read them.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Story } from '../../api'
import { useWhen } from '../../lib/time'
import { Button } from '../../ui/button/Button'
import { notify } from '../../ui/toast/notify'
import { useApprovals, useDecide, useProfiles } from './familyApi'
import form from './Form.module.css'
import { NotYet } from './NotYet'
import styles from './Page.module.css'
import { useTroubleText } from './useDeed'

export function ApprovalsSection() {
  const { t } = useTranslation('account')
  const { data, error, refetch } = useApprovals()
  const profiles = useProfiles().data
  if (data?.length === 0 && profiles?.every(({ needs_approval }) => !needs_approval)) return null
  return (
    <section>
      <h2>{t('family.approvals')}</h2>
      <div className={styles.stack}>
        {!data && <NotYet error={error} onTryAgain={refetch} />}
        {data?.length === 0 && <p className={styles.soft}>{t('family.approvalsNone')}</p>}
        {data && data.length > 0 && (
          <ul role="list" className={styles.list}>
            {data.map((story) => (
              <Waiting key={story.id} story={story} child={profiles?.find(({ id }) => id === story.profile_id)?.name} />
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}

function Waiting({ story: { id, title, language, updated_at }, child }: { story: Story; child: string | undefined }) {
  const { t } = useTranslation('account')
  const when = useWhen()
  const say = useTroubleText()
  const decide = useDecide()
  const shown = title === '' ? t('family.untitled') : title
  const go = (verdict: 'approve' | 'refuse'): void =>
    decide.mutate(
      { id, verdict },
      {
        onSuccess: () => notify(t(verdict === 'approve' ? 'family.approved' : 'family.refused', { title: shown }), { id: 'family' }),
        onError: (problem) => notify(say(problem), { tone: 'trouble', id: 'family' }),
      },
    )
  return (
    <li className={styles.item}>
      <div className={styles.what}>
        <p className={styles.strong}>
          <Link to={`/story/${id}`} lang={language}>
            {shown}
          </Link>
        </p>
        <p className={styles.small}>
          {child !== undefined && `${t('family.approvalFor', { name: child })}, `}
          {when(updated_at)}
        </p>
      </div>
      <div className={form.actions}>
        <Button aria-label={t('family.approveNamed', { title: shown })} busy={decide.isPending} onClick={() => go('approve')}>
          {t('family.approve')}
        </Button>
        <Button variant="quiet" aria-label={t('family.refuseNamed', { title: shown })} onClick={() => go('refuse')}>
          {t('family.refuse')}
        </Button>
      </div>
    </li>
  )
}
