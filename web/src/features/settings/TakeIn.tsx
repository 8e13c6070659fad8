// An archive comes in: chosen or dropped, sent, taken in by the server, and told in words.

import { type DragEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, type Job, useProblemText } from '../../api'
import { useWhen } from '../../lib/time'
import { isOpen, useBeginImport, useFreshAfter, useNewest } from './jobsApi'
import { Trouble } from './Trouble'
import { Underway } from './Underway'
import styles from './YourData.module.css'

export function TakeIn({ limit }: { limit: number | undefined }) {
  const { t } = useTranslation('yours')
  const problemText = useProblemText()
  const newest = useNewest('imports')
  const begin = useBeginImport(limit)
  const job = newest.data
  const failure = begin.error ?? newest.error
  useFreshAfter(job)
  return (
    <div className={styles.part}>
      <h3>{t('takeIn.title')}</h3>
      <p className={styles.soft}>{t('takeIn.text')}</p>
      {begin.isPending ? (
        <Underway text={t('takeIn.sending', { name: begin.variables.name })} progress={undefined} />
      ) : isOpen(job) ? (
        <Underway text={t(job?.state === 'queued' ? 'takeIn.waiting' : 'takeIn.running')} progress={job?.progress} />
      ) : (
        <>
          {!failure && job?.state === 'done' && <Arrived job={job} />}
          {!failure && job?.state === 'failed' && <Trouble problem={job.problem} />}
          {failure && <p role="alert" className={styles.trouble}>{problemText(asProblem(failure))}</p>}
          <Picker onChoose={(file) => begin.mutate(file)} />
        </>
      )}
    </div>
  )
}

function Picker({ onChoose }: { onChoose: (file: File) => void }) {
  const { t } = useTranslation('yours')
  const id = useId()
  const [isOver, setOver] = useState(false)
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    const file = event.dataTransfer.files[0]
    if (file) onChoose(file)
  }
  return (
    <label htmlFor={id} className={styles.picker} data-over={isOver || undefined}>
      <input
        id={id}
        type="file"
        accept=".zip,application/zip"
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file) onChoose(file)
          event.target.value = ''
        }}
      />
      <strong>{isOver ? t('takeIn.let') : t('takeIn.choose')}</strong>
      <span>{t('takeIn.drop')}</span>
    </label>
  )
}

function Arrived({ job }: { job: Job }) {
  const { t } = useTranslation('yours')
  const when = useWhen()
  const { stories = 0, stories_known = 0, prompts = 0, configuration_taken = false } = job.result ?? {}
  const isNothing = stories === 0 && prompts === 0 && !configuration_taken
  const sentences = [
    isNothing && t('takeIn.nothing'),
    stories > 0 && t('takeIn.stories', { count: stories }),
    stories_known > 0 && t('takeIn.known', { count: stories_known }),
    prompts > 0 && t('takeIn.prompts', { count: prompts }),
    configuration_taken && t('takeIn.configuration'),
  ].filter(Boolean)
  return (
    <div className={styles.ready}>
      <p role="status">{sentences.join(' ')}</p>
      <p className={styles.soft}>{t('takeIn.done', { when: when(job.finished_at ?? job.created_at) })}</p>
    </div>
  )
}
