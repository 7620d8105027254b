import { writeFileSync } from 'node:fs'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import config from '../playwright.config'
import { clean, people, photo, Record, settled, untouched, type Account, type Timeline, type Warning } from './desk'

// The phone (A07, A19, N02; console-ux §3.10, §8), over TLS with certificates of
// `fengsui admin ca`, whose CA the browser trusts as a telephone does that was given it:
// the link goes in the middle of a report with three photos, the page is loaded anew
// without one, and once it is back everything has arrived, once, in order, with the time
// of the act and that of its arrival.

const url = process.env.FENGSUI_PHONE ?? ''
const home = process.env.FENGSUI_PHONE_HOME ?? ''

test.use({ launchOptions: { ...config.use!.launchOptions, env: { ...process.env, HOME: home } as { [k: string]: string } } })
// It waits for a minute to go by, for three photos, and for what must not come.
test.setTimeout(600_000)
test.beforeAll(() => expect(url && home, 'FENGSUI_PHONE and FENGSUI_PHONE_HOME name the address over TLS, and the home whose browser trusts its CA (scripts/e2e.sh)').toBeTruthy())

interface Phone {
  context: BrowserContext
  page: Page
  errors: string[]
  foreign: string[]
}

async function phone(browser: Browser): Promise<Phone> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'zh-CN', timezoneId: 'America/New_York', baseURL: url })
  const page = await context.newPage()
  const [errors, foreign]: string[][] = [[], []]
  // What fails because there is no link, and calls after the session's end, are no faults.
  page.on('console', (m) => m.type() === 'error' && !/ERR_INTERNET_DISCONNECTED|ERR_NETWORK|status of (401|409)/.test(m.text()) && errors!.push(m.text()))
  page.on('pageerror', (e) => errors!.push(e.message))
  context.on('request', (r) => !r.url().startsWith(`${url}/`) && !/^(blob|data):/.test(r.url()) && foreign!.push(r.url()))
  return { context, page, errors: errors!, foreign: foreign! }
}

async function enter(page: Page, a: Account) {
  await page.getByLabel('账号').fill(a.login)
  await page.getByLabel('密码').fill(a.password)
  await page.getByRole('button', { name: '登录' }).tap()
  await expect(page.getByRole('navigation', { name: '各级预警数' })).toBeVisible()
}

async function close(p: Phone) {
  expect(p.errors).toEqual([])
  expect(p.foreign).toEqual([])
  await p.context.close()
}

const acts = (t: Timeline, mark: string) => t.items.filter((i) => i.kind === 'change' && i.why?.startsWith(mark))
const bar = (page: Page) => page.locator('nav.phone')

test('the link goes in the middle of a report with three photos', async ({ browser }) => {
  const { warning, enterprise } = await untouched()
  const record = await Record.of(enterprise)
  const story = () => record.get<Timeline>(`/warnings/${warning.id}/timeline`)
  const p = await phone(browser)
  const { context, page } = p
  const mark = `phone ${Date.now()}`
  let [offlineAt, keptAt] = [0, 0]

  await test.step('installs: a manifest, its icons, and the files of the console are kept', async () => {
    await page.goto('/')
    await enter(page, enterprise)
    const manifest = await page.evaluate(async () => {
      const at = document.querySelector<HTMLLinkElement>('link[rel=manifest]')!.href
      const m = (await (await fetch(at)).json()) as { name: string; display: string; icons: { src: string; type: string }[] }
      const icons = await Promise.all(m.icons.map(async (i) => (await fetch(i.src)).headers.get('Content-Type')))
      return { name: m.name, display: m.display, icons, said: m.icons.map((i) => i.type) }
    })
    expect(manifest).toMatchObject({ name: '烽燧 区域安全监测预警处置平台', display: 'standalone' })
    expect(manifest.icons).toEqual(manifest.said)
    await page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state)
    await page.waitForFunction(() => !!navigator.serviceWorker.controller)
    const kept = await page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (k) => (await (await caches.open(k)).keys()).map((r) => new URL(r.url).pathname)))).flat())
    expect(kept).toContain('/')
    expect(kept.filter((f) => f.startsWith('/api/'))).toEqual([])
  })

  await test.step('the bar has what the role works with, within reach of a thumb', async () => {
    await expect(bar(page).getByRole('link')).toHaveText(['待办', '预警', '任务', '申报', '我的'])
    for (const link of await bar(page).getByRole('link').all()) expect((await link.boundingBox())!.height).toBeGreaterThanOrEqual(44)
  })

  await test.step('verifies while there is a link', async () => {
    await page.locator(`main a[href="/warnings/${warning.id}"]`).first().tap()
    await expect(page.getByRole('heading', { level: 1 })).toContainText(warning.subjectName)
    const thumb = page.getByRole('group', { name: '快捷操作' })
    for (const b of await thumb.getByRole('button').all()) expect((await b.boundingBox())!.height).toBeGreaterThanOrEqual(44)
    await clean(page, 'a case')
    await thumb.getByRole('button', { name: '电话' }).tap()
    await expect(page.locator('a[href^="tel:"]').first()).toBeVisible()
    await thumb.getByRole('button', { name: '核实' }).tap()
    await page.getByLabel('属实', { exact: true }).check()
    await page.getByLabel('核实情况').fill(`${mark} 现场确认`)
    await page.getByRole('button', { name: '提交核实' }).tap()
    await expect(page.getByText('核实：已记录。')).toBeVisible()
  })

  const shot = await photo(page, 1600)
  expect(shot.length, 'a photo before shrinking').toBeGreaterThan(1_000_000)
  const photos = [1, 2, 3].map((i) => test.info().outputPath(`现场${i}.jpg`))
  photos.forEach((f) => writeFileSync(f, shot))

  await test.step('the link goes after the first photo', async () => {
    await page.getByRole('button', { name: '反馈', exact: true }).first().tap()
    await page.getByLabel('处置结果').fill(`${mark} 液位已回落`)
    await page.getByLabel('照片或文件').setInputFiles(photos.slice(0, 1))
    await expect(page.getByText('已存本机，提交时上传')).toHaveCount(1)
    await context.setOffline(true)
    offlineAt = Date.now()
    await page.getByLabel('照片或文件').setInputFiles(photos.slice(1))
    await expect(page.getByText('已存本机，提交时上传')).toHaveCount(3)
    await expect(page.getByText('连接中断：提交后保存在本机')).toBeVisible()
    await clean(page, 'a report without a link')
  })

  await test.step('the page opens anew without a link, with everything that was typed', async () => {
    await page.reload()
    await expect(page.getByRole('heading', { level: 1 })).toContainText(warning.subjectName)
    await expect(page.getByText(/^连接中断 · 以下为 .+前的内容/).first()).toBeVisible()
    // A step that was forgotten: it goes before the report.
    await page.getByRole('button', { name: '处置', exact: true }).first().tap()
    await page.getByLabel('采取的措施').fill(`${mark} 停止进料`)
    await page.getByRole('button', { name: '提交处置' }).tap()
    await expect(page.getByRole('main').getByText('待上传').first()).toBeVisible()
    await page.getByRole('button', { name: '反馈', exact: true }).first().tap()
    await expect(page.getByLabel('处置结果')).toHaveValue(`${mark} 液位已回落`)
    await expect(page.locator('form.act img')).toHaveCount(3)
    await page.getByRole('button', { name: '提交反馈' }).tap()
    await expect(page.locator('form.act')).toHaveCount(0)
    keptAt = Date.now()
    await expect(page.getByText('待上传 2 项')).toBeVisible()
    await clean(page, 'a case with acts that wait')
  })

  await test.step('what was seen is there, and says how old it is', async () => {
    await bar(page).getByRole('link', { name: '待办' }).tap()
    await expect(page.locator('tr.item').first()).toBeVisible()
    await expect(page.getByText(/^连接中断 · 以下为 .+前的内容/)).toBeVisible()
    await clean(page, 'the queue without a link')
    await bar(page).getByRole('link', { name: '我的' }).tap()
    await expect(page.getByRole('main').getByText(`${mark} 液位已回落`)).toBeVisible()
    await expect(page.getByRole('main').getByText('3 张照片')).toBeVisible()
    await page.setViewportSize({ width: 320, height: 640 })
    await clean(page, 'what waits')
    await page.setViewportSize({ width: 390, height: 844 })
    expect(acts(await story(), mark).map((i) => i.act), 'nothing left the telephone').toEqual(['verified'])
  })

  await test.step('back, everything arrives once and in order', async () => {
    // The two times are shown where they differ by a minute.
    await page.waitForTimeout(Math.max(0, keptAt + 62_000 - Date.now()))
    await page.reload()
    await expect(page.getByRole('main').getByText(`${mark} 停止进料`)).toBeVisible()
    await context.setOffline(false)
    await expect.poll(async () => acts(await story(), mark).map((i) => i.act), { timeout: 60_000 }).toEqual(['verified', 'handling', 'reported'])
    await expect(page.getByText('待上传', { exact: true })).toHaveCount(0)
    await page.waitForTimeout(11_000) // a second sending would have come by now
    const [, handled, reported] = acts(await story(), mark)
    expect(acts(await story(), mark)).toHaveLength(3)
    type After = { acted: { at: number; offset?: number; doubt?: string }; detail: { files?: { id: string; name: string; at: number; size: number }[] } }
    const [h, r] = [handled!.after as After, reported!.after as After]
    for (const [item, a] of [[handled!, h], [reported!, r]] as const) {
      expect(item.at - a.acted.at, 'act and arrival').toBeGreaterThan(10_000)
      expect(a.acted.at).toBeGreaterThan(offlineAt - 2000)
      expect(a.acted.offset).toBeDefined()
      expect(a.acted.doubt).toBeUndefined()
    }
    expect(r.acted.at).toBeGreaterThan(h.acted.at)
    const files = r.detail.files!
    expect(files.map((f) => f.name)).toEqual(['现场1.jpg', '现场2.jpg', '现场3.jpg'])
    expect(new Set(files.map((f) => f.id)).size).toBe(3)
    for (const f of files) {
      expect(f.size).toBeLessThanOrEqual(1_000_000)
      expect(f.at, 'photos come after the step before them, and before their report').toBeGreaterThanOrEqual(handled!.at)
      expect(f.at).toBeLessThanOrEqual(reported!.at)
      expect((await record.file(f.id)).type).toContain('image/jpeg')
    }
  })

  await test.step('the case shows both times', async () => {
    await page.goto(`/warnings/${warning.id}`)
    await expect(page.getByText(/现场 [\d-]+ [\d:]+，到达 [\d-]+ [\d:]+/).first()).toBeVisible()
    await expect(page.locator('.line .files img')).toHaveCount(3)
    await clean(page, 'a case with both times')
  })

  await record.close()
  await close(p)
})

test('the session ends meanwhile, another signs in, and a warning has ended when the act comes', async ({ browser }) => {
  // Two open warnings of one enterprise that can be verified, and who may end the first.
  const everybody = await Promise.all(people('enterprise', 'zone', 'regulator', 'bureau').map(async (account) => ({ account, record: await Record.of(account) })))
  const firms = everybody.filter((x) => x.account.role === 'enterprise')
  async function find() {
    const open = (x: (typeof everybody)[number]) => x.record.get<{ items: Warning[] }>('/warnings?open=true&limit=500')
    const ends = await Promise.all(everybody.map(async (x) => ({ x, ids: new Set((await open(x)).items.filter((w) => w.acts.includes('decide')).map((w) => w.id)) })))
    for (const owner of firms) {
      const list = (await open(owner)).items.filter((w) => w.acts.includes('verify') && w.work === 'new')
      for (const ended of list) {
        const decider = ends.find((e) => e.ids.has(ended.id))?.x
        const other = list.find((w) => w !== ended)
        if (decider && other) return { owner, ended, open: other, decider }
      }
    }
    return undefined
  }
  let found = await find()
  for (let tries = 0; tries < 60 && !found; tries++) {
    await new Promise((done) => setTimeout(done, 2000))
    found = await find()
  }
  expect(found, 'an enterprise with two open warnings that nobody has verified, one of which somebody here may end').toBeTruthy()
  const { owner, ended, open, decider } = found!
  const other = firms.find((f) => f !== owner)!

  const mark = `phone ${Date.now()}`
  const p = await phone(browser)
  const { context, page } = p
  await page.goto('/')
  await enter(page, owner.account)
  await page.waitForFunction(() => !!navigator.serviceWorker.controller)

  await test.step('two acts are kept without a link', async () => {
    for (const w of [ended, open]) {
      await page.goto(`/warnings/${w.id}`)
      await settled(page)
    }
    await context.setOffline(true)
    for (const w of [ended, open]) {
      await page.goto(`/warnings/${w.id}`)
      await page.getByRole('button', { name: '核实', exact: true }).first().tap()
      await page.getByLabel('无法判断').check()
      await page.getByLabel('核实情况').fill(`${mark} ${w.id === ended.id ? '一' : '二'}`)
      await page.getByRole('button', { name: '提交核实' }).tap()
      await expect(page.locator('form.act')).toHaveCount(0)
    }
    await expect(page.getByText('待上传 2 项')).toBeVisible()
  })

  await test.step('meanwhile the session ends and the first warning too', async () => {
    const now = await decider.record.get<Warning>(`/warnings/${ended.id}`)
    await decider.record.post(`/warnings/${ended.id}/decide`, { version: now.version, to: 'none', end: 'cleared', why: `${mark} 复查正常` })
    await context.clearCookies()
    await context.setOffline(false)
    await expect(page.getByText('登录已失效，请重新登录')).toBeVisible({ timeout: 60_000 })
    await clean(page, 'signed out by the server')
  })

  await test.step('another person neither sees nor sends what waits', async () => {
    await enter(page, other.account)
    await page.goto('/me')
    await settled(page)
    await expect(page.getByText('待上传')).toHaveCount(0)
    await page.waitForTimeout(6000) // what was to be sent would have been
    expect(acts(await owner.record.get<Timeline>(`/warnings/${open.id}/timeline`), mark)).toEqual([])
    await page.getByRole('button', { name: '退出登录' }).tap()
    await expect(page.getByLabel('账号')).toBeVisible()
  })

  await test.step('the first person signs in again: one is refused with a sentence, the other arrives', async () => {
    await enter(page, owner.account)
    await expect.poll(async () => acts(await owner.record.get<Timeline>(`/warnings/${open.id}/timeline`), mark).map((i) => i.act), { timeout: 60_000 }).toEqual(['verified'])
    const refused = page.locator('.bars').getByText(/未被接受/)
    await expect(refused).toHaveCount(1)
    await expect(page.locator('.bars').getByText(`${mark} 一`)).toBeVisible()
    await clean(page, 'a refused act')
    await page.reload()
    await expect(refused).toHaveCount(1) // until it was seen
    await page.locator('.bars').getByRole('button', { name: '知道了，不再保留' }).tap()
    await expect(refused).toHaveCount(0)
    await page.reload()
    await settled(page)
    await expect(refused).toHaveCount(0)
  })

  await Promise.all(everybody.map((x) => x.record.close()))
  await close(p)
})
