// One model: what it is like, what it needs, and how it comes here or goes again.

import { Download } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, useProblemText } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import { Button } from '../../ui/button/Button'
import { Confirm } from '../../ui/dialog/Confirm'
import { notify } from '../../ui/toast/notify'
import { isUnderWay, type Model, problemOf, useCancelPull, useDeleteModel, usePull } from './modelsApi'
import { bytesText } from './names'
import { Progress } from './Progress'
import styles from './Storytellers.module.css'

interface ModelCardProps {
  model: Model
  inUse: boolean
  mayManage: boolean
  onUse: () => void
}

export function ModelCard({ model, inUse, mayManage, onUse }: ModelCardProps) {
  const { t } = useTranslation('storytellers')
  const language = usePageLanguage()
  const { name, title, here, about, reason } = model
  const wrong = reason === 'model-broken' || reason === 'model-runtime-missing'
  const usable = here && !wrong && model.fits !== 'no'
  return (
    <li className={styles.card} data-default={inUse || undefined} aria-label={title}>
      <div className={styles.head}>
        <h3>{title}</h3>
        {inUse ? <span className={styles.tag}>{t('models.inUse')}</span> : here && <span className={styles.quietTag}>{t('models.here')}</span>}
      </div>
      <p className={styles.soft}>{about ? about[language] : t('models.foundText')}</p>
      <Facts model={model} />
      <Warning model={model} />
      {isUnderWay(model) ? (
        <Progress model={model} tools={mayManage && <Cancel model={model} />} />
      ) : (
        <div className={styles.actions}>
          {usable && !inUse && (
            <Button variant="outline" aria-label={t('models.useNamed', { name: title })} onClick={onUse}>
              {t('models.use')}
            </Button>
          )}
          {mayManage && !here && <Fetch model={model} />}
          {mayManage && here && <Remove key={name} model={model} />}
        </div>
      )}
    </li>
  )
}

function Facts({ model: { size_bytes, memory_bytes, licence, languages, here } }: { model: Model }) {
  const { t } = useTranslation('storytellers')
  const language = usePageLanguage()
  const names = new Intl.DisplayNames(language, { type: 'language' })
  const spoken = languages.map((code) => names.of(code) ?? code).join(', ')
  return (
    <ul role="list" className={styles.facts}>
      {size_bytes !== null && <li>{t(here ? 'models.sizeHere' : 'models.size', { size: bytesText(size_bytes, language) })}</li>}
      {memory_bytes !== null && <li>{t('models.memory', { size: bytesText(memory_bytes, language) })}</li>}
      {spoken !== '' && <li>{t('models.languages', { languages: spoken })}</li>}
      {licence !== null && <li>{t('models.licence', { licence })}</li>}
    </ul>
  )
}

/** What stands in the way, before anybody waits for a download. */
function Warning({ model }: { model: Model }) {
  const { t } = useTranslation('storytellers')
  const problemText = useProblemText()
  const { fits, reason, pull } = model
  const failure = problemOf(model)
  if (failure) {
    return (
      <p role="alert" className={styles.trouble}>
        {problemText(failure)}
      </p>
    )
  }
  if (reason === 'model-broken') return <p className={styles.trouble}>{t('models.broken')}</p>
  if (reason === 'model-runtime-missing') return <p className={styles.next}>{t('next.off-local')}</p>
  if (fits === 'no') return <p className={styles.trouble}>{t('models.tooLarge')}</p>
  if (fits === 'tight') return <p className={styles.next}>{t('models.tight')}</p>
  return pull?.state === 'cancelled' ? <p className={styles.next}>{t('models.cancelled')}</p> : null
}

/** Says what the server answered to a press that failed. */
function useSayTrouble(): (error: unknown) => void {
  const problemText = useProblemText()
  return (error) => void notify(problemText(asProblem(error)), { tone: 'trouble', id: 'models' })
}

function Fetch({ model: { name, title, pull, fits } }: { model: Model }) {
  const { t } = useTranslation('storytellers')
  const say = useSayTrouble()
  const fetching = usePull()
  const isBroken = (pull?.state === 'failed' || pull?.state === 'cancelled') && pull.done > 0
  return (
    <Button
      variant="outline"
      busy={fetching.isPending}
      disabled={fits === 'no'}
      aria-label={t(isBroken ? 'models.resumeNamed' : 'models.downloadNamed', { name: title })}
      onClick={() => fetching.mutate(name, { onError: say })}
    >
      <Download aria-hidden="true" size={18} />
      {t(isBroken ? 'models.resume' : 'models.download')}
    </Button>
  )
}

function Cancel({ model: { name, title } }: { model: Model }) {
  const { t } = useTranslation('storytellers')
  const say = useSayTrouble()
  const cancel = useCancelPull()
  return (
    <Button
      variant="quiet"
      busy={cancel.isPending}
      aria-label={t('models.cancelNamed', { name: title })}
      onClick={() => cancel.mutate(name, { onError: say })}
    >
      {t('models.cancel')}
    </Button>
  )
}

function Remove({ model: { name, title, size_bytes, about } }: { model: Model }) {
  const { t } = useTranslation('storytellers')
  const language = usePageLanguage()
  const say = useSayTrouble()
  const remove = useDeleteModel()
  const [isAsking, setAsking] = useState(false)
  return (
    <>
      <Button variant="quiet" busy={remove.isPending} aria-label={t('models.deleteNamed', { name: title })} onClick={() => setAsking(true)}>
        {t('models.delete')}
      </Button>
      {isAsking && (
        <Confirm
          title={t('models.deleteTitle', { name: title })}
          text={about && size_bytes !== null ? t('models.deleteText', { size: bytesText(size_bytes, language) }) : t('models.deleteTextFound')}
          confirm={t('models.delete')}
          cancel={t('cancel')}
          onCancel={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false)
            remove.mutate(name, { onSuccess: () => notify(t('models.deleted', { name: title }), { id: 'models' }), onError: say })
          }}
        />
      )}
    </>
  )
}
