// Whom to offer when a storyteller fails, in the reader's order.

import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../../ui/button/IconButton'
import { SelectField } from '../../ui/field/Field'
import { useTellerName } from './names'
import styles from './Storytellers.module.css'
import type { Teller } from './tellersApi'

interface FallbacksProps {
  tellers: readonly Teller[]
  /** References, first offered first. */
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}

export function Fallbacks({ tellers, chosen, onChange }: FallbacksProps) {
  const { t } = useTranslation('storytellers')
  const nameOf = useTellerName()
  const named = (ref: string): string => {
    const teller = tellers.find((one) => one.ref === ref)
    return teller ? nameOf(teller) : t('fallbacks.gone')
  }
  const left = tellers.filter((one) => one.state !== 'off' && !chosen.includes(one.ref))
  const swap = (at: number): void =>
    onChange(chosen.map((ref, index) => (index === at ? (chosen[at + 1] ?? ref) : index === at + 1 ? (chosen[at] ?? ref) : ref)))
  return (
    <section aria-labelledby="fallbacks">
      <h2 id="fallbacks">{t('fallbacks.title')}</h2>
      <p className={styles.lead}>{t('fallbacks.text')}</p>
      {chosen.length === 0 && <p className={styles.soft}>{t('fallbacks.none')}</p>}
      {chosen.length > 0 && (
        <ol role="list" className={styles.order} aria-label={t('fallbacks.order')}>
          {chosen.map((ref, at) => {
            const name = named(ref)
            return (
              <li key={ref}>
                <span aria-hidden="true">{at + 1}</span>
                <span>{name}</span>
                <IconButton icon={ArrowUp} label={t('fallbacks.up', { name })} disabled={at === 0} onClick={() => swap(at - 1)} />
                <IconButton icon={ArrowDown} label={t('fallbacks.down', { name })} disabled={at === chosen.length - 1} onClick={() => swap(at)} />
                <IconButton icon={X} label={t('fallbacks.remove', { name })} onClick={() => onChange(chosen.filter((one) => one !== ref))} />
              </li>
            )
          })}
        </ol>
      )}
      {left.length > 0 && (
        <div className={styles.narrow}>
          <SelectField
            label={t('fallbacks.add')}
            value=""
            options={[{ value: '', label: t('fallbacks.addFirst') }, ...left.map((one) => ({ value: one.ref, label: nameOf(one) }))]}
            onChoose={(ref) => {
              if (ref !== '') onChange([...chosen, ref])
            }}
          />
        </div>
      )}
    </section>
  )
}
