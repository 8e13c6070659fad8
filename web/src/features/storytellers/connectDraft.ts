// PURE: what stands in the form of a server, and what of it is sent. Fields hold text as it was typed.

import { type Connection, type ConnectionChange, type Preset, type Prices, type Wait, waits } from './tellersApi'

export interface Draft {
  name: string
  address: string
  key: string
  forgetKey: boolean
  model: string
  headers: string
  priceIn: string
  priceOut: string
  currency: string
  waits: Record<Wait, string>
  shared: boolean
}

export type Field = 'name' | 'address' | 'key' | 'headers' | 'priceIn' | 'priceOut' | 'currency' | Wait
/** Why a field cannot be sent, as the end of a text's key, with what stands in its gap. */
export type Troubles = Partial<Record<Field, [reason: Reason, gap?: string | number]>>
export type Reason =
  | 'missingName' | 'missingAddress' | 'missingKey' | 'wrongAddress' | 'fillAddress'
  | 'headersWrong' | 'wrongNumber' | 'wrongPrice' | 'wrongCurrency'

/** Seldom asked for, so they are folded away. */
export const folded: readonly Field[] = ['headers', 'priceIn', 'priceOut', 'currency', ...waits]

const shown = (value: number | null | undefined): string => (value === null || value === undefined ? '' : String(value))

export function draftOf(preset: Preset, connection: Connection | undefined): Draft {
  const { prices, timeouts } = connection ?? {}
  return {
    name: connection?.name ?? preset.name,
    address: connection?.base_url ?? preset.base_url,
    key: '',
    forgetKey: false,
    model: connection?.model ?? '',
    headers: '',
    priceIn: shown(prices?.in),
    priceOut: shown(prices?.out),
    currency: prices?.currency ?? '',
    waits: Object.fromEntries(waits.map((wait) => [wait, shown(timeouts?.[wait])])) as Record<Wait, string>,
    shared: connection?.shared ?? false,
  }
}

/** A number as people type it, with a comma or a point; undefined for none. */
function numberOf(typed: string): number | undefined {
  const value = Number(typed.trim().replace(',', '.'))
  return typed.trim() !== '' && Number.isFinite(value) ? value : undefined
}

// The names that RFC 9110 allows (section 5.1); a value may be anything that can be seen.
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(\S.*)$/

const linesOf = (written: string): string[] => written.split('\n').map((line) => line.trim())

function headersOf(written: string): Record<string, string> {
  return Object.fromEntries(linesOf(written).flatMap((line) => {
    const [, name = '', value = ''] = HEADER.exec(line) ?? []
    return name === '' ? [] : [[name, value.trim()]]
  }))
}

function addressTrouble(address: string): Troubles['address'] {
  const given = address.trim()
  if (given === '') return ['missingAddress']
  const gap = /[{<][^}>]*[}>]/.exec(given)
  if (gap) return ['fillAddress', gap[0]]
  return /^https?:\/\/[^\s/]+/i.test(given) && URL.canParse(given) ? undefined : ['wrongAddress']
}

/** What is wrong with what was typed; empty where nothing is. */
export function troublesOf(draft: Draft, preset: Preset, connection: Connection | undefined): Troubles {
  const troubles: Troubles = {}
  const note = (field: Field, trouble: Troubles[Field]): void => {
    if (trouble) troubles[field] = trouble
  }
  note('name', draft.name.trim() === '' ? ['missingName'] : undefined)
  note('address', addressTrouble(draft.address))
  const hasKey = draft.key.trim() !== '' || (connection?.has_key === true && !draft.forgetKey)
  note('key', preset.needs_key && !hasKey ? ['missingKey'] : undefined)
  const wrong = linesOf(draft.headers).findIndex((line) => line !== '' && !HEADER.test(line))
  note('headers', wrong < 0 ? undefined : ['headersWrong', wrong + 1])
  for (const wait of waits) {
    const seconds = numberOf(draft.waits[wait])
    note(wait, draft.waits[wait].trim() === '' || (seconds !== undefined && seconds > 0) ? undefined : ['wrongNumber'])
  }
  for (const price of ['priceIn', 'priceOut'] as const) {
    const amount = numberOf(draft[price])
    note(price, draft[price].trim() === '' || (amount !== undefined && amount >= 0) ? undefined : ['wrongPrice'])
  }
  const hasPrice = draft.priceIn.trim() !== '' || draft.priceOut.trim() !== ''
  const currency = draft.currency.trim()
  note('currency', (currency === '' && !hasPrice) || /^[A-Za-z]{3}$/.test(currency) ? undefined : ['wrongCurrency'])
  return troubles
}

function pricesOf({ priceIn, priceOut, currency }: Draft): Prices | null {
  const [paidIn, paidOut] = [numberOf(priceIn), numberOf(priceOut)]
  return paidIn === undefined && paidOut === undefined ? null : { currency: currency.trim().toUpperCase(), in: paidIn ?? 0, out: paidOut ?? 0 }
}

/** The body to send for a draft without troubles; a key and headers that were left empty stay as they are kept. */
export function changeOf(draft: Draft, preset: Preset, isNew: boolean): ConnectionChange {
  const timeouts = Object.fromEntries(waits.flatMap((wait) => {
    const seconds = numberOf(draft.waits[wait])
    return seconds === undefined ? [] : [[wait, seconds]]
  }))
  const key = draft.key.trim()
  return {
    name: draft.name.trim(),
    base_url: draft.address.trim(),
    ...(isNew && preset.id !== '' ? { preset: preset.id } : {}),
    ...(key !== '' ? { key } : draft.forgetKey ? { key: null } : {}),
    ...(draft.headers.trim() === '' ? {} : { headers: headersOf(draft.headers) }),
    model: draft.model.trim() === '' ? null : draft.model.trim(),
    prices: pricesOf(draft),
    timeouts: Object.keys(timeouts).length === 0 ? null : timeouts,
    shared: draft.shared,
  }
}
