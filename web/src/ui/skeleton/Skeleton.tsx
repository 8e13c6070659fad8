// The grey shape of what is still loading. The container around it says so to the ear.

import styles from './Skeleton.module.css'

export interface SkeletonProps {
  /** `line`: a line of text; `block`: fills its box. */
  shape?: 'line' | 'block'
  /** For lines: how much of the width, in percent. */
  width?: number
}

export function Skeleton({ shape = 'line', width = 100 }: SkeletonProps) {
  return <span aria-hidden="true" className={styles[shape]} style={shape === 'line' ? { width: `${width}%` } : undefined} />
}
