import { useTranslation } from 'react-i18next'

export default function BinPage() {
  const { t } = useTranslation()
  return <h1>{t('library.bin')}</h1>
}
