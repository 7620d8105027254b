import { defineStore } from 'pinia'
import { onScopeDispose, ref } from 'vue'
import { api, ask, serverNow } from '@/api/client'
import type { FeedBeat, FeedChange } from '@/api/types'
import { Gaps, type Mark } from '@/logic/feed'

type Listener = (change: FeedChange | 'gap') => void

/** The server beats every 10 s; three beats missed mean that the link is dead. */
const silence = 32_000

/**
 * A live feed: one event stream for the whole page. It tells listeners of every
 * change in the reader's scope, and of a gap when something was missed: they then
 * read again what they show. Whether it was refused because nobody is signed in any
 * more, probe tells.
 */
function live(path: '/journal/feed' | '/wall/feed', probe: () => Promise<unknown>) {
  const listeners = new Set<Listener>()
  const gaps = new Gaps()
  /** Since when there is no link, by the server's clock; 0 while there is one. */
  const lostSince = ref(0)
  /** How many changes came after a loss that was seen, -1 when not all could be told. */
  const missed = ref<number>()
  /** Where the platform's own signal stays, as the last beat said; empty: it comes round. */
  const stage = ref('')

  /** When it was last heard, by the server's clock: of what came later a gap tells nothing. */
  const heardAt = ref(0)

  let wanted = false
  let source: EventSource | undefined
  let watchdog: ReturnType<typeof setTimeout> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let wait = 1000
  let back = 0

  function open() {
    wanted = true
    connect()
  }

  /** Ends it, whatever was under way: nobody is there to hear. */
  function close() {
    wanted = false
    drop()
  }

  function connect() {
    drop()
    const mine = (source = new EventSource(`/api/v1${path}`))
    mine.addEventListener('change', (e) => heard(JSON.parse((e as MessageEvent).data) as FeedChange))
    mine.addEventListener('beat', (e) => {
      const beat = JSON.parse((e as MessageEvent).data) as FeedBeat
      stage.value = beat.lost ?? ''
      heard(beat)
    })
    // After a broken line the browser comes back by itself and resumes at its last
    // id; after a refusal it gives up for good, and we open anew.
    mine.onerror = () => {
      if (!lostSince.value) lostSince.value = serverNow()
      if (mine.readyState === EventSource.CLOSED) again()
    }
    arm()
  }

  function drop() {
    source?.close()
    source = undefined
    clearTimeout(watchdog)
    clearTimeout(retry)
  }

  function arm() {
    clearTimeout(watchdog)
    watchdog = setTimeout(again, silence)
  }

  function again() {
    drop()
    if (!wanted) return
    if (!lostSince.value) lostSince.value = serverNow()
    void probe().catch(() => {})
    retry = setTimeout(connect, wait)
    wait = Math.min(wait * 2, 15_000)
  }

  function heard(m: Mark | FeedChange) {
    arm()
    wait = 1000
    const got = gaps.take(m)
    if (lostSince.value) {
      if (serverNow() - lostSince.value > 5000) {
        missed.value = 0
        back = serverNow() + 3000
      }
      lostSince.value = 0
    }
    if (got === 'gap') {
      if (serverNow() < back) missed.value = -1
      for (const f of listeners) f('gap')
    } else if (got === 'next' && 'act' in m) {
      if (serverNow() < back && missed.value !== undefined && missed.value >= 0) missed.value++
      for (const f of listeners) f(m)
    }
    heardAt.value = serverNow()
  }

  // The browser knows of a pulled plug before a stream does.
  addEventListener('offline', () => {
    if (source) again()
  })
  addEventListener('online', () => {
    if (wanted && lostSince.value) connect()
  })

  return { lostSince, missed, stage, heardAt, open, close, listeners }
}

/** The feed of whoever is signed in. */
export const useFeed = defineStore('feed', () => live('/journal/feed', () => ask(api.GET('/warnings/counts'))))

/** The wall's own: it may be there with nobody signed in. */
export const useWallFeed = defineStore('wallFeed', () => live('/wall/feed', () => ask(api.GET('/wall'))))

/** Hears of changes while the component lives. */
export function useChanges(f: Listener): void {
  const { listeners } = useFeed()
  listeners.add(f)
  onScopeDispose(() => listeners.delete(f))
}

/**
 * Calls f soon after changes that matter, at most once a while: a flood of changes
 * costs one reading. It may run late, never not at all.
 */
export function useReadAgain(matters: (c: FeedChange) => boolean, f: () => void, every = 500): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  useChanges((c) => {
    if (c !== 'gap' && !matters(c)) return
    timer ??= setTimeout(() => {
      timer = undefined
      f()
    }, every)
  })
  onScopeDispose(() => clearTimeout(timer))
}
