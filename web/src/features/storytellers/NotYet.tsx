// What could not be loaded, why, and another try.

import { useTranslation } from 'react-i18next'
import { asProblem, useProblemText } from '../../api'
import { Button } from '../../ui/button/Button'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import { Skeleton } from '../../ui/skeleton/Skeleton'
import styles from './Storytellers.module.css'

/** While there is no data yet: that it comes, or that it does not. */
export function NotYet({ error, onTryAgain }: { error: unknown; onTryAgain: () => unknown }) {
  const { t } = useTranslation('storytellers')
  const { t: page } = useTranslation()
  const problemText = useProblemText()
  if (!error) {
    return (
      <div role="status" className={styles.stack}>
        <VisuallyHidden>{page('app.loading')}</VisuallyHidden>
        <Skeleton width={70} />
        <Skeleton width={90} />
      </div>
    )
  }
  return (
    <div className={styles.stack}>
      <p role="alert" className={styles.trouble}>{`${t('failed')} ${problemText(asProblem(error))}`}</p>
      <Button variant="outline" onClick={() => void onTryAgain()}>
        {page('app.tryAgain')}
      </Button>
    </div>
  )
}
