import type { Evidence, Level } from '@/api/types'

// What a journal row of a warning left behind, read with care: rows of older
// versions of the platform may lack what newer ones have.

export interface Seen {
  level?: Level
  measured?: Level
  condition?: string
  work?: string
  end?: string
  rung?: string
  value?: number
  limit?: number
  unit?: string
  at?: number
  late?: boolean
  gapFrom?: number
  gapTo?: number
  clock?: string
  finding?: string
  plan?: string
  /** Who, until when: what an act of the duty desk names. */
  to?: string
  until?: number
  files: Evidence[]
  ask?: { to: Level; end: string }
  /** When a telephone says that it was done, and what speaks against it. */
  acted?: { at: number; doubt?: string }
}

const object = (v: unknown): Record<string, unknown> => (v && typeof v === 'object' && !Array.isArray(v) ? (v as Record<string, unknown>) : {})
const text = (v: unknown) => (typeof v === 'string' && v !== '' ? v : undefined)
const number = (v: unknown) => (typeof v === 'number' ? v : undefined)

export function seen(after: unknown): Seen {
  const a = object(after)
  const d = object(a.detail)
  const ask = object(d.ask)
  const acted = object(a.acted)
  return {
    level: text(a.level) as Level | undefined,
    measured: text(a.measured) as Level | undefined,
    condition: text(a.condition),
    work: text(a.work),
    end: text(a.end),
    rung: text(a.rung),
    value: number(a.value),
    limit: number(a.limit),
    unit: text(a.unit),
    at: number(a.at),
    late: a.late === true,
    gapFrom: number(a.gapFrom),
    gapTo: number(a.gapTo),
    clock: text(a.clock),
    finding: text(d.finding),
    plan: text(d.plan) ?? text(a.plan),
    to: text(a.detail),
    until: number(a.detail),
    files: Array.isArray(d.files) ? (d.files as Evidence[]).filter((f) => typeof f?.id === 'string') : [],
    acted: number(acted.at) === undefined ? undefined : { at: acted.at as number, doubt: text(acted.doubt) },
    ask: text(ask.end) ? { to: (text(ask.to) ?? 'none') as Level, end: ask.end as string } : undefined,
  }
}
