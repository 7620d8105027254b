import { expect, it } from 'vitest'
import { seen } from './story'

it('reads what a model saw', () => {
  const s = seen({ level: 'red', rung: 'HH', value: 12.5, limit: 12, unit: 'm', at: 5, condition: 'active' })
  expect(s).toMatchObject({ level: 'red', rung: 'HH', value: 12.5, limit: 12, unit: 'm', at: 5, files: [] })
})
it('reads what a person added', () => {
  const s = seen({ detail: { finding: 'true', files: [{ id: 'f1', name: 'a.jpg', type: 'image/jpeg' }, {}], ask: { to: 'none', end: 'cleared' } } })
  expect(s.finding).toBe('true')
  expect(s.files.map((f) => f.id)).toEqual(['f1'])
  expect(s.ask).toEqual({ to: 'none', end: 'cleared' })
})
it('reads whom a warning went to and how long it is shelved', () => {
  expect(seen({ detail: '李四' }).to).toBe('李四')
  expect(seen({ detail: 17 }).until).toBe(17)
})
it.each([null, undefined, 'x', 7, []])('stands %j', (v) => expect(seen(v).files).toEqual([]))
