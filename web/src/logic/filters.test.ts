import { expect, it } from 'vitest'
import { asQuery, changed, one, sameView, viewOf, whole } from './filters'

it('reads the address, rubbish as nothing', () => {
  expect(one({ level: ['red', 'blue'] }, 'level')).toBe('red')
  expect(one({}, 'level')).toBe('')
  expect([whole({ offset: '50' }, 'offset'), whole({ offset: '-1' }, 'offset'), whole({ offset: 'x' }, 'offset')]).toEqual([50, 0, 0])
})
it('drops what is empty and goes back to the top', () => {
  expect(changed({ level: 'red', offset: '100', text: 'a' }, { text: '', zone: 'z' })).toEqual({ level: 'red', zone: 'z' })
})

it('keeps the filters of an address, without the place in the list', () => {
  const kept = viewOf({ zone: '东疆', level: 'red', offset: '50', text: '' })
  expect(kept).toBe('level=red&zone=%E4%B8%9C%E7%96%86')
  expect(asQuery(kept)).toEqual({ level: 'red', zone: '东疆' })
  expect(sameView('zone=%E4%B8%9C%E7%96%86&level=red', kept)).toBe(true)
  expect(sameView('level=red', kept)).toBe(false)
})
