import { expect, it } from 'vitest'
import { figure, heading, quality, share, size, stale } from './number'

it.each([
  [12.345678, '12.346'],
  [1.5, '1.5'],
  [0, '0'],
  [-3.10001, '-3.1'],
  [101325, '101330'],
  [0.00001234, '1.234e-5'],
  [undefined, '–'],
  [NaN, '–'],
])('%d is shown as %s', (v, want) => expect(figure(v)).toBe(want))

it('is stale after two periods, one second each at least', () => {
  expect(stale(0, 60_000, 120_000)).toBe(false)
  expect(stale(0, 60_000, 120_001)).toBe(true)
  expect(stale(0, 0, 2001)).toBe(true)
})
it('reads quality bits', () => {
  expect(quality(0)).toEqual({ trust: 'good', why: [] })
  expect(quality(2 | 4 | 16)).toEqual({ trust: 'bad', why: ['out_of_range', 'manual'] })
})
it('holds a value at the ends of its range', () => {
  expect([share(-1, 0, 10), share(5, 0, 10), share(11, 0, 10), share(1, 5, 5)]).toEqual([0, 0.5, 1, 0])
})

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1536, '1.5 KiB'],
  [2147483648, '2 GiB'],
])('%d bytes are %s', (n, want) => expect(size(n)).toBe(want))

it('says where a value went', () => {
  expect(heading(92.1, 93.4)).toBe('rising')
  expect(heading(92.1, -1)).toBe('falling')
  expect(heading(1, 1.0000001)).toBe('steady')
})
