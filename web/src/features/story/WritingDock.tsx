// Always at hand while the story is written: what is happening, Stop, and the way to the end.

import { ArrowDown, Square, WifiOff } from 'lucide-react'
import type { Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import type { Stream } from './stream'
import { useSeconds } from './useSeconds'
import styles from './Dock.module.css'

interface WritingDockProps {
  stream: Stream
  /** Whether the generation still waits for its turn. */
  queued: boolean
  following: boolean
  stopRef: Ref<HTMLButtonElement>
  onStop: () => void
  onToTheEnd: () => void
}

/** Seconds of thinking before they are shown. */
const PATIENCE_S = 2
/** Seconds of waiting for a turn after which it is said that this is long. */
const LATE_S = 15

function useStatus({ stream, queued }: Pick<WritingDockProps, 'stream' | 'queued'>): { said: string; shown: string } {
  const { t } = useTranslation('story')
  const started = stream.text !== ''
  const seconds = useSeconds(!started)
  const same = (text: string) => ({ said: text, shown: text })
  if (stream.stopping) return same(t('writing.stopping'))
  if (stream.link === 'offline') return same(t('writing.offline'))
  if (stream.link === 'reconnecting') return same(t('writing.reconnecting'))
  if (started) return same(t('writing.writing'))
  if (queued) return same(t(seconds >= LATE_S ? 'writing.queuedLong' : 'writing.queued'))
  const said = t('writing.thinking')
  return { said, shown: seconds >= PATIENCE_S ? t('writing.thinkingFor', { seconds }) : said }
}

export function WritingDock(props: WritingDockProps) {
  const { stream, following, stopRef, onStop, onToTheEnd } = props
  const { t } = useTranslation('story')
  const { said, shown } = useStatus(props)
  return (
    <div className={styles.dock} data-link={stream.link}>
      <p className={styles.status}>
        {stream.link === 'offline' ? <WifiOff aria-hidden="true" size={18} /> : <span className={styles.pen} aria-hidden="true" />}
        <span aria-hidden="true">{shown}</span>
        {/* The seconds are for the eye; the ear hears each state once. */}
        <span role="status">
          <VisuallyHidden>{said}</VisuallyHidden>
        </span>
      </p>
      <div className={styles.buttons}>
        {!following && stream.text !== '' && (
          <Button variant="quiet" className={styles.toTheEnd} title={t('writing.toTheEnd')} onClick={onToTheEnd}>
            <ArrowDown aria-hidden="true" size={18} />
            <span>{t('writing.toTheEnd')}</span>
          </Button>
        )}
        <Button ref={stopRef} variant="outline" onClick={onStop} disabled={stream.stopping}>
          <Square aria-hidden="true" size={14} fill="currentColor" />
          {t('writing.stop')}
        </Button>
      </div>
    </div>
  )
}
