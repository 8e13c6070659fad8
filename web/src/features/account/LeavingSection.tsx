// The way out for good.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { forgetReader } from '../../lib/storage'
import { startOver } from '../../lib/startOver'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { Dialog } from '../../ui/dialog/Dialog'
import { TextField } from '../../ui/field/Field'
import { beginLeaving, untilGone } from './authApi'
import form from './Form.module.css'
import styles from './Page.module.css'
import { useDeed } from './useDeed'

export function LeavingSection() {
  const { t } = useTranslation('account')
  const [isAsking, setAsking] = useState(false)
  return (
    <section>
      <h2>{t('leaving.title')}</h2>
      <div className={styles.stack}>
        <p className={styles.soft}>{t('leaving.text')}</p>
        <Link to="/settings#your-data">{t('leaving.export')}</Link>
        <Button variant="danger" onClick={() => setAsking(true)}>
          {t('leaving.open')}
        </Button>
      </div>
      {isAsking && <Asking onClose={() => setAsking(false)} />}
    </section>
  )
}

function Asking({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  const deed = useDeed()
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState<string>()
  const [share, setShare] = useState<number>()
  const input = useRef<HTMLInputElement>(null)
  const word = t('leaving.word')
  const go = async (): Promise<void> => {
    const isRight = typed.trim().toLowerCase() === word
    setWrong(isRight ? undefined : t('leaving.mismatch', { word }))
    if (!isRight) input.current?.focus()
    else if (await deed.run(async () => untilGone(await verified(beginLeaving), setShare))) {
      forgetReader()
      startOver('/sign-in?erased=1')
    }
  }
  return (
    <Dialog title={t('leaving.dialogTitle')} onClose={() => !deed.busy && onClose()} role="alertdialog">
      <form
        noValidate
        className={form.inDialog}
        onSubmit={(event) => {
          event.preventDefault()
          void go()
        }}
      >
        <p className={form.hint}>{t('leaving.dialogText', { word })}</p>
        <TextField
          ref={input}
          label={t('leaving.field')}
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          trouble={wrong ?? deed.trouble}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div role="status">
          {deed.busy && share !== undefined && (
            <label className={styles.step}>
              {t('leaving.running')}
              <progress className={styles.progress} value={share} max={1} />
            </label>
          )}
        </div>
        <div className={form.end}>
          <Button variant="outline" disabled={deed.busy} onClick={onClose}>
            {t('leaving.keep')}
          </Button>
          <Button type="submit" variant="danger" busy={deed.busy}>
            {t('leaving.go')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
