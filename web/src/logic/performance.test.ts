import { describe, expect, it } from 'vitest'
import { daily, hourly, measured, type Figures } from './performance'

const aims = { rate: 6, peak: { count: 10 }, stale: { below: 5 }, share: { red: 0.05, orange: 0.15, rest: 0.8 } }
const quiet: Figures = { total: 0, rate: 0, persons: 24, peak: { person: 0 }, stale: 0, chattering: 0, raised: {} }
const of = (f: Partial<Figures>) => Object.fromEntries(measured({ ...quiet, ...f }, aims).map((m) => [m.name, m.kept]))

describe('the aims of the duty room', () => {
  it('are kept at their line and broken behind it', () => {
    expect(of({ total: 20, rate: 6, peak: { person: 10 }, stale: 4, raised: { red: 1, orange: 3, yellow: 10, blue: 6 } })).toEqual({
      rate: true, peak: true, stale: true, chattering: true, red: true, orange: true, rest: true,
    })
    expect(of({ total: 20, rate: 6.01, peak: { person: 10.5 }, stale: 5, chattering: 1, raised: { red: 2, orange: 4, yellow: 14 } })).toEqual({
      rate: false, peak: false, stale: false, chattering: false, red: false, orange: false, rest: false,
    })
  })
  it('say nothing of shares when nothing was raised, nor of a time to come', () => {
    const nothing = of({})
    expect([nothing.red, nothing.orange, nothing.rest]).toEqual([undefined, undefined, undefined])
    expect(nothing.rate).toBe(true)
    expect(of({ persons: 0 }).rate).toBeUndefined()
    expect(of({ persons: 0.9, rate: 22 }).rate).toBeUndefined()
    expect(of({ persons: 1, rate: 22 }).rate).toBe(false)
  })
  it('measures shares of all that was raised', () => {
    const rows = measured({ ...quiet, total: 4, raised: { red: 1, blue: 3 } }, aims)
    expect(rows.filter((m) => m.share).map((m) => m.measured)).toEqual([0.25, 0, 0.75])
  })
})

describe('hours', () => {
  // 23:00 and 00:00 of the district's clock are two days.
  const hours = [{ at: 1_790_002_800_000, raised: 3, rate: 1.5 }, { at: 1_790_006_400_000, raised: 2, rate: 2 }, { at: 1_790_010_000_000, raised: 0, rate: 0 }]
  it('are summed up by civil day', () => {
    expect(daily(hours)).toEqual([{ day: '2026-09-21', raised: 3, most: 1.5 }, { day: '2026-09-22', raised: 2, most: 2 }])
  })
  it('are drawn per person', () => {
    expect(hourly(hours)[0]).toEqual({ at: 1_790_002_800_000, min: 1.5, max: 1.5, last: 1.5 })
  })
})
