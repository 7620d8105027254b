import { newKey, type Shelf } from './draft'

// An act of the duty desk waits some seconds in the page before it is sent, and
// can be taken back until then; what the server has recorded is never undone. The
// waiting ones lie in the browser's storage: they are sent on leaving, or at the
// next opening. The key makes a second sending harmless.

export interface Waiting {
  key: string
  act: string
  /** The warning it is about, and how a person calls it. */
  warning: string
  name: string
  body: Record<string, unknown>
  sendAt: number
  /** Set when the server refused it: it is kept until a person has seen why. */
  refused?: string
}

export class Outbox {
  private list: Waiting[]

  constructor(
    private readonly shelf: Shelf,
    private readonly account: string,
  ) {
    this.list = this.load()
  }

  get all(): readonly Waiting[] {
    return this.list
  }

  add(w: Pick<Waiting, 'act' | 'warning' | 'name' | 'body'>, sendAt: number): Waiting {
    const waiting = { ...w, key: newKey(), sendAt }
    this.set([...this.list, waiting])
    return waiting
  }

  /** Takes an act back, or out because it was sent. */
  remove(key: string): void {
    this.set(this.list.filter((w) => w.key !== key))
  }

  refuse(key: string, sentence: string): void {
    this.set(this.list.map((w) => (w.key === key ? { ...w, refused: sentence } : w)))
  }

  /** A try that got no answer: again in a while, under the same key. */
  postpone(key: string, until: number): void {
    this.set(this.list.map((w) => (w.key === key ? { ...w, sendAt: until } : w)))
  }

  due(now: number): Waiting[] {
    return this.list.filter((w) => !w.refused && w.sendAt <= now)
  }

  private set(list: Waiting[]) {
    this.list = list
    try {
      if (list.length) this.shelf.setItem(this.name, JSON.stringify(list))
      else this.shelf.removeItem(this.name)
    } catch {
      // Storage is full or forbidden: the page still holds them.
    }
  }

  private load(): Waiting[] {
    try {
      const list: unknown = JSON.parse(this.shelf.getItem(this.name) ?? '[]')
      return Array.isArray(list) ? list.filter((w) => typeof w?.key === 'string' && typeof w?.sendAt === 'number') : []
    } catch {
      return []
    }
  }

  private get name() {
    return `fengsui.outbox.${this.account}`
  }
}
