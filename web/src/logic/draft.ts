// What a person has typed is kept until the server has it: in the session's
// storage, by account and place, so that a refusal, a reload or a lost link costs
// no word and nobody else reads it.

export interface Draft<T> {
  /** Idempotency-Key of the act: the same for every try with the same content. */
  key: string
  value: T
}

export interface Shelf {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export class Drafts {
  constructor(
    private readonly shelf: Shelf,
    private readonly account: string,
  ) {}

  /** What was kept at a place, undefined if nothing was or it cannot be read. */
  read<T>(place: string): Draft<T> | undefined {
    try {
      const text = this.shelf.getItem(this.name(place))
      const d = text ? (JSON.parse(text) as Draft<T>) : undefined
      return d && typeof d.key === 'string' ? d : undefined
    } catch {
      return undefined
    }
  }

  /** Keeps content. The key stays while the content does; other content is another act. */
  keep<T>(place: string, value: T): Draft<T> {
    const old = this.read<T>(place)
    const key = old && JSON.stringify(old.value) === JSON.stringify(value) ? old.key : newKey()
    const draft = { key, value }
    try {
      this.shelf.setItem(this.name(place), JSON.stringify(draft))
    } catch {
      // Storage is full or forbidden: the form still holds it.
    }
    return draft
  }

  drop(place: string): void {
    try {
      this.shelf.removeItem(this.name(place))
    } catch {
      // nothing was kept
    }
  }

  private name(place: string) {
    return `fengsui.draft.${this.account}.${place}`
  }
}

/** A fresh Idempotency-Key. crypto.randomUUID is absent on plain HTTP by name. */
export function newKey(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
}
