// PURE: what a story's cover shows. Words of its brief choose place, hour and figure; the seed chooses the rest.

import { motifOfWords, placeOfWords, type Motif, type Place } from './words'
import { palettes, type Hour, type PaletteName } from './palettes'
import { randomFrom, type Random } from './random'

export interface CoverBrief {
  prompt: string
  age_band?: string | null
  place?: string | null
  tone?: string | null
  genre?: string | null
  companions?: readonly { name: string; kind?: string | null }[] | null
}

export interface CoverPlan {
  place: Place
  motif: Motif
  hour: Hour
  palette: PaletteName
  /** For grown-ups: nothing cute that the reader has not named. */
  sober: boolean
  /** For the scenery's own choices. */
  random: Random
}

const placesOfGenre: readonly [RegExp, readonly [Place, ...Place[]]][] = [
  [/science|sci-?fi|weltraum|space/, ['space']],
  [/pirat|seefahr|sailor/, ['sea', 'island']],
  [/märchen|fairy|fantas|ritter|knight/, ['castle', 'forest']],
  [/krimi|detekt|rätsel|myster/, ['city', 'village']],
  [/gutenacht|einschlaf|bedtime|sleep/, ['house', 'meadow', 'village']],
  [/tier|fabel|animal|fable/, ['forest', 'meadow']],
  [/abenteuer|adventure/, ['mountains', 'sea', 'desert']],
]

const anywhere: readonly [Place, ...Place[]] = ['meadow', 'forest', 'mountains', 'village', 'house', 'sea', 'castle']

const atHome: Partial<Record<Motif, Place>> = {
  boat: 'sea',
  whale: 'sea',
  fish: 'underwater',
  octopus: 'underwater',
  turtle: 'underwater',
  lighthouse: 'island',
  rocket: 'space',
  robot: 'city',
  fox: 'forest',
  bear: 'forest',
  owl: 'forest',
  hedgehog: 'forest',
  snowman: 'snow',
  penguin: 'snow',
  dragon: 'mountains',
  unicorn: 'castle',
  camel: 'desert',
  star: 'house',
  ghost: 'castle',
  tent: 'forest',
}

const motifsAt: Record<Place, readonly [Motif, ...Motif[]]> = {
  forest: ['child', 'fox', 'owl', 'tent', 'bear', 'hedgehog'],
  sea: ['boat', 'boat', 'whale'],
  island: ['lighthouse'],
  mountains: ['child', 'tent', 'bird', 'balloon', 'dragon'],
  city: ['cat', 'balloon', 'child', 'bird', 'mouse'],
  space: ['rocket', 'robot', 'star'],
  castle: ['child', 'bird', 'unicorn', 'dragon', 'balloon'],
  desert: ['camel', 'balloon', 'tent'],
  snow: ['snowman', 'child', 'fox', 'rabbit', 'penguin'],
  meadow: ['rabbit', 'tree', 'balloon', 'child', 'bird', 'hedgehog', 'mouse'],
  village: ['cat', 'child', 'train', 'dog', 'balloon', 'bird'],
  house: ['cat', 'star', 'child', 'dog', 'owl'],
  underwater: ['fish', 'whale', 'turtle', 'octopus'],
  jungle: ['elephant', 'child', 'bird'],
}

const soberAt: Record<Place, readonly [Motif, ...Motif[]]> = {
  forest: ['owl', 'tree', 'tent', 'bird'],
  sea: ['boat'],
  island: ['lighthouse', 'boat'],
  mountains: ['tent', 'bird', 'balloon', 'tree'],
  city: ['bird', 'cat', 'balloon'],
  space: ['rocket', 'star'],
  castle: ['bird', 'tree'],
  desert: ['camel', 'tent'],
  snow: ['tree', 'bird', 'owl'],
  meadow: ['tree', 'bird', 'balloon'],
  village: ['train', 'tree', 'bird'],
  house: ['tree', 'star', 'bird'],
  underwater: ['whale', 'fish'],
  jungle: ['bird', 'tree'],
}

/** Figures that live in water take the story there. */
const watery = new Set<Place>(['sea', 'island', 'underwater'])
const swimmers = new Set<Motif>(['boat', 'whale', 'fish', 'octopus', 'turtle'])

const hoursOf: readonly [RegExp, Hour][] = [
  [/nacht|nächt|night|mond|moon|stern|star(s|ry|light)|schlaf|sleep|traum|träum|dream|mitternacht|dunkel|dark/, 'night'],
  [/abend|evening|sonnenuntergang|sunset|dämmer|dusk|herbst|autumn|laterne|lantern/, 'dusk'],
  [/morgen(?!s? noch)|morning|sonnenaufgang|sunrise|frühling|spring(?!en)|früh/, 'morning'],
  [/mittag|noon|sommer|summer|sonnig|sunny|sonne|picknick|picnic/, 'day'],
]

function hourOf(text: string, tone: string, place: Place, random: Random): Hour {
  for (const [words, hour] of hoursOf) if (words.test(text)) return hour
  if (/gruslig|gruselig|unheimlich|spook|eerie/.test(tone)) return 'night'
  if (/lustig|funny|witzig/.test(tone)) return random.pick(['day', 'morning'])
  if (/sanft|gemütlich|gentle|cos|cozy/.test(tone)) return random.pick(['dusk', 'night', 'morning'])
  if (/verträumt|dreamy/.test(tone)) return random.pick(['dusk', 'night'])
  if (place === 'space') return 'night'
  return random.pick(['morning', 'day', 'day', 'dusk', 'dusk', 'night'])
}

function paletteOf(text: string, tone: string, place: Place, hour: Hour, random: Random): PaletteName {
  if (/gruslig|gruselig|unheimlich|spook|eerie|gespenst|ghost|hexe|witch|vampir/.test(`${tone} ${text}`)) {
    return random.pick(['moss', 'moss', 'violet', 'teal'])
  }
  if (place === 'underwater') return 'deep'
  if (place === 'space') return random.pick(['cosmos', 'violet', 'cosmos', 'blue'])
  if (place === 'snow') return hour === 'night' ? 'aurora' : 'frost'
  if (place === 'desert') return hour === 'night' ? 'plum' : random.pick(['sand', 'summer'])
  if (/regen|rain|sturm|storm|nebel|fog|mist/.test(text)) return hour === 'night' ? 'teal' : 'rain'
  const fitting = (Object.keys(palettes) as PaletteName[]).filter(
    (name) => !special.has(name) && (palettes[name].hours).includes(hour),
  )
  return random.pick([fitting[0] ?? 'fresh', ...fitting.slice(1)])
}
const special = new Set<PaletteName>(['deep', 'cosmos', 'frost', 'aurora', 'sand', 'moss', 'rain'])

/** What the cover of a story shows: the same seed and the same brief always give the same. */
export function planOf(seed: number, brief: CoverBrief): CoverPlan {
  const random = randomFrom(seed)
  const tone = (brief.tone ?? '').toLowerCase()
  const genre = (brief.genre ?? '').toLowerCase()
  const companions = (brief.companions ?? []).map(({ kind }) => kind ?? '').join(' ')
  const prompt = brief.prompt.toLowerCase()
  const text = [prompt, brief.place ?? '', genre, tone].join(' ').toLowerCase()

  const named = motifOfWords(prompt) ?? motifOfWords((brief.place ?? '').toLowerCase()) ?? motifOfWords(companions.toLowerCase())
  const byGenre = placesOfGenre.find(([words]) => words.test(genre) || words.test(prompt))?.[1]
  const swims = named !== undefined && swimmers.has(named)
  const said =
    placeOfWords((brief.place ?? '').toLowerCase()) ??
    placeOfWords(prompt) ??
    (named && atHome[named]) ??
    random.pick(byGenre ?? anywhere)
  const place = swims && !watery.has(said) ? (atHome[named] ?? said) : said
  const sober = brief.age_band === 'adult'
  const motif = named ?? random.pick((sober ? soberAt : motifsAt)[place])
  const hour = hourOf(text, tone, place, random)
  return { place, motif, hour, palette: paletteOf(text, tone, place, hour, random), sober, random }
}
