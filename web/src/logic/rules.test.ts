import { expect, it } from 'vitest'
import { rulesOf } from './rules'

it('reads the numbers of the duty room in milliseconds', () => {
  expect(
    rulesOf({
      name: 'x', version: 1, source: 's', takeBack: '10s', announce: '5s', wall: { show: '1m0s' }, acted: { ahead: '2m0s', back: '168h0m0s', differ: '1m0s' },
      shelve: { longest: '24h0m0s', offer: ['1h0m0s', '24h0m0s'] }, flood: { count: 10, within: '10m0s' },
    }),
  ).toEqual({ shelveOffer: [3_600_000, 86_400_000], floodCount: 10, floodWithin: 600_000, takeBack: 10_000, announce: 5000, actedDiffer: 60_000 })
})
