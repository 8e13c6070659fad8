// Everything goes, after a word has been typed.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, useProblemText } from '../../api'
import { wasTakenBack } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { Dialog } from '../../ui/dialog/Dialog'
import { TextField } from '../../ui/field/Field'
import { isOpen, useErase, useErasure, useFreshAfter } from './jobsApi'
import { Trouble } from './Trouble'
import { Underway } from './Underway'
import styles from './YourData.module.css'

export function EraseAll() {
  const { t } = useTranslation('yours')
  const problemText = useProblemText()
  const [isAsking, setAsking] = useState(false)
  const erase = useErase()
  const { data: job, error } = useErasure()
  const failure = wasTakenBack(erase.error) ? undefined : (erase.error ?? error)
  useFreshAfter(job)
  return (
    <div className={styles.part}>
      <h3>{t('erase.title')}</h3>
      <p className={styles.soft}>{t('erase.text')}</p>
      {isOpen(job) ? (
        <Underway text={t(job?.state === 'queued' ? 'erase.waiting' : 'erase.running')} progress={job?.progress} />
      ) : (
        <>
          {job?.state === 'done' && <p role="status">{t('erase.done')}</p>}
          {job?.state === 'failed' && <Trouble problem={job.problem} />}
          {failure && <p role="alert" className={styles.trouble}>{problemText(asProblem(failure))}</p>}
          <Button variant="danger" busy={erase.isPending} onClick={() => setAsking(true)}>
            {t('erase.open')}
          </Button>
        </>
      )}
      {isAsking && (
        <Asking
          onClose={() => setAsking(false)}
          onGo={() => {
            setAsking(false)
            erase.mutate()
          }}
        />
      )}
    </div>
  )
}

function Asking({ onClose, onGo }: { onClose: () => void; onGo: () => void }) {
  const { t } = useTranslation('yours')
  const [typed, setTyped] = useState('')
  const [isWrong, setWrong] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const word = t('erase.word')
  const go = (): void => {
    if (typed.trim().toLowerCase() === word) {
      onGo()
      return
    }
    setWrong(true)
    input.current?.focus()
  }
  return (
    <Dialog title={t('erase.dialogTitle')} role="alertdialog" onClose={onClose}>
      <form
        noValidate
        className={styles.asking}
        onSubmit={(event) => {
          event.preventDefault()
          go()
        }}
      >
        <p className={styles.soft}>{t('erase.dialogText', { word })}</p>
        <TextField
          ref={input}
          label={t('erase.field')}
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          trouble={isWrong ? t('erase.mismatch', { word }) : undefined}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className={styles.actions}>
          <Button variant="outline" onClick={onClose}>
            {t('erase.keep')}
          </Button>
          <Button type="submit" variant="danger">
            {t('erase.go')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
