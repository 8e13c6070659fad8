// A story's cover, drawn from what the story is; the same story always gets the same cover.
// Decoration: its title stands beside it as text wherever it is used, so it is hidden from the ear.

import { memo, useId, useMemo } from 'react'
import styles from './Cover.module.css'
import { lighter } from './colour'
import { motifs } from './motifs'
import { painters, type Scene } from './painters'
import { palettes, type Palette } from './palettes'
import { type CoverBrief, type CoverPlan, planOf } from './plan'
import type { Tint } from './shapes'
import { Falling, Sky } from './sky'
import { titleSize } from './titleSize'
import type { Motif } from './words'

export interface CoverStory {
  seed: number
  title: string
  language: string
  brief: CoverBrief
}

export interface CoverProps {
  story: CoverStory
  /** `small`: a thumbnail without words; `medium`: on the shelf; `large`: the title page. */
  size?: 'small' | 'medium' | 'large'
}

const flyers = new Set<Motif>(['balloon', 'rocket', 'star'])
/** Figures that need no lighter ground to stand out. */
const selfLit = new Set<Motif>(['boat', 'lighthouse', 'star', 'balloon', 'rocket', 'tree', 'tent', 'train', 'whale'])
const swimmers = new Set<Motif>(['boat', 'whale', 'fish', 'octopus', 'turtle'])

export const Cover = memo(function Cover({ story, size = 'medium' }: CoverProps) {
  const { seed, title, language, brief } = story
  const id = useId()
  // The brief is new with every answer of the server; what it says is not.
  const wording = JSON.stringify(brief)
  const scenery = useMemo(() => {
    const plan = planOf(seed, JSON.parse(wording) as CoverBrief)
    return { art: <Scenery plan={plan} id={id} />, ink: palettes[plan.palette].ink }
  }, [seed, wording, id])
  return (
    <div className={[styles.cover, styles[size]].join(' ')} aria-hidden="true">
      {scenery.art}
      {size !== 'small' && title !== '' && (
        <span className={styles.title} lang={language} style={{ color: scenery.ink, fontSize: `${titleSize(title)}cqi` }}>
          {title}
        </span>
      )}
    </div>
  )
})

function Scenery({ plan, id }: { plan: CoverPlan; id: string }) {
  const palette = palettes[plan.palette]
  const flying = flyers.has(plan.motif)
  const scene = painters[plan.place]({ plan, palette, flying })
  return (
    <svg viewBox="0 0 300 400" preserveAspectRatio="xMidYMid slice" className={styles.art}>
      <radialGradient id={`${id}-aura`}>
        <stop offset="0.2" stopColor={palette.light} stopOpacity={0.34} />
        <stop offset="1" stopColor={palette.light} stopOpacity={0} />
      </radialGradient>
      <Sky plan={plan} palette={palette} id={id} horizon={scene.horizon} />
      {scene.behind}
      <Figure plan={plan} palette={palette} scene={scene} flying={flying} id={id} />
      {scene.before}
      <Falling plan={plan} palette={palette} />
    </svg>
  )
}

interface FigureProps {
  id: string
  plan: CoverPlan
  palette: Palette
  scene: Scene
  flying: boolean
}

function Figure({ id, plan, palette, scene, flying }: FigureProps) {
  const { motif, place } = plan
  const { x, y } = scene.spot
  const size = scene.spot.size * (motif === 'lighthouse' ? 1 : plan.sober ? 0.9 : 1.1)
  const carried = scene.carrier !== undefined && !flying && !swimmers.has(motif)
  const isUp = flying && place !== 'house' && place !== 'space'
  const foot = isUp ? Math.min(y, 318) - 6 : y
  const turned = plan.random.chance(0.5) && motif !== 'lighthouse'
  if (carried && scene.carrier === 'boat') {
    return (
      <>
        <Shapes id={id} motif={motif} palette={palette} x={x} y={y - 22} size={size * 0.62} turned={turned} />
        <path d={`M${x - 62} ${y - 34}h124c-4 20-14 32-28 38h-68c-14-6-24-18-28-38Z`} fill={palette.dark} />
        <path d={`M${x - 55} ${y - 26}h110`} stroke={palette.light} strokeWidth={2.5} opacity={0.55} />
      </>
    )
  }
  if (carried) {
    return (
      <>
        <circle cx={x} cy={y - 60} r={64} fill={palette.light} opacity={0.2} />
        <Shapes id={id} motif={motif} palette={palette} x={x} y={y - 24} size={78} turned={turned} />
        <circle cx={x} cy={y - 60} r={64} fill="none" stroke={palette.light} strokeWidth={2.5} opacity={0.8} />
        <path d={`M${x - 46} ${y - 84}q8-22 28-30`} stroke={palette.light} strokeWidth={5} strokeLinecap="round" fill="none" opacity={0.8} />
      </>
    )
  }
  return <Shapes id={id} motif={motif} palette={palette} x={x} y={foot} size={size} turned={turned} />
}

interface ShapesProps {
  id: string
  motif: Motif
  palette: Palette
  x: number
  y: number
  size: number
  turned: boolean
}

function Shapes({ id, motif, palette, x, y, size, turned }: ShapesProps) {
  const tints: Record<Tint, string> = { d: palette.dark, l: palette.light, a: palette.accent, g: palette.glow, m: palette.mid, n: palette.near, s: lighter(palette.mid, palette.light, 0.42) }
  const scale = size / 100
  return (
    <g transform={`translate(${x + (turned ? size / 2 : -size / 2)} ${y - size}) scale(${turned ? -scale : scale} ${scale})`}>
      {!selfLit.has(motif) && <circle cx={50} cy={54} r={78} fill={`url(#${id}-aura)`} />}
      {motifs[motif].map(([tint, d, stroke, opacity]) =>
        stroke === undefined ? (
          <path key={d} d={d} fill={tints[tint]} opacity={opacity} />
        ) : (
          <path key={d} d={d} fill="none" stroke={tints[tint]} strokeWidth={stroke} strokeLinecap="round" strokeLinejoin="round" opacity={opacity} />
        ),
      )}
    </g>
  )
}
