// The keyboard shortcuts, by where they work.

import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { usePageLanguage } from '../../lib/i18n/language'
import { keyName, shortcuts } from '../../lib/shortcuts'
import styles from './KeyTable.module.css'

const TELL_KEY = 'Mod+Enter'

export function KeyTable() {
  const { t } = useTranslation('help')
  const language = usePageLanguage()
  const rowsOf = (where: 'everywhere' | 'story') =>
    shortcuts.filter((shortcut) => shortcut.where === where).map(({ id, keys, label }) => ({ id, keys, label: label[language] }))
  const groups = [
    { where: 'everywhere', rows: rowsOf('everywhere') },
    { where: 'home', rows: [{ id: 'tell', keys: [TELL_KEY], label: t('keyTell') }] },
    { where: 'story', rows: rowsOf('story') },
  ] as const
  return (
    <div className={styles.groups}>
      {groups.map(({ where, rows }) => (
        <table key={where} className={styles.table}>
          <caption>{t(`keysWhere.${where}`)}</caption>
          <thead className={styles.heard}>
            <tr>
              <th scope="col">{t('does')}</th>
              <th scope="col">{t('key')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, keys, label }) => (
              <tr key={id}>
                <th scope="row">{label}</th>
                <td>
                  {keys.map((key, index) => (
                    <Fragment key={key}>
                      {index > 0 && ` ${t('or')} `}
                      <kbd>{keyName(key, language)}</kbd>
                    </Fragment>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  )
}
