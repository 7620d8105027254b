import { expect, it } from 'vitest'
import type { Shelf } from './draft'
import { Outbox } from './outbox'

function memory(): Shelf {
  const all = new Map<string, string>()
  return { getItem: (k) => all.get(k) ?? null, setItem: (k, v) => void all.set(k, v), removeItem: (k) => void all.delete(k) }
}
const confirm = { act: 'confirm', warning: 'w1', name: 'TK-101', body: {} }

it('holds an act until it is to be sent', () => {
  const box = new Outbox(memory(), 'u1')
  const w = box.add(confirm, 11_000)
  expect(box.due(10_999)).toEqual([])
  expect(box.due(11_000)).toEqual([w])
})
it('lets an act be taken back', () => {
  const box = new Outbox(memory(), 'u1')
  box.remove(box.add(confirm, 10_000).key)
  expect(box.due(99_999)).toEqual([])
})
it('finds at the next opening what was not sent, under its key', () => {
  const shelf = memory()
  const key = new Outbox(shelf, 'u1').add(confirm, 10_000).key
  expect(new Outbox(shelf, 'u1').due(20_000).map((w) => w.key)).toEqual([key])
  expect(new Outbox(shelf, 'u2').all).toEqual([])
})
it('keeps a refused act with its sentence and never sends it again by itself', () => {
  const box = new Outbox(memory(), 'u1')
  const key = box.add(confirm, 10_000).key
  box.refuse(key, 'someone was faster')
  expect(box.due(99_999)).toEqual([])
  expect(box.all[0]?.refused).toBe('someone was faster')
})
it('tries again later under the same key when no answer came', () => {
  const box = new Outbox(memory(), 'u1')
  const key = box.add(confirm, 10_000).key
  box.postpone(key, 30_000)
  expect(box.due(29_999)).toEqual([])
  expect(box.due(30_000)[0]?.key).toBe(key)
})
