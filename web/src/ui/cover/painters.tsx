// One scenery a place. Each says where its land begins, what lies behind the figure and before it, and where
// and how large the figure stands.

import type { ReactNode } from 'react'
import type { CoverPlan } from './plan'
import type { Palette } from './palettes'
import type { Place } from './words'
import { fir, hills, house, leafTree, Peaks, Piece, row, Sheet } from './land'
import { disc } from './shapes'
import { castle, desert, island, jungle, sea, space, underwater } from './farPainters'

export interface Brush {
  plan: CoverPlan
  palette: Palette
  /** Figures that fly leave the ground. */
  flying: boolean
}

export interface Scene {
  horizon: number
  behind: ReactNode
  before?: ReactNode
  /** The middle of the figure's lower edge, and its size. */
  spot: { x: number; y: number; size: number }
  /** What carries a figure that does not belong here. */
  carrier?: 'boat' | 'bubble'
}

export type Painter = (brush: Brush) => Scene

const forest: Painter = ({ plan: { random }, palette: p }) => {
  const far = row(random, 13, () => 268, [44, 78], fir)
  const mid = row(random, 8, () => 306, [70, 120], fir)
  return {
    horizon: 262,
    behind: (
      <>
        <Sheet d={hills(random, 246, 16)} fill={p.far} />
        <Piece d={far} fill={p.far} />
        <Sheet d={hills(random, 272, 8)} fill={p.mid} />
        <Piece d={mid} fill={p.mid} />
        <Sheet d={hills(random, 312, 10)} fill={p.near} />
        <Piece d={fir(18, 338, 150) + fir(62, 330, 92) + fir(284, 338, 168) + fir(244, 328, 96)} fill={p.near} />
      </>
    ),
    before: (
      <>
        <Sheet d={hills(random, 366, 10, 3)} fill={p.dark} />
        <Piece d={fir(-6, 398, 190) + fir(306, 400, 176) + row(random, 16, () => 372, [6, 14], grass)} fill={p.dark} />
      </>
    ),
    spot: { x: random.between(138, 172), y: 364, size: 96 },
  }
}

const grass = (x: number, y: number, height: number): string =>
  `M${x.toFixed(1)} ${y + 4}q-2 ${(-height).toFixed(1)} -5 ${(-height * 1.2).toFixed(1)}q5 4 6 ${height.toFixed(1)}q1 ${(-height * 0.9).toFixed(1)} 5 ${(-height * 1.3).toFixed(1)}q-3 6 -3 ${(height * 1.5).toFixed(1)}Z`

const mountains: Painter = ({ plan: { random, hour }, palette: p }) => ({
  horizon: 268,
  behind: (
    <>
      <Peaks random={random} y={276} height={120} count={3} fill={p.far} snow={p.light} />
      <Peaks random={random} y={296} height={86} count={4} fill={p.mid} {...(hour === 'night' ? {} : { snow: p.light })} />
      <Sheet d={hills(random, 300, 14)} fill={p.near} />
      <Piece d={row(random, 14, (x) => 318 + Math.sin(x / 40) * 6, [16, 34], fir)} fill={p.near} />
    </>
  ),
  before: <Sheet d={hills(random, 366, 12, 3)} fill={p.dark} />,
  spot: { x: random.between(120, 190), y: 366, size: 92 },
})

const meadow: Painter = ({ plan: { random }, palette: p }) => {
  const trees = [0, 1, 2, 3].map(() => leafTree(random.between(14, 286), random.between(282, 300), random.between(34, 62)))
  let stems = ''
  let blooms = ''
  let hearts = ''
  for (let at = 0; at < 17; at += 1) {
    const x = (at / 16) * 300 + random.between(-8, 8)
    const y = 392 - random.between(8, 40)
    stems += `M${x.toFixed(1)} 400Q${(x + 4).toFixed(1)} ${(y + 12).toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`
    if (at % 3 === 0) hearts += disc(Math.round(x), Math.round(y), 5)
    else blooms += disc(Math.round(x), Math.round(y), random.pick([3.2, 4.2, 5.2]))
  }
  return {
    horizon: 262,
    behind: (
      <>
        <Sheet d={hills(random, 256, 22)} fill={p.far} />
        <Sheet d={hills(random, 288, 20)} fill={p.mid} />
        <Piece d={trees.map(({ trunk }) => trunk).join('')} fill={p.dark} />
        <Piece d={trees.map(({ crown }) => crown).join('')} fill={p.near} />
        <Sheet d={hills(random, 330, 18, 3)} fill={p.near} />
      </>
    ),
    before: (
      <>
        <Sheet d={hills(random, 378, 8, 3)} fill={p.dark} />
        <path d={stems} stroke={p.dark} strokeWidth={2} fill="none" />
        <Piece d={blooms} fill={p.accent} />
        <Piece d={hearts} fill={p.light} />
      </>
    ),
    spot: { x: random.between(120, 180), y: 372, size: 104 },
  }
}

const snow: Painter = ({ plan: { random }, palette: p }) => {
  const home = house(random, random.chance(0.5) ? 38 : 208, 304, 46, 26)
  return {
    horizon: 262,
    behind: (
      <>
        <Peaks random={random} y={272} height={92} count={4} fill={p.far} snow={p.light} />
        <Piece d={row(random, 15, () => 286, [28, 54], fir)} fill={p.mid} />
        <Sheet d={hills(random, 286, 14)} fill={p.near} />
        <Piece d={home.wall} fill={p.dark} />
        <Piece d={home.lit + home.dim} fill={p.glow} />
        <Piece d={home.roof} fill={p.light} />
        <Sheet d={hills(random, 316, 12)} fill={p.light} />
        <Piece d={fir(24, 352, 96) + fir(276, 356, 110) + fir(246, 344, 62)} fill={p.dark} />
      </>
    ),
    before: <Sheet d={hills(random, 372, 10, 3)} fill={p.near} />,
    spot: { x: random.between(130, 170), y: 374, size: 100 },
  }
}

const city: Painter = ({ plan: { random }, palette: p }) => {
  const skyline = (y: number, low: number, high: number): { blocks: string; panes: string } => {
    let blocks = ''
    let panes = ''
    for (let x = -8; x < 300; ) {
      const width = random.between(22, 46)
      const top = y - random.between(low, high)
      blocks += `M${x.toFixed(1)} 400V${top.toFixed(1)}`
      blocks += random.chance(0.35) ? `l${(width / 2).toFixed(1)} ${(-width * 0.5).toFixed(1)} ${(width / 2).toFixed(1)} ${(width * 0.5).toFixed(1)}` : `h${width.toFixed(1)}`
      blocks += 'V400Z'
      for (let wy = top + 8; wy < y + 40; wy += 12) {
        for (let wx = x + 5; wx < x + width - 7; wx += 9) if (random.chance(0.36)) panes += `M${wx.toFixed(1)} ${wy.toFixed(1)}h4v6h-4Z`
      }
      x += width
    }
    return { blocks, panes }
  }
  const far = skyline(280, 44, 98)
  const mid = skyline(318, 30, 84)
  return {
    horizon: 268,
    behind: (
      <>
        <Piece d={far.blocks} fill={p.far} />
        <Piece d={far.panes} fill={p.glow} opacity={0.5} />
        <Sheet d={mid.blocks} fill={p.mid} />
        <Piece d={mid.panes} fill={p.glow} opacity={0.9} />
      </>
    ),
    before: (
      <>
        <Piece d="M-10 400V372L96 338 204 366 310 336V400Z" fill={p.dark} />
        <Piece d="M40 360v-34h20v28ZM37 322h26v6H37ZM246 358v-30h16v26ZM243 325h22v5h-22Z" fill={p.dark} />
        <path d="M-10 384L96 350 204 378 310 348M-10 396L96 362 204 390 310 360" stroke={p.near} strokeWidth={1.6} fill="none" />
      </>
    ),
    spot: { x: random.between(140, 168), y: 359, size: 92 },
  }
}

const village: Painter = ({ plan: { random, hour }, palette: p }) => {
  const houses = [-10, 36, 86, 204, 252].map((x, at) => house(random, x + random.between(-4, 6), 318 + (at % 2) * 6, random.between(36, 48), random.between(30, 52)))
  const join = (part: 'wall' | 'roof' | 'lit' | 'dim'): string => houses.map((one) => one[part]).join('')
  const church = house(random, 148, 306, 26, 70)
  return {
    horizon: 258,
    behind: (
      <>
        <Sheet d={hills(random, 250, 22)} fill={p.far} />
        <Sheet d={hills(random, 284, 12)} fill={p.mid} />
        <Piece d={church.wall} fill={p.light} />
        <Piece d="M144 237L161 186 178 237Z" fill={p.dark} />
        <Piece d={disc(161, 250, 5.5)} fill={p.dark} />
        <Piece d={join('wall')} fill={p.light} opacity={hour === 'night' ? 0.82 : 1} />
        <Piece d={join('roof')} fill={p.accent} />
        <Piece d={join('dim')} fill={p.near} />
        <Piece d={join('lit')} fill={hour === 'day' || hour === 'morning' ? p.mid : p.glow} />
        <Sheet d={hills(random, 326, 8)} fill={p.near} />
      </>
    ),
    before: <Sheet d={hills(random, 374, 9, 3)} fill={p.dark} />,
    spot: { x: random.between(130, 176), y: 374, size: 96 },
  }
}

const home: Painter = ({ plan: { random }, palette: p, flying }) => {
  const left = random.chance(0.5)
  const x = left ? 52 : 150
  const tree = leafTree(left ? 240 : 60, 326, 112)
  return {
    horizon: 266,
    behind: (
      <>
        <Sheet d={hills(random, 262, 18)} fill={p.far} />
        <Sheet d={hills(random, 292, 16)} fill={p.mid} />
        <Piece d={tree.trunk} fill={p.dark} />
        <Piece d={tree.crown} fill={p.near} />
        <Piece d={`M${x + 74} 262v-38h14v50Z`} fill={p.dark} />
        <Piece d={`M${x} 330v-68h100v68Z`} fill={p.light} />
        <Piece d={`M${x - 12} 264L${x + 50} 206l62 58Z`} fill={p.accent} />
        <Piece d={`M${x + 12} 276h20v22h-20ZM${x + 68} 276h20v22h-20Z${disc(x + 50, 244, 9)}`} fill={p.glow} />
        <Piece d={`M${x + 41} 330v-26a9 9 0 0 1 18 0v26Z`} fill={p.dark} />
        <path d={`M${x + 22} 276v22M${x + 12} 287h20M${x + 78} 276v22M${x + 68} 287h20M${x + 50} 235v18M${x + 41} 244h18`} stroke={p.dark} strokeWidth={1.8} />
        <Sheet d={hills(random, 332, 7)} fill={p.near} />
      </>
    ),
    before: (
      <>
        <Sheet d={hills(random, 378, 7, 3)} fill={p.dark} />
        <Piece d={row(random, 18, () => 380, [7, 14], grass)} fill={p.dark} />
      </>
    ),
    spot: flying ? { x: left ? 200 : 104, y: 226, size: 74 } : { x: left ? 204 : 96, y: 380, size: 92 },
  }
}

export const painters: Record<Place, Painter> = {
  forest, mountains, meadow, snow, city, village, house: home, sea, island, space, castle, desert, underwater, jungle,
}

