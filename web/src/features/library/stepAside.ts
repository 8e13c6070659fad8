// Where the keyboard goes when the thing it stands on leaves the list.

/** Moves the focus from within a list item to its neighbour's first control. */
export function stepAside(item: HTMLElement | null): void {
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling
  neighbour?.querySelector<HTMLElement>('a, button')?.focus()
}
