// Says that the story being read lies in the bin, and takes it out.

import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import styles from './StoryStates.module.css'

export function Binned({ onRestore }: { onRestore: () => void }) {
  const { t } = useTranslation('story')
  return (
    <div className={styles.binned} role="status">
      <p>{t('state.binned')}</p>
      <Button variant="outline" onClick={onRestore}>
        {t('state.restore')}
      </Button>
    </div>
  )
}
