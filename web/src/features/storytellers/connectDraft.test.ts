import { describe, expect, it } from 'vitest'
import { changeOf, draftOf, troublesOf } from './connectDraft'
import { stopsOf, valueOf, withSampler } from './samplers'
import type { Connection, Preset } from './tellersApi'
import { bytesText, praiseOf } from './names'

const cloud: Preset = { id: 'cloud', name: 'Cloud', base_url: 'https://cloud.example/v1', place: 'sent', needs_key: true, key_url: null }
const kept: Connection = {
  id: '0123456789ab', name: 'Mine', preset: 'cloud', base_url: 'https://cloud.example/v1', has_key: true, has_headers: true, model: 'small',
  prices: { currency: 'EUR', in: 0.15, out: 0.6 }, timeouts: { stall_s: 30 }, shared: false, own: true, checked_at: null, check: null,
}

describe('the form of a server', () => {
  it('asks for a key where the service wants one, and keeps the one that is kept', () => {
    expect(troublesOf(draftOf(cloud, undefined), cloud, undefined)).toEqual({ key: ['missingKey'] })
    const draft = draftOf(cloud, kept)
    expect(troublesOf(draft, cloud, kept)).toEqual({})
    const change = changeOf(draft, cloud, false)
    expect(change).not.toHaveProperty('key')
    expect(change).not.toHaveProperty('headers')
    expect(change).toMatchObject({ prices: kept.prices, timeouts: kept.timeouts, model: 'small' })
    expect(troublesOf({ ...draft, forgetKey: true }, cloud, kept)).toEqual({ key: ['missingKey'] })
    expect(changeOf({ ...draft, forgetKey: true }, cloud, false).key).toBeNull()
  })

  it.each([
    ['', ['missingAddress']],
    ['cloud.example', ['wrongAddress']],
    ['ftp://cloud.example', ['wrongAddress']],
    ['https://{resource}.example/v1', ['fillAddress', '{resource}']],
    ['http://127.0.0.1:11434/v1', undefined],
  ])('looks at the address %j', (address, trouble) => {
    expect(troublesOf({ ...draftOf(cloud, kept), address }, cloud, kept).address).toEqual(trouble)
  })

  it('reads headers line by line, and names the line that is none', () => {
    const draft = { ...draftOf(cloud, kept), headers: 'X-Team: Home: two\n\nX-Age: 7' }
    expect(changeOf(draft, cloud, false).headers).toEqual({ 'X-Team': 'Home: two', 'X-Age': '7' })
    expect(troublesOf({ ...draft, headers: 'X-Team: Home\n\nnone' }, cloud, kept).headers).toEqual(['headersWrong', 3])
  })

  it('takes a comma for a point, and wants a currency with a price', () => {
    const draft = { ...draftOf(cloud, undefined), key: 'k', priceIn: '0,15' }
    expect(troublesOf(draft, cloud, undefined)).toEqual({ currency: ['wrongCurrency'] })
    expect(changeOf({ ...draft, currency: 'eur' }, cloud, true)).toMatchObject({ preset: 'cloud', key: 'k', prices: { currency: 'EUR', in: 0.15, out: 0 } })
    const waits = { ...draft.waits, stall_s: '-3' }
    expect(troublesOf({ ...draft, currency: 'EUR', priceOut: 'much', waits }, cloud, undefined)).toEqual({
      priceOut: ['wrongPrice'],
      stall_s: ['wrongNumber'],
    })
  })
})

describe('the controls of the style', () => {
  it('take what fits and nothing else', () => {
    expect(valueOf('temperature', ' 0,8 ')).toBe(0.8)
    expect(valueOf('temperature', '')).toBeUndefined()
    expect(valueOf('temperature', '2.1')).toBeNaN()
    expect(valueOf('top_k', '1.5')).toBeNaN()
    expect(stopsOf('END\n\n***')).toEqual(['END', '***'])
    expect(stopsOf('1\n2\n3\n4\n5')).toBeUndefined()
  })

  it('go out where they are emptied', () => {
    expect(withSampler({ temperature: 1, top_p: 0.9 }, 'temperature', undefined)).toEqual({ top_p: 0.9 })
    expect(withSampler({ top_p: 0.9 }, 'stop', ['END'])).toEqual({ top_p: 0.9, stop: ['END'] })
  })
})

describe('what is said of a storyteller', () => {
  it('depends on where the words go', () => {
    expect(praiseOf({ kind: 'openai', ref: 'openai:0123456789ab', place: 'here' })).toBe('here')
    expect(praiseOf({ kind: 'openai', ref: 'openai', place: 'sent' })).toBe('operator')
    expect(praiseOf({ kind: 'local', ref: 'local', place: 'here' })).toBe('local')
  })

  it('says sizes as people do', () => {
    expect(bytesText(4_920_739_232, 'de')).toBe('4,9\u00a0GB')
    expect(bytesText(491_400_032, 'en')).toBe('491 MB')
  })
})
