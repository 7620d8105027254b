import { expect, it } from 'vitest'
import { districts } from './districts'

it('finds a district by its name in either language', () => {
  expect(districts('滨海').map((d) => d.en)).toEqual(['Binhai New Area'])
  expect(districts(' binhai ').map((d) => d.zh)).toEqual(['滨海新区'])
  expect(districts('')).toEqual([])
  expect(districts('nowhere')).toEqual([])
})
