// Over the page, when the session has ended while something is being done on it: nothing of it is lost.

import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'
import { Button } from '../../ui/button/Button'
import { Dialog } from '../../ui/dialog/Dialog'
import form from './Form.module.css'
import { SignInForm } from './SignInForm'

export default function SignInAgain({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation('account')
  const { pathname, search } = useLocation()
  return (
    <Dialog title={t('again.title')} onClose={() => undefined}>
      <div className={form.inDialog}>
        <SignInForm title={null} intro={<p className={form.hint}>{t('again.text')}</p>} next={pathname + search} isInDialog />
      </div>
      <div className={form.end}>
        <Button variant="quiet" onClick={onLeave}>
          {t('again.other')}
        </Button>
      </div>
    </Dialog>
  )
}
