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
}

export const rank: Record<Level, number> = { none: 0, blue: 1, yellow: 2, orange: 3, red: 4 }

/** Unconfirmed first, then level, then time left; what has no limit comes last. */
export function byUrgency(a: Row, b: Row): number {
  return (
    Number(!!a.confirmedAt) - Number(!!b.confirmedAt) ||
    rank[b.level] - rank[a.level] ||
    (a.dueAt || Infinity) - (b.dueAt || Infinity) ||
    a.raisedAt - b.raisedAt ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  )
}

/** Whether a warning belongs into the queue: open, not shelved, not merged into another. */
export function queued(w: Row, now: number): boolean {
  return w.end === 'open' && !(w.shelvedUntil && w.shelvedUntil > now) && !w.mergedInto
}

export interface Merged<T> {
  rows: T[]
  /** By how many places the held row moved: what the scroll offset must follow. */
  shift: number
  /** Rows that came in above the held one. */
  above: number
}

/**
 * Puts changed and new warnings into the queue and takes out what left it. The
 * held row (the selected one) must not move under the cursor: shift says how far
 * it moved in the list. A held row that left the queue stays where it was until
 * another is selected, so that nobody acts on the wrong one.
 */
export function merge<T extends Row>(rows: T[], changes: T[], held: string | undefined, now: number): Merged<T> {
  const known = new Map(rows.map((r) => [r.id, r]))
  const before = rows.findIndex((r) => r.id === held)
  const fresh = new Set<string>()
  for (const c of changes) {
    if (queued(c, now) || c.id === held) {
      if (!known.has(c.id)) fresh.add(c.id)
      known.set(c.id, c)
    } else known.delete(c.id)
  }
  const next = [...known.values()].sort(byUrgency)
  const after = next.findIndex((r) => r.id === held)
  if (before < 0 || after < 0) return { rows: next, shift: 0, above: 0 }
  const above = next.slice(0, after).filter((r) => fresh.has(r.id)).length
  return { rows: next, shift: after - before, above }
}

export const floodSpan = 10 * 60_000
export const floodCount = 10

/** Whether more new warnings came within ten minutes than a person can take (EEMUA 191). */
export function flooded(rows: Row[], now: number): number {
  const n = rows.filter((r) => r.raisedAt > now - floodSpan).length
  return n > floodCount ? n : 0
}

export interface Group<T> {
  key: string
  rows: T[]
  first: T
}

/**
 * Groups by firm and cause, each group in the place of its most urgent row and
 * led by the one that was raised first.
 */
export function group<T extends Row>(rows: T[]): Group<T>[] {
  const groups = new Map<string, Group<T>>()
  for (const r of rows) {
    const key = `${r.enterprise} ${r.model}`
    const g = groups.get(key)
    if (!g) groups.set(key, { key, rows: [r], first: r })
    else {
      g.rows.push(r)
      if (r.raisedAt < g.first.raisedAt) g.first = r
    }
  }
  return [...groups.values()]
}

/** The rows of a list that a window of the given height shows, with some to spare. */
export function visible(count: number, rowHeight: number, top: number, height: number): { from: number; to: number } {
  const from = Math.max(0, Math.floor(top / rowHeight) - 5)
  const to = Math.min(count, Math.ceil((top + height) / rowHeight) + 5)
  return { from: Math.min(from, count), to }
}
