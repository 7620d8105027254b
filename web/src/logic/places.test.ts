import { expect, it } from 'vitest'
import type { Enterprise, Warning } from '@/api/types'
import { matching, places } from './places'

const firm = (id: string, name: string, lon?: number, lat?: number) => ({ id, name, shortName: '', lon, lat }) as Enterprise
const warning = (id: string, enterprise: string, level: string, raisedAt = 0) => ({ id, enterprise, level, raisedAt }) as Warning

it('gives each enterprise the gravest of its warnings, gravest first', () => {
  const list = places(
    [firm('a', 'A', 117.7, 39), firm('b', 'B', 117.8, 39.1), firm('c', 'C', 0, 0)],
    [warning('1', 'b', 'yellow'), warning('2', 'b', 'red'), warning('3', 'c', 'blue', 5), warning('4', 'c', 'blue', 9), warning('5', 'elsewhere', 'red')],
  )
  expect(list.map((p) => [p.id, p.level, p.warnings.map((w) => w.id).join()])).toEqual([['b', 'red', '2,1'], ['c', 'blue', '4,3'], ['a', 'none', '']])
})
it('knows no place where none was entered', () => {
  const [a, b] = places([firm('a', 'A', 0, 0), firm('b', 'B', 117.7, 39)], [])
  expect([a!.lon, a!.lat, b!.lon, b!.lat]).toEqual([undefined, undefined, 117.7, 39])
})
it('searches by every word', () => {
  const list = places([firm('a', 'North Tank Farm'), firm('b', 'North Yard')], [])
  expect([matching(list, ' north  TANK').map((p) => p.id), matching(list, '').length]).toEqual([['a'], 2])
})
it('keeps what is out of use with leave', () => {
  const outage = { id: 'o', number: '2026-0001', until: 5 }
  const [a, b] = places([{ ...firm('a', 'A'), declared: 3, outage } as Enterprise, firm('b', 'B')], [])
  expect([a!.declared, a!.outage, b!.outage]).toEqual([3, outage, undefined])
})
