import { expect, it } from 'vitest'
import { changedLimits, pageOf } from './audit'

it('names the limits that differ', () => {
  const before = [{ name: 'low', value: 0 }, { name: 'H', value: 8 }, { name: 'HH', value: 9 }]
  expect(changedLimits(before, [{ name: 'low', value: 0 }, { name: 'L', value: 1 }, { name: 'H', value: 8.5 }])).toEqual([
    { name: 'H', was: 8, is: 8.5 }, { name: 'HH', was: 9, is: undefined }, { name: 'L', was: undefined, is: 1 },
  ])
  expect(changedLimits(before, before)).toEqual([])
})

it('leads to an object only where its reader may go', () => {
  const id = '01a21f0a-ca46-756e-95d7-18c5fa6e2356'
  expect(pageOf({ kind: 'warning', id }, () => false)).toBe(`/warnings/${id}`)
  expect(pageOf({ kind: 'look', id }, () => false)).toBe(`/warnings/${id}`)
  expect(pageOf({ kind: 'look', id: 'journal' }, () => true)).toBe('')
  expect(pageOf({ kind: 'model', id: 'tank' }, () => false)).toBe('')
  expect(pageOf({ kind: 'model', id: 'tank' }, () => true)).toBe('/models/tank')
  expect(pageOf({ kind: 'user', id }, () => true)).toBe('')
})
