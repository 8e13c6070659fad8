// The Link header (RFC 8288), as far as this API uses it.

/** The query string (with its `?`) of the `next` page; undefined where there is none. */
export function nextPage(link: string | null): string | undefined {
  for (const part of (link ?? '').matchAll(/<([^>]*)>([^,<]*)/g)) {
    if (!/;\s*rel="?[^"]*\bnext\b/i.test(part[2] ?? '')) continue
    const query = (part[1] ?? '').indexOf('?')
    if (query >= 0) return (part[1] ?? '').slice(query)
  }
  return undefined
}
