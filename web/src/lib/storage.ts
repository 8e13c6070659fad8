// What this browser remembers; a browser that forbids it forgets, and nothing breaks.

const PREFIX = 'storybot.'

/** The remembered text under a name, or null. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

/** Remembers a text; null forgets it. */
export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, value)
  } catch {
    // Private windows and full disks: what cannot be kept is only not kept.
  }
}

/** What belongs to the device, whoever reads on it. */
const OF_DEVICE = new Set(['theme', 'day-theme', 'type', 'language', 'shortcuts', 'reloaded-at'].map((name) => PREFIX + name))

/** Forgets all that was somebody's own: drafts, places in stories, what was read last. */
export function forgetReader(): void {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX) && !OF_DEVICE.has(name)) localStorage.removeItem(name)
    }
  } catch {
    // As above.
  }
}

/** The remembered JSON under a name; undefined where there is none or it is damaged. */
export function recallJson(name: string): unknown {
  const text = recall(name)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Remembers a value as JSON. */
export const rememberJson = (name: string, value: unknown): void => remember(name, JSON.stringify(value))
