// Whether names leave this machine.

import { useTranslation } from 'react-i18next'
import { Segmented } from '../../ui/segmented/Segmented'
import styles from './Storytellers.module.css'

/** choice: null decides by the age that a story is for. */
export function Names({ choice, onChange }: { choice: boolean | null; onChange: (choice: boolean | null) => void }) {
  const { t } = useTranslation('storytellers')
  const value = choice === null ? 'auto' : choice ? 'on' : 'off'
  return (
    <section aria-labelledby="names">
      <h2 id="names">{t('names.title')}</h2>
      <p className={styles.lead}>{t('names.text')}</p>
      <Segmented<'auto' | 'on' | 'off'>
        label={t('names.label')}
        value={value}
        segments={(['auto', 'on', 'off'] as const).map((one) => ({ value: one, label: t(`names.${one}`) }))}
        onChoose={(one) => onChange(one === 'auto' ? null : one === 'on')}
      />
      <p className={styles.said}>{t('names.note')}</p>
    </section>
  )
}
