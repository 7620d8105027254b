import { describe, expect, it } from 'vitest'
import { keptChoice, Ringing } from './ringing'

describe('what sounds', () => {
  it('is the worst that nobody has confirmed, until all are', () => {
    const r = new Ringing()
    expect(r.level({ yellow: 2, red: 1 })).toBe('red')
    expect(r.level({ yellow: 2, red: 0 })).toBe('yellow')
    expect(r.level({ yellow: 0 })).toBeUndefined()
  })
  it('is silent after a hush until something new comes, and then at its level', () => {
    const r = new Ringing()
    r.hush()
    expect(r.level({ red: 1, yellow: 1 })).toBeUndefined()
    r.news('yellow')
    expect(r.level({ red: 1, yellow: 2 })).toBe('yellow')
    r.news('red')
    r.news('blue')
    expect(r.level({ red: 2, yellow: 2 })).toBe('red')
    expect(r.level({ yellow: 1 })).toBe('yellow')
  })
  it('forgets the hush when nothing is left', () => {
    const r = new Ringing()
    r.hush()
    expect(r.level({ red: 1 })).toBeUndefined()
    expect(r.level({})).toBeUndefined()
    expect(r.level({ red: 1 })).toBe('red')
  })
})

it('asks about sound once a shift', () => {
  expect(keptChoice(null, '1')).toBe('ask')
  expect(keptChoice('1 on', '1')).toBe('on')
  expect(keptChoice('1 off', '1')).toBe('off')
  expect(keptChoice('1 off', '2')).toBe('ask')
  expect(keptChoice('1 nonsense', '1')).toBe('ask')
})
