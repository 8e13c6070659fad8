// The dialog that `?` opens.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../ui/button/Button'
import { Dialog } from '../ui/dialog/Dialog'
import { KeyTable } from '../features/help/KeyTable'
import styles from './KeyboardHelp.module.css'

export default function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('help')
  const { t: page } = useTranslation()
  return (
    <Dialog title={t('dialogTitle')} onClose={onClose} startAtHeading>
      <KeyTable />
      <div className={styles.foot}>
        <Link to="/help" onClick={onClose}>
          {t('toHelp')}
        </Link>
        <Button variant="outline" onClick={onClose}>
          {page('app.close')}
        </Button>
      </div>
    </Dialog>
  )
}
