// What stands there when a part of the page has thrown: a kind sentence and a way on, never a blank page.

import { Component, type ErrorInfo, type ReactNode } from 'react'
import { Translation } from 'react-i18next'
import { Button } from '../ui/button/Button'
import styles from './Notice.module.css'

export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false }

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true }
  }

  override componentDidCatch(error: Error, { componentStack }: ErrorInfo): void {
    console.error(error, componentStack)
  }

  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children
    return (
      <Translation>
        {(t) => (
          <section className={styles.notice} role="alert">
            <h1>{t('crash.title')}</h1>
            <p>{t('crash.text')}</p>
            <div className={styles.actions}>
              <Button onClick={() => location.reload()}>{t('crash.reload')}</Button>
            </div>
          </section>
        )}
      </Translation>
    )
  }
}
