import { expect, it } from 'vitest'
import { area, areaText, circle, length, lengthText, metres } from './measure'

it('measures as the server does', () => {
  // geo_test.go: one degree of longitude at the equator, one of latitude at 39 degrees.
  expect(metres([0, 0], [1, 0])).toBeCloseTo(111_319.5, 0)
  expect(metres([117.7, 38.5], [117.7, 39.5])).toBeCloseTo(111_016, -1)
})
it('adds up a line, and encloses a square kilometre', () => {
  const east = 1000 / metres([117.7, 39], [118.7, 39])
  const north = 1000 / metres([117.7, 38.5], [117.7, 39.5])
  const square = [[117.7, 39], [117.7 + east, 39], [117.7 + east, 39 + north], [117.7, 39 + north]] as [number, number][]
  expect(length(square)).toBeCloseTo(3000, -1)
  expect(area(square) / 1e6).toBeCloseTo(1, 3)
  expect(area([...square].reverse())).toBeCloseTo(area(square), 3)
  expect(area(square.slice(0, 2))).toBe(0)
  expect(length([])).toBe(0)
})
it('draws a circle whose every corner is as far off', () => {
  for (const p of circle([117.7, 39], 500)) expect(metres([117.7, 39], p)).toBeCloseTo(500, 0)
})
it('says no more than a click is worth', () => {
  expect([lengthText(0), lengthText(854.321), lengthText(999.6), lengthText(12_345)]).toEqual(['0 m', '854 m', '1 km', '12.3 km'])
  expect([areaText(854.3), areaText(250_000), areaText(12_345_678)]).toEqual(['854 m²', '0.25 km²', '12.3 km²'])
})
