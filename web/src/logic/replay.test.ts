import { expect, it } from 'vitest'
import { beside, signed, sums, totals } from './replay'

const a = { live: { yellow: 2, red: 1 }, candidate: { orange: 2 } }
const b = { live: {}, candidate: { blue: 3, red: 1 } }
it('stands today beside the candidate, level by level', () => {
  expect([beside(a, 'yellow'), beside(a, 'orange'), beside(b, 'yellow')]).toEqual([{ live: 2, candidate: 0 }, { live: 0, candidate: 2 }, { live: 0, candidate: 0 }])
  expect([sums(a), sums(b)]).toEqual([{ live: 3, candidate: 2 }, { live: 0, candidate: 4 }])
})
it('adds up enterprises', () => {
  expect(totals([a, b])).toEqual({ blue: { live: 0, candidate: 3 }, yellow: { live: 2, candidate: 0 }, orange: { live: 0, candidate: 2 }, red: { live: 1, candidate: 1 }, all: { live: 3, candidate: 6 } })
  expect(totals([]).all).toEqual({ live: 0, candidate: 0 })
})
it('says whether it is more or fewer', () => {
  expect([signed(3), signed(-2), signed(0)]).toEqual(['+3', '\u22122', '0'])
})
