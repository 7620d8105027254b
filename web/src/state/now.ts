import { ref } from 'vue'
import { serverNow } from '@/api/client'

/** The server's time, moving once a second: what every clock on the page reads. */
export const now = ref(serverNow())

/** Starts the second hand; it beats just after the server's full second. */
export function tick(): void {
  now.value = serverNow()
  setTimeout(tick, 1000 - (now.value % 1000) + 5)
}
