import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { acts, type QuickAct } from '@/api/acts'
import { Refusal, serverNow } from '@/api/client'
import { Outbox, type Waiting } from '@/logic/outbox'
import { sentence } from '@/logic/sentence'
import { useFeed } from './feed'
import { useSession } from './session'

/**
 * The acts that wait in the page before they are sent (logic/outbox). The shell
 * calls beat every second.
 */
export const useOutbox = defineStore('outbox', () => {
  const list = shallowRef<readonly Waiting[]>([])
  const sending = new Set<string>()
  let box: Outbox | undefined

  function open(account: string): void {
    box = new Outbox(localStorage, account)
    show()
  }

  const show = () => (list.value = box ? [...box.all] : [])

  function add(act: QuickAct, warning: { id: string; subjectName: string }, body: Record<string, unknown>): void {
    box?.add({ act, warning: warning.id, name: warning.subjectName, body }, serverNow() + useSession().rules!.takeBack)
    show()
  }

  function take(key: string): void {
    box?.remove(key)
    show()
  }

  function beat(): void {
    if (!box || !useSession().me || useFeed().lostSince) return
    for (const w of box.due(serverNow())) void send(w)
  }

  async function send(w: Waiting): Promise<void> {
    const mine = box
    if (!mine || sending.has(w.key)) return
    sending.add(w.key)
    try {
      await acts[w.act as QuickAct](w.warning, w.body as never, w.key)
      mine.remove(w.key)
    } catch (e) {
      if (!(e instanceof Refusal)) throw e
      if (e.status === 0 || e.status === 401 || e.status >= 500) mine.postpone(w.key, serverNow() + 5000)
      else mine.refuse(w.key, sentence(e))
    } finally {
      sending.delete(w.key)
      show()
    }
  }

  /** Sends what waits when the page goes away; the keys make it safe to send again at the next opening. */
  function leave(): void {
    for (const w of box?.all ?? []) {
      if (w.refused || sending.has(w.key)) continue
      void fetch(`/api/v1/warnings/${w.warning}/${w.act}`, {
        method: 'POST',
        keepalive: true,
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': w.key },
        body: JSON.stringify(w.body),
      }).catch(() => {})
    }
  }

  const waitingFor = computed(() => (warning: string) => list.value.filter((w) => w.warning === warning && !w.refused))

  return { list, open, add, take, send, beat, leave, waitingFor }
})
