// One of a few, all in sight: a group of radio buttons that looks like a strip.

import { useId } from 'react'
import styles from './Segmented.module.css'

export interface Segment<Value extends string> {
  value: Value
  label: string
  /** A second, smaller line, such as the minutes of a length. */
  note?: string
  /** The name for the ear, where the label alone is too short. */
  spoken?: string
  /** The language of the label, where it is not the page's. */
  lang?: string
}

export interface SegmentedProps<Value extends string> {
  label: string
  value: Value
  segments: readonly Segment<Value>[]
  onChoose: (value: Value) => void
  /** Keeps the label for the ear only. */
  hideLabel?: boolean
}

export function Segmented<Value extends string>({ label, value, segments, onChoose, hideLabel = false }: SegmentedProps<Value>) {
  const name = useId()
  return (
    <fieldset className={styles.group}>
      <legend className={hideLabel ? styles.heard : styles.label}>{label}</legend>
      <div className={styles.strip}>
        {segments.map((segment) => (
          <label key={segment.value} className={styles.segment} lang={segment.lang}>
            <input
              type="radio"
              name={name}
              value={segment.value}
              checked={segment.value === value}
              aria-label={segment.spoken}
              onChange={() => onChoose(segment.value)}
            />
            <span className={styles.face}>
              {segment.label}
              {segment.note && <small>{segment.note}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
