// The sky of a cover: its colours, sun or moon, stars, clouds, and what falls from it.

import type { CoverPlan } from './plan'
import type { Palette } from './palettes'
import { cloud, HEIGHT, Stars, WIDTH } from './land'
import { disc } from './shapes'

export interface SkyProps {
  plan: CoverPlan
  palette: Palette
  /** For the gradient: ids are shared by all covers of a page. */
  id: string
  /** Where the land begins. */
  horizon: number
}

const isDark = (plan: CoverPlan): boolean => plan.hour === 'night' || plan.palette === 'cosmos' || plan.palette === 'moss'

export function Sky({ plan, palette, id, horizon }: SkyProps) {
  const { random, hour, place, motif } = plan
  const [top, middle, low] = palette.sky
  const dark = isDark(plan)
  const openAir = place !== 'underwater' && place !== 'space'
  const x = random.chance(0.5) ? random.between(58, 105) : random.between(195, 242)
  const y = hour === 'dusk' ? horizon - random.between(16, 40) : random.between(154, 178)
  return (
    <>
      <linearGradient id={id} x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stopColor={top} />
        <stop offset="0.36" stopColor={middle} />
        <stop offset={Math.min(1, horizon / HEIGHT + 0.06)} stopColor={low} />
      </linearGradient>
      <rect width={WIDTH} height={HEIGHT} fill={`url(#${id})`} />
      {(dark || hour === 'dusk') && <Stars random={random} palette={palette} count={dark ? 58 : 22} to={dark ? 215 : 130} />}
      {openAir && motif !== 'star' && (dark ? <Moon x={x} y={y} plan={plan} palette={palette} /> : <Sun x={x} y={y} low={hour === 'dusk'} palette={palette} />)}
      {openAir && <Clouds plan={plan} palette={palette} horizon={horizon} faint={dark} />}
    </>
  )
}

function Sun({ x, y, low, palette }: { x: number; y: number; low: boolean; palette: Palette }) {
  const r = low ? 40 : 24
  return (
    <g fill={low ? palette.glow : palette.light}>
      <circle cx={x} cy={y} r={r * 2.1} opacity={0.16} />
      <circle cx={x} cy={y} r={r * 1.5} opacity={0.24} />
      <circle cx={x} cy={y} r={r} />
    </g>
  )
}

function Moon({ x, y, plan, palette }: { x: number; y: number; plan: CoverPlan; palette: Palette }) {
  const r = plan.random.between(22, 33)
  const crescent = plan.random.chance(0.45)
  return (
    <g fill={palette.light}>
      <circle cx={x} cy={y} r={r * 2.2} opacity={0.07} />
      <circle cx={x} cy={y} r={r * 1.55} opacity={0.1} />
      {crescent ? (
        <path d={`M${x - r * 0.3} ${y - r}A${r} ${r} 0 1 0 ${x + r} ${y + r * 0.3}A${r * 0.86} ${r * 0.86} 0 1 1 ${x - r * 0.3} ${y - r}Z`} />
      ) : (
        <>
          <circle cx={x} cy={y} r={r} />
          <path d={disc(x - r * 0.35, y - r * 0.2, r * 0.2) + disc(x + r * 0.3, y + r * 0.28, r * 0.27) + disc(x + r * 0.34, y - r * 0.42, r * 0.12)} fill={palette.sky[1]} opacity={0.22} />
        </>
      )}
    </g>
  )
}

function Clouds({ plan, palette, horizon, faint }: { plan: CoverPlan; palette: Palette; horizon: number; faint: boolean }) {
  const { random } = plan
  const count = plan.palette === 'rain' ? 4 : random.pick([1, 2, 3])
  let d = ''
  for (let at = 0; at < count; at += 1) d += cloud(random.between(20, 280), random.between(150, horizon - 24), random.between(22, 40))
  return <path d={d} fill={palette.light} opacity={faint ? 0.14 : 0.62} />
}

/** Snow or rain in front of everything. */
export function Falling({ plan, palette }: { plan: CoverPlan; palette: Palette }) {
  const { random } = plan
  let d = ''
  if (plan.place === 'snow') {
    for (let at = 0; at < 46; at += 1) d += disc(Math.round(random.between(6, 294)), Math.round(random.between(120, 390)), random.pick([1.2, 1.8, 2.6]))
    return <path d={d} fill={palette.light} opacity={0.9} />
  }
  if (plan.palette !== 'rain') return null
  for (let at = 0; at < 42; at += 1) d += `M${Math.round(random.between(0, 310))} ${Math.round(random.between(140, 380))}l-4 13`
  return <path d={d} stroke={palette.light} strokeWidth={1.1} opacity={0.5} fill="none" />
}
