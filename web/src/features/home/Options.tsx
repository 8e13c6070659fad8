// Whom the story is for and how it is told: filled in sensibly, remembered, and more of it for who unfolds it.

import { ChevronDown } from 'lucide-react'
import { lazy, type Ref, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Segmented } from '../../ui/segmented/Segmented'
import { TextField } from '../../ui/field/Field'
import { ageBands, type Defaults, type Detail, details, type Draft, forms, lengths, storyLanguages } from './draft'
import styles from './Options.module.css'

const NAME_CHARS = 80

export interface OptionsProps {
  draft: Draft
  defaults: Defaults
  nameRef: Ref<HTMLInputElement>
  nameTrouble: string | undefined
  onChange: (part: Partial<Draft>) => void
  onChangeMore: (part: Partial<Record<Detail, string>>) => void
}

/** Most stories are told without it. */
const MoreOptions = lazy(() => import('./MoreOptions').then((part) => ({ default: part.MoreOptions })))

export function Options({ draft, defaults, nameRef, nameTrouble, onChange, onChangeMore }: OptionsProps) {
  const { t } = useTranslation()
  const count = details.filter((detail) => draft.more[detail].trim() !== '').length
  const [open, setOpen] = useState(false)
  return (
    <section aria-label={t('home.options')} className={styles.options}>
      <div className={styles.row}>
        <div className={styles.name}>
          <TextField
            ref={nameRef}
            label={t('home.heroName')}
            placeholder={t('home.heroNamePlaceholder')}
            value={draft.heroName}
            maxLength={NAME_CHARS}
            trouble={nameTrouble}
            onChange={(event) => onChange({ heroName: event.target.value })}
          />
        </div>
        <div className={styles.age}>
          <Segmented
            label={t('home.age')}
            value={draft.ageBand ?? defaults.ageBand}
            segments={ageBands.map((value) => ({ value, label: t(`home.ages.${value}`), spoken: t(`home.agesSpoken.${value}`) }))}
            onChoose={(ageBand) => onChange({ ageBand })}
          />
        </div>
        <div className={styles.language}>
          <Segmented
            label={t('home.language')}
            value={draft.language ?? defaults.language}
            segments={storyLanguages.map((value) => ({ value, label: t(`language.${value}`), lang: value }))}
            onChoose={(language) => onChange({ language })}
          />
        </div>
        <div className={styles.length}>
          <Segmented
            label={t('home.length')}
            value={draft.length ?? defaults.length}
            segments={lengths.map((value) => ({ value, label: t(`home.lengths.${value}`), note: t(`home.minutes.${value}`) }))}
            onChoose={(length) => onChange({ length })}
          />
        </div>
        <div className={styles.form}>
          <Segmented
            label={t('home.form')}
            value={draft.form}
            segments={forms.map((value) => ({ value, label: t(`home.forms.${value}`) }))}
            onChoose={(form) => onChange({ form })}
          />
        </div>
      </div>
      <button type="button" className={styles.unfold} aria-expanded={open} aria-controls="more-options" onClick={() => setOpen(!open)}>
        <ChevronDown aria-hidden="true" size={18} />
        {t('home.more')}
        {count > 0 && <span className={styles.count}>{t('home.moreSet', { count })}</span>}
      </button>
      <div id="more-options" hidden={!open}>
        {open && (
          <Suspense fallback={null}>
            <MoreOptions more={draft.more} engine={draft.engine} style={draft.style} onChange={onChangeMore} onChoose={onChange} />
          </Suspense>
        )}
      </div>
    </section>
  )
}
