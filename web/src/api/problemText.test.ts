import { expect, it } from 'vitest'
import { Problem } from './problem'
import problemDe from './problem.de'
import problemEn from './problem.en'
import { sentenceOf } from './problemText'

const gapsIn = (text: string): string[] => [...text.matchAll(/{{(\w+)}}/g)].map(([, gap = '']) => gap).sort()

it('has every sentence in both languages, with the same gaps and without shouting', () => {
  for (const [name, german] of Object.entries(problemDe)) {
    const english = problemEn[name as keyof typeof problemDe]
    expect(gapsIn(english), name).toEqual(gapsIn(german))
    expect(german + english, name).not.toContain('!')
    expect(german, name).toMatch(/[.?]$/)
    expect(english, name).toMatch(/[.?]$/)
  }
})

it.each([
  ['not-found', {}, ['not-found', {}]],
  ['engine-unreachable', { host: 'box.example' }, ['engine-unreachable-host', { host: 'box.example' }]],
  ['engine-unreachable', {}, ['engine-unreachable', {}]],
  ['engine-model-unknown', { model: 'tiny' }, ['engine-model-unknown-named', { model: 'tiny' }]],
  ['too-many-requests', { retry_after_s: 6.2 }, ['too-many-requests-wait', { seconds: 7 }]],
  ['too-many-requests', { retry_after_s: 0 }, ['too-many-requests', {}]],
  ['quota-exceeded', { quota: 'stories', retry_after_s: 3599.5 }, ['quota-exceeded-stories', { seconds: 3600 }]],
  ['quota-exceeded', { quota: 'something-new' }, ['quota-exceeded', {}]],
  ['engine-something-new', {}, ['engine-fault', {}]],
  ['toString', {}, ['unknown', {}]],
])('%s %j', (slug, extra, sentence) => {
  expect(sentenceOf(new Problem({ slug, extra }), problemEn)).toEqual(sentence)
})
