// The page at an address that is none.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { usePageTitle } from '../lib/pageTitle'
import styles from './Notice.module.css'

export default function MissingPage() {
  const { t } = useTranslation()
  usePageTitle(t('missing.title'))
  return (
    <section className={styles.notice}>
      <svg className={styles.sign} viewBox="0 0 120 90" aria-hidden="true">
        <path className={styles.leaf} d="M60 22C48 12 30 9 8 10v62c22-1 40 2 52 12 12-10 30-13 52-12V10c-22-1-40 2-52 12Z" />
        <path className={styles.stroke} d="M60 22v62M20 24c9 .4 17 1.700 24 4.400M20 38c9 .4 17 1.700 24 4.400M20 52c9 .4 17 1.700 24 4.400" />
        <path className={styles.torn} d="M74 24c8-3 17-4.700 27-5.200l-2 9 3.500 7-4.500 8 4 8.500-4.500 8.700c-9 .6-17 2-23.500 4.500Z" />
      </svg>
      <h1>{t('missing.title')}</h1>
      <p>{t('missing.text')}</p>
      <p className={styles.actions}>
        <Link to="/">{t('missing.home')}</Link>
        <Link to="/library">{t('missing.library')}</Link>
      </p>
    </section>
  )
}
