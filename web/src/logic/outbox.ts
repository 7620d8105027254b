import { newKey } from './draft'

// Acts that are not with the server yet. Those of the duty desk wait some seconds in
// the page and can be taken back until then; what was done in the field (a step of the
// work with its photos, a request, the result of an order) waits until there is a link. All lie in the browser's own store
// by account, and are sent in the order in which they were made, each under its own key,
// so that a second sending is harmless. What the server has recorded is never undone.

export interface Waiting {
  key: string
  /** Whose it is: nobody else who signs in with this browser sends or sees it. */
  account: string
  act: string
  /** The warning it is about, and how a person calls it. */
  warning: string
  /** The order of that warning it is about; absent: the warning itself. */
  order?: string
  name: string
  body: Record<string, unknown>
  /** Keys of the photos that go before it, in their order. */
  photos: string[]
  madeAt: number
  sendAt: number
  /** It was sent at least once: whether it arrived is not known yet. */
  tried?: boolean
  /** The key of what is sent now, where that is no longer what was made. */
  as?: string
  /** Set when the server refused it: it is kept until a person has seen why. */
  refused?: string
  /** The store would not have it: it lives as long as the page. */
  loose?: boolean
}

export interface Photo {
  key: string
  account: string
  name: string
  madeAt: number
  blob: Blob
  /** The server's, once it has it. */
  id?: string
}

/** Where acts and photos lie; a promise is kept when they are on the disk. */
export interface OutboxStore {
  acts(account: string): Promise<Waiting[]>
  act(key: string): Promise<Waiting | undefined>
  keepAct(w: Waiting): Promise<void>
  dropAct(key: string): Promise<void>
  photo(key: string): Promise<Photo | undefined>
  keepPhoto(p: Photo): Promise<void>
  dropPhoto(key: string): Promise<void>
}

/** How acts and photos reach the server. */
export interface Door {
  upload(p: Photo): Promise<string>
  act(w: Waiting, body: Record<string, unknown>): Promise<void>
  /** The version that what an act is about has now. */
  version(w: Waiting): Promise<number>
  /** What a failure means: nothing can be sent now, this one cannot, or it was refused with a sentence, maybe because it was changed meanwhile. */
  judge(e: unknown): 'away' | 'failed' | { refused: string; stale?: boolean }
}

/** Whoever made an act so long ago does not look at its form any more. */
const left = 10_000

type New = Pick<Waiting, 'act' | 'warning' | 'order' | 'name' | 'body'> & { photos?: string[] }

export class Outbox {
  private list: Waiting[] = []
  private running: Promise<void> | undefined

  constructor(
    private readonly store: OutboxStore,
    private readonly account: string,
    private readonly changed: () => void = () => {},
  ) {}

  /** Finds what was not sent before. */
  async load(): Promise<void> {
    const kept = await this.store.acts(this.account)
    const here = new Set(this.list.map((w) => w.key))
    this.set([...kept.filter((w) => !here.has(w.key)), ...this.list])
  }

  get all(): readonly Waiting[] {
    return this.list
  }

  /**
   * Adds an act. One that may have to wait for a link must be on the disk: when it cannot
   * be kept nothing is added, and the store's error tells why. One that waits some seconds
   * is held by the page then.
   */
  async add(n: New, now: number, wait = 0): Promise<Waiting> {
    // Two made in one millisecond keep their order.
    const madeAt = Math.max(now, (this.list.at(-1)?.madeAt ?? 0) + 1)
    const w: Waiting = { ...n, photos: n.photos ?? [], account: this.account, key: newKey(), madeAt, sendAt: now + wait }
    await this.store.keepAct(w).catch((e: unknown) => {
      if (!wait) throw e
      w.loose = true
    })
    this.set([...this.list, w])
    return w
  }

  /** Takes an act back, or out because it was sent or its refusal was seen; its photos go with it, unless they are still needed. */
  async remove(key: string, photos = true): Promise<void> {
    const w = this.list.find((x) => x.key === key)
    await this.store.dropAct(key) // first: what is not shown any more must not be there after a reload
    this.set(this.list.filter((x) => x.key !== key))
    if (photos) await Promise.all((w?.photos ?? []).map((p) => this.store.dropPhoto(p)))
  }

  private async change(key: string, part: Partial<Waiting>): Promise<void> {
    this.set(this.list.map((w) => (w.key === key ? { ...w, ...part } : w)))
    const w = this.list.find((x) => x.key === key)
    if (w && !w.loose) await this.store.keepAct(w).catch(() => {}) // as it was it is kept already
  }

  /** An act that waited for its seconds, or for the next try, is due at once. */
  advance(key: string, now: number): Promise<void> {
    return this.change(key, { sendAt: Math.min(now, this.list.find((w) => w.key === key)?.sendAt ?? now) })
  }

  due(now: number): Waiting[] {
    return this.list.filter((w) => !w.refused && w.sendAt <= now)
  }

  /**
   * Sends what is due, one after the other. A refused one blocks nothing behind it; one
   * that the server failed at holds back those of the same warning; while the server
   * cannot be reached everything waits.
   */
  flush(now: () => number, door: Door, retry: number): Promise<void> {
    this.running ??= this.run(now, door, retry).finally(() => (this.running = undefined))
    return this.running
  }

  private async run(now: () => number, door: Door, retry: number): Promise<void> {
    const held = new Set<string>()
    for (const { key } of this.due(now())) {
      const w = this.list.find((x) => x.key === key)
      if (!w || held.has(w.warning)) continue
      // Another page of the same person may have sent it, or taken it back.
      if (!w.loose && !(await this.store.act(key))) {
        this.set(this.list.filter((x) => x.key !== key))
        continue
      }
      const what = await this.send(w, now, door)
      if (what === 'sent') continue
      if (what === 'away') {
        for (const x of this.due(now())) await this.change(x.key, { sendAt: now() + retry })
        return
      }
      held.add(w.warning)
      await this.change(key, { sendAt: now() + retry })
    }
  }

  /**
   * Sends one. What was done in the field is not undone because something moved on while it
   * waited, by the one before it for example: refused for that alone it was not carried out,
   * and goes once more with the version of now.
   */
  private async send(w: Waiting, now: () => number, door: Door, again = false): Promise<'sent' | 'away' | 'failed'> {
    try {
      await this.change(w.key, { tried: true })
      const files: string[] = []
      for (const key of w.photos) {
        const p = await this.store.photo(key)
        if (!p) continue
        if (!p.id) {
          p.id = await door.upload(p)
          await this.store.keepPhoto(p)
          this.changed()
        }
        files.push(p.id)
      }
      await door.act(w, w.photos.length ? { ...w.body, files } : w.body)
      await this.remove(w.key)
      return 'sent'
    } catch (e) {
      const what = door.judge(e)
      if (typeof what === 'string') return what
      if (what.stale && !again && w.body.acted && now() - w.madeAt > left) return this.renew(w, now, door)
      await this.change(w.key, { refused: what.refused })
      return 'sent'
    }
  }

  private async renew(w: Waiting, now: () => number, door: Door): Promise<'sent' | 'away' | 'failed'> {
    try {
      await this.change(w.key, { as: newKey(), body: { ...w.body, version: await door.version(w) } })
    } catch (e) {
      const what = door.judge(e)
      if (typeof what === 'string') return what
      await this.change(w.key, { refused: what.refused })
      return 'sent'
    }
    return this.send(this.list.find((x) => x.key === w.key)!, now, door, true)
  }

  private set(list: Waiting[]) {
    this.list = list.sort((a, b) => a.madeAt - b.madeAt)
    this.changed()
  }
}

/**
 * What a person may do after acts that wait: the server said what was allowed when it was
 * last heard, and has not heard of them.
 */
export function ahead(allowed: readonly string[], waiting: readonly { act: string }[], may: (act: string) => boolean): string[] {
  if (!waiting.some((w) => ['verify', 'handle', 'report'].includes(w.act))) return [...allowed]
  return [...new Set([...allowed, ...['handle', 'report'].filter(may)])]
}
