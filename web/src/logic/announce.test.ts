import { expect, it } from 'vitest'
import { Announcer } from './announce'

it('says one sentence in the time of the rules and sums up the rest, the worst first', () => {
  const a = new Announcer()
  a.add({ id: '1', level: 'yellow' })
  expect(a.next(0, 5000)?.news.map((n) => n.id)).toEqual(['1'])
  a.add({ id: '2', level: 'blue' })
  a.add({ id: '3', level: 'red' })
  expect(a.next(4999, 5000)).toBeUndefined()
  expect(a.next(5000, 5000)).toMatchObject({ worst: 'red', news: [{ id: '3' }, { id: '2' }] })
  expect(a.next(20_000, 5000)).toBeUndefined()
})
it('says an upgraded one once, at its higher level', () => {
  const a = new Announcer()
  a.add({ id: '1', level: 'yellow' })
  a.add({ id: '1', level: 'red' })
  a.add({ id: '1', level: 'orange' })
  expect(a.next(0, 5000)?.news).toEqual([{ id: '1', level: 'red' }])
})
