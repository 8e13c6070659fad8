// The story's title page: cover, title, for whom, and one quiet line about it.

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Story } from '../../api'
import { Cover } from '../../ui/cover/Cover'
import { StoryMenu } from './StoryMenu'
import { StoryTitle } from './StoryTitle'
import type { StoryActions } from './useStoryActions'
import styles from './TitlePage.module.css'

/** Words a minute of reading aloud to children, and of reading to oneself. */
const PACE = { child: 130, adult: 230 }

export function minutesToRead(story: Story): number {
  const pace = story.brief.age_band === 'adult' ? PACE.adult : PACE.child
  return Math.max(1, Math.round(story.word_count / pace))
}

interface TitlePageProps {
  story: Story
  titleLimit: number
  simple: boolean
  /** Whether the story is being written: its length is not known yet. */
  unfinished: boolean
  actions: StoryActions
  onCopy: () => void
  onWrite: () => void
}

export function TitlePage({ story, titleLimit, simple, unfinished, actions, onCopy, onWrite }: TitlePageProps) {
  const { t } = useTranslation('story')
  const { brief } = story
  const [renaming, setRenaming] = useState(false)
  const facts = [
    brief.genre,
    t(`age.${brief.age_band}`),
    ...(unfinished || story.word_count === 0
      ? []
      : [t('words', { count: story.word_count }), t('readingTime', { count: minutesToRead(story) })]),
  ].filter(Boolean)
  return (
    <header className={styles.page}>
      <div className={styles.cover}>
        <Cover story={story} size="large" />
      </div>
      <div className={styles.words}>
        <StoryTitle
          title={story.title}
          language={story.language}
          limit={titleLimit}
          editing={renaming}
          onEditing={setRenaming}
          onRename={actions.rename}
        />
        {brief.hero?.name && <p className={styles.forWhom}>{t('forWhom', { name: brief.hero.name })}</p>}
        <p className={styles.facts}>
          {facts.map((fact, index) => (
            <span key={index}>
              {index > 0 && ' · '}
              <span className={styles.fact}>{fact}</span>
            </span>
          ))}
        </p>
      </div>
      <div className={styles.corner}>
        <StoryMenu
          story={story}
          simple={simple}
          unfinished={unfinished}
          actions={actions}
          onCopy={onCopy}
          onRename={() => setRenaming(true)}
          onWrite={onWrite}
        />
      </div>
    </header>
  )
}
