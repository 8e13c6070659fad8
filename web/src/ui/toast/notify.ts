// Short messages at the edge of the page, with Undo where something can be undone.
// What draws them is fetched with the first message.

export interface NotifyOptions {
  /** `trouble` for what went wrong: it is read out at once and stays longer. */
  tone?: 'quiet' | 'trouble'
  /** The one thing that can be done about it, such as Undo. */
  action?: { label: string; onAction: () => void }
  /** A message with the same id takes the place of the one that is there. */
  id?: string
}

export interface Message extends NotifyOptions {
  text: string
  id: string
}

let count = 0

/** Shows a message; returns its id. */
export function notify(text: string, options: NotifyOptions = {}): string {
  count += 1
  const id = options.id ?? `message-${count}`
  void import('./toaster').then(({ show }) => show({ ...options, text, id }))
  return id
}

/** Takes a message away again. */
export function unnotify(id: string): void {
  void import('./toaster').then(({ hide }) => hide(id))
}
