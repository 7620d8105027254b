import { expect, test, type Page } from '@playwright/test'
import type { components } from '../src/api/schema'
import { clean, people, Record, signIn, watched } from './desk'
import { Terminal } from './terminal'

// The wall (A08, N02; console-ux §3.9): an administrator issues its link, a browser that
// nobody signed in with opens it, a red warning shows itself, the link breaks and comes
// back, a newer console loads itself, and a revoked link says so.

type S = components['schemas']

const hall = { width: 1920, height: 1080 }

/** Texts that are smaller than what is read from five metres. */
const small = (page: Page) =>
  page.evaluate(() => {
    const found: string[] = []
    const walk = document.createTreeWalker(document.querySelector('.wall')!, NodeFilter.SHOW_TEXT)
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      const e = n.parentElement!
      if (!n.textContent!.trim() || e.closest('.hidden')) continue
      // A mark's character grows with its mark.
      const svg = e.closest('svg')
      const size = parseFloat(getComputedStyle(e).fontSize) * (svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1)
      if (size < 27.9) found.push(`${n.textContent!.trim()} ${size}`)
    }
    return found
  })

/** What is cut off at the window's edge or by its own box. */
const cut = (page: Page) =>
  page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.wall .side, .wall .foot')].filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => `${e.className} ${e.scrollHeight} > ${e.clientHeight}`))

test('a wall is opened by its link, shows a red warning, and closes when it is revoked', async ({ browser }) => {
  test.setTimeout(900_000)
  const mark = Date.now().toString(36).toUpperCase()
  const desk = await watched(browser)
  const owner = people('leader')[0]!
  await signIn(desk.page, people('security')[0]!)

  const link = await test.step('the security administrator issues a link, shown once', async () => {
    await desk.page.goto('/admin/users')
    await desk.page.getByRole('row', { name: owner.login }).first().getByRole('link', { name: '签发令牌' }).click()
    await desk.page.getByLabel('用途').fill(`大厅 ${mark}`)
    await desk.page.getByLabel('大屏链接（只能看大屏）').check()
    await desk.page.getByRole('button', { name: '签发令牌' }).click()
    const link = await desk.page.getByLabel('大屏链接', { exact: true }).inputValue()
    expect(link).toMatch(/\/wall#fsw_/)
    await clean(desk.page, 'the link of a wall')
    return link
  })

  const w = await watched(browser, hall)
  const { page } = w
  const middle = page.getByRole('region', { name: '红色、橙色预警分布' })
  await test.step('a browser that nobody signed in with opens it', async () => {
    const asked: string[] = []
    page.on('request', (r) => asked.push(r.url()))
    await page.goto(link)
    await expect(page.getByText(/^数据截至 \d\d:\d\d:\d\d$/)).toBeVisible({ timeout: 90_000 })
    expect(page.url()).not.toContain('#')
    expect(asked.filter((u) => u.includes('fsw_'))).toEqual([])
    await expect(middle.locator('[aria-busy=false]')).toBeVisible({ timeout: 120_000 })
    await clean(page, '/wall')
    expect(await small(page)).toEqual([])
    expect(await cut(page)).toEqual([])
    // The numbers are the server's.
    const leader = await Record.of(owner)
    const counts = await leader.get<S['WarningCounts']>('/warnings/counts')
    const shown = await leader.get<S['Wall']>('/wall')
    expect(Object.values(shown.open).reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(Object.values(counts.open).reduce((a, b) => a + b, 0) - 5)
    expect(shown.online.points).toBeGreaterThan(0)
    await expect(page.getByText(`企业状态（共 ${Object.values(shown.firms).reduce((a, b) => a + b, 0)} 家）`)).toBeVisible()
    await leader.close()
    // Its cookie opens nothing else.
    expect((await w.context.request.get('/api/v1/warnings')).status()).toBe(401)
    expect((await w.context.request.get('/api/v1/journal/feed')).status()).toBe(401)
  })

  await test.step('a red warning shows itself, and the map goes there', async () => {
    const admin = await Record.of(people('admin')[0]!)
    const number = `198${Date.now() % 1e8}`.padEnd(11, '0')
    const firm = (await admin.get<S['EnterpriseList']>('/enterprises?limit=1')).items[0]!
    await admin.post('/strays/adopt', {
      protocol: 'jt808', key: number, enterprise: firm.id, code: `W-${mark}`, name: `罐车 ${mark}`,
      newAsset: { code: `WV-${mark}`, kind: 'vehicle', name: `罐车 ${mark}`, attrs: { plate: `WALL${mark}`, class: 'hazmat', speed_limit: '80' } },
    })
    const terminal = await Terminal.on(number, `WALL${mark}`)
    await terminal.report({ lon: 117.71, lat: 38.98, speed: 0, course: 90, alarm: 1 << 29 }) // collision
    const panel = page.getByRole('status', { name: '新的红色预警' }).filter({ hasText: `罐车 ${mark}` })
    await expect(panel).toBeVisible({ timeout: 300_000 }) // others that came before it are shown first
    await expect(panel).toContainText('未接警')
    await expect(panel).toContainText('未核实')
    await expect(middle).toHaveAttribute('data-look', /^117\.7\d+,38\.9\d+,1[2-9]/, { timeout: 30_000 })
    await clean(page, 'a red warning on the wall')
    expect(await small(page)).toEqual([])
    // The desk confirms it: the wall says so by itself.
    const duty = await Record.of(people('duty')[0]!)
    const own = (await duty.get<S['WarningList']>(`/warnings?open=true&level=red&enterprise=${firm.id}&limit=500`)).items.find((x) => x.subjectName.includes(mark))!
    await duty.post(`/warnings/${own.id}/confirm`, undefined)
    await expect(panel.getByText('已接警')).toBeVisible()
    // Then the next one, or the whole district.
    await expect(panel).toHaveCount(0, { timeout: 90_000 })
    terminal.close()
    await Promise.all([admin.close(), duty.close()])
  })

  await test.step('the link breaks and comes back', async () => {
    await w.context.setOffline(true)
    await page.evaluate(() => dispatchEvent(new Event('offline')))
    await expect(page.getByText(/连接中断 \d\d:\d\d，正在重连/)).toBeVisible({ timeout: 60_000 })
    await w.context.setOffline(false)
    await expect(page.getByText('连接正常')).toBeVisible({ timeout: 60_000 })
  })

  await test.step('a newer console loads itself, with nobody there', async () => {
    await page.clock.install() // its minute is made to pass
    await page.reload()
    await expect(page.getByText(/^数据截至/)).toBeVisible({ timeout: 90_000 })
    const front = new URL('/', link).href
    await page.route(front, async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, body: (await answer.text()).replace('</head>', '<link rel="stylesheet" href="/assets/newer.css"></head>') })
    })
    const newer = page.waitForEvent('load', { timeout: 150_000 })
    await page.clock.fastForward(60_000)
    await newer
    await page.unroute(front)
    await expect(page.getByText(/^数据截至/)).toBeVisible({ timeout: 90_000 })
  })

  await test.step('on the wide wall, and in a browser that cannot draw the map', async () => {
    const wide = await watched(browser, { width: 3840, height: 1080 })
    await wide.page.clock.install()
    await wide.page.addInitScript(() => {
      const real = HTMLCanvasElement.prototype.getContext
      HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
        return kind.startsWith('webgl') && !('driver' in window) ? null : (real as (...a: unknown[]) => unknown).call(this, kind, ...rest)
      } as typeof real
    })
    await wide.page.goto(link)
    await expect(wide.page.getByRole('img', { name: /地图/ })).toBeVisible({ timeout: 120_000 })
    await clean(wide.page, '/wall')
    expect(await small(wide.page)).toEqual([])
    expect(await cut(wide.page)).toEqual([])
    // Its driver begins anew: the map comes back by itself.
    await wide.page.evaluate(() => Object.assign(window, { driver: true }))
    await wide.page.clock.fastForward(60_000)
    await expect(wide.page.locator('canvas')).toBeVisible({ timeout: 90_000 })
    expect(wide.foreign).toEqual([])
    await wide.context.close()
  })

  expect(w.errors.filter((e) => !/401|ERR_INTERNET_DISCONNECTED|newer\.css/.test(e))).toEqual([])
  expect(w.foreign).toEqual([])

  await test.step('a revoked link says so', async () => {
    await desk.page.goto('/admin/tokens')
    const row = desk.page.getByRole('row', { name: `大厅 ${mark}` })
    await expect(row).toContainText('只看大屏')
    await row.getByRole('button', { name: '吊销' }).click()
    await row.getByRole('button', { name: '吊销' }).click()
    await expect(row).toContainText('已吊销')
    await expect(page.getByRole('alert')).toContainText('这块大屏的链接已吊销', { timeout: 60_000 })
    await clean(page, 'a wall whose link was revoked')
  })
  const stranger = await watched(browser, hall)
  await stranger.page.goto('/wall')
  await expect(stranger.page.getByText('请用管理员签发的大屏链接打开本页。')).toBeVisible()
  for (const x of [desk, w, stranger]) await x.context.close()
})
