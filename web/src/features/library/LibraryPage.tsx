// The shelf: all stories, newest first, with a search that stands in the address.

import { Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useStories } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { Button } from '../../ui/button/Button'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import { Book } from './Book'
import styles from './Library.module.css'
import { Search } from './Search'
import { EmptyShelf, NothingFound, ShelfFailed, ShelfOpening } from './ShelfStates'
import { useSearch } from './useSearch'

function useFoundText(q: string, count: number | undefined, more: boolean): string {
  const { t } = useTranslation()
  if (q === '' || count === undefined) return ''
  return more ? t('library.foundMore', { count }) : t('library.found', { count })
}

export default function LibraryPage() {
  const { t } = useTranslation()
  usePageTitle(t('library.title'))
  const { typed, q, change } = useSearch()
  const shelf = useStories({ q })
  const found = useFoundText(q, shelf.data?.length, shelf.hasNextPage)
  const isEmpty = shelf.data?.length === 0
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('library.title')}</h1>
        <Link to="/library/bin" className={styles.way}>
          <Trash2 aria-hidden="true" size={18} />
          {t('library.bin')}
        </Link>
      </header>
      {!(isEmpty && q === '' && typed === '') && <Search typed={typed} onChange={change} />}
      <p role="status" className={styles.found}>
        {isEmpty ? <VisuallyHidden>{found}</VisuallyHidden> : found}
      </p>
      {shelf.isPending && <ShelfOpening />}
      {shelf.isError && !shelf.data && <ShelfFailed problem={shelf.error} onTryAgain={() => void shelf.refetch()} />}
      {isEmpty && (q === '' ? <EmptyShelf /> : <NothingFound q={q} />)}
      {shelf.data && !isEmpty && (
        <ul role="list" aria-label={t('library.stories')} className={styles.shelf}>
          {shelf.data.map((story) => (
            <Book key={story.id} story={story} />
          ))}
        </ul>
      )}
      {shelf.hasNextPage && (
        <div className={styles.more}>
          <Button variant="outline" busy={shelf.isFetchingNextPage} onClick={() => void shelf.fetchNextPage()}>
            {shelf.isFetchingNextPage ? t('library.loadingMore') : t('library.more')}
          </Button>
        </div>
      )}
    </div>
  )
}
