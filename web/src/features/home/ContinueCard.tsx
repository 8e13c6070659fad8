// The story that was read last, to go on with.

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useStories } from '../../api'
import { recall } from '../../lib/storage'
import { useWhen } from '../../lib/time'
import styles from './ContinueCard.module.css'
import { LazyCover } from './LazyCover'

export function ContinueCard() {
  const { t } = useTranslation()
  const when = useWhen()
  const { data: stories } = useStories()
  const lastRead = recall('last-read')
  const story = stories?.find(({ id }) => id === lastRead) ?? stories?.[0]
  if (!story) return null
  const { title, brief, opening, language, updated_at, state } = story
  const name = title || t('library.untitled')
  return (
    <section className={styles.card}>
      <h2>{t('home.continueTitle')}</h2>
      <Link to={`/story/${story.id}`} className={styles.link}>
        <span className={styles.cover}>
          <LazyCover story={story} size="small" />
        </span>
        <span className={styles.words}>
          <strong lang={language}>{name}</strong>
          <small>
            {[brief.hero?.name && t('home.continueFor', { name: brief.hero.name }), when(updated_at), state === 'done' ? '' : t(`library.states.${state}`)]
              .filter(Boolean)
              .join(' · ')}
          </small>
          <span className={styles.opening} lang={language}>
            {opening}
          </span>
        </span>
      </Link>
    </section>
  )
}
