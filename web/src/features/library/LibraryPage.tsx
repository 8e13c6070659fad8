import { useTranslation } from 'react-i18next'

export default function LibraryPage() {
  const { t } = useTranslation()
  return <h1>{t('library.title')}</h1>
}
