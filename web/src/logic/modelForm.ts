import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml'
import { renamed, type Input } from './cel'

// The form of the usual kinds of models: fields over the same text. A change of a
// field changes that place of the text and leaves every other letter, comments too.

export type FormKind = 'ladder' | 'rate' | 'stuck' | 'silence' | 'speed' | 'fence' | 'event' | 'relation' | 'formula'

/** What the form of a kind shows beside what all have. */
export interface Shape {
  /** Rungs to choose from; empty: they have names of their own. */
  rungs: readonly string[]
  /** What a rung says beside its level. */
  rung: readonly ('at' | 'hold' | 'missed' | 'codes')[]
  /** Whom it judges. */
  scope: readonly ('quantities' | 'assets' | 'units' | 'key' | 'protocols')[]
  fields: readonly ('window' | 'tolerance' | 'every' | 'limit' | 'lasts' | 'op' | 'unit' | 'deadBand' | 'off' | 'evidence')[]
  /** Lists of its own. */
  lists: readonly ('classes' | 'inputs' | 'formula')[]
}
const limits = ['L', 'LL', 'H', 'HH'] as const
const points = ['quantities', 'assets', 'units', 'key'] as const
export const shapes: Record<FormKind, Shape> = {
  ladder: { rungs: limits, rung: ['hold'], scope: points, fields: ['deadBand', 'off', 'evidence'], lists: [] },
  rate: { rungs: limits, rung: ['at', 'hold'], scope: points, fields: ['window', 'deadBand', 'off', 'evidence'], lists: [] },
  stuck: { rungs: ['H', 'HH'], rung: ['at'], scope: points, fields: ['tolerance', 'evidence'], lists: [] },
  silence: { rungs: ['late', 'fault', 'offline'], rung: ['missed'], scope: ['quantities', 'assets', 'key', 'protocols'], fields: ['every'], lists: [] },
  speed: { rungs: ['H', 'HH'], rung: ['at', 'hold'], scope: ['assets', 'protocols'], fields: ['limit', 'deadBand', 'off'], lists: ['classes'] },
  fence: { rungs: ['H', 'HH'], rung: ['at', 'hold'], scope: ['assets', 'protocols'], fields: ['deadBand', 'off'], lists: [] },
  event: { rungs: [], rung: ['hold', 'codes'], scope: ['assets', 'protocols'], fields: ['lasts', 'off'], lists: [] },
  relation: { rungs: limits, rung: ['at', 'hold'], scope: ['assets', 'units'], fields: ['op', 'unit', 'window', 'deadBand', 'off', 'evidence'], lists: ['inputs'] },
  formula: { rungs: limits, rung: ['at', 'hold'], scope: ['assets', 'units'], fields: ['unit', 'window', 'deadBand', 'off', 'evidence'], lists: ['formula'] },
}
export const isFormKind = (k: string): k is FormKind => Object.hasOwn(shapes, k)

export type Path = readonly (string | number)[]
export type Value = string | number | boolean | readonly string[] | Readonly<Record<string, string | number>> | undefined

/** The text as a tree, or undefined when it is none: then it is the text that has to be put right. */
export function tree(text: string): Document | undefined {
  const doc = parseDocument(text)
  return doc.errors.length === 0 && isMap(doc.contents) ? doc : undefined
}

/** What stands at a place, as people type it: a list with commas, '' for nothing. */
export function at(doc: Document, path: Path): string {
  const node: unknown = doc.getIn(path, true)
  if (isSeq(node)) return node.items.map((n) => String(isScalar(n) ? n.value : n)).join(', ')
  if (!isScalar(node) || node.value === null || node.value === undefined) return ''
  return String(node.value)
}

/** How many things a list has, or what a map names. */
export function count(doc: Document, path: Path): number {
  const node: unknown = doc.getIn(path, true)
  return isSeq(node) ? node.items.length : 0
}
export function names(doc: Document, path: Path): string[] {
  const node: unknown = doc.getIn(path, true)
  return isMap(node) ? node.items.map((i) => String(isScalar(i.key) ? i.key.value : i.key)) : []
}

const write = (doc: Document) => doc.toString({ lineWidth: 0, flowCollectionPadding: false })

/** The text with another value at a place; undefined, '' and an empty list take it away. */
export function put(text: string, path: Path, value: Value): string {
  const doc = tree(text)
  if (!doc) return text
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) {
    doc.deleteIn(path)
    // A map that is empty now says nothing.
    const parent = path.slice(0, -1)
    const left: unknown = parent.length ? doc.getIn(parent, true) : undefined
    if (isMap(left) && left.items.length === 0 && typeof parent.at(-1) === 'string') doc.deleteIn(parent)
  } else {
    const old: unknown = doc.getIn(path, true)
    if (isScalar(old) && typeof value !== 'object') old.value = value
    else doc.setIn(path, typeof value === 'object' ? doc.createNode(value, { flow: true }) : value)
  }
  return write(doc)
}

/** The text with another thing at the end of a list. */
export function append(text: string, path: Path, value: Readonly<Record<string, string | number>>): string {
  const doc = tree(text)
  if (!doc) return text
  const node = doc.createNode(value, { flow: true })
  if (isSeq(doc.getIn(path, true))) doc.addIn(path, node)
  else doc.setIn(path, doc.createNode([node]))
  return write(doc)
}

/** A number as it was typed; what is none stays a word, and the server says so. */
export function number(typed: string): number | string | undefined {
  const s = typed.trim()
  const n = Number(s)
  return s === '' ? undefined : Number.isFinite(n) ? n : s
}

/** Words between commas. */
export const words = (typed: string) => typed.split(/[,，、]/).map((w) => w.trim()).filter(Boolean)

// A formula's inputs stand in two lists, in one order: as the expression names them, and
// the points that they are. Each change is of both.

/** The inputs as the expression names them. */
export function inputsOf(doc: Document): Input[] {
  return Array.from({ length: count(doc, ['formula', 'inputs']) }, (_, i) => ({
    code: at(doc, ['formula', 'inputs', i, 'code']),
    label: [at(doc, ['formula', 'inputs', i, 'zh']), at(doc, ['formula', 'inputs', i, 'en'])].filter(Boolean).join(' / '),
    unit: at(doc, ['formula', 'inputs', i, 'unit']),
  }))
}

export function addInput(text: string, input: { code: string; zh: string; en: string; unit: string; quantity: string }): string {
  const { quantity, unit, ...named } = input
  return append(append(text, ['formula', 'inputs'], unit ? { ...named, unit } : named), ['inputs'], { code: input.code, quantity })
}

export function dropInput(text: string, n: number): string {
  const doc = tree(text)
  if (!doc) return text
  // Taken out one by one: an empty list stays, for the next.
  doc.deleteIn(['formula', 'inputs', n])
  doc.deleteIn(['inputs', n])
  return write(doc)
}

/** Another code for an input, in the expression too. */
export function renameInput(text: string, n: number, code: string): string {
  const doc = tree(text)
  if (!doc || !code) return text
  const before = at(doc, ['formula', 'inputs', n, 'code'])
  const expr = at(doc, ['formula', 'expr'])
  const taken = inputsOf(doc).some((x, i) => i !== n && x.code === code)
  const next = put(put(text, ['formula', 'inputs', n, 'code'], code), ['inputs', n, 'code'], code)
  return expr && !taken ? put(next, ['formula', 'expr'], renamed(expr, before, code)) : next
}
