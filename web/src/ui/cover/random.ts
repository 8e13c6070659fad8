// Numbers that look random and are always the same for the same seed.

export interface Random {
  /** The next number in [0, 1). */
  next: () => number
  between: (low: number, high: number) => number
  pick: <T>(from: readonly [T, ...T[]]) => T
  chance: (probability: number) => boolean
}

/** Source: mulberry32, Tommy Ettinger, public domain. */
export function randomFrom(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  next()
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
    chance: (probability) => next() < probability,
  }
}
