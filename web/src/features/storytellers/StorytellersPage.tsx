// Who tells, with what, in which style, and what it took. Every choice takes effect at once and says so quietly.

import { useTranslation } from 'react-i18next'
import { asProblem, useProblemText, useSession } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { notify } from '../../ui/toast/notify'
import { Fallbacks } from './Fallbacks'
import { Models } from './Models'
import { Names } from './Names'
import { NotYet } from './NotYet'
import { type PreferencesChange, usePreferences, useSavePreferences } from './preferencesApi'
import styles from './Storytellers.module.css'
import { Style } from './Style'
import { Tellers } from './Tellers'
import { useTellers } from './tellersApi'
import { Usage } from './Usage'

/** Whether the reader may download models and share servers: everybody, where there are no accounts. */
function useMayManage(): boolean {
  const session = useSession()
  return session?.accounts !== 'on' || session.account?.role === 'admin'
}

export default function StorytellersPage() {
  const { t } = useTranslation('storytellers')
  usePageTitle(t('title'))
  const problemText = useProblemText()
  const mayManage = useMayManage()
  const hasOthers = useSession()?.accounts === 'on'
  const configuration = usePreferences()
  const tellers = useTellers()
  const save = useSavePreferences()
  const change = (part: PreferencesChange, said?: string): void => {
    save.mutate(part, {
      onSuccess: () => notify(said ?? t('saved'), { id: 'storytellers' }),
      onError: (problem) => notify(problemText(asProblem(problem)), { tone: 'trouble', id: 'storytellers' }),
    })
  }
  const { data } = configuration
  const tryAgain = (): void => {
    void configuration.refetch()
    void tellers.refetch()
  }
  return (
    <div className={styles.page}>
      <h1>{t('title')}</h1>
      <p className={styles.intro}>{t('intro')}</p>
      {data && tellers.data ? (
        <>
          <Tellers tellers={tellers.data} configuration={data} mayShare={mayManage && hasOthers} onChange={change} />
          <Models configuration={data} mayManage={mayManage} onChange={change} />
          <Style style={data.style} onChange={(style) => change({ style })} />
          <Names choice={data.private_names} onChange={(private_names) => change({ private_names })} />
          <Fallbacks tellers={tellers.data} chosen={data.fallbacks ?? []} onChange={(fallbacks) => change({ fallbacks })} />
        </>
      ) : (
        <section>
          <NotYet error={configuration.error ?? tellers.error} onTryAgain={tryAgain} />
        </section>
      )}
      <Usage tellers={tellers.data ?? []} />
    </div>
  )
}
