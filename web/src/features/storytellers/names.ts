// What a storyteller is called on the page, and what is said of it.

import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Teller } from './tellersApi'

/** The page's own name for who is in the box, else the one that its owner gave it. */
export function useTellerName(): (teller: Pick<Teller, 'kind' | 'name' | 'ref'>) => string {
  const { t } = useTranslation('storytellers')
  return useCallback(
    ({ kind, name, ref }) => {
      if (kind === 'storyteller') return t('tellers.box')
      if (kind === 'local') return t('tellers.own')
      return ref === 'openai' ? t('tellers.operators') : name
    },
    [t],
  )
}

export type Praise = 'storyteller' | 'local' | 'operator' | 'here' | 'sent'

/** Which sentence says what a storyteller is good for. */
export function praiseOf({ kind, ref, place }: Pick<Teller, 'kind' | 'ref' | 'place'>): Praise {
  if (kind !== 'openai') return kind
  return ref === 'openai' ? 'operator' : place
}

/** Bytes as a person says them: "4,7 GB", "830 MB". Whole megabytes below a gigabyte, a tenth of one above. */
export function bytesText(bytes: number, language: string): string {
  const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, 'gigabyte'] : [Math.max(bytes / 1e6, bytes > 0 ? 0.1 : 0), 'megabyte']
  const digits = unit === 'gigabyte' || value < 10 ? 1 : 0
  return value.toLocaleString(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits })
}
