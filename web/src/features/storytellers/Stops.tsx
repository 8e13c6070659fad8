// Where a text ends at once: a few sequences of characters, one a line.

import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { TextArea } from '../../ui/field/TextArea'
import styles from './Storytellers.module.css'

interface StopsProps {
  value: readonly string[]
  /** How many there may be, and how many characters each may have. */
  most: number
  chars: number
  /** What was typed, as a list; undefined where it does not fit. */
  read: (typed: string) => string[] | undefined
  onSet: (stops: string[]) => void
}

export function Stops({ value, most, chars, read, onSet }: StopsProps) {
  const { t } = useTranslation('storytellers')
  const id = useId()
  const [typed, setTyped] = useState(value.join('\n'))
  const [isWrong, setWrong] = useState(false)
  const settle = (): void => {
    const next = read(typed)
    setWrong(next === undefined)
    if (next && next.join('\n') !== value.join('\n')) onSet(next)
  }
  return (
    <div className={styles.tight}>
      <label htmlFor={id} className={styles.label}>
        Stop
      </label>
      <TextArea
        id={id}
        spellCheck={false}
        value={typed}
        aria-invalid={isWrong ? true : undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={settle}
      />
      <p id={`${id}-note`} role={isWrong ? 'alert' : undefined} className={isWrong ? styles.wrong : styles.small}>
        {isWrong ? t('style.wrongStop', { count: most, chars }) : t('style.samplers.stop')}
      </p>
    </div>
  )
}
