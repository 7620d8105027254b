import { merge, type Row } from './queue'

/** What the server is asked for: a part of its queue. */
export interface Part {
  /** Up to where the queue is known before it; 0: it is the top. */
  at: number
  offset: number
  limit: number
}

const first = 100
const following = 200
/** The longest page. */
export const most = 500
/** Pages overlap, so that what leaves the queue between two of them hides no row. */
const overlap = 20

/**
 * The duty desk's queue, read one page at a time. The rows that a scrolled list lacks come
 * first; then the top, as soon as something changed; and now and then, page by page, all
 * that is loaded. Between two readings is a pause, but for the rows that are lacking.
 */
export class Reading {
  /** How long the server's queue is, and how far into it was read. */
  total = 0
  loaded = 0

  private changed = true
  private again: number | undefined // where the round through all that is loaded goes on
  private topWasLast = false
  private failed = false
  private pauses = false
  private asked: (Part & { lacking: boolean }) | undefined
  /** Rows that left their place while the whole was not read: they come again, and are not new. */
  private readonly moved = new Set<string>()

  /** The queue changed. */
  change(): void {
    this.changed = true
  }

  /** All that is loaded is to be read again. */
  round(): void {
    if (this.loaded > first) this.again ??= first
    this.changed = true
  }

  /** At the top of the queue nobody needs what a scrolled list has loaded, but the row that is held. */
  shorten<T extends Row>(rows: T[], held: string | undefined): T[] {
    if (this.loaded <= first + following) return rows
    this.loaded = first
    this.again = undefined
    return rows.filter((r, i) => i < first || r.id === held)
  }

  /** Another queue: nothing of the one before holds for it. */
  restart(): void {
    Object.assign(this, new Reading())
  }

  /** What to ask for now, if anything; wanted: whoever looks at the list wants more rows than it has. */
  next(wanted: boolean): Part | undefined {
    if (this.asked || (this.failed && !this.changed)) return undefined
    const lacking = wanted && this.loaded > 0 && this.loaded < this.total
    if (!lacking && this.pauses) return undefined
    const at = lacking ? this.loaded : this.changed && !(this.topWasLast && this.again) ? 0 : this.again
    if (at === undefined) return undefined
    if (!at) this.changed = false
    this.asked = { at, lacking, offset: Math.max(0, at - overlap), limit: at ? (lacking ? following : most) : first }
    return this.asked
  }

  /** Puts the page that came in its place among the rows, and says which were not there before. */
  take<T extends Row>(rows: T[], page: { items: T[]; total: number }, held: string | undefined, now: number): { rows: T[]; fresh: string[] } {
    const { at, lacking, offset, limit } = this.asked!
    const { items } = page
    const upto = Math.max(at, offset + items.length)
    // One that says that there is more and gives nothing is not asked on and on.
    this.total = lacking && upto === at ? at : page.total
    // A queue that became shorter than what was read of it ends there.
    this.loaded = Math.min(this.total, items.length < limit ? upto : Math.max(this.loaded, upto))
    const round = at === this.again
    if (round) this.again = upto < this.loaded ? upto : undefined
    this.topWasLast = !at
    this.failed = false
    // What lies beyond the part that is read is of an earlier time, and goes.
    const m = merge(rows, { items, offset, total: upto < this.loaded ? page.total : upto }, held, now)
    if (offset || items.length < page.total) for (const id of m.gone) this.moved.add(id)
    const fresh = rows.length ? m.fresh.filter((id) => !this.moved.delete(id)) : []
    if (round && !this.again) this.moved.clear()
    return { rows: m.rows, fresh }
  }

  /** No answer, or a refusal: nothing more is asked for until something changed. */
  fail(): void {
    this.again = undefined
    this.failed = true
  }

  /** What was asked for came to its end, and a pause begins. */
  pause(): void {
    this.asked = undefined
    this.pauses = true
  }

  /** The pause is over. */
  goOn(): void {
    this.pauses = false
  }
}
