import { describe, expect, it } from 'vitest'
import { byUrgency, flooded, group, merge, queued, shift, visible, type Row } from './queue'

const now = 1_000_000_000
const w = (id: string, level: Row['level'], more: Partial<Row> = {}): Row => ({
  id, level, raisedAt: now - 3_600_000, enterprise: 'e1', model: 'tank', end: 'open', ...more,
})
const whole = (items: Row[]) => ({ items, offset: 0, total: items.length })
const ids = (rows: Row[]) => rows.map((r) => r.id).join(' ')

describe('order', () => {
  it('puts unconfirmed first, then level, then time left, then what has no limit', () => {
    const rows = [
      w('blue', 'blue'),
      w('red-confirmed', 'red', { confirmedAt: now }),
      w('yellow-late', 'yellow', { dueAt: now + 9 }),
      w('yellow-none', 'yellow'),
      w('yellow-soon', 'yellow', { dueAt: now + 1 }),
      w('orange', 'orange', { dueAt: now + 99 }),
    ]
    expect(ids(rows.sort(byUrgency))).toBe('orange yellow-soon yellow-late yellow-none blue red-confirmed')
  })
  it('is the same whatever came first', () => {
    const rows = [w('b', 'red'), w('a', 'red'), w('c', 'red')]
    expect(ids([...rows].sort(byUrgency))).toBe(ids([...rows].reverse().sort(byUrgency)))
  })
})

describe('merge', () => {
  const rows = [w('r1', 'red'), w('o1', 'orange'), w('y1', 'yellow'), w('b1', 'blue')]
  const list = (r: Row[]) => r.map((x) => x.id)

  it('takes new rows in at their place, and says how far the selected one moved', () => {
    const m = merge(rows, whole([...rows, w('r2', 'red'), w('o2', 'orange'), w('b2', 'blue')]), 'y1', now)
    expect(ids(m.rows)).toBe('r1 r2 o1 o2 y1 b1 b2')
    expect(m.fresh).toEqual(['r2', 'o2', 'b2'])
    expect(shift(list(rows), list(m.rows), 'y1')).toBe(2)
    expect(shift(list(rows), list(m.rows), undefined)).toBe(0)
  })
  it('follows the selected row when it is confirmed and falls back', () => {
    const m = merge(rows, whole([w('r1', 'red', { confirmedAt: now }), ...rows.slice(1)]), 'r1', now)
    expect(ids(m.rows)).toBe('o1 y1 b1 r1')
    expect(shift(list(rows), list(m.rows), 'r1')).toBe(3)
  })
  it('moves up when a row above leaves', () => {
    const m = merge(rows, whole(rows.slice(1)), 'y1', now)
    expect(shift(list(rows), list(m.rows), 'y1')).toBe(-1)
  })
  it('keeps the selected row that left until another is selected', () => {
    const rest = rows.filter((r) => r.id !== 'y1')
    expect(ids(merge(rows, whole(rest), 'y1', now).rows)).toBe('r1 o1 y1 b1')
    expect(ids(merge(rows, whole(rest), 'r1', now).rows)).toBe('r1 o1 b1')
  })
  it('leaves shelved and merged ones out and lets shelved ones come back by themselves', () => {
    const shelved = w('o1', 'orange', { shelvedUntil: now + 60_000 })
    expect(ids(merge(rows, whole([rows[0]!, shelved, w('y1', 'yellow', { mergedInto: 'r1' }), rows[3]!]), undefined, now).rows)).toBe('r1 b1')
    expect(queued(shelved, now + 59_999)).toBe(false)
    expect(queued(shelved, now + 60_000)).toBe(true)
  })
})

describe('a long queue, read page by page', () => {
  const long = Array.from({ length: 6 }, (_, i) => w(`y${i}`, 'yellow', { dueAt: now + i, version: 1 }))
  const part = (from: number, to: number, of = long) => ({ items: of.slice(from, to), offset: from, total: of.length })

  it('grows by the rows that follow, those on two pages once', () => {
    const top = merge([], part(0, 3), undefined, now).rows
    expect(ids(merge(top, part(2, 6), undefined, now).rows)).toBe('y0 y1 y2 y3 y4 y5')
  })
  it('takes a new top in and leaves the rest as it was', () => {
    const m = merge(long, part(0, 3, [w('r1', 'red'), ...long.slice(1)]), undefined, now)
    expect(ids(m.rows)).toBe('r1 y1 y2 y3 y4 y5')
    expect([m.fresh, m.gone]).toEqual([['r1'], ['y0']])
  })
  it('misses what left between its rows, and the end when it is the last', () => {
    const fewer = long.filter((r) => r.id !== 'y3' && r.id !== 'y5')
    expect(ids(merge(long, part(1, 4, fewer), undefined, now).rows)).toBe('y0 y1 y2 y4')
    expect(ids(merge(long, { items: [], offset: 6, total: 4 }, undefined, now).rows)).toBe('y0 y1 y2 y3 y4 y5')
    expect(ids(merge(long, { items: [], offset: 0, total: 0 }, undefined, now).rows)).toBe('')
  })
  it('keeps the row itself that is as it was', () => {
    const got = part(0, 6, long.map((r) => ({ ...r, version: r.id === 'y1' ? 2 : 1 })))
    expect(merge(long, got, undefined, now).rows.map((r, i) => r === long[i])).toEqual([true, false, true, true, true, true])
  })
})

describe('flood', () => {
  const many = (n: number, more: Partial<Row> = {}) =>
    Array.from({ length: n }, (_, i) => w(`w${i}`, 'yellow', { raisedAt: now - 60_000 + i, ...more }))

  it('begins above so many new ones in its time', () => {
    const rule = { floodCount: 10, floodWithin: 600_000 }
    expect(flooded(many(10), now, rule)).toBe(0)
    expect(flooded(many(11), now, rule)).toBe(11)
    expect(flooded(many(11, { raisedAt: now - 600_000 }), now, rule)).toBe(0)
    expect(flooded(many(4), now, { floodCount: 3, floodWithin: 600_000 })).toBe(4)
  })
  it('groups by firm and cause, led by the first raised, in the place of the most urgent', () => {
    const rows = [
      w('a', 'red', { enterprise: 'e2', raisedAt: now - 5 }),
      w('b', 'orange', { raisedAt: now - 1 }),
      w('c', 'yellow', { enterprise: 'e2', raisedAt: now - 9 }),
      w('d', 'yellow', { model: 'gas' }),
    ]
    expect(group(rows).map((g) => [g.key, ids(g.rows), g.first.id])).toEqual([
      ['e2 tank', 'a c', 'c'],
      ['e1 tank', 'b', 'b'],
      ['e1 gas', 'd', 'd'],
    ])
  })
  it('marks a group by its worst, whoever comes first, and blinks for what nobody confirmed', () => {
    const marks = (rows: Row[]) => group(rows).map((g) => [g.worst, g.calls])
    expect(marks([w('a', 'yellow'), w('b', 'red', { confirmedAt: now })])).toEqual([['red', false]])
    expect(marks([w('a', 'orange'), w('b', 'red', { confirmedAt: now })])).toEqual([['red', true]])
    expect(marks([w('a', 'yellow')])).toEqual([['yellow', false]])
  })
})

it('shows only the rows in the window', () => {
  expect(visible(10_000, 50, 5000, 600)).toEqual({ from: 95, to: 117 })
  expect(visible(3, 50, 0, 600)).toEqual({ from: 0, to: 3 })
  expect(visible(3, 50, 9000, 600)).toEqual({ from: 3, to: 3 })
})
