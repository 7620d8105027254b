import { expect, it } from 'vitest'
import { mean, offlineText, weeks } from './quality'

it('tells nothing counted from nothing missing', () => {
  const days = [{ day: 0, offline: 0 }]
  expect([mean(days, 0), mean(days, 86_400_000)]).toEqual([0, undefined])
  expect([offlineText(0), offlineText(undefined), offlineText(Number.NaN)]).toEqual(['0 %', '–', '–'])
})
it('rounds nothing to none and nothing to all', () => {
  expect([offlineText(0.0002), offlineText(0.05), offlineText(0.12345), offlineText(0.99999), offlineText(1)]).toEqual(['< 0.1 %', '5 %', '12.3 %', '> 99.9 %', '100 %'])
})
it('lists the days of a stretch', () => {
  expect(weeks(1000, 1000 + 3 * 86_400_000)).toEqual([1000, 86_401_000, 172_801_000])
  expect(weeks(5, 5)).toEqual([])
})
