import { expect, it } from 'vitest'
import { Announcer } from './announce'

it('says one sentence in the time of the rules and sums up the rest, the worst first', () => {
  const a = new Announcer()
  a.add('1', 'yellow')
  expect(a.next(0, 5000)).toEqual({ level: 'yellow', n: 1, id: '1' })
  a.add('2', 'blue')
  a.add('3', 'red')
  expect(a.next(4999, 5000)).toBeUndefined()
  expect(a.next(5000, 5000)).toEqual({ level: 'red', n: 2 })
  expect(a.next(20_000, 5000)).toBeUndefined()
})
it('says an upgraded one once, at its higher level', () => {
  const a = new Announcer()
  a.add('1', 'yellow')
  a.add('1', 'red')
  a.add('1', 'orange')
  expect(a.next(0, 5000)).toEqual({ level: 'red', n: 1, id: '1' })
})
it('says those of which only the number is known', () => {
  const a = new Announcer()
  a.addUnnamed({ level: 'red', n: 1 })
  expect(a.next(0, 5000)).toEqual({ level: 'red', n: 1 })
  a.add('1', 'yellow')
  a.addUnnamed({ level: 'blue', n: 2 })
  expect(a.next(5000, 5000)).toEqual({ level: 'yellow', n: 3 })
})
