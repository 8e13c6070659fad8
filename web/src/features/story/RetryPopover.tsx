// "Try it another way", with a wish or without one.

import { RotateCcw } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type SubmitEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { IconButton } from '../../ui/button/IconButton'
import styles from './Tools.module.css'

interface RetryPopoverProps {
  open: boolean
  wishLimit: number
  onOpenChange: (open: boolean) => void
  /** Resolves to whether the new version has begun. */
  onRetry: (wish: string) => Promise<boolean>
}

export function RetryPopover({ open, wishLimit, onOpenChange, onRetry }: RetryPopoverProps) {
  const { t } = useTranslation('story')
  const [wish, setWish] = useState('')
  const [busy, setBusy] = useState(false)
  const fieldId = useId()
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    const begun = await onRetry(wish.trim())
    setBusy(false)
    if (!begun) return
    setWish('')
    onOpenChange(false)
  }
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>
        <IconButton icon={RotateCcw} label={t('tools.retry')} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={styles.popover} align="start" sideOffset={8} collisionPadding={12} aria-label={t('retry.title')}>
          <form className={styles.retry} onSubmit={(event) => void submit(event)}>
            <label htmlFor={fieldId}>{t('retry.wish')}</label>
            <input
              id={fieldId}
              className={styles.wish}
              value={wish}
              maxLength={wishLimit}
              autoComplete="off"
              placeholder={t('retry.hint')}
              onChange={(event) => setWish(event.target.value)}
            />
            <Button type="submit" busy={busy}>
              {t('retry.go')}
            </Button>
          </form>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
