// How a language model writes: three words for everybody, and the controls for who knows them.

import { ChevronDown } from 'lucide-react'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { Segmented } from '../../ui/segmented/Segmented'
import { type Preset, presets, ranges, type Sampler, type Samplers, samplers, STOP_CHARS, STOPS, stopsOf, valueOf, withSampler, type WritingStyle } from './samplers'
import { Stops } from './Stops'
import styles from './Storytellers.module.css'

export interface StyleProps {
  /** null: nothing was chosen, which is the balanced way. */
  style: WritingStyle | null
  onChange: (style: WritingStyle) => void
}

export function Style({ style, onChange }: StyleProps) {
  const { t } = useTranslation('storytellers')
  const fineId = useId()
  const [isOpen, setOpen] = useState(false)
  // Told anew when all are reset, so that what stood in the fields goes, too.
  const [round, setRound] = useState(0)
  const preset: Preset = style?.preset ?? 'balanced'
  const own = style?.samplers ?? {}
  const count = Object.keys(own).length
  const set = (next: Samplers): void => onChange({ preset, samplers: next })
  return (
    <section aria-labelledby="style">
      <h2 id="style">{t('style.title')}</h2>
      <p className={styles.lead}>{t('style.intro')}</p>
      <Segmented
        label={t('style.preset')}
        value={preset}
        segments={presets.map((value) => ({ value, label: t(`style.presets.${value}`) }))}
        onChoose={(value) => onChange({ preset: value, samplers: own })}
      />
      <p className={styles.said}>{t(`style.presetText.${preset}`)}</p>
      <button type="button" className={styles.unfold} aria-expanded={isOpen} aria-controls={fineId} onClick={() => setOpen(!isOpen)}>
        <ChevronDown aria-hidden="true" size={18} />
        {t('style.fine')}
        {count > 0 && <span className={styles.count}>{t('style.fineSet', { count })}</span>}
      </button>
      <div id={fineId} hidden={!isOpen}>
        {isOpen && (
          <div key={round}>
            <p className={styles.lead}>{t('style.fineText')}</p>
            <div className={styles.samplers}>
              {samplers.map((sampler) => (
                <Control key={sampler} sampler={sampler} value={own[sampler]} onSet={(value) => set(withSampler(own, sampler, value))} />
              ))}
              <Stops
                value={own.stop ?? []}
                most={STOPS}
                chars={STOP_CHARS}
                read={stopsOf}
                onSet={(stop) => set(withSampler(own, 'stop', stop.length === 0 ? undefined : stop))}
              />
            </div>
            <Button
              variant="quiet"
              disabled={count === 0}
              onClick={() => {
                set({})
                setRound(round + 1)
              }}
            >
              {t('style.reset')}
            </Button>
          </div>
        )}
      </div>
    </section>
  )
}

/** One number; it counts once the reader has left the field, or pressed Enter. */
function Control({ sampler, value, onSet }: { sampler: Sampler; value: number | undefined; onSet: (value: number | undefined) => void }) {
  const { t, i18n } = useTranslation('storytellers')
  const { min, max, step, label } = ranges[sampler]
  const [typed, setTyped] = useState(value === undefined ? '' : String(value))
  const [isWrong, setWrong] = useState(false)
  const gaps = { min: min.toLocaleString(i18n.language), max: max.toLocaleString(i18n.language) }
  const settle = (): void => {
    const next = valueOf(sampler, typed)
    setWrong(Number.isNaN(next))
    if (!Number.isNaN(next) && next !== value) onSet(next)
  }
  return (
    <TextField
      label={label}
      hint={`${t(`style.samplers.${sampler}`)} ${t('style.range', gaps)}.`}
      trouble={isWrong ? t(step === 1 ? 'style.wrongWhole' : 'style.wrong', gaps) : undefined}
      inputMode={min < 0 ? 'text' : 'decimal'}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle()
      }}
    />
  )
}
