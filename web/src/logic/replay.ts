import type { Level, ReplayFirm } from '@/api/types'

// What a candidate would have raised for an enterprise, beside what is raised today.

const levels = ['blue', 'yellow', 'orange', 'red'] as const satisfies Level[]
export type Beside = { live: number; candidate: number }

export const beside = (f: Pick<ReplayFirm, 'live' | 'candidate'>, l: Exclude<Level, 'none'>): Beside => ({ live: f.live[l] ?? 0, candidate: f.candidate[l] ?? 0 })

/** Over all levels. */
export function sums(f: Pick<ReplayFirm, 'live' | 'candidate'>): Beside {
  return levels.map((l) => beside(f, l)).reduce((a, b) => ({ live: a.live + b.live, candidate: a.candidate + b.candidate }), { live: 0, candidate: 0 })
}

/** Over all enterprises, level by level and all together. */
export function totals(list: readonly Pick<ReplayFirm, 'live' | 'candidate'>[]): Record<Exclude<Level, 'none'> | 'all', Beside> {
  const add = (of: (f: Pick<ReplayFirm, 'live' | 'candidate'>) => Beside) => list.map(of).reduce((a, b) => ({ live: a.live + b.live, candidate: a.candidate + b.candidate }), { live: 0, candidate: 0 })
  return { blue: add((f) => beside(f, 'blue')), yellow: add((f) => beside(f, 'yellow')), orange: add((f) => beside(f, 'orange')), red: add((f) => beside(f, 'red')), all: add(sums) }
}

/** A difference with its sign; none for none. */
export const signed = (n: number) => (n > 0 ? `+${n}` : n < 0 ? `\u2212${-n}` : '0')
