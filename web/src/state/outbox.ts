import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { acts, orderActs, upload, type OrderAct, type QuickAct, type WarningAct } from '@/api/acts'
import { api, ask, measuredOffset, Refusal, serverNow } from '@/api/client'
import { newKey } from '@/logic/draft'
import { Full } from '@/logic/kept'
import { Outbox, type Door, type Waiting } from '@/logic/outbox'
import { sentence } from '@/logic/sentence'
import { useFeed } from './feed'
import { kept } from './phone'
import { useSession } from './session'

/** What is done in the field: on a warning, or on an order of it. */
type FieldAct = { warning: string; name: string } & ({ act: WarningAct } | { act: OrderAct; order: string })

/** A try that got no answer is repeated after so long. */
const retry = 5000
/** Nobody goes on with a form after so long: its photos may go. */
const abandoned = 2 * 86_400_000

/**
 * The acts that are not with the server yet (logic/outbox). The shell calls beat every
 * second.
 */
export const useOutbox = defineStore('outbox', () => {
  const list = shallowRef<readonly Waiting[]>([])
  let box: Outbox | undefined
  let account = ''

  const show = () => (list.value = box ? [...box.all] : [])

  /** Opens a person's own; undefined: nobody is signed in, and nobody's is seen. */
  async function open(user: string | undefined): Promise<void> {
    if (user && user === account && box) return
    account = user ?? ''
    const mine: Outbox | undefined = (box = user ? new Outbox(kept, user, () => mine === box && show()) : undefined)
    show()
    if (!mine || !user) return
    await mine.load()
    await kept.tidy(user, serverNow() - abandoned).catch(() => {})
  }

  const door: Door = {
    upload: async (p) => (await upload(new File([p.blob], p.name, { type: p.blob.type }), p.key)).id,
    act: async (w, body) => {
      const key = w.as ?? w.key
      if (w.order) await orderActs[w.act as OrderAct](w.order, body as never, key)
      else await acts[w.act as WarningAct](w.warning, body as never, key)
    },
    version: async (w) =>
      (w.order ? await ask(api.GET('/orders/{id}', { params: { path: { id: w.order } } })) : await ask(api.GET('/warnings/{id}', { params: { path: { id: w.warning } } }))).version,
    judge: (e) => {
      if (!(e instanceof Refusal)) throw e
      if ([0, 401, 408, 429, 502, 503, 504].includes(e.status)) return 'away'
      return e.status >= 500 ? 'failed' : { refused: sentence(e), stale: ['changed', 'stale'].includes(e.reason) }
    },
  }

  /** An act of the desk: it waits some seconds, and can be taken back until then. */
  function add(act: QuickAct, warning: { id: string; subjectName: string }, body: Record<string, unknown>): void {
    void box?.add({ act, warning: warning.id, name: warning.subjectName, body }, serverNow(), useSession().rules!.takeBack)
  }

  /**
   * Keeps what was done in the field, with the moment by this device's clock as it was
   * compared with the server's. Throws a Refusal when it cannot be kept.
   */
  async function keep(of: FieldAct, body: Record<string, unknown>, photos: string[]): Promise<Waiting> {
    void navigator.storage?.persist?.().catch(() => {})
    const acted = { at: Math.round(serverNow()), offset: measuredOffset() }
    return roomy(box!.add({ ...of, body: { ...body, acted }, photos: [...photos] }, serverNow()))
  }

  /** Keeps an act of the field and sends it. Refused at once it goes back to its form, with the sentence. */
  async function hand(of: FieldAct, body: Record<string, unknown>, photos: string[]): Promise<string | undefined> {
    const w = await keep(of, body, photos)
    const refused = (await send(w))?.refused
    // Its form still needs the photos.
    if (refused) await box?.remove(w.key, false)
    return refused
  }

  /** Keeps a photo for an act to come. */
  async function photo(file: File): Promise<string> {
    const key = newKey()
    await roomy(kept.keepPhoto({ key, account, name: file.name, madeAt: serverNow(), blob: file }))
    return key
  }

  async function roomy<T>(keeping: Promise<T>): Promise<T> {
    try {
      return await keeping
    } catch (e) {
      if (e instanceof Full) throw new Refusal(507, 'device_full', '')
      throw e instanceof DOMException ? new Refusal(507, 'device_failed', '') : e
    }
  }

  const take = (key: string) => void box?.remove(key)

  function beat(): void {
    const session = useSession()
    if (!session.me || !session.asked || !linked()) return
    if (box?.due(serverNow()).length) void flush(box)
  }

  /** Sends what is due. A store that is away for a moment is there again with a later beat. */
  const flush = (from: Outbox) =>
    from.flush(serverNow, door, retry).catch((e: unknown) => {
      if (!(e instanceof DOMException)) throw e
    })

  const linked = () => navigator.onLine && !useFeed().lostSince

  /** Sends what is due now; what became of one act is then to be seen in the list. */
  async function send(w: Waiting): Promise<Waiting | undefined> {
    if (!box || !navigator.onLine) return w
    await box.advance(w.key, serverNow())
    await flush(box)
    // A run that was on its way may have begun before this one was there.
    if (box.due(serverNow()).some((x) => x.key === w.key)) await flush(box)
    return box.all.find((x) => x.key === w.key)
  }

  /**
   * Sends the desk's acts that wait when the page goes away; the keys make it safe to send
   * again at the next opening. Those of the field keep their order, and wait for that.
   */
  function leave(): void {
    if (!navigator.onLine) return
    for (const w of box?.all ?? []) {
      if (w.refused || w.body.acted) continue
      void fetch(`/api/v1/warnings/${w.warning}/${w.act}`, {
        method: 'POST',
        keepalive: true,
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': w.key, 'Fengsui-Account': w.account },
        body: JSON.stringify(w.body),
      }).catch(() => {})
    }
  }

  const waitingFor = computed(() => (warning: string) => list.value.filter((w) => w.warning === warning && !w.order && !w.refused))
  const waitingOn = computed(() => (order: string) => list.value.filter((w) => w.order === order && !w.refused))
  /** Of the field, not of the desk: these wait for a link and not for seconds. */
  const field = computed(() => list.value.filter((w) => !!w.body.acted))

  return { list, field, open, add, hand, photo, take, send, beat, leave, waitingFor, waitingOn, firm: () => kept.firm }
})
