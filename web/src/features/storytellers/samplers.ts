// PURE: the controls of a language model's choice of words, their ranges, and what was typed into them.

export type Preset = 'steady' | 'balanced' | 'wild'
export const presets = ['steady', 'balanced', 'wild'] as const satisfies readonly Preset[]

/** Ranges as the server takes them. */
export const ranges = {
  temperature: { min: 0, max: 2, step: 0.05, label: 'Temperature' },
  top_p: { min: 0, max: 1, step: 0.01, label: 'Top P' },
  top_k: { min: 0, max: 1000, step: 1, label: 'Top K' },
  min_p: { min: 0, max: 1, step: 0.01, label: 'Min P' },
  repetition_penalty: { min: 0.5, max: 2, step: 0.01, label: 'Repetition Penalty' },
  presence_penalty: { min: -2, max: 2, step: 0.05, label: 'Presence Penalty' },
  dry_multiplier: { min: 0, max: 5, step: 0.05, label: 'DRY Multiplier' },
  xtc_probability: { min: 0, max: 1, step: 0.05, label: 'XTC Probability' },
  xtc_threshold: { min: 0, max: 0.5, step: 0.01, label: 'XTC Threshold' },
  seed: { min: 0, max: 4_294_967_295, step: 1, label: 'Seed' },
  max_tokens: { min: 16, max: 32_768, step: 1, label: 'Max Tokens' },
} as const

export type Sampler = keyof typeof ranges
export const samplers = Object.keys(ranges) as Sampler[]
export const STOPS = 4
export const STOP_CHARS = 100

export type Samplers = Partial<Record<Sampler, number>> & { stop?: string[] }

export interface WritingStyle {
  preset: Preset
  samplers?: Samplers
}

/** What was typed for a control: undefined for nothing, NaN for what does not fit. */
export function valueOf(sampler: Sampler, typed: string): number | undefined {
  const { min, max, step } = ranges[sampler]
  const text = typed.trim().replace(',', '.')
  if (text === '') return undefined
  const value = Number(text)
  return value >= min && value <= max && (step !== 1 || Number.isInteger(value)) ? value : Number.NaN
}

/** The places to stop at, one a line; undefined for what does not fit. */
export function stopsOf(typed: string): string[] | undefined {
  const stops = typed.split('\n').filter((line) => line !== '')
  return stops.length <= STOPS && stops.every((line) => line.length <= STOP_CHARS) ? stops : undefined
}

/** The samplers with one of them set, or taken out where the value is undefined. */
export function withSampler<Name extends keyof Samplers>(kept: Samplers, name: Name, value: Samplers[Name]): Samplers {
  const others = Object.fromEntries(Object.entries(kept).filter(([one]) => one !== name))
  return value === undefined ? others : { ...others, [name]: value }
}
