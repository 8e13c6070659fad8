// What could not be loaded, why, and another try.

import { useTranslation } from 'react-i18next'
import { asProblem, useProblemText } from '../../api'
import { Button } from '../../ui/button/Button'
import { Skeleton } from '../../ui/skeleton/Skeleton'
import form from './Form.module.css'

/** While there is no data yet: that it comes, or that it does not. */
export function NotYet({ error, onTryAgain }: { error: unknown; onTryAgain: () => unknown }) {
  const { t } = useTranslation('account')
  const { t: page } = useTranslation()
  const problemText = useProblemText()
  if (!error) return <Skeleton width={80} />
  return (
    <>
      <p role="alert" className={form.trouble}>{`${t('failed')} ${problemText(asProblem(error))}`}</p>
      <Button variant="outline" onClick={() => void onTryAgain()}>
        {page('app.tryAgain')}
      </Button>
    </>
  )
}
