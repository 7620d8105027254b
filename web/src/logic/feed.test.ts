import { expect, it } from 'vitest'
import { Gaps } from './feed'

const run = (marks: [number, number][]) => {
  const g = new Gaps()
  return marks.map(([pos, prev]) => g.take({ pos, prev }))
}

it('reads again at the first mark, then hears positions in order, with holes that belong to others', () => {
  expect(run([[10, 0], [14, 10], [15, 14]])).toEqual(['gap', 'next', 'next'])
})
it('sees a gap when prev is not its own last, and goes on from there', () => {
  expect(run([[10, 0], [20, 15], [21, 20]])).toEqual(['gap', 'gap', 'next'])
})
it('takes a heartbeat as nothing new', () => {
  expect(run([[10, 0], [10, 10], [12, 10]])).toEqual(['gap', 'same', 'next'])
})
it('sees what a heartbeat tells of an event that never came', () => {
  expect(run([[10, 0], [12, 12], [13, 12]])).toEqual(['gap', 'gap', 'next'])
})
it('reads again when positions fall back: the store is another one', () => {
  expect(run([[10, 0], [3, 2], [4, 3]])).toEqual(['gap', 'gap', 'next'])
})
