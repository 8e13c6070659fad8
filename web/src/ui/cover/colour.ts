// Mixing colours of a palette.

const channels = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))

/** A colour on its way to another one: 0 is the first, 1 the second. Both as `#rrggbb`. */
export function lighter(from: string, to: string, way: number): string {
  const end = channels(to)
  const mixed = channels(from).map((channel, at) => Math.round(channel + ((end[at] ?? channel) - channel) * way))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
