import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'
import { Refusal, serverNow } from '@/api/client'
import { handheld, kept } from './phone'
import { useSession } from './session'

export interface Load<T> {
  data: ShallowRef<T | undefined>
  error: ShallowRef<Refusal | undefined>
  loading: Ref<boolean>
  /** When what is shown was read, by the server's clock. */
  at: Ref<number | undefined>
  reload: () => Promise<void>
  /** Reads again, after the reading that runs: however often it is called, each comes to its end. */
  follow: () => Promise<void>
}

/**
 * Reads something from the server now and whenever what it depends on changes. A
 * newer reading gives up the older; what is shown stays while it is read again,
 * and goes when it depends on something else.
 *
 * What is named by keep stays in a telephone's own store, and is shown with its age when
 * the server cannot be reached.
 */
export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, on?: WatchSource | WatchSource[], keep?: () => string): Load<T> {
  const data = shallowRef<T>()
  const error = shallowRef<Refusal>()
  const loading = ref(false)
  const at = ref<number>()
  let running: AbortController | undefined
  let again = false

  async function reload() {
    running?.abort()
    const mine = (running = new AbortController())
    again = false
    loading.value = true
    try {
      const got = await read(mine.signal)
      if (mine.signal.aborted) return
      data.value = got
      at.value = serverNow()
      error.value = undefined
      if (keep) keepSeen(keep(), got)
    } catch (e) {
      if (mine.signal.aborted) return
      if (!(e instanceof Refusal)) throw e
      if (keep && e.status === 0 && data.value === undefined) {
        const last = await lastSeen<T>(keep())
        if (mine.signal.aborted) return
        data.value = last?.value
        at.value = last?.at
      }
      error.value = e
      if (e.status === 404 || e.status === 403) data.value = undefined
    } finally {
      if (running === mine) loading.value = false
      if (again && !loading.value && !mine.signal.aborted) void reload()
    }
  }

  async function follow() {
    if (loading.value) again = true
    else await reload()
  }

  if (on) {
    watch(on, () => {
      data.value = undefined
      error.value = undefined
      void reload()
    })
  }
  onScopeDispose(() => running?.abort())
  void reload()
  return { data, error, loading, at, reload, follow }
}

/** Keeps what a person sees in a telephone's own store. */
export function keepSeen(name: string, value: unknown): void {
  const account = useSession().me?.user.id
  if (handheld && account) void kept.keepView({ account, name, at: serverNow(), value })
}

/** What a person last saw under a name, and when. */
export async function lastSeen<T>(name: string): Promise<{ value: T; at: number } | undefined> {
  const account = useSession().me?.user.id
  const v = handheld && account ? await kept.view(account, name).catch(() => undefined) : undefined
  return v && { value: v.value as T, at: v.at }
}

/** Calls f every few seconds while the page is looked at. */
export function useEvery(ms: number, f: () => void): void {
  const timer = setInterval(() => {
    if (!document.hidden) f()
  }, ms)
  const seen = () => {
    if (!document.hidden) f()
  }
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  })
}
