// How long it is until something, as one would say it: "in 40 Sekunden", "in 5 hours".

const MINUTE_S = 60
const HOUR_S = 3_600

/** A number of seconds from now, in words; from one and a half of a unit on, in that unit. */
export function fromNow(seconds: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language)
  if (seconds < 1.5 * MINUTE_S) return format.format(Math.ceil(seconds), 'second')
  if (seconds < 1.5 * HOUR_S) return format.format(Math.ceil(seconds / MINUTE_S), 'minute')
  return format.format(Math.round(seconds / HOUR_S), 'hour')
}
