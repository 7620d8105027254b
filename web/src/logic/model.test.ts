import { expect, it } from 'vitest'
import type { ModelVersion, Replay } from '@/api/types'
import { begin, liveOf, openOf, place, progress } from './model'

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
