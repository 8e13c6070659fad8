// What the reader has is theirs: take all of it out, bring it in again, delete it. The server does the work; leaving the page stops nothing.

import { useTranslation } from 'react-i18next'
import { asProblem, type Job, useProblemText } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import { useWhen } from '../../lib/time'
import { Button } from '../../ui/button/Button'
import buttons from '../../ui/button/Button.module.css'
import { EraseAll } from './EraseAll'
import { fileUrl, isOpen, useBeginExport, useNewest } from './jobsApi'
import { TakeIn } from './TakeIn'
import { Trouble } from './Trouble'
import { Underway } from './Underway'
import styles from './YourData.module.css'

export function YourData({ importBytes }: { importBytes: number | undefined }) {
  const { t } = useTranslation('yours')
  return (
    <section id="your-data" className={styles.yours} aria-labelledby="your-data-title">
      <h2 id="your-data-title">{t('title')}</h2>
      <p className={styles.soft}>{t('intro')}</p>
      <TakeOut />
      <TakeIn limit={importBytes} />
      <EraseAll />
    </section>
  )
}

function TakeOut() {
  const { t } = useTranslation('yours')
  const problemText = useProblemText()
  const newest = useNewest('exports')
  const begin = useBeginExport()
  const job = newest.data
  const failure = begin.error ?? newest.error
  return (
    <div className={styles.part}>
      <h3>{t('takeOut.title')}</h3>
      <p className={styles.soft}>{t('takeOut.text')}</p>
      {isOpen(job) ? (
        <Underway text={t(job?.state === 'queued' ? 'takeOut.waiting' : 'takeOut.running')} progress={job?.progress} />
      ) : (
        <>
          {job?.state === 'done' && <Ready job={job} />}
          {job?.state === 'failed' && <Trouble problem={job.problem} />}
          {failure && <p role="alert" className={styles.trouble}>{problemText(asProblem(failure))}</p>}
          <Button variant="outline" busy={begin.isPending} onClick={() => begin.mutate()}>
            {t(job?.state === 'done' ? 'takeOut.again' : 'takeOut.begin')}
          </Button>
        </>
      )}
    </div>
  )
}

function Ready({ job }: { job: Job }) {
  const { t } = useTranslation('yours')
  const when = useWhen()
  const size = useSize()
  return (
    <div className={styles.ready}>
      <p role="status">{t('takeOut.ready', { count: job.result?.stories ?? 0, size: size(job.result?.bytes ?? 0) })}</p>
      <a className={[buttons.button, buttons.primary].join(' ')} href={fileUrl(job)} download>
        {t('takeOut.download')}
      </a>
      <p className={styles.soft}>{t('takeOut.until', { when: when(job.finished_at ?? job.created_at) })}</p>
    </div>
  )
}

/** A function that says a number of bytes in the page's language. */
function useSize(): (bytes: number) => string {
  const language = usePageLanguage()
  return (bytes) => {
    const [unit, share] = bytes < 1_000_000 ? (['kilobyte', bytes / 1000] as const) : (['megabyte', bytes / 1_000_000] as const)
    return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: share < 10 ? 1 : 0 }).format(share)
  }
}
