import { expect, it } from 'vitest'
import { fromNow } from './fromNow'

it.each([
  [1, 'de', 'in 1 Sekunde'],
  [39.2, 'de', 'in 40 Sekunden'],
  [90, 'en', 'in 2 minutes'],
  [5_399, 'de', 'in 90 Minuten'],
  [5_400, 'en', 'in 2 hours'],
  [80_000, 'de', 'in 22 Stunden'],
])('%d s (%s)', (seconds, language, words) => {
  expect(fromNow(seconds, language)).toBe(words)
})
