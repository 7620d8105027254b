import { IDBFactory } from 'fake-indexeddb'
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { beforeEach, expect, it } from 'vitest'
import { Full, Kept } from './kept'
import { ahead, Outbox, type Door, type OutboxStore, type Photo, type Waiting } from './outbox'

// Over a real IndexedDB (in memory), as a telephone has it: A07, A19.
let store: Kept
beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
  store = new Kept()
})

const act = (name: string, photos: string[] = []) => ({ act: name, warning: 'w1', name: 'TK-101', body: { why: name }, photos })
const photo = (key: string, account = 'u1'): Photo => ({ key, account, name: `${key}.jpg`, madeAt: 0, blob: new Blob([key], { type: 'image/jpeg' }) })

/** A server that can be away, or lose an answer; it carries out each key once. */
class Server implements Door {
  readonly log: string[] = []
  private readonly done = new Map<string, string>()
  tries = 0
  away = false
  failing = ''
  loseAnswer = 0
  refusing = ''
  /** Of what every act here is about; each that says one moves it on. */
  at = 1
  upload(p: Photo): Promise<string> {
    return this.once(p.key, `photo ${p.key}`)
  }
  async act(w: Waiting, body: Record<string, unknown>): Promise<void> {
    if (this.refusing === w.act) throw { sentence: 'the warning has ended' }
    if (this.failing === w.act) throw 'broken'
    const key = w.as ?? w.key
    if (body.version !== undefined && !this.done.has(key) && !this.away) {
      if (body.version !== this.at) throw { sentence: 'changed meanwhile', stale: true }
      this.at++
    }
    await this.once(key, `${w.act}${body.files ? ` with ${(body.files as string[]).join(' ')}` : ''}`)
  }
  private async once(key: string, what: string): Promise<string> {
    this.tries++
    if (this.away) throw new TypeError('Failed to fetch')
    const id = this.done.get(key) ?? `id-${key}`
    if (!this.done.has(key)) this.log.push(what)
    this.done.set(key, id)
    if (this.loseAnswer-- > 0) throw new TypeError('Failed to fetch')
    return id
  }
  async version(): Promise<number> {
    if (this.away) throw new TypeError('Failed to fetch')
    return this.at
  }
  judge(e: unknown): 'away' | 'failed' | { refused: string; stale?: boolean } {
    if (e instanceof TypeError) return 'away'
    return e === 'broken' ? 'failed' : { refused: (e as { sentence: string }).sentence, stale: (e as { stale?: boolean }).stale }
  }
}

async function box(account = 'u1', on: OutboxStore = store): Promise<Outbox> {
  const b = new Outbox(on, account)
  await b.load()
  return b
}

it('holds an act of the desk until its seconds are over, and lets it be taken back', async () => {
  const b = await box()
  const w = await b.add(act('confirm'), 1000, 10_000)
  expect(b.due(10_999)).toEqual([])
  expect(b.due(11_000).map((x) => x.key)).toEqual([w.key])
  await b.remove(w.key)
  expect(b.due(99_999)).toEqual([])
  expect((await box()).all).toEqual([])
})

it('sends in the order of making, photos before the act that names them', async () => {
  for (const k of ['p1', 'p2', 'p3']) await store.keepPhoto(photo(k))
  const b = await box()
  for (const n of ['verify', 'handle']) await b.add(act(n), 1000) // in one millisecond
  await b.add(act('report', ['p1', 'p2', 'p3']), 1000)
  const server = new Server()
  await b.flush(() => 2000, server, 5000)
  expect(server.log).toEqual(['verify', 'handle', 'photo p1', 'photo p2', 'photo p3', 'report with id-p1 id-p2 id-p3'])
  expect(b.all).toEqual([])
  expect(await store.photo('p1')).toBeUndefined()
})

it('finds at the next opening what was not sent, and sends it once under its key', async () => {
  for (const k of ['p1', 'p2']) await store.keepPhoto(photo(k))
  const server = new Server()
  server.away = true
  const b = await box()
  await b.add(act('verify'), 1000)
  await b.add(act('report', ['p1', 'p2']), 1001)
  await b.flush(() => 2000, server, 5000)
  expect(server.log).toEqual([])
  expect(b.due(6999)).toEqual([]) // all wait, so that nothing overtakes
  server.away = false
  const again = await box() // the page was loaded anew
  expect(again.all.map((w) => [w.act, w.tried])).toEqual([['verify', true], ['report', undefined]])
  for (const lost of [1, 1, 1, 0, 0]) {
    server.loseAnswer = lost // it was done, and nobody heard
    await again.flush(() => 1e9, server, 0)
  }
  expect(server.log).toEqual(['verify', 'photo p1', 'photo p2', 'report with id-p1 id-p2'])
  expect(again.all).toEqual([])
})

it('keeps a refused act with its sentence, and it blocks nothing behind it', async () => {
  const b = await box()
  const server = new Server()
  server.refusing = 'handle'
  await b.add(act('handle'), 1000)
  await b.add(act('report'), 1001)
  await b.flush(() => 2000, server, 5000)
  expect(server.log).toEqual(['report'])
  expect((await box()).all.map((w) => w.refused)).toEqual(['the warning has ended'])
  expect(b.due(1e9)).toEqual([])
  await b.remove(b.all[0]!.key)
  expect((await box()).all).toEqual([])
})

it('holds back what follows on the same warning while the server fails at one, and nothing else', async () => {
  const b = await box()
  const server = new Server()
  server.failing = 'verify'
  await b.add(act('verify'), 1000)
  await b.add(act('report'), 1001)
  await b.add({ ...act('report'), warning: 'w2' }, 1002)
  await b.flush(() => 2000, server, 5000)
  expect(server.log).toEqual(['report'])
  expect(b.all.map((w) => w.warning)).toEqual(['w1', 'w1'])
  server.failing = ''
  await b.flush(() => 9000, server, 5000)
  expect(server.log).toEqual(['report', 'verify', 'report'])
})

const tick = (item: string) => ({ act: 'check', order: 'o1', warning: 'w1', name: 'TK-101', body: { item, version: 1, acted: { at: 1000 } } })
it('sends what was done on an order one after the other, though each was made on the version of then', async () => {
  await store.keepPhoto(photo('p1'))
  const b = await box()
  const server = new Server()
  await b.add(tick('a'), 1000)
  await b.add(tick('b'), 1001)
  await b.add({ ...tick('c'), act: 'result', photos: ['p1'] }, 1002)
  server.loseAnswer = 1 // of the first: sent again it is not done again
  await b.flush(() => 60_000, server, 5000)
  expect(b.all.map((w) => w.order)).toEqual(['o1', 'o1', 'o1'])
  await b.flush(() => 70_000, server, 5000)
  expect(server.log).toEqual(['check', 'check', 'photo p1', 'result with id-p1'])
  expect([b.all, server.at]).toEqual([[], 4])
})
it('tells whoever still looks at the form that it changed, and never repeats what the desk decided on', async () => {
  const b = await box()
  const server = new Server()
  server.at = 2
  await b.add(tick('a'), 1000)
  await b.add({ ...act('shelve'), body: { version: 1 } }, 1001, 10_000)
  await b.flush(() => 2000, server, 5000)
  await b.flush(() => 60_000, server, 5000)
  expect(b.all.map((w) => w.refused)).toEqual(['changed meanwhile', 'changed meanwhile'])
  expect(server.log).toEqual([])
})
it('keeps what it made anew when the link goes in between', async () => {
  const b = await box()
  const server = new Server()
  server.at = 5
  await b.add(tick('a'), 1000)
  server.version = () => Promise.reject(new TypeError('Failed to fetch'))
  await b.flush(() => 60_000, server, 5000)
  expect([b.all.map((w) => w.refused), server.log]).toEqual([[undefined], []])
  server.version = () => Promise.resolve(5)
  server.loseAnswer = 1
  await b.flush(() => 70_000, server, 5000)
  await (await box()).flush(() => 80_000, server, 5000)
  expect([(await box()).all, server.log, server.at]).toEqual([[], ['check'], 6])
})

it('neither shows nor sends another person’s', async () => {
  await (await box('u1')).add(act('report'), 1000)
  const server = new Server()
  const other = await box('u2')
  await other.flush(() => 1e9, server, 5000)
  expect([other.all, server.log]).toEqual([[], []])
  expect((await box('u1')).all).toHaveLength(1)
  await store.forget() // another person signed in: what was seen goes, what waits stays
  expect((await box('u1')).all).toHaveLength(1)
})

it('does not send what another page of the same person took back', async () => {
  const [here, there] = [await box(), await box()]
  const w = await here.add(act('report'), 1000)
  await there.load()
  await here.remove(w.key)
  const server = new Server()
  await there.flush(() => 1e9, server, 5000)
  expect([server.log, there.all]).toEqual([[], []])
})

it('sends once when two beats fall together', async () => {
  const b = await box()
  await b.add(act('report'), 1000)
  const server = new Server()
  await Promise.all([b.flush(() => 2000, server, 5000), b.flush(() => 2000, server, 5000)])
  expect(server.tries).toBe(1)
})

it('says that the device is full, and adds nothing it could not keep', async () => {
  const full: OutboxStore = Object.assign(Object.create(store) as Kept, { keepAct: () => Promise.reject(new Full('full')) })
  const b = await box('u1', full)
  await expect(b.add(act('report'), 1000)).rejects.toBeInstanceOf(Full)
  expect(b.all).toEqual([])
  // What waits seconds only is held by the page.
  await b.add(act('confirm'), 1000, 10_000)
  const server = new Server()
  await b.flush(() => 99_999, server, 5000)
  expect(server.log).toEqual(['confirm'])
})

it('tells a full device from other failures', async () => {
  const put = (name: string) => ({ put: () => Promise.reject(new DOMException('x', name)), get: () => Promise.resolve(undefined) })
  const kept = (name: string) => new Kept(() => Promise.resolve(put(name) as never))
  await expect(kept('QuotaExceededError').keepPhoto(photo('p'))).rejects.toBeInstanceOf(Full)
  await expect(kept('DataError').keepPhoto(photo('p'))).rejects.not.toBeInstanceOf(Full)
})

it('holds things in the page where the browser keeps nothing, and says so', async () => {
  const loose = new Kept(() => Promise.reject(new Error('private window')))
  const b = await box('u1', loose)
  await b.add(act('report'), 1000)
  expect(loose.firm).toBe(false)
  const server = new Server()
  await b.flush(() => 2000, server, 5000)
  expect(server.log).toEqual(['report'])
})

it('opens the store anew when the browser closed it, and loses nothing', async () => {
  await (await box()).add(act('verify'), 1000)
  const opened: { close(): void }[] = []
  const kept = new Kept(async () => {
    const db = await openDB('fengsui', 1)
    opened.push(db)
    return db as never
  })
  const b = await box('u1', kept)
  opened[0]!.close() // as a telephone does with a page that it has put aside
  await b.add(act('report'), 1001)
  expect(opened).toHaveLength(2)
  const server = new Server()
  await b.flush(() => 2000, server, 5000)
  expect(server.log).toEqual(['verify', 'report'])
})
it('takes a store that cannot be opened again for away, not for empty', async () => {
  await (await box()).add(act('verify'), 1000)
  let away = false
  let first: { close(): void } | undefined
  const kept = new Kept(async () => {
    if (away) throw new DOMException('lost', 'UnknownError')
    const db = await openDB('fengsui', 1)
    first ??= db
    return db as never
  })
  const b = await box('u1', kept)
  away = true
  first!.close()
  const server = new Server()
  await expect(b.flush(() => 2000, server, 5000)).rejects.toBeInstanceOf(DOMException)
  expect([server.log, b.all.length, kept.firm]).toEqual([[], 1, true])
  away = false
  await b.flush(() => 2000, server, 5000)
  expect(server.log).toEqual(['verify'])
})

it('drops old photos of forms that were never sent, and no other', async () => {
  for (const k of ['named', 'old']) await store.keepPhoto(photo(k))
  await store.keepPhoto({ ...photo('new'), madeAt: 900 })
  await store.keepPhoto(photo('hers', 'u2'))
  await (await box()).add(act('report', ['named']), 1000)
  await store.tidy('u1', 500)
  const left = await Promise.all(['named', 'old', 'new', 'hers'].map((k) => store.photo(k)))
  expect(left.map((p) => !!p)).toEqual([true, false, true, true])
})

it('offers what may follow an act that waits', () => {
  const may = (a: string) => a !== 'decide'
  expect(ahead(['verify', 'ask'], [], may)).toEqual(['verify', 'ask'])
  expect(ahead(['verify', 'ask'], [{ act: 'verify' }], may)).toEqual(['verify', 'ask', 'handle', 'report'])
  expect(ahead(['verify'], [{ act: 'verify' }], () => false)).toEqual(['verify'])
})
