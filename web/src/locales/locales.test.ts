import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import en from './en.json'
import reasons from './reasons.zh-CN.json'
import zh from './zh-CN.json'

type Texts = { [key: string]: string | Texts }

function flat(t: Texts, at = ''): Map<string, string> {
  return new Map(Object.entries(t).flatMap(([k, v]) => (typeof v === 'string' ? [[at + k, v] as const] : [...flat(v, `${at}${k}.`)])))
}
const chinese = flat(zh as Texts)
const english = flat(en as Texts)
const holes = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join()

const root = new URL('..', import.meta.url).pathname
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((f) => /\.(vue|ts)$/.test(f) && !f.endsWith('.test.ts') && !f.endsWith('schema.d.ts'))
  .map((f) => ({ f, text: readFileSync(root + f, 'utf8') }))

it('has the same texts in both languages, with the same holes', () => {
  expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  const different = [...chinese].filter(([k, v]) => holes(v) !== holes(english.get(k)!)).map(([k]) => k)
  expect(different).toEqual([])
})
it('has every text that a page asks for by name', () => {
  const asked = sources.flatMap(({ text }) => [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map((m) => m[1]!))
  expect(asked.length).toBeGreaterThan(200)
  expect([...new Set(asked)].filter((k) => !chinese.has(k))).toEqual([])
})
it('has a group for every text that a page puts together', () => {
  const groups = sources.flatMap(({ text }) => [
    ...[...text.matchAll(/\bt\(\s*`([\w.]+)\.\$\{/g)].map((m) => m[1]!),
    ...[...text.matchAll(/\bword\('(\w+)'/g)].map((m) => m[1]!),
  ])
  expect([...new Set(groups)].filter((g) => ![...chinese.keys()].some((k) => k.startsWith(`${g}.`)))).toEqual([])
})

// The server's own words: what the journal calls an act, and why it refuses.
const served = (dirs: string[], word: RegExp) =>
  dirs.flatMap((d) => readdirSync(`${root}../../${d}`).filter((f) => f.endsWith('.go') && !f.endsWith('_test.go')).flatMap((f) => [...readFileSync(`${root}../../${d}/${f}`, 'utf8').matchAll(word)].map((m) => m[1]!)))
it('has a word for what the journal says was done', () => {
  const acts = served(['account', 'complaint', 'disposal', 'outage', 'registry', 'warning'], /\bAct:\s*"(\w+)"/g)
  expect(acts).toContain('link_made')
  expect(acts.filter((a) => !chinese.has(`done.${a}`))).toEqual([])
})
it('has a Chinese sentence for each refusal', () => {
  const unseen = ['at_box', 'unread'] // of calls that no page makes, and of a row that could not be read
  const said = served(['account', 'api', 'complaint', 'disposal', 'outage'], /Errorf\(fengsui\.\w+, "(\w+)"/g)
  expect(said).toContain('no_reporter')
  expect([...new Set([...said, 'blob_away'])].filter((r) => !(r in reasons) && !unseen.includes(r))).toEqual([])
})
it('has no text outside the files', () => {
  const found = sources.filter(({ f, text }) => !f.startsWith('locales/') && /[\u4e00-\u9fff]/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').replace(/中文/g, '')))
  expect(found.map(({ f }) => f)).toEqual([])
})
it('has no text that its compiler takes for something else', () => {
  // A bar parts plural forms, an at sign begins a link to another text.
  expect([...chinese, ...english].filter(([, v]) => /[|@]/.test(v.replace(/\{'[^']*'\}/g, ''))).map(([k]) => k)).toEqual([])
})
