import type { Level } from '@/api/types'
import { rank } from './queue'

// What a decision, or the wish for one, may be: lower to a level below the present
// one, or end it as cleared or as a false alarm.

export type Choice = 'cleared' | 'false_alarm' | `to_${Level}`

export function choices(level: Level): Choice[] {
  const below = (['orange', 'yellow', 'blue'] as const).filter((l) => rank[l] < rank[level]).map((l) => `to_${l}` as const)
  return [...below, 'cleared', 'false_alarm']
}

/** The choice as the server wants it. */
export function verdict(c: Choice): { to: 'none' | 'blue' | 'yellow' | 'orange'; end: 'open' | 'cleared' | 'false_alarm' } {
  if (c === 'cleared' || c === 'false_alarm') return { to: 'none', end: c }
  return { to: c.slice(3) as 'blue' | 'yellow' | 'orange', end: 'open' }
}
