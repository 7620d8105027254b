import type { ModelVersion, Replay } from '@/api/types'

// The text of a risk model and what the server says about it.

/** A text as the beginning of another version, or of another model. */
export function begin(text: string, version: number, id?: string): string {
  const next = text.replace(/^version:.*$/m, `version: ${version}`)
  return id === undefined ? next : next.replace(/^id:.*$/m, `id: ${id}`)
}

/** The beginning of a formula: all places that have to be filled, and nothing made up. */
export function formula(id: string): string {
  const says = '{title: "", cause: "", consequence: "", action: "", response: ""}'
  return `id: ${id}
version: 1
kind: formula
scope: {assets: []}
window: 5m
unit: ""
formula:
  inputs: []
  expr: ""
inputs: []
ladder:
  - {rung: H, level: yellow, at: 0.5, hold: 60s}
off: 5m
evidence: 10
source:
  - {standard: ""}
text:
  zh: ${says}
  en: ${says}
`
}

/** Where a line begins and ends in a text, lines counted from 1. */
export function place(text: string, line: number): [number, number] {
  const lines = text.split('\n')
  const at = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0)
  return [Math.min(at, text.length), Math.min(at + (lines[line - 1]?.length ?? 0), text.length)]
}

/** The version that is being written or waits for another person, and the one that judges. */
export const openOf = (list: readonly ModelVersion[]) => list.find((v) => v.state === 'draft' || v.state === 'submitted')
export const liveOf = (list: readonly ModelVersion[]) => list.find((v) => v.state === 'live')

export const underWay = (r: Replay | undefined | null) => r?.state === 'waiting' || r?.state === 'running'

/** How far a replay is, 0 to 1, from where judging began. */
export function progress(r: Replay): number {
  const from = r.since || r.from
  return r.to > from ? Math.min(1, Math.max(0, (r.at - from) / (r.to - from))) : 0
}
