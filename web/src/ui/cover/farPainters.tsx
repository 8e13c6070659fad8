// The sceneries that are no fields, woods or towns: water, islands, castles, deserts, jungles, space.

import { hills, Piece, row, Sheet, wave, leafTree } from './land'
import { disc } from './shapes'
import type { Painter } from './painters'

export const sea: Painter = ({ plan: { random }, palette: p }) => {
  let glints = ''
  for (let at = 0; at < 16; at += 1) glints += `M${Math.round(random.between(10, 280))} ${Math.round(random.between(258, 300))}h${Math.round(random.between(6, 22))}`
  return {
    horizon: 250,
    behind: (
      <>
        <Piece d={hills(random, 244, 12, 5)} fill={p.far} />
        <path d="M-5 250H305V400H-5Z" fill={p.mid} />
        <path d={glints} stroke={p.light} strokeWidth={1.6} strokeLinecap="round" opacity={0.55} />
        <Sheet d={wave(290, 42, 9, random.between(0, 30))} fill={p.mid} lift={2} />
        <Sheet d={wave(312, 50, 11, random.between(0, 30))} fill={p.near} lift={2} />
        <path d="M40 196q7-7 13 0q6-7 13 0M232 176q6-6 11 0q5-6 11 0M80 178q5-5 9 0q4-5 9 0" stroke={p.dark} strokeWidth={2} fill="none" strokeLinecap="round" />
      </>
    ),
    before: (
      <>
        <Sheet d={wave(342, 58, 13, random.between(0, 40))} fill={p.near} lift={2.5} />
        <Sheet d={wave(368, 66, 14, random.between(0, 40))} fill={p.dark} lift={3} />
      </>
    ),
    spot: { x: random.between(130, 170), y: 350, size: 112 },
    carrier: 'boat',
  }
}

export const island: Painter = ({ plan: { random, motif }, palette: p }) => {
  const left = random.chance(0.5)
  const x = left ? 96 : 204
  return {
    horizon: 262,
    behind: (
      <>
        <Piece d={hills(random, 256, 10, 5)} fill={p.far} />
        <path d="M-5 262H305V400H-5Z" fill={p.mid} />
        <Sheet d={wave(286, 40, 8, random.between(0, 30))} fill={p.mid} lift={2} />
        <Sheet d={`M${x - 110} 400C${x - 84} 330 ${x - 46} 306 ${x} 306s84 24 110 94Z`} fill={p.near} />
        <Sheet d={wave(346, 46, 9, random.between(0, 30))} fill={p.near} lift={2} />
        {motif !== 'boat' && (
          <g transform={`translate(${left ? 216 : 34} 300) scale(.42)`}>
            <path d="M49 12h2.600v68H49ZM8 76h86c-3 12-9 20-18 24H28C18 97 11 88 8 76Z" fill={p.dark} />
            <path d="M54 16c22 14 34 34 33 54H54ZM46 24C31 36 20 52 17 70h29Z" fill={p.light} />
          </g>
        )}
      </>
    ),
    before: <Sheet d={wave(370, 62, 13, random.between(0, 40))} fill={p.dark} lift={3} />,
    spot: motif === 'boat' ? { x: 300 - x, y: 366, size: 100 } : { x, y: motif === 'lighthouse' ? 316 : 322, size: motif === 'lighthouse' ? 126 : 92 },
  }
}

export const castle: Painter = ({ plan: { random }, palette: p }) => {
  const x = random.between(120, 180)
  const tower = (dx: number, top: number, w: number): string => `M${x + dx - w / 2} 290V${top}h${w}v${290 - top}Z`
  const cone = (dx: number, top: number, w: number): string => `M${x + dx - w / 2 - 4} ${top + 1}L${x + dx} ${top - w * 1.500} ${x + dx + w / 2 + 4} ${top + 1}Z`
  const flag = (dx: number, top: number, w: number): string => `M${x + dx - 0.8} ${top - w * 1.500 - 12}h1.600l12 4-12 4v8h-1.600Z`
  const towers: [number, number, number][] = [[-52, 222, 22], [52, 226, 22], [-22, 196, 24], [24, 206, 20]]
  const all = (draw: (dx: number, top: number, w: number) => string): string => towers.map((one) => draw(...one)).join('')
  return {
    horizon: 268,
    behind: (
      <>
        <Sheet d={hills(random, 254, 24)} fill={p.far} />
        <Sheet d={`M-20 400V330C${x - 90} 316 ${x - 80} 270 ${x} 268s100 46 ${320 - x} 58V400Z`} fill={p.mid} />
        <Piece d={all(tower)} fill={p.light} />
        <Piece d={`M${x - 52} 292v-48h104v48Z`} fill={p.light} />
        <path d={`M${x - 44} 244v-6h8v6h8v-6h8v6h8v-6h8v6h8v-6h8v6h8v-6h8v6h8v-6h8v6Z`} fill={p.light} />
        <Piece d={`M${x + 12} 290V206h10v84ZM${x - 30} 290V246h14v44ZM${x + 52} 290V226h11v64Z`} fill={p.dark} opacity={0.1} />
        <Piece d={all(cone) + flag(-22, 196, 24)} fill={p.accent} />
        <Piece d={`M${x - 9} 292v-18a9 9 0 0 1 18 0v18Z`} fill={p.dark} />
        <Piece d={`M${x - 25} 212h6v10h-6ZM${x + 21} 220h5v9h-5ZM${x - 55} 238h6v9h-6ZM${x + 49} 242h6v9h-6ZM${x - 25} 254h6v10h-6ZM${x + 20} 256h6v10h-6Z`} fill={p.dark} />
        <Sheet d={hills(random, 332, 12)} fill={p.near} />
      </>
    ),
    before: <Sheet d={hills(random, 374, 10, 3)} fill={p.dark} />,
    spot: { x: x > 150 ? random.between(76, 100) : random.between(200, 224), y: 374, size: 96 },
  }
}

export const desert: Painter = ({ plan: { random }, palette: p }) => {
  const x = random.between(60, 110)
  return {
    horizon: 268,
    behind: (
      <>
        <Piece d={`M${x} 276l46-58 46 58ZM${x + 74} 276l34-42 34 42Z`} fill={p.far} />
        <Piece d={`M${x + 46} 218l46 58H${x + 58}ZM${x + 108} 234l34 42h-24Z`} fill={p.mid} opacity={0.6} />
        <Sheet d={hills(random, 276, 12, 3)} fill={p.far} />
        <Sheet d={hills(random, 304, 20, 3)} fill={p.mid} />
        <Piece d="M250 344V292q0-7 5-7t5 7v16h5q4 0 4-5v-8q0-4 3-4t3 4v10q0 11-10 11h-5v28Z" fill={p.dark} />
        <Sheet d={hills(random, 338, 18, 3)} fill={p.near} />
      </>
    ),
    before: <Sheet d={hills(random, 378, 8, 3)} fill={p.dark} />,
    spot: { x: random.between(120, 160), y: 376, size: 112 },
  }
}

export const jungle: Painter = ({ plan: { random }, palette: p }) => {
  const crowns = row(random, 9, () => 290, [70, 116], (x, y, height) => leafTree(x, y, height).crown)
  const frond = (x: number, y: number, length: number, turn: number): string => {
    const tip = [x + Math.cos(turn) * length, y + Math.sin(turn) * length] as const
    const side = [Math.cos(turn + 1.57) * length * 0.2, Math.sin(turn + 1.57) * length * 0.2] as const
    const half = [(x + tip[0]) / 2, (y + tip[1]) / 2] as const
    return `M${x} ${y}Q${(half[0] + side[0]).toFixed(1)} ${(half[1] + side[1]).toFixed(1)} ${tip[0].toFixed(1)} ${tip[1].toFixed(1)}Q${(half[0] - side[0]).toFixed(1)} ${(half[1] - side[1]).toFixed(1)} ${x} ${y}Z`
  }
  const bush = (x: number, y: number, length: number): string => [-2.900, -2.400, -1.900, -1.400, -0.900, -0.400].map((turn, at) => frond(x, y, length * (at % 2 === 0 ? 0.85 : 1), turn)).join('')
  return {
    horizon: 256,
    behind: (
      <>
        <Piece d={crowns} fill={p.far} />
        <Sheet d={row(random, 7, () => 326, [74, 120], (x, y, height) => leafTree(x, y, height).crown)} fill={p.mid} />
        <path d="M-5 300H305V400H-5Z" fill={p.mid} />
        <Sheet d={hills(random, 326, 10)} fill={p.near} />
        <Piece d={bush(24, 346, 74) + bush(278, 350, 80)} fill={p.near} />
      </>
    ),
    before: (
      <>
        <Sheet d={hills(random, 376, 8, 3)} fill={p.dark} />
        <Piece d={bush(-4, 404, 100) + bush(304, 404, 104) + bush(66, 408, 48) + bush(236, 408, 44)} fill={p.dark} />
        <Piece d={disc(44, 372, 5) + disc(254, 366, 6) + disc(266, 380, 4)} fill={p.accent} />
      </>
    ),
    spot: { x: random.between(134, 166), y: 374, size: 110 },
  }
}

export const space: Painter = ({ plan: { random }, palette: p, flying }) => {
  const left = random.chance(0.5)
  const x = left ? 80 : 222
  const craters = [0, 1, 2, 3, 4, 5].map(() => disc(Math.round(random.between(20, 280)), Math.round(random.between(346, 388)), random.between(6, 15), random.between(2, 4))).join('')
  return {
    horizon: 330,
    behind: (
      <>
        <circle cx={x} cy={214} r={44} fill={p.accent} />
        <path d={`M${x + 8} 171a44 44 0 0 1 0 86a56 56 0 0 0 0-86Z`} fill={p.dark} opacity={0.22} />
        <path d={`M${x - 42} 200q42 16 84 2M${x - 43} 222q44 16 87 0`} stroke={p.light} strokeWidth={4} fill="none" opacity={0.4} />
        <path d={`M${x - 41} 205C${x - 98} 236 ${x - 60} 250 ${x} 232S${x + 98} 196 ${x + 43} 204`} stroke={p.glow} strokeWidth={5} fill="none" strokeLinecap="round" />
        <circle cx={left ? 226 : 70} cy={252} r={12} fill={p.light} opacity={0.85} />
        <Sheet d={hills(random, 330, 10)} fill={p.mid} />
      </>
    ),
    before: (
      <>
        <Sheet d={hills(random, 358, 8, 3)} fill={p.near} />
        <Piece d={craters} fill={p.dark} opacity={0.5} />
      </>
    ),
    spot: flying ? { x: left ? 198 : 104, y: 326, size: 120 } : { x: left ? 190 : 112, y: 362, size: 100 },
  }
}

export const underwater: Painter = ({ plan: { random }, palette: p }) => {
  const kelp = (x: number, height: number): string => {
    let path = `M${x} 400`
    for (let y = 400; y > 400 - height; y -= 22) path += `q${(400 - y) % 44 === 0 ? 10 : -10} -11 0 -22`
    return path
  }
  let bubbles = ''
  for (let at = 0; at < 20; at += 1) bubbles += disc(Math.round(random.between(10, 290)), Math.round(random.between(160, 370)), random.pick([1.6, 2.4, 3.6]))
  const fish = (x: number, y: number, size: number): string => `M${x} ${y}q${size} ${-size * 0.7} ${size * 2} 0l${size * 0.7} ${-size * 0.5}v${size}l${-size * 0.7} ${-size * 0.5}q${-size} ${size * 0.7} ${-size * 2} 0Z`
  return {
    horizon: 320,
    behind: (
      <>
        <path d="M60-5L-30 400H40L96-5ZM150-5L110 400h70L190-5ZM236-5L260 400h80L276-5Z" fill={p.light} opacity={0.07} />
        <Piece d={hills(random, 306, 26)} fill={p.far} />
        <Piece d={fish(52, 216, 8) + fish(78, 232, 6) + fish(40, 240, 6) + fish(228, 196, 7) + fish(250, 210, 5)} fill={p.accent} opacity={0.85} />
        <Sheet d={hills(random, 336, 18)} fill={p.mid} />
        <path d={kelp(22, 150) + kelp(40, 104) + kelp(274, 166) + kelp(256, 96)} stroke={p.near} strokeWidth={8} strokeLinecap="round" fill="none" />
        <Piece d={bubbles} fill={p.light} opacity={0.45} />
      </>
    ),
    before: (
      <>
        <Sheet d={hills(random, 376, 10, 3)} fill={p.dark} />
        <path d="M70 400v-30M70 386l-12-14M70 380l12-16M230 400v-34M230 386l-14-12M230 378l12-14M216 374v-10M242 364v-9" stroke={p.accent} strokeWidth={6} strokeLinecap="round" fill="none" />
      </>
    ),
    spot: { x: random.between(138, 162), y: 338, size: 112 },
    carrier: 'bubble',
  }
}
