import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick, reactive } from 'vue'
import type { Counts, Me } from '@/api/types'

// What is played, on a page whose browser lets it sound.
let played: string | undefined
vi.mock('@/logic/sound', () => ({
  Sound: class {
    constructor(private readonly runs: (yes: boolean) => void) {}
    enable() {
      this.runs(true)
      return Promise.resolve()
    }
    play(tone?: string) {
      played = tone
    }
  },
}))
const route = reactive<{ meta: { plain?: boolean } }>({ meta: {} })
vi.mock('vue-router', () => ({ useRoute: () => route }))

async function room(...acts: string[]) {
  const { useAlarm } = await import('./alarm')
  const { useCounts } = await import('./counts')
  const { useFeed } = await import('./feed')
  const { now } = await import('./now')
  const { useSession } = await import('./session')
  useSession().me = { user: { id: 'u1' }, acts } as unknown as Me
  const alarm = useAlarm()
  alarm.choose(true)
  const feed = useFeed()
  return {
    alarm,
    /** How many of each level nobody has confirmed. */
    async counts(unconfirmed: Counts['unconfirmed']) {
      useCounts().counts = { unconfirmed } as Counts
      await nextTick()
      return played
    },
    /** What is heard while the link is lost for so long; 0: it is there. */
    async lost(seconds: number) {
      if (!seconds) feed.lostSince = 0
      else feed.lostSince ||= now.value
      now.value = feed.lostSince ? feed.lostSince + seconds * 1000 : now.value + 1000
      await nextTick()
      return played
    },
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.resetModules()
  const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} }
  for (const [name, value] of Object.entries({ localStorage: storage, sessionStorage: storage, location: { origin: 'http://fengsui.test' } })) vi.stubGlobal(name, value)
  for (const name of ['addEventListener', 'removeEventListener']) vi.stubGlobal(name, () => {})
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  setActivePinia(createPinia())
  played = undefined
  route.meta = {}
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('tells the duty room of a link that stays lost, until it is there again', async () => {
  const r = await room('confirm')
  expect(await r.lost(30)).toBeUndefined()
  expect(await r.lost(31)).toBe('link')
  expect(await r.lost(0)).toBeUndefined()
  expect(await r.lost(31)).toBe('link')
})
it('is silent about a link to who keeps no watch, has the sound off, or looks at the wall', async () => {
  const other = await room('note')
  expect(await other.lost(60)).toBeUndefined()
  setActivePinia(createPinia())
  const r = await room('confirm')
  route.meta = { plain: true }
  expect(await r.lost(60)).toBeUndefined()
  route.meta = {}
  expect(await r.lost(61)).toBe('link')
  r.alarm.choose(false)
  await nextTick()
  expect(played).toBeUndefined()
})
it('lets a warning sound before the link, and hushes a loss once', async () => {
  const r = await room('confirm')
  await r.lost(60)
  expect(await r.counts({ blue: 1 } as Counts['unconfirmed'])).toBe('link') // blue is silent
  expect(await r.counts({ red: 1 } as Counts['unconfirmed'])).toBe('red')
  r.alarm.hush()
  await nextTick()
  expect(await r.lost(120)).toBeUndefined()
  await r.lost(0)
  expect(await r.lost(31)).toBe('link')
})
