// The name, with its sign: an open book from whose fold an ember rises.

import styles from './Wordmark.module.css'

export function Wordmark() {
  return (
    <span className={styles.wordmark} aria-hidden="true">
      <svg viewBox="0 0 40 36" width="36" height="32" fill="none">
        <path className={styles.ember} d="M20 1.5c2.6 3.2 3.9 5.6 3.9 7.7a3.9 3.9 0 0 1-7.8 0c0-2.100 1.300-4.500 3.900-7.700Z" />
        <path className={styles.page} d="M20 17.500c-3.600-3-8.800-4.200-16.500-4v17c7.700-.2 12.900 1 16.500 4 3.600-3 8.800-4.200 16.500-4v-17c-7.700-.2-12.900 1-16.500 4Z" />
        <path className={styles.line} d="M20 17.500v17M8 18.600c3 .2 5.400.8 7.600 1.700M8 23.600c3 .2 5.400.8 7.600 1.700M32 18.600c-3 .2-5.400.8-7.600 1.700M32 23.600c-3 .2-5.400.8-7.600 1.700" />
      </svg>
      <span className={styles.name}>Storybot</span>
    </span>
  )
}
