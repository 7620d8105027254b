import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { addInput, append, at, count, dropInput, inputsOf, isFormKind, names, number, put, renameInput, tree, words } from './modelForm'
import { formula } from './model'

const root = new URL('../../../risk/library/', import.meta.url).pathname
const library = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.yaml')).map((f) => [f, readFileSync(root + f, 'utf8')] as const)
const changedLines = (a: string, b: string) => {
  const [x, y] = [a.split('\n'), b.split('\n')]
  return y.filter((l, i) => l !== x[i]).concat(x.length === y.length ? [] : [`${x.length} lines, now ${y.length}`])
}

it('changes one place of a shipped model and no other letter', () => {
  expect(library.length).toBeGreaterThan(20)
  for (const [name, text] of library) {
    const doc = tree(text)!
    if (!isFormKind(at(doc, ['kind']))) continue
    const next = put(text, ['ladder', 0, 'level'], at(doc, ['ladder', 0, 'level']) === 'red' ? 'blue' : 'red')
    expect(changedLines(text, next).length, `${name}: ${changedLines(text, next).join('\n')}`).toBe(1)
    expect(put(next, ['ladder', 0, 'level'], at(doc, ['ladder', 0, 'level'])), name).toBe(text)
  }
})

const text = `id: x
kind: rate # a slope
# The numbers are ours.
scope: {quantities: [temperature, flow], key: true}
ladder:
  - {rung: H, level: yellow, at: 0.5}
deadBand: {absolute: 0.1}
`
it('reads what stands there, and nothing for what does not', () => {
  const doc = tree(text)!
  expect([at(doc, ['kind']), at(doc, ['scope', 'quantities']), at(doc, ['scope', 'key']), at(doc, ['ladder', 0, 'at']), at(doc, ['off']), at(doc, ['ladder', 5, 'at'])])
    .toEqual(['rate', 'temperature, flow', 'true', '0.5', '', ''])
  expect([count(doc, ['ladder']), count(doc, ['source']), names(doc, ['deadBand']), names(doc, ['classes'])]).toEqual([1, 0, ['absolute'], []])
})
it('sets, adds and takes away, and keeps the comments', () => {
  let s = put(text, ['off'], '60s')
  s = append(s, ['ladder'], { rung: 'HH', level: 'orange' })
  s = append(s, ['source'], { standard: 'GB 1' })
  s = put(s, ['scope', 'quantities'], ['level'])
  s = put(s, ['scope', 'key'], undefined)
  s = put(s, ['deadBand', 'absolute'], '')
  expect(s).toBe(`id: x
kind: rate # a slope
# The numbers are ours.
scope: {quantities: [level]}
ladder:
  - {rung: H, level: yellow, at: 0.5}
  - {rung: HH, level: orange}
off: 60s
source:
  - {standard: GB 1}
`)
})
it('leaves a text that cannot be read as it is', () => {
  const broken = 'id: [x\nkind: rate'
  expect(tree(broken)).toBeUndefined()
  expect([put(broken, ['off'], '1s'), append(broken, ['ladder'], {})]).toEqual([broken, broken])
  expect([tree('just words'), tree('')]).toEqual([undefined, undefined])
})
it('reads numbers and lists as they are typed', () => {
  expect([number(' 0.5 '), number(''), number('two')]).toEqual([0.5, undefined, 'two'])
  expect(words('a, b，c、 d ,')).toEqual(['a', 'b', 'c', 'd'])
})

it('keeps a formula and its points in step', () => {
  let s = formula('mine')
  expect([at(tree(s)!, ['id']), at(tree(s)!, ['kind']), isFormKind('formula')]).toEqual(['mine', 'formula', true])
  s = addInput(s, { code: 'level', zh: 'L', en: 'Level', unit: 'm', quantity: 'level' })
  s = addInput(s, { code: 'flow', zh: 'F', en: 'Flow', unit: '', quantity: 'flow' })
  s = put(s, ['formula', 'expr'], 'max(level, 2.0) > flow && level2 > 1')
  expect(inputsOf(tree(s)!)).toEqual([{ code: 'level', label: 'L / Level', unit: 'm' }, { code: 'flow', label: 'F / Flow', unit: '' }])
  s = renameInput(s, 0, 'tank')
  let doc = tree(s)!
  expect([at(doc, ['formula', 'expr']), at(doc, ['formula', 'inputs', 0, 'code']), at(doc, ['inputs', 0, 'code']), at(doc, ['inputs', 0, 'quantity'])]).toEqual(['max(tank, 2.0) > flow && level2 > 1', 'tank', 'tank', 'level'])
  s = dropInput(s, 0)
  doc = tree(s)!
  expect([count(doc, ['formula', 'inputs']), count(doc, ['inputs']), at(doc, ['inputs', 0, 'code'])]).toEqual([1, 1, 'flow'])
  s = put(s, ['formula', 'expr'], '')
  expect(at(tree(s)!, ['formula', 'expr'])).toBe('')
  expect(at(tree(put(s, ['formula', 'expr'], 'flow > 1 ? 1 : 0'))!, ['formula', 'expr'])).toBe('flow > 1 ? 1 : 0')
})
