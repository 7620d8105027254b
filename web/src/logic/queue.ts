import type { Level } from '@/api/types'

// The duty desk's queue: pure rules for its order, for what stands still while
// it changes, and for floods.

export interface Row {
  id: string
  level: Level
  confirmedAt?: number
  dueAt?: number
  raisedAt: number
  enterprise: string
  model: string
  shelvedUntil?: number
  mergedInto?: string
  end: string
  version?: number
  latest?: { at: number; silent?: boolean }
  outage?: { id: string }
}

export const rank: Record<Level, number> = { none: 0, blue: 1, yellow: 2, orange: 3, red: 4 }

/** Unconfirmed first, then level, then time left; what has no limit comes last. So the server's queue is ordered too. */
export function byUrgency(a: Row, b: Row): number {
  return (
    Number(!!a.confirmedAt) - Number(!!b.confirmedAt) ||
    rank[b.level] - rank[a.level] ||
    (a.dueAt || Infinity) - (b.dueAt || Infinity) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  )
}

/** Whether a warning belongs into the queue: open, not shelved, not merged into another. */
export function queued(w: Row, now: number): boolean {
  return w.end === 'open' && !(w.shelvedUntil && w.shelvedUntil > now) && !w.mergedInto
}

/** A part of the server's queue, from a place on, and how long the whole is. */
export interface Page<T> {
  items: T[]
  offset: number
  total: number
}

export interface Merged<T> {
  rows: T[]
  /** What was not there before. */
  fresh: string[]
  /** What was there, and is no more where it was: it ended, or another page has it now. */
  gone: string[]
}

/** A row that is as it was stays the same object, so that nothing is drawn again for it. */
const unchanged = (a: Row, b: Row) =>
  a.version !== undefined && a.version === b.version && a.latest?.at === b.latest?.at && a.latest?.silent === b.latest?.silent && a.outage?.id === b.outage?.id

/**
 * Puts a page in the place of what was shown of it: the page tells of all between its first
 * and its last row. A held row (the selected one) that left the queue stays until another
 * is selected, so that nobody acts on the wrong one.
 */
export function merge<T extends Row>(shown: T[], { items, offset, total }: Page<T>, held: string | undefined, now: number): Merged<T> {
  const before = new Map(shown.map((r) => [r.id, r]))
  const first = offset ? items[0] : undefined
  const last = offset + items.length < total ? items.at(-1) : undefined
  const page = new Map<string, T>()
  for (const r of items) {
    const old = before.get(r.id)
    if (queued(r, now) || r.id === held) page.set(r.id, old && unchanged(old, r) ? old : r)
  }
  const rows: T[] = []
  const gone: string[] = []
  for (const r of shown) {
    if (page.has(r.id)) continue
    const beside = (offset > 0 && (!first || byUrgency(r, first) < 0)) || (last && byUrgency(r, last) > 0)
    if (r.id === held || beside) rows.push(r)
    else gone.push(r.id)
  }
  rows.push(...page.values())
  return { rows: rows.sort(byUrgency), fresh: [...page.keys()].filter((id) => !before.has(id)), gone }
}

/**
 * By how many places a row moved: what the scroll offset must follow, so that the
 * row stands still under the cursor.
 */
export function shift(before: readonly string[], after: readonly string[], held: string | undefined): number {
  const from = held ? before.indexOf(held) : -1
  const to = held ? after.indexOf(held) : -1
  return from < 0 || to < 0 ? 0 : to - from
}

/** How many new warnings came, when they are more than a person can take (EEMUA 191); else 0. */
export function flooded(rows: Row[], now: number, rule: { floodCount: number; floodWithin: number }): number {
  const n = rows.filter((r) => r.raisedAt > now - rule.floodWithin).length
  return n > rule.floodCount ? n : 0
}

export interface Group<T> {
  key: string
  rows: T[]
  first: T
  worst: Level
  /** One that nobody has confirmed is serious: it blinks as that one does. */
  calls: boolean
}

/**
 * Groups by firm and cause, each group in the place of its most urgent row and
 * led by the one that was raised first.
 */
export function group<T extends Row>(rows: T[]): Group<T>[] {
  const groups = new Map<string, Group<T>>()
  for (const r of rows) {
    const key = `${r.enterprise} ${r.model}`
    let g = groups.get(key)
    if (!g) groups.set(key, (g = { key, rows: [], first: r, worst: 'none', calls: false }))
    g.rows.push(r)
    if (r.raisedAt < g.first.raisedAt) g.first = r
    if (rank[r.level] > rank[g.worst]) g.worst = r.level
    g.calls ||= !r.confirmedAt && rank[r.level] >= rank.orange
  }
  return [...groups.values()]
}

/** The rows of a list that a window of the given height shows, with some to spare. */
export function visible(count: number, rowHeight: number, top: number, height: number): { from: number; to: number } {
  const from = Math.max(0, Math.floor(top / rowHeight) - 5)
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + 5)
  return { from: Math.min(from, count), to }
}
