// The start page in a child's hands: one question, and the child's own shelf.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { useCreateStory, useSession, useStories } from '../../api'
import { usePageLanguage } from '../../lib/i18n/language'
import { usePageTitle } from '../../lib/pageTitle'
import { Button } from '../../ui/button/Button'
import { Cover } from '../../ui/cover/Cover'
import { TextArea } from '../../ui/field/TextArea'
import styles from './ChildHome.module.css'
import form from './Form.module.css'
import { useDeed } from './useDeed'

const IDEA_CHARS = 1000

export default function ChildHome() {
  const { t } = useTranslation('account')
  const child = useSession()?.account?.profile
  usePageTitle('')
  if (!child) return null
  return (
    <div className={styles.page}>
      <section>
        <h1>{t('child.hello', { name: child.name })}</h1>
        <Ask ageBand={child.age_band} />
      </section>
      <Shelf />
    </div>
  )
}

function Ask({ ageBand }: { ageBand: '3-5' | '6-8' | '9-12' | 'adult' }) {
  const { t } = useTranslation('account')
  const language = usePageLanguage()
  const navigate = useNavigate()
  const create = useCreateStory()
  const deed = useDeed()
  const [idea, setIdea] = useState('')
  const [isEmpty, setEmpty] = useState(false)
  const [isWaiting, setWaiting] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const go = async (): Promise<void> => {
    const prompt = idea.trim()
    setEmpty(prompt === '')
    setWaiting(false)
    const done =
      prompt !== '' &&
      (await deed.run(async () => {
        const story = await create.mutateAsync({ prompt, language, age_band: ageBand })
        setIdea('')
        if (story.waits_for_approval) setWaiting(true)
        else await navigate(`/story/${story.id}`)
      }))
    if (!done) field.current?.focus()
  }
  const trouble = isEmpty ? t('child.empty') : deed.trouble
  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <label htmlFor="wish">{t('child.question')}</label>
      <TextArea
        id="wish"
        ref={field}
        minRows={2}
        maxLength={IDEA_CHARS}
        value={idea}
        aria-invalid={trouble ? true : undefined}
        aria-describedby={trouble ? 'wish-trouble' : undefined}
        onChange={(event) => {
          setIdea(event.target.value)
          setEmpty(false)
        }}
      />
      {trouble && (
        <p id="wish-trouble" role="alert" className={form.trouble}>
          {trouble}
        </p>
      )}
      {isWaiting && (
        <p role="status" className={form.good}>
          {t('child.waiting')}
        </p>
      )}
      <Button type="submit" size="large" busy={deed.busy}>
        {t('child.go')}
      </Button>
    </form>
  )
}

function Shelf() {
  const { t } = useTranslation('account')
  const { data } = useStories()
  if (!data) return null
  return (
    <section>
      <h2>{t('child.shelf')}</h2>
      {data.length === 0 ? (
        <p className={styles.soft}>{t('child.emptyShelf')}</p>
      ) : (
        <ul role="list" className={styles.shelf}>
          {data.map((story) => (
            <li key={story.id}>
              <Link to={`/story/${story.id}`} className={styles.book}>
                <Cover story={story} />
                <span lang={story.language}>{story.title}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
