import { ref } from 'vue'
import { handheld } from './phone'

/** A newer console was deployed: the page says so, and the reader loads it. */
export const outdated = ref(false)

let registration: ServiceWorkerRegistration | undefined

/**
 * Keeps the console's files in a telephone, so that it opens without a link (sw.js). A
 * newer version waits there until it is asked for.
 */
export async function install(): Promise<void> {
  if (!handheld || !import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const mine = await navigator.serviceWorker.register('/sw.js').catch(() => undefined)
  if (!mine) return // refused: a certificate that is not trusted, for example
  registration = mine
  const waits = () => {
    if (mine.waiting && navigator.serviceWorker.controller) outdated.value = true
  }
  waits()
  mine.addEventListener('updatefound', () => mine.installing?.addEventListener('statechange', waits))
}

/** Asks whether there is a newer one; without a link that fails, and matters to nobody. */
export async function checkVersion(): Promise<void> {
  await registration?.update().catch(() => {})
}

/** Loads the newer one. */
export function reload(): void {
  const waiting = registration?.waiting
  if (!waiting) return location.reload()
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting.postMessage('take over')
}
