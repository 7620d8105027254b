import { expect, it } from 'vitest'
import { changed, one, whole } from './filters'

it('reads the address, rubbish as nothing', () => {
  expect(one({ level: ['red', 'blue'] }, 'level')).toBe('red')
  expect(one({}, 'level')).toBe('')
  expect([whole({ offset: '50' }, 'offset'), whole({ offset: '-1' }, 'offset'), whole({ offset: 'x' }, 'offset')]).toEqual([50, 0, 0])
})
it('drops what is empty and goes back to the top', () => {
  expect(changed({ level: 'red', offset: '100', text: 'a' }, { text: '', zone: 'z' })).toEqual({ level: 'red', zone: 'z' })
})
