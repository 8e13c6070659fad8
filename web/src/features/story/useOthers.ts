// Who else can go on with a story whose storyteller failed: offered in the reader's order, never taken without asking.

import { useTranslation } from 'react-i18next'
import { useConfiguration, useEngines } from '../../api'

const MOST = 3
const IN_THE_BOX = 'storyteller'

export function useOthers(failed: string | undefined): { engine: string; name: string }[] {
  const { t } = useTranslation('story')
  const engines = useEngines().data ?? []
  const wanted = useConfiguration().data?.fallbacks ?? []
  return [...new Set([...wanted, IN_THE_BOX])]
    .filter((ref) => ref !== failed)
    .flatMap((ref) => {
      const engine = engines.find(({ name, available }) => name === ref && available)
      return engine ? [{ engine: ref, name: engine.label ?? t(`failed.others.${engine.kind}`) }] : []
    })
    .slice(0, MOST)
}
