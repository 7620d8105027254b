import { expect, it } from 'vitest'
import type { Point } from '@/api/types'
import { apart, levelOf } from './process'

const point = (id: string, quantity: string, rangeLow = 0, rangeHigh = 10) => ({ id, quantity, rangeLow, rangeHigh }) as Point
it('draws a tank by its level, and by nothing else', () => {
  expect(levelOf([point('t', 'temperature'), point('l', 'level')])?.id).toBe('l')
  expect(levelOf([point('t', 'temperature')])).toBeUndefined()
  expect(levelOf([point('l', 'level', 0, 0)])).toBeUndefined()
})
it('moves the names of limits apart that lie close, and no others', () => {
  expect(apart([], 12, 0, 90)).toEqual([])
  expect(apart([10, 40, 80], 12, 0, 90)).toEqual([10, 40, 80])
  // Two that lie on each other part about their middle; a block that meets a third takes it in.
  expect(apart([20, 20], 12, 0, 90)).toEqual([14, 26])
  expect(apart([20, 20, 30], 12, 0, 90)).toEqual([11 + 1 / 3, 23 + 1 / 3, 35 + 1 / 3].map((x) => expect.closeTo(x)))
  // Held at the ends: L and LL near the bottom, H and HH near the top.
  expect(apart([1, 7, 73, 85], 13, 0, 91)).toEqual([0, 13, expect.closeTo(72.5), expect.closeTo(85.5)])
  expect(apart([-6, -6, 95, 95], 13, 0, 91)).toEqual([0, 13, 78, 91])
  for (const places of [[0, 1, 2, 3], [88, 89, 90, 91], [5, 50, 51, 52]]) {
    const got = apart(places, 13, 0, 91)
    for (let i = 1; i < got.length; i++) expect(got[i]! - got[i - 1]!).toBeGreaterThanOrEqual(13 - 1e-9)
    expect(got[0]).toBeGreaterThanOrEqual(0)
    expect(got.at(-1)).toBeLessThanOrEqual(91)
  }
})
