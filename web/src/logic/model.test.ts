import { expect, it } from 'vitest'
import type { ModelVersion, Replay } from '@/api/types'
import { begin, faults, liveOf, openOf, place, progress } from './model'

it('takes the faults of a text apart, each with its line', () => {
  const yaml = 'the model cannot be read: yaml: unmarshal errors:\n  line 3: field knd not found in type risk.Model\n  line 12: cannot unmarshal !!str `a` into int'
  expect(faults([yaml])).toEqual([
    { line: 3, text: 'line 3: field knd not found in type risk.Model' },
    { line: 12, text: 'line 12: cannot unmarshal !!str `a` into int' },
  ])
  expect(faults(['the model cannot be read: yaml: line 7: did not find expected key'])).toEqual([{ line: 7, text: 'the model cannot be read: yaml: line 7: did not find expected key' }])
  expect(faults(['model "x": it has no rung'])).toEqual([{ text: 'model "x": it has no rung' }])
})
it('begins another version, and another model', () => {
  const text = 'id: process_level\nversion: 1\nkind: ladder\n'
  expect(begin(text, 4)).toBe('id: process_level\nversion: 4\nkind: ladder\n')
  expect(begin(text, 1, 'mine')).toBe('id: mine\nversion: 1\nkind: ladder\n')
})
it('finds a line in a text, and none behind its end', () => {
  const text = 'ab\ncde\n'
  expect(text.slice(...place(text, 1))).toBe('ab')
  expect(text.slice(...place(text, 2))).toBe('cde')
  expect(place(text, 9)).toEqual([7, 7])
})
it('knows the open and the live version', () => {
  const list = (['refused', 'submitted', 'live', 'retired'] as const).map((state, i) => ({ state, version: 4 - i }) as ModelVersion)
  expect([openOf(list)?.version, liveOf(list)?.version, openOf([])]).toEqual([3, 2, undefined])
})
it('says how far a replay is', () => {
  const r = (x: Partial<Replay>) => progress({ from: 100, to: 200, since: 0, at: 0, ...x } as Replay)
  expect([r({}), r({ at: 150 }), r({ at: 500 }), r({ since: 50, at: 125 }), r({ to: 100 })]).toEqual([0, 0.5, 1, 0.5, 0])
})
