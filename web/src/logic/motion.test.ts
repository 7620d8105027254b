import { expect, it } from 'vitest'
import type { TrackPoint, Vehicle } from '@/api/types'
import { along, Glide } from './motion'

const vehicle = (id: string, lon: number, lat: number) => ({ id, where: { lon, lat } }) as Vehicle

it('glides from fix to fix, and stops there', () => {
  const g = new Glide(() => 1000)
  g.take([vehicle('a', 117, 39)], 0)
  expect([g.at('a', 500), g.moves(500)]).toEqual([[117, 39], false])
  g.take([vehicle('a', 117.01, 39)], 5000)
  expect(g.at('a', 5500)![0]).toBeCloseTo(117.005, 9)
  expect(g.moves(5500)).toBe(true)
  expect([g.at('a', 9000), g.moves(9000)]).toEqual([[117.01, 39], false])
})
it('stands where it goes to as soon as no motion is wanted', () => {
  let ms = 1000
  const g = new Glide(() => ms)
  g.take([vehicle('a', 117, 39)], 0)
  g.take([vehicle('a', 117.01, 39)], 5000)
  ms = 0
  expect([g.at('a', 5500), g.moves(5500)]).toEqual([[117.01, 39], false])
})
it('jumps over what is too far, and forgets what is gone or has no place', () => {
  const g = new Glide(() => 1000)
  g.take([vehicle('a', 117, 39), vehicle('b', 117, 39)], 0)
  g.take([vehicle('a', 118, 39), { id: 'c' } as Vehicle], 2000)
  expect([g.at('a', 2000), g.at('b', 2000), g.at('c', 2000)]).toEqual([[118, 39], undefined, undefined])
})
it('finds where a vehicle was at a moment', () => {
  const track = [10, 20, 30].map((at) => ({ at }) as TrackPoint)
  expect([5, 10, 25, 99].map((at) => along(track, at)?.at)).toEqual([10, 10, 20, 30])
  expect(along([], 5)).toBeUndefined()
})
