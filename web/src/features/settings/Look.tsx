// Language, colours and type size: of this device first, and the reader's default for new ones.

import { useTranslation } from 'react-i18next'
import type { ConfigurationChange } from '../../api'
import { chooseTheme, chooseType, themes, type TypeSize, typeSizes, useAppearance } from '../../lib/appearance'
import { languages, speak, usePageLanguage } from '../../lib/i18n/language'
import { Segmented } from '../../ui/segmented/Segmented'
import styles from './SettingsPage.module.css'

export function Look({ onChange }: { onChange: (change: ConfigurationChange) => void }) {
  const { t } = useTranslation(['page', 'settings'])
  const { theme, type } = useAppearance()
  const language = usePageLanguage()
  return (
    <section>
      <h2>{t('settings:look')}</h2>
      <div className={styles.stack}>
        <Segmented
          label={t('settings:language')}
          value={language}
          segments={languages.map((value) => ({ value, label: t(`language.${value}`), lang: value }))}
          onChoose={(value) => {
            speak(value)
            onChange({ language: value })
          }}
        />
        <fieldset>
          <legend className={styles.label}>{t('settings:theme')}</legend>
          <div className={styles.themes}>
            {themes.map((value) => (
              <label key={value} className={styles.theme}>
                <input
                  type="radio"
                  name="theme"
                  value={value}
                  checked={theme === value}
                  onChange={() => {
                    chooseTheme(value)
                    onChange({ theme: value })
                  }}
                />
                <span className={styles.swatch} data-look={value} aria-hidden="true">
                  <span data-theme={value === 'system' ? 'paper' : value}>Aa</span>
                  {value === 'system' && <span data-theme="night">Aa</span>}
                </span>
                <span className={styles.themeName}>{t(`theme.${value}`)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <div>
          <Segmented<TypeSize>
            label={t('settings:type')}
            value={type}
            segments={typeSizes.map((value) => ({ value, label: t(`settings:types.${value}`) }))}
            onChoose={chooseType}
          />
          <p className={styles.sample}>{t('settings:typeSample')}</p>
        </div>
      </div>
    </section>
  )
}
