// What a figure is made of: flat shapes in a box of 100 by 100 that stands on its lower edge.

/** d dark, l light, a accent, g glow, m middle tone, n near tone, s soft: between middle and light. */
export type Tint = 'd' | 'l' | 'a' | 'g' | 'm' | 'n' | 's'
export type Shape = readonly [tint: Tint, path: string, stroke?: number, opacity?: number]

/** A circle as a path. */
export const disc = (x: number, y: number, r: number, ry: number = r): string =>
  `M${x - r} ${y}a${r} ${ry} 0 1 0 ${2 * r} 0a${r} ${ry} 0 1 0 ${-2 * r} 0Z`

/** Two discs at one height. */
export const eyes = (left: number, right: number, y: number, r: number): string => disc(left, y, r) + disc(right, y, r)
