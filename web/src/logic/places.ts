import type { Enterprise, Level, Warning } from '@/api/types'

// What the map shows of an enterprise: where it is, and the gravest of its open
// warnings.

export interface Place {
  id: string
  name: string
  lon?: number
  lat?: number
  level: Level
  warnings: Warning[]
  /** Of its points so many are out of use with leave, and which request ends last. */
  declared?: number
  outage?: Enterprise['outage']
}

const grave: Record<Level, number> = { none: 0, blue: 1, yellow: 2, orange: 3, red: 4 }
export const gravity = (l: Level) => grave[l]

/** Enterprises with their open warnings, the gravest first, then by name. */
export function places(firms: readonly Enterprise[], warnings: readonly Warning[]): Place[] {
  const by = new Map<string, Warning[]>()
  for (const w of warnings) {
    const own = by.get(w.enterprise)
    if (own) own.push(w)
    else by.set(w.enterprise, [w])
  }
  return firms
    .map((f): Place => {
      const own = (by.get(f.id) ?? []).sort((a, b) => grave[b.level as Level] - grave[a.level as Level] || b.raisedAt - a.raisedAt)
      // A place of 0, 0 is one that nobody entered.
      const known = !!f.lon && !!f.lat
      return { id: f.id, name: f.shortName || f.name, lon: known ? f.lon : undefined, lat: known ? f.lat : undefined, level: (own[0]?.level ?? 'none') as Level, warnings: own, declared: f.declared, outage: f.outage }
    })
    .sort((a, b) => grave[b.level] - grave[a.level] || a.name.localeCompare(b.name, 'zh-CN'))
}

/** Those whose name holds every word that was typed. */
export function matching(list: readonly Place[], text: string): Place[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return list.filter((p) => words.every((w) => p.name.toLowerCase().includes(w)))
}
