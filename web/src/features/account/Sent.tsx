// What stands there once a mail is on its way.

import { MailOpen } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import styles from './Entry.module.css'
import form from './Form.module.css'

export function Sent({ text, hasMail }: { text: string; hasMail: boolean }) {
  const { t } = useTranslation('account')
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div className={form.form}>
      <MailOpen aria-hidden="true" size={44} strokeWidth={1.25} />
      <h1 ref={heading} tabIndex={-1}>
        {t('sent.title')}
      </h1>
      <p>{text}</p>
      {hasMail && <p className={form.hint}>{t('sent.hint')}</p>}
      <p className={styles.foot}>
        <Link to="/sign-in">{t('sent.back')}</Link>
      </p>
    </div>
  )
}
