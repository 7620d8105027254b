import { expect, it } from 'vitest'
import { bucketsFor, holes, line, range } from './trend'

const b = (at: number, min: number, max = min, last = max) => ({ at, min, max, last })

it('breaks the line where nothing came for two periods', () => {
  expect(line([b(0, 1), b(10_000, 2), b(31_000, 3)], 10_000, 1000)).toEqual([
    [0, 1],
    [10_000, 2],
    [10_001, null],
    [31_000, 3],
  ])
})
it('does not break it where the stretches are longer than the periods', () => {
  expect(line([b(0, 1), b(60_000, 2)], 1000, 60_000).some(([, v]) => v === null)).toBe(false)
})
it('keeps the least and the greatest of a stretch', () => {
  const values = line([b(0, 5), b(1000, 1, 9, 4)], 1000, 1000).map(([, v]) => v)
  expect(values).toContain(1)
  expect(values).toContain(9)
  expect(values.at(-1)).toBe(4)
})
it.each([
  [[35, 52], 34, 53],
  [[12.5], 12.48, 12.52],
  [[0, 0], -0.1, 0.1],
  [[-3, 101325], -10000, 110000],
])('draws %j from %d to %d', (values, min, max) => expect(range(values)).toEqual({ min, max }))
it('draws nothing of nothing', () => expect(range([])).toBeUndefined())
it('names the holes, at the ends too', () => {
  expect(holes([b(50_000, 1), b(60_000, 1)], 0, 100_000, 10_000, 1000)).toEqual([
    [0, 50_000],
    [60_000, 100_000],
  ])
  expect(holes([], 0, 100_000, 10_000, 1000)).toEqual([[0, 100_000]])
})
it('asks for so many stretches that no pixel has more than two places', () => {
  for (const width of [10, 75, 320, 733, 1280, 3840]) {
    const n = bucketsFor(width)
    expect(n === 10 || n * 3 <= width * 2, `${width}: ${n}`).toBe(true)
  }
  expect(bucketsFor(1280)).toBe(850)
  expect(bucketsFor(100_000)).toBe(5000)
})
it('finds a hole by the stretches that were asked for, not by those that came', () => {
  // Of 100 stretches of 10 s only two hold a value: what lies between is a gap.
  expect(holes([b(0, 1), b(900_000, 2)], 0, 1_000_000, 10_000, 10_000)).toEqual([[0, 900_000], [900_000, 1_000_000]])
})
