// The bin: what was put away, to put back or to remove for ever.

import { ArrowLeft, Trash2, Undo2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Story, useSession, useStories } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { useWhen } from '../../lib/time'
import { Button } from '../../ui/button/Button'
import { IconButton } from '../../ui/button/IconButton'
import { Cover } from '../../ui/cover/Cover'
import { Confirm } from '../../ui/dialog/Confirm'
import styles from './Library.module.css'
import { EmptyBin, ShelfFailed, ShelfOpening } from './ShelfStates'
import { stepAside } from './stepAside'
import { useShelfActions } from './useShelfActions'

interface BinnedProps {
  story: Story
  onRestore: (story: Story) => void
  /** Not where a child reads: nothing is for ever there. */
  onForever: ((story: Story) => void) | undefined
}

function Binned({ story, onRestore, onForever }: BinnedProps) {
  const { t } = useTranslation()
  const when = useWhen()
  const item = useRef<HTMLLIElement>(null)
  const title = story.title || t('library.untitled')
  const putBack = (): void => {
    stepAside(item.current)
    onRestore(story)
  }
  return (
    <li ref={item} className={styles.binned}>
      <span className={styles.thumb}>
        <Cover story={story} size="small" />
      </span>
      <div className={styles.words}>
        <p className={styles.title} lang={story.language}>
          {title}
        </p>
        <p className={styles.facts}>{when(story.deleted_at ?? story.updated_at)}</p>
      </div>
      <div className={styles.buttons}>
        <Button variant="outline" aria-label={t('library.restoreNamed', { title })} onClick={putBack}>
          <Undo2 aria-hidden="true" size={18} />
          {t('library.restore')}
        </Button>
        {onForever && <IconButton icon={Trash2} label={t('library.foreverNamed', { title })} onClick={() => onForever(story)} />}
      </div>
    </li>
  )
}

export default function BinPage() {
  const { t } = useTranslation()
  usePageTitle(t('library.bin'))
  const bin = useStories({ bin: true })
  const { restore, removeForever } = useShelfActions()
  const [doomed, setDoomed] = useState<Story | null>(null)
  const isChild = Boolean(useSession()?.account?.profile)
  const isEmpty = bin.data?.length === 0
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('library.bin')}</h1>
        <Link to="/library" className={styles.way}>
          <ArrowLeft aria-hidden="true" size={18} />
          {t('library.backToShelf')}
        </Link>
      </header>
      {bin.isPending && <ShelfOpening />}
      {bin.isError && !bin.data && <ShelfFailed problem={bin.error} onTryAgain={() => void bin.refetch()} />}
      {isEmpty && <EmptyBin isChild={isChild} />}
      {bin.data && !isEmpty && (
        <>
          <p className={styles.hint}>{t('library.binHint')}</p>
          <ul role="list" aria-label={t('library.stories')} className={styles.bin}>
            {bin.data.map((story) => (
              <Binned key={story.id} story={story} onRestore={restore} onForever={isChild ? undefined : setDoomed} />
            ))}
          </ul>
        </>
      )}
      {bin.hasNextPage && (
        <div className={styles.more}>
          <Button variant="outline" busy={bin.isFetchingNextPage} onClick={() => void bin.fetchNextPage()}>
            {bin.isFetchingNextPage ? t('library.loadingMore') : t('library.more')}
          </Button>
        </div>
      )}
      {doomed && (
        <Confirm
          title={t('library.foreverTitle', { title: doomed.title || t('library.untitled') })}
          text={t('library.foreverText')}
          confirm={t('library.forever')}
          cancel={t('library.cancel')}
          onConfirm={() => {
            removeForever(doomed)
            setDoomed(null)
          }}
          onCancel={() => setDoomed(null)}
        />
      )}
    </div>
  )
}
