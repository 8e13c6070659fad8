// The dialog that `?` opens.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Button } from '../ui/button/Button'
import { Dialog } from '../ui/dialog/Dialog'
import { KeyTable } from '../features/help/KeyTable'
import styles from './KeyboardHelp.module.css'

export default function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog title={t('help.dialogTitle')} onClose={onClose} startAtHeading>
      <KeyTable />
      <div className={styles.foot}>
        <Link to="/help" onClick={onClose}>
          {t('help.toHelp')}
        </Link>
        <Button variant="outline" onClick={onClose}>
          {t('app.close')}
        </Button>
      </div>
    </Dialog>
  )
}
