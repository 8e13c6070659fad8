// The ideas that wait for their evening.

import { Feather, Trash2 } from 'lucide-react'
import { type SubmitEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button/Button'
import { IconButton } from '../../ui/button/IconButton'
import { TextField } from '../../ui/field/Field'
import { Skeleton } from '../../ui/skeleton/Skeleton'
import styles from './KeptPrompts.module.css'
import type { KeptPromptsBox } from './useKeptPrompts'

const FIRST_SHOWN = 5

export interface KeptPromptsProps {
  kept: KeptPromptsBox
  isBeginning: boolean
  onTell: (id: number) => void
}

export function KeptPrompts({ kept, isBeginning, onTell }: KeptPromptsProps) {
  const { t } = useTranslation()
  const [all, setAll] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  const { prompts, trouble } = kept
  const shown = all ? prompts : prompts?.slice(0, FIRST_SHOWN)
  return (
    <section className={styles.kept}>
      <h2 ref={heading} tabIndex={-1}>
        {t('prompts.title')}
      </h2>
      {trouble !== undefined && (
        <div role="alert" className={styles.trouble}>
          <p>{trouble}</p>
          <Button variant="outline" onClick={kept.tryAgain}>
            {t('app.tryAgain')}
          </Button>
        </div>
      )}
      {!prompts && trouble === undefined && (
        <div role="status">
          <span className={styles.heard}>{t('app.loading')}</span>
          <Skeleton width={92} />
          <Skeleton width={74} />
          <Skeleton width={83} />
        </div>
      )}
      {prompts?.length === 0 && <p className={styles.empty}>{t('prompts.empty')}</p>}
      {shown && shown.length > 0 && (
        <ul role="list">
          {shown.map((prompt) => (
            <li key={prompt.id} className={styles.prompt}>
              <p>{prompt.content}</p>
              <div className={styles.actions}>
                <IconButton
                  icon={Feather}
                  label={t('prompts.tellNamed', { content: brief(prompt.content) })}
                  title={t('prompts.tell')}
                  disabled={isBeginning}
                  onClick={() => onTell(prompt.id)}
                />
                <IconButton
                  icon={Trash2}
                  label={t('prompts.deleteNamed', { content: brief(prompt.content) })}
                  title={t('prompts.delete')}
                  onClick={() => {
                    kept.remove(prompt)
                    heading.current?.focus()
                  }}
                />
              </div>
            </li>
          ))}
        </ul>
      )}
      {prompts && !all && prompts.length > FIRST_SHOWN && (
        <Button variant="quiet" onClick={() => setAll(true)}>
          {t('prompts.all', { count: prompts.length })}
        </Button>
      )}
      <NewPrompt kept={kept} />
    </section>
  )
}

/** So much of an idea names its buttons. */
const NAME_CHARS = 60
const brief = (content: string): string => (content.length > NAME_CHARS ? `${content.slice(0, NAME_CHARS)}…` : content)

function NewPrompt({ kept }: { kept: KeptPromptsBox }) {
  const { t } = useTranslation()
  const [content, setContent] = useState('')
  const [isEmpty, setIsEmpty] = useState(false)
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const written = content.trim()
    setIsEmpty(written === '')
    if (written !== '' && !kept.isAdding && (await kept.add(written))) setContent('')
  }
  return (
    <form className={styles.add} noValidate onSubmit={(event) => void submit(event)}>
      <TextField
        label={t('prompts.new')}
        value={content}
        maxLength={4000}
        trouble={isEmpty ? t('prompts.mustNotBeEmpty') : undefined}
        onChange={(event) => {
          setContent(event.target.value)
          setIsEmpty(false)
        }}
      />
      <Button type="submit" variant="outline" busy={kept.isAdding}>
        {t('prompts.add')}
      </Button>
    </form>
  )
}
