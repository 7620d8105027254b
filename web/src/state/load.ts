import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'
import { Refusal } from '@/api/client'

export interface Load<T> {
  data: ShallowRef<T | undefined>
  error: ShallowRef<Refusal | undefined>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/**
 * Reads something from the server now and whenever what it depends on changes. A
 * newer reading gives up the older; what is shown stays while it is read again,
 * and goes when it depends on something else.
 */
export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, on?: WatchSource | WatchSource[]): Load<T> {
  const data = shallowRef<T>()
  const error = shallowRef<Refusal>()
  const loading = ref(false)
  let running: AbortController | undefined

  async function reload() {
    running?.abort()
    const mine = (running = new AbortController())
    loading.value = true
    try {
      const got = await read(mine.signal)
      if (mine.signal.aborted) return
      data.value = got
      error.value = undefined
    } catch (e) {
      if (mine.signal.aborted) return
      if (!(e instanceof Refusal)) throw e
      error.value = e
      if (e.status === 404 || e.status === 403) data.value = undefined
    } finally {
      if (running === mine) loading.value = false
    }
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
  return { data, error, loading, reload }
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
