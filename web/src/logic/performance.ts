// What the warnings of a time asked of the duty room, beside the aims (console-ux §4.9).

import { day } from './time'

export interface Aims {
  rate: number
  peak: { count: number }
  stale: { below: number }
  share: { red: number; orange: number; rest: number }
}

export interface Figures {
  total: number
  rate: number
  persons: number
  peak: { person: number }
  stale: number
  chattering: number
  raised: { [level: string]: number }
}

export type AimName = 'rate' | 'peak' | 'stale' | 'chattering' | 'red' | 'orange' | 'rest'

export interface Measured {
  name: AimName
  /** A share is 0 to 1, the others are numbers of warnings. */
  share: boolean
  aim: number
  measured: number
  /** Absent: too little to say: a share of nothing, a mean over less than an hour of one person. */
  kept: boolean | undefined
}

/** Each aim with what was measured, and whether it was kept. */
export function measured(f: Figures, aims: Aims): Measured[] {
  const part = (...levels: string[]) => (f.total ? levels.reduce((n, l) => n + (f.raised[l] ?? 0), 0) / f.total : 0)
  const share = (name: AimName, aim: number, value: number, kept: boolean): Measured => ({ name, share: true, aim, measured: value, kept: f.total ? kept : undefined })
  const red = part('red')
  const orange = part('orange')
  const rest = part('yellow', 'blue')
  // A share of a hundred is a whole warning's worth of rounding away from the aim: compare what is shown.
  const upTo = (value: number, aim: number) => Math.round(value * 1000) <= Math.round(aim * 1000)
  return [
    { name: 'rate', share: false, aim: aims.rate, measured: f.rate, kept: f.persons >= 1 ? f.rate <= aims.rate : undefined },
    { name: 'peak', share: false, aim: aims.peak.count, measured: f.peak.person, kept: f.persons ? f.peak.person <= aims.peak.count : undefined },
    { name: 'stale', share: false, aim: aims.stale.below, measured: f.stale, kept: f.stale < aims.stale.below },
    { name: 'chattering', share: false, aim: 0, measured: f.chattering, kept: f.persons ? f.chattering === 0 : undefined },
    share('red', aims.share.red, red, upTo(red, aims.share.red)),
    share('orange', aims.share.orange, orange, upTo(orange, aims.share.orange)),
    share('rest', aims.share.rest, rest, upTo(aims.share.rest, rest)),
  ]
}

/** The hours as a chart draws them, per person. */
export const hourly = (hours: { at: number; rate: number }[]) => hours.map((h) => ({ at: h.at, min: h.rate, max: h.rate, last: h.rate }))

/** The days of hours: what the table beside the chart shows. */
export function daily(hours: { at: number; raised: number; rate: number }[]): { day: string; raised: number; most: number }[] {
  const days = new Map<string, { day: string; raised: number; most: number }>()
  for (const h of hours) {
    const name = day(h.at)
    const d = days.get(name) ?? { day: name, raised: 0, most: 0 }
    d.raised += h.raised
    d.most = Math.max(d.most, h.rate)
    days.set(name, d)
  }
  return [...days.values()]
}
