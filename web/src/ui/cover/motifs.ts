// The figures of covers.

import { animals } from './animals'
import type { Shape } from './shapes'
import { things } from './things'
import type { Motif } from './words'

export const motifs: Record<Motif, readonly Shape[]> = { ...animals, ...things }
