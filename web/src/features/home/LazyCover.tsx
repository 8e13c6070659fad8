// A cover on the start page: decoration that comes after everything one needs to begin.

import { lazy, Suspense } from 'react'
import type { CoverProps } from '../../ui/cover/Cover'
import { Skeleton } from '../../ui/skeleton/Skeleton'
import styles from './LazyCover.module.css'

const Cover = lazy(async () => ({ default: (await import('../../ui/cover/Cover')).Cover }))

export function LazyCover(props: CoverProps) {
  return (
    <Suspense
      fallback={
        <div className={styles.blank}>
          <Skeleton shape="block" />
        </div>
      }
    >
      <Cover {...props} />
    </Suspense>
  )
}
