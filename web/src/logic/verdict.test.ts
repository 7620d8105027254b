import { expect, it } from 'vitest'
import { choices, verdict } from './verdict'

it.each([
  ['red', ['to_orange', 'to_yellow', 'to_blue', 'cleared', 'false_alarm']],
  ['yellow', ['to_blue', 'cleared', 'false_alarm']],
  ['blue', ['cleared', 'false_alarm']],
] as const)('of a %s one', (level, want) => expect(choices(level)).toEqual(want))

it('lowers or ends, never both', () => {
  expect(verdict('to_yellow')).toEqual({ to: 'yellow', end: 'open' })
  expect(verdict('false_alarm')).toEqual({ to: 'none', end: 'false_alarm' })
})
