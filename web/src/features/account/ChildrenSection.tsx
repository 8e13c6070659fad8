// The children of an account: enter, change, remove, and hand this device over to one.

import { BookHeart, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { IconButton } from '../../ui/button/IconButton'
import { Confirm } from '../../ui/dialog/Confirm'
import { notify } from '../../ui/toast/notify'
import { ChildForm } from './ChildForm'
import { handOver, type Profile, useProfiles, useRemoveProfile } from './familyApi'
import { NotYet } from './NotYet'
import styles from './Page.module.css'
import { useTroubleText } from './useDeed'

export function ChildrenSection({ canComeBack }: { canComeBack: boolean }) {
  const { t } = useTranslation('account')
  const { data, error, refetch } = useProfiles()
  const [isAdding, setAdding] = useState(false)
  return (
    <section>
      <h2>{t('family.profiles')}</h2>
      <div className={styles.stack}>
        {!data && <NotYet error={error} onTryAgain={refetch} />}
        {data?.length === 0 && !isAdding && <p className={styles.soft}>{t('family.none')}</p>}
        {data && data.length > 0 && (
          <ul role="list" className={styles.list}>
            {data.map((child) => (
              <Child key={child.id} child={child} canComeBack={canComeBack} />
            ))}
          </ul>
        )}
        {isAdding ? (
          <ChildForm onClose={() => setAdding(false)} />
        ) : (
          <Button variant="outline" onClick={() => setAdding(true)}>
            <Plus aria-hidden="true" size={18} />
            {t('family.add')}
          </Button>
        )}
      </div>
    </section>
  )
}

function Child({ child, canComeBack }: { child: Profile; canComeBack: boolean }) {
  const { t } = useTranslation('account')
  const { t: page } = useTranslation()
  const say = useTroubleText()
  const remove = useRemoveProfile()
  const [state, setState] = useState<'shown' | 'edited' | 'handed-over' | 'removed'>('shown')
  const { id, name, age_band, needs_approval, waiting } = child
  const close = (): void => setState('shown')
  const give = async (): Promise<void> => {
    close()
    try {
      await handOver(id)
    } catch (error) {
      notify(say(error), { tone: 'trouble', id: 'family' })
    }
  }
  const takeOff = (): void => {
    close()
    remove.mutate(id, {
      onSuccess: () => notify(t('family.removed', { name }), { id: 'family' }),
      onError: (problem) => notify(say(problem), { tone: 'trouble', id: 'family' }),
    })
  }
  if (state === 'edited') {
    return (
      <li className={styles.item}>
        <ChildForm child={child} onClose={close} />
      </li>
    )
  }
  return (
    <li className={styles.item}>
      <div className={styles.what}>
        <p className={styles.strong}>{name}</p>
        <p className={styles.small}>
          {page(`home.agesSpoken.${age_band}`)}
          {needs_approval && ` · ${t('family.approvalFirst')}`}
        </p>
        {waiting > 0 && <p className={styles.small}>{t('family.waiting', { count: waiting })}</p>}
      </div>
      <Button variant="outline" onClick={() => (canComeBack ? setState('handed-over') : notify(t('family.needsWayBack'), { tone: 'trouble', id: 'family' }))}>
        <BookHeart aria-hidden="true" size={18} />
        {t('family.handOver', { name })}
      </Button>
      <div>
        <IconButton icon={Pencil} label={t('family.edit', { name })} onClick={() => setState('edited')} />
        <IconButton icon={Trash2} label={t('family.remove', { name })} onClick={() => setState('removed')} />
      </div>
      {state === 'handed-over' && (
        <Confirm
          title={t('family.handedOverTitle', { name })}
          text={t('family.handedOverText', { name })}
          confirm={t('family.handOverGo')}
          cancel={t('family.cancel')}
          onConfirm={() => void give()}
          onCancel={close}
        />
      )}
      {state === 'removed' && (
        <Confirm
          title={t('family.removeTitle', { name })}
          text={t('family.removeText', { name })}
          confirm={t('family.removeGo')}
          cancel={t('family.keep')}
          onConfirm={takeOff}
          onCancel={close}
        />
      )}
    </li>
  )
}
