import { describe, expect, it } from 'vitest'
import { percent, Reds, steps, version } from './wall'

const show = 60_000
const red = (id: string, since: number, period = 1) => ({ id, level: 'red', since, period })

describe('the queue of red warnings', () => {
  it('shows a new one for its time, then the district again', () => {
    const q = new Reds()
    q.take([], 0, show)
    expect(q.at(0, show)).toBeUndefined()
    q.take([red('a', 1000), { ...red('o', 1000), level: 'orange' }], 1000, show)
    expect(q.at(1000, show)).toBe('a')
    expect(q.at(60_999, show)).toBe('a')
    q.take([red('a', 1000)], 61_000, show)
    expect(q.at(61_000, show)).toBeUndefined()
  })
  it('shows several one after the other, the first to come first', () => {
    const q = new Reds()
    q.take([], 0, show)
    q.take([red('b', 20), red('a', 10)], 20, show)
    expect([q.at(20, show), q.waiting]).toEqual(['a', 1])
    q.take([red('c', 30), red('b', 20), red('a', 10)], 30, show)
    expect([q.at(60_020, show), q.waiting]).toEqual(['b', 1])
    expect(q.at(120_020, show)).toBe('c')
    expect(q.at(180_020, show)).toBeUndefined()
  })
  it('at first shows only what became red just now', () => {
    const q = new Reds()
    q.take([red('old', 0), red('new', 90_000)], 100_000, show)
    expect(q.at(100_000, show)).toBe('new')
    expect(q.at(160_000, show)).toBeUndefined()
  })
  it('shows what came while there was no link, however long ago', () => {
    const q = new Reds()
    q.take([], 0, show)
    q.take([red('a', 1000)], 3_600_000, show)
    expect(q.at(3_600_000, show)).toBe('a')
  })
  it('lets go of what was lowered or ended, shown or waiting', () => {
    const q = new Reds()
    q.take([], 0, show)
    q.take([red('a', 1), red('b', 2), red('c', 3)], 3, show)
    expect(q.at(3, show)).toBe('a')
    q.take([red('c', 3)], 4, show)
    expect([q.at(4, show), q.waiting]).toEqual(['c', 0])
  })
  it('shows one again that was red, was lowered and is red anew', () => {
    const q = new Reds()
    q.take([red('a', 0)], 100_000, show)
    expect(q.at(100_000, show)).toBeUndefined()
    q.take([red('a', 110_000, 3)], 110_000, show)
    expect(q.at(110_000, show)).toBe('a')
  })
})

it('draws counts as steps, on a scale of their own', () => {
  expect(steps([0, 2, 2, 1])).toBe('M0 100H1V0H2V0H3V50')
  expect(steps([0, 0])).toBe('M0 100H1V100')
})
it('says a share, and of nothing none', () => {
  expect(percent(1999, 2000)).toBe('99.9 %')
  expect(percent(2, 2)).toBe('100.0 %')
  expect(percent(0, 0)).toBeUndefined()
})
it('tells versions of the console apart by their files, script and style', () => {
  const page = (js: string, css: string) => `<html><head><link rel="icon" href="/icon.svg"><script type="module" crossorigin src="/assets/${js}"></script><link rel="stylesheet" crossorigin href="/assets/${css}"></head></html>`
  expect(version(page('index-a.js', 'index-b.css'))).toBe('/assets/index-a.js /assets/index-b.css')
  expect(version(page('index-a.js', 'index-c.css'))).not.toBe(version(page('index-a.js', 'index-b.css')))
  expect(version('Bad gateway')).toBe('')
})
