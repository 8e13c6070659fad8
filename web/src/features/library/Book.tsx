// One story on the shelf: its cover leads to it, its menu renames it or puts it away.

import { Pencil, Trash2 } from 'lucide-react'
import { memo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Story } from '../../api'
import { useWhen } from '../../lib/time'
import { Cover } from '../../ui/cover/Cover'
import { Menu } from '../../ui/menu/Menu'
import styles from './Library.module.css'
import { RenameDialog } from './RenameDialog'
import { stepAside } from './stepAside'
import { useShelfActions } from './useShelfActions'

/** Where a line breaks, the dot stays at its end. */
const DOT = '\u00a0· '

/** The quiet line under a title: for whom, when, and what is still going on. */
function useFacts(): (story: Story) => string {
  const { t } = useTranslation()
  const when = useWhen()
  return ({ brief, created_at, state, word_count }) =>
    [
      brief.hero?.name ? t('home.continueFor', { name: brief.hero.name }) : '',
      when(created_at),
      state === 'done' ? t('library.words', { count: word_count }) : t(`library.states.${state}`),
    ]
      .filter(Boolean)
      .join(DOT)
}

export const Book = memo(function Book({ story }: { story: Story }) {
  const { t } = useTranslation()
  const facts = useFacts()
  const { toBin } = useShelfActions()
  const [renaming, setRenaming] = useState(false)
  const item = useRef<HTMLLIElement>(null)
  const title = story.title || t('library.untitled')
  const putAway = (): void => {
    stepAside(item.current)
    toBin(story)
  }
  return (
    <li ref={item} className={styles.book}>
      <Link to={`/story/${story.id}`} className={styles.link}>
        <span className={styles.cover}>
          <Cover story={story} />
        </span>
        <span className={styles.title} lang={story.language}>
          {title}
        </span>
      </Link>
      <div className={styles.foot}>
        <p className={styles.facts}>{facts(story)}</p>
        <Menu
          label={t('library.menu', { title })}
          entries={[
            { icon: Pencil, text: t('library.rename'), onSelect: () => setRenaming(true) },
            { icon: Trash2, text: t('library.toBin'), apart: true, onSelect: putAway },
          ]}
        />
      </div>
      {renaming && <RenameDialog story={story} onClose={() => setRenaming(false)} />}
    </li>
  )
})
