import { expect, it } from 'vitest'
import type { Point } from '@/api/types'
import { levelOf } from './process'

const point = (id: string, quantity: string, rangeLow = 0, rangeHigh = 10) => ({ id, quantity, rangeLow, rangeHigh }) as Point
it('draws a tank by its level, and by nothing else', () => {
  expect(levelOf([point('t', 'temperature'), point('l', 'level')])?.id).toBe('l')
  expect(levelOf([point('t', 'temperature')])).toBeUndefined()
  expect(levelOf([point('l', 'level', 0, 0)])).toBeUndefined()
})
