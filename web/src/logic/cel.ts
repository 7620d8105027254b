import type { FormulaFunction, PointGroup } from '@/api/types'

// What may stand where the cursor is in a formula: the codes of its inputs, the functions
// of the language, and points that could be inputs. What a formula is, and what it costs,
// the server says.

export interface Input {
  code: string
  label: string
  unit: string
}

export type Offer =
  | { kind: 'input'; name: string; input: Input }
  | { kind: 'function'; name: string; args: number }
  | { kind: 'point'; name: string; group: PointGroup }

/** Where the word before a place begins. */
export function wordAt(text: string, place: number): number {
  return place - (/[A-Za-z_][A-Za-z0-9_]*$/.exec(text.slice(0, place))?.[0].length ?? 0)
}

/** What may be written at a place, the formula's own inputs first; nothing inside a number. */
export function offers(text: string, place: number, inputs: readonly Input[], functions: readonly FormulaFunction[], points: readonly PointGroup[]): Offer[] {
  const from = wordAt(text, place)
  if (/[0-9.]$/.test(text.slice(0, from))) return []
  const taken = inputs.map((i) => i.code)
  const named = new Set<string>()
  return [
    ...inputs.filter((i) => i.code).map((input): Offer => ({ kind: 'input', name: input.code, input })),
    ...functions.map((f): Offer => ({ kind: 'function', name: f.name, args: f.args })),
    ...points.map((group): Offer => {
      const name = freshCode(group.quantity, [...taken, ...named])
      named.add(name)
      return { kind: 'point', name, group }
    }),
  ]
}

/** A code for another input: its quantity, with a number where that is taken. */
export function freshCode(quantity: string, taken: readonly string[]): string {
  const base = /^[a-z][a-z0-9_]*$/.test(quantity) ? quantity : 'input'
  for (let n = 1; ; n++) {
    const code = n === 1 ? base : `${base}${n}`
    if (!taken.includes(code)) return code
  }
}

/** An expression in which an input has another code. */
export function renamed(expr: string, from: string, to: string): string {
  if (!from || !to) return expr
  return expr.replace(/[A-Za-z_][A-Za-z0-9_]*/g, (word) => (word === from ? to : word))
}

/** The place of a line and a column, both from 1, in a text; held at its end. */
export function placeOf(text: string, line: number, column: number): number {
  const lines = text.split('\n')
  if (line > lines.length) return text.length
  const before = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0)
  // The server counts characters, the browser their halves.
  const within = [...lines[line - 1]!].slice(0, Math.max(0, column - 1)).join('').length
  return before + within
}

/** From where to where something is wrong that begins at a place: the word there, or one letter; at the end the last one. */
export function mark(text: string, place: number): [number, number] {
  const at = Math.min(place, Math.max(0, text.length - 1))
  const word = /^[A-Za-z0-9_.]+/.exec(text.slice(at))?.[0].length ?? 1
  return [at, Math.min(text.length, at + word)]
}
