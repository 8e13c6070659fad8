// What sceneries are built from: ridges, trees, houses, clouds, stars, waves. All in the cover's 300 by 400.

import type { ReactNode } from 'react'
import type { Palette } from './palettes'
import type { Random } from './random'
import { disc } from './shapes'

export const WIDTH = 300
export const HEIGHT = 400

const n = (value: number): string => String(Math.round(value * 10) / 10)

/** The points of a hilly line from left to right. */
function outline(random: Random, y: number, height: number, steps: number): [number, number][] {
  const points: [number, number][] = []
  for (let step = 0; step <= steps; step += 1) {
    const sway = random.between(0, 1) * (step % 2 === 0 ? 1 : -1)
    points.push([(step / steps) * (WIDTH + 40) - 20, y - sway * height])
  }
  return points
}

/** A soft ridge: a closed path down to the lower edge. */
export function hills(random: Random, y: number, height: number, steps = 4): string {
  const points = outline(random, y, height, steps)
  let path = `M-20 ${HEIGHT}L-20 ${n(points[0]?.[1] ?? y)}`
  for (let at = 0; at < points.length - 1; at += 1) {
    const [x0, y0] = points[at] ?? [0, y]
    const [x1, y1] = points[at + 1] ?? [WIDTH, y]
    const middle = (x0 + x1) / 2
    path += `C${n(middle)} ${n(y0)} ${n(middle)} ${n(y1)} ${n(x1)} ${n(y1)}`
  }
  return `${path}L${WIDTH + 20} ${HEIGHT}Z`
}

/** A flat piece of paper: its shape, and the thin shadow that it throws on what lies behind. */
export function Sheet({ d, fill, lift = 3 }: { d: string; fill: string; lift?: number }) {
  return (
    <>
      <path d={d} fill="#000" opacity={0.1} transform={`translate(0 ${-lift})`} />
      <path d={d} fill={fill} />
    </>
  )
}

interface Peak {
  x: number
  y: number
  half: number
}

/** Sharp mountains with snow on the tops. */
export function Peaks({ random, y, height, count, fill, snow }: { random: Random; y: number; height: number; count: number; fill: string; snow?: string }) {
  const peaks: Peak[] = []
  for (let at = 0; at < count; at += 1) {
    const x = ((at + 0.5) / count) * WIDTH + random.between(-18, 18)
    peaks.push({ x, y: y - height * random.between(0.6, 1), half: (WIDTH / count) * random.between(0.75, 1.05) })
  }
  const body = peaks.map((peak) => `M${n(peak.x - peak.half)} ${y + 4}L${n(peak.x)} ${n(peak.y)}L${n(peak.x + peak.half)} ${y + 4}Z`).join('')
  const caps = peaks
    .map(({ x, y: top, half }) => {
      const depth = (y - top) * 0.32
      const side = (half * depth) / (y - top)
      return `M${n(x)} ${n(top)}l${n(side)} ${n(depth)}l${n(-side * 0.45)} ${n(-depth * 0.2)}l${n(-side * 0.4)} ${n(depth * 0.34)}l${n(-side * 0.5)} ${n(-depth * 0.36)}l${n(-side * 0.65)} ${n(depth * 0.22)}Z`
    })
    .join('')
  const shade = peaks.map(({ x, y: top, half }) => `M${n(x)} ${n(top)}L${n(x + half)} ${y + 4}H${n(x + half * 0.25)}L${n(x + half * 0.12)} ${n(top + (y - top) * 0.5)}Z`).join('')
  return (
    <>
      <path d={`${body}M-5 ${y}H305V400H-5Z`} fill={fill} />
      <path d={shade} fill="#000" opacity={0.08} />
      {snow !== undefined && <path d={caps} fill={snow} opacity={0.92} />}
    </>
  )
}

/** A fir standing on a point. */
export const fir = (x: number, y: number, height: number): string => {
  const w = height * 0.27
  const tier = (top: number, half: number, bottom: number): string =>
    `M${n(x)} ${n(y - height * top)}L${n(x + half)} ${n(y - height * bottom)}Q${n(x)} ${n(y - height * (bottom + 0.05))} ${n(x - half)} ${n(y - height * bottom)}Z`
  return tier(1, w * 0.6, 0.62) + tier(0.76, w * 0.85, 0.34) + tier(0.5, w * 1.1, 0.08) + `M${n(x - 2)} ${n(y)}v${n(-height * 0.12)}h4v${n(height * 0.12)}Z`
}

/** A round tree standing on a point: crown and trunk. */
export const leafTree = (x: number, y: number, height: number): { crown: string; trunk: string } => ({
  crown: disc(x, y - height * 0.64, height * 0.3, height * 0.36),
  trunk: `M${n(x - height * 0.03)} ${n(y)}l${n(height * 0.015)} ${n(-height * 0.6)}h${n(height * 0.03)}l${n(height * 0.015)} ${n(height * 0.6)}Z`,
})

/** A row of something along a line, each at its own place and height. */
export function row(random: Random, count: number, y: (x: number) => number, height: [number, number], draw: (x: number, y: number, height: number) => string): string {
  let path = ''
  for (let at = 0; at < count; at += 1) {
    const x = ((at + random.between(0.1, 0.9)) / count) * (WIDTH + 20) - 10
    path += draw(x, y(x), random.between(...height))
  }
  return path
}

/** A house with a gable; returns its wall, roof, and windows. */
export function house(random: Random, x: number, y: number, width: number, height: number): { wall: string; roof: string; lit: string; dim: string } {
  const roofHeight = width * random.between(0.45, 0.75)
  const wall = `M${n(x)} ${n(y)}v${n(-height)}h${n(width)}v${n(height)}Z`
  const roof = `M${n(x - width * 0.09)} ${n(y - height)}L${n(x + width / 2)} ${n(y - height - roofHeight)}L${n(x + width * 1.09)} ${n(y - height)}Z`
  let lit = ''
  let dim = ''
  const columns = width > 34 ? 3 : 2
  const rows = height > 40 ? 2 : 1
  const w = width / (columns * 2.2)
  for (let line = 0; line < rows; line += 1) {
    for (let column = 0; column < columns; column += 1) {
      const wx = x + (width / columns) * (column + 0.5) - w / 2
      const wy = y - height + 7 + line * (height / rows)
      const pane = `M${n(wx)} ${n(wy)}h${n(w)}v${n(w * 1.35)}h${n(-w)}Z`
      if (random.chance(0.6)) lit += pane
      else dim += pane
    }
  }
  return { wall, roof, lit, dim }
}

/** A cloud with a flat belly. */
export const cloud = (x: number, y: number, size: number): string =>
  `M${n(x - size)} ${n(y)}c0-${n(size * 0.42)} ${n(size * 0.5)}-${n(size * 0.5)} ${n(size * 0.62)}-${n(size * 0.22)}c${n(size * 0.1)}-${n(size * 0.5)} ${n(size * 0.86)}-${n(size * 0.48)} ${n(size * 0.86)} ${n(size * 0.04)}c${n(size * 0.46)}-${n(size * 0.14)} ${n(size * 0.62)} ${n(size * 0.1)} ${n(size * 0.52)} ${n(size * 0.18)}Z`

/** Stars of the sky down to a height; a few of them with rays. */
export function Stars({ random, palette, count, to }: { random: Random; palette: Palette; count: number; to: number }) {
  let small = ''
  let rays = ''
  for (let at = 0; at < count; at += 1) {
    const x = random.between(8, WIDTH - 8)
    // The large ones stay below the title.
    const y = random.between(at % 9 === 0 ? to * 0.6 : 8, to)
    if (at % 9 === 0) {
      const r = random.between(2.6, 4.6)
      const q = r * 0.16
      rays += `M${n(x)} ${n(y - r)}q${n(q)} ${n(r - q)} ${n(r)} ${n(r)}q${n(-r + q)} ${n(q)} ${n(-r)} ${n(r)}q${n(-q)} ${n(-r + q)} ${n(-r)} ${n(-r)}q${n(r - q)} ${n(-q)} ${n(r)} ${n(-r)}Z`
    } else small += disc(Math.round(x * 10) / 10, Math.round(y * 10) / 10, random.pick([0.7, 0.9, 1.2]))
  }
  return (
    <g fill={palette.light}>
      <path d={small} opacity={0.7} />
      <path d={rays} opacity={0.9} />
    </g>
  )
}

/** A band of water from a line downwards, its edge in scallops. */
export function wave(y: number, width: number, height: number, shift: number): string {
  let path = `M${n(-width * 2 + shift)} ${HEIGHT}V${n(y)}`
  for (let x = -width * 2 + shift; x < WIDTH + width; x += width) path += `q${n(width / 2)} ${n(height)} ${n(width)} 0`
  return `${path}V${HEIGHT}Z`
}

export const Piece = ({ d, fill, opacity }: { d: string; fill: string; opacity?: number }): ReactNode =>
  d === '' ? null : <path d={d} fill={fill} opacity={opacity} />
