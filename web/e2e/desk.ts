import { randomBytes } from 'node:crypto'
import { expect, request, type APIRequestContext, type Browser, type BrowserContext, type Page } from '@playwright/test'
import axe from 'axe-core'
import type { components } from '../src/api/schema'

// What the walks share: accounts, the server's own record, and a page that is
// watched for errors and for requests to any other host.

export type Warning = components['schemas']['WarningDetail']
export type Timeline = components['schemas']['Timeline']

export interface Account {
  login: string
  password: string
  role: string
}

const url = process.env.FENGSUI_URL ?? 'http://127.0.0.1:8080'
const accounts = JSON.parse(process.env.FENGSUI_ACCOUNTS ?? '[]') as Account[]

export function people(...roles: string[]): Account[] {
  const list = accounts.filter((a) => roles.includes(a.role))
  expect(list.length, `FENGSUI_ACCOUNTS names nobody of ${roles.join(', ')}`).toBeGreaterThan(0)
  return list
}

/** The server as one account sees it, without a browser. */
export class Record {
  private constructor(
    private readonly http: APIRequestContext,
    readonly party: string,
  ) {}

  /** Signs in. The server takes a few at a time and asks the others to wait. */
  static async of(a: Account): Promise<Record> {
    const http = await request.newContext({ baseURL: url })
    for (let tries = 1; ; tries++) {
      const r = await http.post('/api/v1/session', { data: { login: a.login, password: a.password } })
      if (r.status() === 503 && tries < 10) {
        await new Promise((done) => setTimeout(done, Number(r.headers()['retry-after'] ?? 1) * 1000))
        continue
      }
      expect(r.status(), `${a.login} signs in`).toBe(200)
      return new Record(http, ((await r.json()) as { party: { id: string } }).party.id)
    }
  }

  async get<T>(path: string): Promise<T> {
    const r = await this.http.get(`/api/v1${path}`)
    expect(r.status(), path).toBe(200)
    return (await r.json()) as T
  }

  /** Does something, or fails with what the server said. */
  async post<T>(path: string, data: unknown, type = 'application/json'): Promise<T> {
    const r = await this.http.post(`/api/v1${path}`, { data: data as string, headers: { 'Content-Type': type, 'Idempotency-Key': randomBytes(16).toString('hex') } })
    expect(r.ok(), `${path}: ${r.status()} ${await r.text()}`).toBe(true)
    return (await r.json()) as T
  }

  async file(id: string): Promise<{ type: string; bytes: Buffer }> {
    const r = await this.http.get(`/api/v1/files/${id}`)
    expect(r.status()).toBe(200)
    return { type: r.headers()['content-type'] ?? '', bytes: await r.body() }
  }

  async maySee(path: string): Promise<boolean> {
    return (await this.http.get(`/api/v1${path}`)).status() === 200
  }

  close(): Promise<void> {
    return this.http.dispose()
  }
}

/** Makes an account of the bureau, and changes the password that another person chose for it. */
export async function newcomer(a: Account, name: string, party: string): Promise<void> {
  const security = await Record.of(people('security')[0]!)
  const initial = `first-${a.password}`
  const second = await Record.of(people('bureau')[0]!)
  // Who may approve what others propose is made by two people.
  const { of } = await security.post<components['schemas']['Done']>('/approvals', { method: 'POST', path: '/users', body: { login: a.login, name, role: a.role, party, password: initial }, why: 'a second officer' })
  await second.post(`/approvals/${of.id}/decide`, { approve: true, reason: 'agreed' })
  await security.post(`/approvals/${of.id}/carry-out`, undefined)
  const own = await Record.of({ ...a, password: initial })
  await own.post('/session/password', { old: initial, new: a.password })
  await Promise.all([security.close(), second.close(), own.close()])
}

/** A page whose errors and requests are kept. */
export interface Watched {
  page: Page
  context: BrowserContext
  errors: string[]
  foreign: string[]
  bytes: () => number
}

export async function watched(browser: Browser, size = { width: 1280, height: 720 }): Promise<Watched> {
  const context = await browser.newContext({ viewport: size, locale: 'zh-CN', timezoneId: 'America/New_York', baseURL: url })
  const page = await context.newPage()
  const errors: string[] = []
  const foreign: string[] = []
  let bytes = 0
  page.on('console', (m) => {
    if (m.type() === 'error') errors.push(`${m.text()} ${m.location().url}`)
  })
  page.on('pageerror', (e) => errors.push(e.message))
  context.on('request', (r) => {
    const at = r.url()
    if (!at.startsWith(`${url}/`) && !/^(blob|data):/.test(at)) foreign.push(at)
  })
  const cdp = await context.newCDPSession(page)
  await cdp.send('Network.enable')
  cdp.on('Network.loadingFinished', (e) => (bytes += e.encodedDataLength))
  return { page, context, errors, foreign, bytes: () => bytes }
}

export async function signIn(page: Page, a: Account): Promise<void> {
  await page.goto('/')
  await page.getByLabel('账号').fill(a.login)
  await page.getByLabel('密码').fill(a.password)
  await page.getByRole('button', { name: '登录' }).click()
  await expect(page.getByRole('navigation', { name: '各级预警数' })).toBeVisible()
}

/** The page has come: nothing is being read any more. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('main')).not.toBeEmpty()
  await page.waitForLoadState('load')
  await expect(page.getByText('正在读取…')).toHaveCount(0)
  await expect(page.getByRole('heading').first()).toBeVisible()
}

/** The pages of the first objects that a person sees: warning, enterprise, point, vehicle, and of the lists that are walked. */
export async function ownPages(a: Account, pages: string[]): Promise<string[]> {
  const record = await Record.of(a)
  const first = (await record.get<{ items: Warning[] }>('/warnings?open=true')).items[0]
  // A vehicle that said where it is, and one that did not yet will do.
  const vehicle = pages.includes('/devices') ? (await record.get<{ items: { id: string }[] }>('/devices?kind=vehicle&limit=1')).items[0] : undefined
  const listed: string[] = []
  for (const list of ['/orders', '/outages', '/complaints'].filter((l) => pages.includes(l))) {
    listed.push(...(await record.get<{ items: { id: string }[] }>(`${list}?limit=1`)).items.map((x) => `${list}/${x.id}`))
  }
  await record.close()
  const own = first ? [`/warnings/${first.id}`, `/firms/${first.enterprise}`, ...(first.subject.startsWith('point/') ? [`/points/${first.subjectId}`] : [])] : []
  if (vehicle) own.push(`/devices/${vehicle.id}`)
  return [...own, ...listed]
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']

/** No accessibility violation, and nothing wider than the window. */
export async function clean(page: Page, what: string): Promise<void> {
  const found = await page.evaluate(`(async () => { ${axe.source}; const r = await axe.run({ runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] }); return r.violations.map((v) => v.id + ' ' + v.nodes.map((n) => n.target.join(' ')).join(', ')) })()`)
  const { width } = page.viewportSize()!
  expect(found, `${what} at ${width}`).toEqual([])
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(over, `${what} is wider than ${width}`).toBeLessThanOrEqual(0)
}

/** The same on a desk and on a telephone. */
export async function cleanAtBoth(page: Page, what: string): Promise<void> {
  const before = page.viewportSize()!
  for (const size of [{ width: 1280, height: 720 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(size)
    await settled(page) // what another width reads has come
    await clean(page, what)
  }
  await page.setViewportSize(before)
}

/**
 * A red warning that nobody has touched for a while, its enterprise, and who may
 * decide about it. The simulated people answer theirs within seconds, so
 * one that is still untouched is ours to walk through.
 */
export async function untouched(): Promise<{ warning: Warning; enterprise: Account; decider: Account }> {
  const desk = async (a: Account) => ({ account: a, record: await Record.of(a) })
  const duty = await desk(people('duty')[0]!)
  const firms = []
  for (const a of people('enterprise')) firms.push(await desk(a))
  const bodies = []
  for (const a of people('regulator', 'bureau')) bodies.push(await desk(a))
  try {
    for (let tries = 0; tries < 60; tries++) {
      const { items } = await duty.record.get<{ items: Warning[] }>('/warnings?open=true&level=red&limit=100')
      const calm = items.filter((w) => w.work === 'new' && Date.now() - w.raisedAt > 20_000).sort((a, b) => b.raisedAt - a.raisedAt)
      for (const w of calm) {
        const firm = firms.find((f) => f.record.party === w.enterprise)
        for (const b of firm ? bodies : []) {
          if (!(await b.record.maySee(`/warnings/${w.id}`))) continue
          const seen = await b.record.get<Warning>(`/warnings/${w.id}`)
          if (seen.acts.includes('decide')) return { warning: seen, enterprise: firm!.account, decider: b.account }
        }
      }
      await new Promise((done) => setTimeout(done, 2000))
    }
  } finally {
    await Promise.all([duty, ...firms, ...bodies].map((d) => d.record.close()))
  }
  throw new Error('no red warning of an enterprise with an account came up in two minutes')
}

/** Decides in two steps: the second says in words what will happen, and to whom. */
export async function decide(page: Page, what: string, why: string, words: RegExp) {
  await page.getByRole('button', { name: '降级 / 消警' }).click()
  await page.getByRole('radio', { name: what, exact: true }).check()
  await page.getByLabel('决定理由').fill(why)
  await page.getByRole('button', { name: '下一步' }).click()
  await expect(page.getByText(words)).toBeVisible()
  await page.getByRole('button', { name: '确认决定' }).click()
  await expect(page.getByText('降级 / 消警：已记录。')).toBeVisible()
}

/** A photo as a telephone makes it: large, and heavier than what may be sent. */
export async function photo(page: Page, width = 3000): Promise<Buffer> {
  const base64 = await page.evaluate(async (width) => {
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = (width * 3) / 4
    const pen = canvas.getContext('2d')!
    const noise = pen.createImageData(canvas.width, canvas.height)
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : (i * 7919 + ((i * i) % 251)) % 256
    pen.putImageData(noise, 0, 0)
    const blob = await new Promise<Blob>((done) => canvas.toBlob((b) => done(b!), 'image/jpeg', 0.95))
    const bytes = new Uint8Array(await blob.arrayBuffer())
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return btoa(text)
  }, width)
  return Buffer.from(base64, 'base64')
}
