// The document's title: what the page is, then the name of the whole.

import { useEffect } from 'react'

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Storybot' : `${title} · Storybot`
  }, [title])
}
