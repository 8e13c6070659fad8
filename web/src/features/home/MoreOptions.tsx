// Everything else that a story can be told: the hero's ways, who comes along, where, in what mood, to what end.

import { useTranslation } from 'react-i18next'
import { type StylePreset, useConfiguration, useEngines } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import { Button } from '../../ui/button/Button'
import { SelectField, TextField } from '../../ui/field/Field'
import { type Detail, details, type Draft } from './draft'
import styles from './Options.module.css'
import { genres, tones, wordOf } from './wording'

const TEXT_CHARS = 200
const KIND_CHARS = 80

const presets = ['steady', 'balanced', 'wild'] as const satisfies readonly StylePreset[]
const lists = new Set<Detail>(['traits', 'likes', 'fears'])
const heroDetails = ['likes', 'fears', 'traits', 'looks'] as const
const storyDetails = ['companion', 'companionKind', 'place'] as const

export interface MoreOptionsProps {
  more: Readonly<Record<Detail, string>>
  engine: string
  style: Draft['style']
  onChange: (part: Partial<Record<Detail, string>>) => void
  onChoose: (part: Partial<Pick<Draft, 'engine' | 'style'>>) => void
}

export function MoreOptions({ more, engine, style, onChange, onChoose }: MoreOptionsProps) {
  const { t } = useTranslation()
  const language = usePageLanguage()
  const tellers = (useEngines().data ?? []).filter(({ available }) => available)
  const usual = useConfiguration().data
  const writesFreely = (engine === '' ? (usual?.engine ?? usual?.default_engine) : engine) !== 'storyteller'
  const isEmpty = details.every((detail) => more[detail] === '')
  const field = (detail: (typeof heroDetails)[number] | (typeof storyDetails)[number] | 'moral') => (
    <TextField
      key={detail}
      label={t(`home.${detail}`)}
      placeholder={t(`home.${detail}Placeholder`)}
      hint={lists.has(detail) ? t('home.listHint') : undefined}
      value={more[detail]}
      maxLength={detail === 'companion' || detail === 'companionKind' ? KIND_CHARS : TEXT_CHARS}
      onChange={(event) => onChange({ [detail]: event.target.value })}
    />
  )
  const choices = (of: typeof tones) => [
    { value: '', label: t('home.any') },
    ...Object.keys(of).map((value) => ({ value, label: wordOf(of, value, language) })),
  ]
  return (
    <div className={styles.more}>
      <p className={styles.hint}>{t('home.moreHint')}</p>
      <fieldset>
        <legend>{t('home.heroGroup')}</legend>
        <div className={styles.fields}>
          <SelectField
            label={t('home.pronouns')}
            value={more.pronouns}
            options={[
              { value: '', label: t('home.pronounsAny') },
              { value: 'she', label: t('home.pronounsShe') },
              { value: 'he', label: t('home.pronounsHe') },
              { value: 'they', label: t('home.pronounsThey') },
            ]}
            onChoose={(pronouns) => onChange({ pronouns })}
          />
          {heroDetails.map(field)}
        </div>
      </fieldset>
      <fieldset>
        <legend>{t('home.storyGroup')}</legend>
        <div className={styles.fields}>
          {storyDetails.map(field)}
          <SelectField label={t('home.tone')} value={more.tone} options={choices(tones)} onChoose={(tone) => onChange({ tone })} />
          <SelectField label={t('home.genre')} value={more.genre} options={choices(genres)} onChoose={(genre) => onChange({ genre })} />
          {field('moral')}
        </div>
      </fieldset>
      {(tellers.length > 1 || writesFreely) && (
        <fieldset>
          <legend>{t('home.tellerGroup')}</legend>
          <div className={styles.fields}>
            {tellers.length > 1 && (
              <SelectField
                label={t('home.teller')}
                value={engine}
                options={[
                  { value: '', label: t('home.usual') },
                  ...tellers.map(({ name, kind, label }) => ({ value: name, label: label ?? t(`home.tellers.${kind}`) })),
                ]}
                onChoose={(value) => onChoose({ engine: value })}
              />
            )}
            {writesFreely && (
              <SelectField
                label={t('home.style')}
                value={style}
                options={[
                  { value: '', label: t('home.usual') },
                  ...presets.map((value) => ({ value, label: t(`home.styles.${value}`) })),
                ]}
                onChoose={(value) => onChoose({ style: presets.find((one) => one === value) ?? '' })}
              />
            )}
          </div>
        </fieldset>
      )}
      <div className={styles.foot}>
        <p className={styles.hint}>{t('home.remembered')}</p>
        <Button
          variant="quiet"
          disabled={isEmpty}
          onClick={() => onChange(Object.fromEntries(details.map((detail) => [detail, ''])))}
        >
          {t('home.clearMore')}
        </Button>
      </div>
    </div>
  )
}
