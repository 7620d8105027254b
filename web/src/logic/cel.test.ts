import { expect, it } from 'vitest'
import type { PointGroup } from '@/api/types'
import { freshCode, mark, offers, placeOf, renamed, wordAt } from './cel'

const inputs = [{ code: 'level', label: 'Level', unit: 'm' }, { code: 'flow', label: 'Flow', unit: 'm3/h' }]
const functions = [{ name: 'max', args: 2 }, { name: 'abs', args: 1 }]
const group = (quantity: string, unit: string) => ({ asset: 'tank', quantity, unit, points: 3, code: 'X-1', name: 'x' }) as PointGroup

it('offers inputs, functions, and points under codes that are free', () => {
  const list = offers('max(', 4, inputs, functions, [group('level', 'mm'), group('level', 'm'), group('temperature', 'C')])
  expect(list.map((o) => `${o.kind} ${o.name}`)).toEqual(['input level', 'input flow', 'function max', 'function abs', 'point level2', 'point level3', 'point temperature'])
})
it('offers nothing inside a number', () => {
  expect(offers('level > 1', 9, inputs, functions, [])).toEqual([])
  expect(offers('level > 1e', 10, inputs, functions, [])).toEqual([])
  expect(offers('level > ', 8, inputs, functions, []).length).toBe(4)
  expect(offers('', 0, [{ code: '', label: '', unit: '' }], [], [])).toEqual([])
})
it('finds the word before the cursor', () => {
  expect([wordAt('max(lev', 7), wordAt('max(', 4), wordAt('', 0), wordAt('a + level2', 10)]).toEqual([4, 4, 0, 4])
})
it('gives a code that nobody has', () => {
  expect([freshCode('level', []), freshCode('level', ['level', 'level2']), freshCode('', ['input'])]).toEqual(['level', 'level3', 'input2'])
})
it('renames whole words alone', () => {
  expect(renamed('level > level2 && max(level, 1.0) > 0.0', 'level', 'tank')).toBe('tank > level2 && max(tank, 1.0) > 0.0')
  expect(renamed('a > 1', '', 'b')).toBe('a > 1')
})
it('finds the place of an error, and marks the word there', () => {
  const text = 'a >\n  \u{1F600} > bad'
  expect(placeOf(text, 1, 1)).toBe(0)
  expect(text.slice(placeOf(text, 2, 7))).toBe('bad') // what is drawn as one counts as one
  expect(placeOf(text, 9, 1)).toBe(text.length)
  expect(mark('a > bad2 - 1', 4)).toEqual([4, 8])
  expect(mark('a > > 1', 4)).toEqual([4, 5])
  expect(mark('a >', 3)).toEqual([2, 3]) // it ends too soon
  expect(mark('', 0)).toEqual([0, 0])
})
