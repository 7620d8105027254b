import { expect, it } from 'vitest'
import { Drafts, type Shelf } from './draft'

function memory(): Shelf & { all: Map<string, string> } {
  const all = new Map<string, string>()
  return {
    all,
    getItem: (k) => all.get(k) ?? null,
    setItem: (k, v) => void all.set(k, v),
    removeItem: (k) => void all.delete(k),
  }
}

it('gives back what was typed, after a reload too', () => {
  const shelf = memory()
  new Drafts(shelf, 'u1').keep('w1/report', { why: '已关阀' })
  expect(new Drafts(shelf, 'u1').read('w1/report')?.value).toEqual({ why: '已关阀' })
})
it('keeps the key for another try and changes it with the content', () => {
  const d = new Drafts(memory(), 'u1')
  const first = d.keep('p', { why: 'a' })
  expect(d.keep('p', { why: 'a' }).key).toBe(first.key)
  expect(d.keep('p', { why: 'b' }).key).not.toBe(first.key)
})
it('shows nobody the words of another account', () => {
  const shelf = memory()
  new Drafts(shelf, 'u1').keep('p', 'mine')
  expect(new Drafts(shelf, 'u2').read('p')).toBeUndefined()
})
it('drops what the server has', () => {
  const shelf = memory()
  const d = new Drafts(shelf, 'u1')
  d.keep('p', 'x')
  d.drop('p')
  expect(shelf.all.size).toBe(0)
})
it('stands a full storage and rubbish in it', () => {
  const full: Shelf = { getItem: () => '{', setItem: () => { throw new Error('quota') }, removeItem: () => {} }
  const d = new Drafts(full, 'u1')
  expect(d.read('p')).toBeUndefined()
  expect(d.keep('p', 'x').value).toBe('x')
})
