import { describe, expect, it } from 'vitest'
import type { Row } from './queue'
import { Reading } from './reading'

const now = 1_000_000_000
const w = (id: string, dueAt: number, level: Row['level'] = 'yellow'): Row => ({ id, level, dueAt, raisedAt: now, enterprise: 'e1', model: 'tank', end: 'open', version: 1 })

/** A server with its queue, and the page that reads it. */
function desk(n: number) {
  const queue = Array.from({ length: n }, (_, i) => w(`w${i}`, now + i))
  const r = new Reading()
  let rows: Row[] = []
  return {
    queue,
    r,
    rows: () => rows,
    restart() {
      r.restart()
      rows = []
    },
    /** Where the next page begins and how long it is at most, if one is asked for. */
    asks(wanted = false) {
      const p = r.next(wanted)
      return p && [p.offset, p.limit]
    },
    /** The page that was asked for comes, and the pause after it; what is new in it. */
    comes(part: readonly number[] | undefined, total = queue.length, items = queue.slice(part![0]!, part![0]! + part![1]!)): string[] {
      const got = r.take(rows, { items, total }, undefined, now)
      rows = got.rows
      r.pause()
      return got.fresh
    },
    /** Reads on until nothing more is asked for: where each page began. */
    rest(wanted = false): number[] {
      const began: number[] = []
      for (;;) {
        r.goOn()
        const part = this.asks(wanted)
        if (!part || began.length > 20) return began
        began.push(part[0]!)
        this.comes(part)
      }
    },
  }
}

describe('the queue is read', () => {
  it('from its top, one page at a time, with a pause after each', () => {
    const d = desk(1000)
    const top = d.asks()
    expect(top).toEqual([0, 100])
    d.r.change()
    expect(d.asks(true)).toBeUndefined() // one runs
    d.comes(top)
    expect([d.r.loaded, d.r.total, d.rows().length]).toEqual([100, 1000, 100])
    expect(d.asks()).toBeUndefined()
    d.r.goOn()
    expect(d.asks()).toEqual([0, 100])
  })
  it('for the rows that a scrolled list lacks at once, then from the top when it changed, then all that is loaded', () => {
    const d = desk(1000)
    d.comes(d.asks())
    d.comes(d.asks(true))
    d.comes(d.asks(true))
    d.comes(d.asks(true))
    expect([d.r.loaded, d.rows().length]).toEqual([640, 640])
    d.r.round()
    d.r.goOn()
    const lacking = d.asks(true)
    expect(lacking).toEqual([620, 200])
    d.comes(lacking)
    expect(d.rest()).toEqual([0, 80, 560])
    expect(d.r.loaded).toBe(1000) // the last page of the round went beyond it
  })
  it('asks for nothing when nothing changed and nothing is lacking', () => {
    const d = desk(150)
    expect(d.rest(true)).toEqual([0, 80])
    expect([d.r.loaded, d.rows().length]).toEqual([150, 150])
    expect(d.rest(true)).toEqual([])
    d.r.round()
    expect(d.rest(true)).toEqual([0, 80])
  })
  it('once more when it changed while the top was read', () => {
    const d = desk(10)
    const top = d.asks()
    d.r.change()
    d.comes(top)
    expect(d.rest()).toEqual([0])
  })
  it('page by page to the end of a round, however often it changes', () => {
    const d = desk(2000)
    while (d.r.loaded < 1600) d.comes(d.asks(true))
    const began: number[] = []
    for (let i = 0; i < 8; i++) {
      d.r.round()
      d.r.goOn()
      const part = d.asks()!
      began.push(part[0]!)
      d.comes(part)
    }
    expect(began).toEqual([0, 80, 0, 560, 0, 1040, 0, 1520])
  })
})

it('does not ask on and on where there is said to be more, and nothing comes', () => {
  const d = desk(100)
  d.comes(d.asks(), 300)
  const more = d.asks(true)
  expect(more).toEqual([80, 200])
  d.comes(more, 300)
  expect([d.asks(true), d.r.total]).toEqual([undefined, 100])
  d.r.change()
  d.r.goOn()
  d.comes(d.asks(), 300) // with the next reading it is tried again
  expect(d.asks(true)).toEqual([80, 200])
})

it('ends where a queue ends that became shorter, and what lay beyond goes', () => {
  const d = desk(1000)
  while (d.r.loaded < 1000) d.comes(d.asks(true))
  d.queue.splice(320)
  d.r.round()
  expect(d.rest(true)).toEqual([0, 80])
  expect([d.r.loaded, d.r.total, d.rows().length]).toEqual([320, 320, 320])
  d.r.round()
  d.r.goOn()
  d.comes(d.asks())
  d.r.goOn()
  d.comes(d.asks(), 320, d.queue.slice(80, 200)) // whatever the page says of its length
  expect([d.r.loaded, d.rows().length]).toEqual([200, 200])
  d.queue.splice(100)
  d.r.change()
  expect(d.rest()).toEqual([0])
  expect([d.r.loaded, d.rows().length]).toEqual([100, 100])
  d.queue.splice(0)
  d.r.change()
  expect(d.rest(true)).toEqual([0])
  expect([d.r.loaded, d.rows()]).toEqual([0, []])
})

describe('new is', () => {
  it('what comes after the first page, at the top and among the rows', () => {
    const d = desk(1000)
    expect(d.comes(d.asks())).toEqual([])
    d.queue.unshift(w('red', now, 'red'))
    d.queue.splice(50, 0, w('between', now + 48.5))
    d.r.change()
    d.r.goOn()
    expect(d.comes(d.asks())).toEqual(['red', 'between'])
  })
  it('not what only left its place and comes again with another page', () => {
    const d = desk(1000)
    while (d.r.loaded < 500) d.comes(d.asks(true))
    // It was confirmed, or its limit put off: it is further down now.
    const [late] = d.queue.splice(10, 1)
    d.queue.splice(300, 0, { ...late!, dueAt: now + 300.5, version: 2 })
    d.r.round()
    d.r.goOn()
    expect(d.comes(d.asks())).not.toContain('w10')
    expect(d.rows().some((r) => r.id === 'w10')).toBe(false)
    d.r.goOn()
    expect(d.comes(d.asks())).not.toContain('w10')
    expect(d.rows().some((r) => r.id === 'w10')).toBe(true)
  })
  it('not what others pushed out of the top, once it is scrolled to', () => {
    const d = desk(1000)
    d.comes(d.asks())
    d.queue.unshift(...Array.from({ length: 30 }, (_, i) => w(`r${i}`, now + i, 'red')))
    d.r.change()
    d.r.goOn()
    expect(d.comes(d.asks())).toHaveLength(30)
    expect(d.rows().length).toBe(100)
    expect(d.comes(d.asks(true))).not.toContain('w99')
    expect(d.rows().some((r) => r.id === 'w99')).toBe(true)
    // It came again: once it has left for good and comes anew, it is new.
    const back = d.queue.splice(20).find((r) => r.id === 'w99')!
    d.r.change()
    d.rest()
    d.queue.push(back)
    d.r.change()
    d.r.goOn()
    expect(d.comes(d.asks())).toEqual(['w99'])
  })
  it('what comes again after a round that had not found it', () => {
    const d = desk(300)
    while (d.r.loaded < 300) d.comes(d.asks(true))
    const [gone] = d.queue.splice(10, 1)
    d.r.round()
    expect(d.rest()).toEqual([0, 80])
    d.queue.splice(10, 0, gone!)
    d.r.change()
    d.r.goOn()
    expect(d.comes(d.asks())).toEqual(['w10'])
  })
  it('what left a queue that was read whole, and comes again', () => {
    const d = desk(20)
    d.rest()
    const [gone] = d.queue.splice(10, 1)
    d.r.change()
    d.rest()
    d.queue.splice(10, 0, gone!)
    d.r.change()
    d.r.goOn()
    expect(d.comes(d.asks())).toEqual(['w10'])
  })
})

it('lets go at the top of what a scrolled list had loaded, and then reads the top alone', () => {
  const d = desk(1000)
  while (d.r.loaded < 500) d.comes(d.asks(true))
  d.r.round()
  const kept = d.r.shorten(d.rows(), 'w400')
  expect([kept.length, kept.at(-1)!.id, d.r.loaded]).toEqual([101, 'w400', 100])
  d.r.round()
  expect(d.rest()).toEqual([0])
  expect(d.r.shorten(kept, 'w400')).toBe(kept) // short as it is
})

it('begins anew with another queue, whatever was under way', () => {
  const d = desk(1000)
  while (d.r.loaded < 500) d.comes(d.asks(true))
  const [left] = d.queue.splice(10, 1)
  d.r.round()
  d.r.goOn()
  d.comes(d.asks())
  d.r.goOn()
  d.asks()
  d.restart()
  expect([d.r.loaded, d.r.total]).toEqual([0, 0])
  const top = d.asks()
  expect(top).toEqual([0, 100])
  expect(d.comes(top)).toEqual([])
  expect(d.rest()).toEqual([]) // nothing is left of the round
  d.queue.splice(10, 0, left!)
  d.r.change()
  expect(d.comes(d.asks())).toEqual(['w10'])
})

it('waits for a change after a failure, and then begins at the top', () => {
  const d = desk(1000)
  d.comes(d.asks())
  d.comes(d.asks(true))
  d.r.round()
  d.comes(d.asks(true)) // beyond
  d.r.goOn()
  d.comes(d.asks())
  d.r.goOn()
  expect(d.asks()).toEqual([80, 500])
  d.r.fail()
  d.r.pause()
  d.r.goOn()
  expect([d.asks(), d.asks(true)]).toEqual([undefined, undefined])
  d.r.change()
  expect(d.rest()).toEqual([0])
  expect(d.asks(true)).toEqual([440, 200])
})
