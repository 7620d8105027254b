import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

/** A stream that a server refuses, as it does when nobody is signed in. */
class Refused {
  static readonly CLOSED = 2
  static made: Refused[] = []
  readyState = 0
  onerror = () => {}
  constructor() {
    Refused.made.push(this)
  }
  addEventListener() {}
  close() {
    this.readyState = 2
  }
  refuse() {
    this.readyState = 2
    this.onerror()
  }
}
const page = new EventTarget()

beforeEach(() => {
  vi.useFakeTimers()
  Refused.made = []
  vi.stubGlobal('EventSource', Refused)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  setActivePinia(createPinia())
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('tries again while somebody is there to hear, and not when nobody is', async () => {
  const { useFeed } = await import('./feed')
  const feed = useFeed()
  feed.open()
  Refused.made[0]!.refuse()
  vi.advanceTimersByTime(1000)
  expect(Refused.made).toHaveLength(2)
  feed.close()
  Refused.made[1]!.refuse()
  page.dispatchEvent(new Event('online'))
  vi.advanceTimersByTime(60_000)
  expect(Refused.made).toHaveLength(2)
  feed.open()
  expect(Refused.made).toHaveLength(3)
})
