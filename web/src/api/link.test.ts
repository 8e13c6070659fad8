import { expect, it } from 'vitest'
import { nextPage } from './link'

it.each([
  ['</api/stories?limit=20&after=7>; rel="next"', '?limit=20&after=7'],
  ['<https://api.example.com/stories?after=7>; rel=next', '?after=7'],
  ['</a?x=1>; rel="prev", </a?x=3>; rel="next"', '?x=3'],
  ['</a?x=1,2>; rel="next"', '?x=1,2'],
  ['</a?x=1>; rel="prev"', undefined],
  ['</a?x=1>; rel="nextish"', undefined],
  ['</a>; rel="next"', undefined],
  ['', undefined],
  [null, undefined],
])('%s', (header, query) => {
  expect(nextPage(header)).toBe(query)
})
