import type { LocationQuery } from 'vue-router'

// Filters live in the address, so that a list can be sent, opened and reloaded.

/** One word of an address, '' when absent. */
export function one(q: LocationQuery, name: string): string {
  const v = q[name]
  return (Array.isArray(v) ? v[0] : v) ?? ''
}

/** A whole number of an address, never below zero. */
export function whole(q: LocationQuery, name: string): number {
  const n = Number.parseInt(one(q, name), 10)
  return Number.isFinite(n) && n > 0 ? n : 0
}

/** The address after some filters changed: empty ones go, and the list starts from its top. */
export function changed(q: LocationQuery, change: Record<string, string | undefined>): LocationQuery {
  const next: LocationQuery = {}
  for (const [k, v] of Object.entries({ ...q, offset: undefined, ...change })) {
    if (v !== undefined && v !== '' && v !== null) next[k] = v
  }
  return next
}

/** The filters of an address as they are kept: in a fixed order, and never a place in the list. */
export function viewOf(q: LocationQuery): string {
  const p = new URLSearchParams()
  for (const k of Object.keys(q).sort()) if (k !== 'offset' && one(q, k)) p.set(k, one(q, k))
  return p.toString()
}

/** What was kept, as an address has it. */
export const asQuery = (view: string): Record<string, string> => Object.fromEntries(new URLSearchParams(view))

/** Whether two are the same filters. */
export const sameView = (a: string, b: string): boolean => viewOf(asQuery(a)) === viewOf(asQuery(b))
