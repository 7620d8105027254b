import { describe, expect, it } from 'vitest'
import { keptChoice, linkSounds, risen, Ringing } from './ringing'

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

it('asks about sound once a shift, and stays on until it was answered', () => {
  expect(keptChoice(null, '1')).toEqual({ on: false, asks: true })
  expect(keptChoice('1 on', '1')).toEqual({ on: true, asks: false })
  expect(keptChoice('1 off', '1')).toEqual({ on: false, asks: false })
  expect(keptChoice('1 off', '2')).toEqual({ on: false, asks: true })
  expect(keptChoice('1 on', '2')).toEqual({ on: true, asks: true })
  expect(keptChoice('1 nonsense', '1')).toEqual({ on: false, asks: true })
})

it('learns from two countings what came while the feed was away', () => {
  expect(risen({ yellow: 2 }, { yellow: 2, red: 1 })).toEqual({ level: 'red', n: 1 })
  expect(risen({ yellow: 2 }, { yellow: 1, red: 1 })).toEqual({ level: 'red', n: 1 }) // one went up
  expect(risen({ red: 1 }, { orange: 1 })).toBeUndefined() // or down
  expect(risen({ red: 2, blue: 1 }, { red: 1, blue: 4 })).toEqual({ level: 'blue', n: 2 })
  expect(risen({ red: 1 }, {})).toBeUndefined()
})
it('sounds after a hush for what came in a gap', () => {
  const r = new Ringing()
  r.hush()
  r.news(risen({ yellow: 1 }, { yellow: 1, red: 1 })!.level)
  expect(r.level({ yellow: 1, red: 1 })).toBe('red')
})

it('sounds for a link that stays away, but not again for the loss that was hushed', () => {
  const lost = 1_000_000
  expect([30_000, 30_001].map((ms) => linkSounds(lost, 0, lost + ms))).toEqual([false, true])
  expect(linkSounds(0, 0, lost)).toBe(false) // it is there
  expect(linkSounds(lost, lost, lost + 60_000)).toBe(false)
  expect(linkSounds(lost + 90_000, lost, lost + 150_000)).toBe(true)
})
