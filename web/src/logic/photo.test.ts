import { expect, it } from 'vitest'
import { fit, older, steps } from './photo'

it.each([
  [4032, 3024, 1920, 1920, 1440],
  [3024, 4032, 1920, 1440, 1920],
  [640, 480, 1920, 640, 480],
  [10_000, 1, 480, 480, 1],
])('%d x %d fits %d as %d x %d', (w, h, long, width, height) => {
  expect(fit(w, h, long)).toEqual({ width, height })
})
it('tells a photo that was just taken from one out of an album', () => {
  expect([older(1_000_000, 1_004_000), older(1_000_000, 9_000_000), older(9_000_000, 1_000_000)]).toEqual([false, true, true])
})
it('only ever gets lighter', () => {
  const weight = steps.map((s) => s.long * s.long * s.quality)
  expect(weight).toEqual([...weight].sort((a, b) => b - a))
})
