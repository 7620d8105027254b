import type { components } from '@/api/schema'
import { duration } from './time'

/** The duty room's numbers in milliseconds, as the server's data file has them. */
export interface Rules {
  shelveOffer: number[]
  floodCount: number
  floodWithin: number
  takeBack: number
  announce: number
  /** From here on the two times of an act that came later are both shown. */
  actedDiffer: number
}

export function rulesOf(d: components['schemas']['DeskRules']): Rules {
  return {
    shelveOffer: d.shelve.offer.map(duration),
    floodCount: d.flood.count,
    floodWithin: duration(d.flood.within),
    takeBack: duration(d.takeBack),
    announce: duration(d.announce),
    actedDiffer: duration(d.acted.differ),
  }
}
