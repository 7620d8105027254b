import { expect, test, type Page } from '@playwright/test'
import type { components } from '../src/api/schema'
import { cleanAtBoth, people, Record, signIn, watched } from './desk'

// The map's tools and the monitoring pages (console-ux §3.3, §3.4): what a page shows is
// what the server says.

type S = components['schemas']

const still = (page: Page) => expect(page.getByRole('region', { name: '地图', exact: true }).locator('[aria-busy=false]')).toBeVisible({ timeout: 90_000 })

test('search, buffer circle, what lies inside, and on to the enterprise', async ({ browser }) => {
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  const firm = (await record.get<S['EnterpriseList']>('/enterprises?limit=500')).items.find((e) => e.lon && e.lat)!
  const w = await watched(browser)
  const page = w.page
  await signIn(page, duty)
  await page.goto('/map')
  await still(page)

  await test.step('by its name: it is found, chosen, and the map goes there', async () => {
    await page.getByLabel('搜索企业、车辆、设施、设备或地名').fill(firm.name)
    await page.getByLabel('搜索企业、车辆、设施、设备或地名').press('Enter')
    await page.getByRole('list', { name: '搜索结果' }).getByRole('button', { name: firm.name, exact: true }).click()
    await expect(page.getByRole('status', { name: '所选企业' }).getByRole('heading', { name: firm.shortName || firm.name })).toBeVisible()
    await page.getByRole('region', { name: '搜索结果' }).getByRole('button', { name: '关闭' }).click()
    await expect(page).toHaveURL(new RegExp(`firm=${firm.id}`))
    await expect.poll(() => new URL(page.url()).searchParams.get('at') ?? '', { timeout: 60_000 }).toContain(`${firm.lon!.toFixed(3)}`)
  })
  await test.step('a circle about it holds what the server finds there', async () => {
    await page.getByRole('button', { name: '缓冲圆' }).click()
    await page.getByLabel('半径（m）').fill('2000')
    await page.getByLabel('半径（m）').press('Enter')
    await page.getByRole('button', { name: '取地图中心' }).click()
    const inside = await record.get<S['Inside']>(`/map/inside?lon=${firm.lon}&lat=${firm.lat}&radius=2000`)
    expect(inside.firms).toBeGreaterThan(0)
    expect(inside.assets).toBeGreaterThan(0)
    await page.getByRole('button', { name: `企业 ${inside.firms}`, exact: true }).click()
    await expect(page.getByText(`所涉企业登记联系人 ${inside.contacts} 人`)).toBeVisible()
    await page.getByRole('list', { name: '圆内对象' }).getByRole('button', { name: firm.name, exact: true }).click()
    await cleanAtBoth(page, 'the map with a buffer circle')
  })
  await test.step('the address keeps centre, layers and what is chosen', async () => {
    await page.getByText('图层与图例').click()
    await page.getByLabel('名称', { exact: true }).uncheck()
    await expect(page).toHaveURL(/off=labels\.fences|off=fences\.labels/)
    const before = new URL(page.url()).searchParams.get('at')
    await page.reload()
    await still(page)
    await expect(page.getByRole('status', { name: '所选企业' }).getByRole('heading', { name: firm.shortName || firm.name })).toBeVisible()
    await page.getByText('图层与图例').click()
    await expect(page.getByLabel('名称', { exact: true })).not.toBeChecked()
    expect(new URL(page.url()).searchParams.get('at')).toBe(before)
  })
  await test.step('a day ago other warnings stood open', async () => {
    await page.getByRole('slider').press('Home')
    await expect(page.getByText(/时未结束的预警 0 条/)).toBeVisible()
    await page.getByRole('button', { name: '回到现在' }).click()
    await expect(page.getByText(/时未结束的预警/)).toHaveCount(0)
  })
  await test.step('the enterprise: its process, its months', async () => {
    await page.getByRole('status', { name: '所选企业' }).getByRole('heading').getByRole('link').click()
    await expect(page.getByRole('heading', { level: 1, name: firm.name })).toBeVisible()
    const process = await record.get<S['Process']>(`/enterprises/${firm.id}/process?limit=24`)
    await expect(page.getByRole('heading', { level: 3 }).filter({ hasText: process.items[0]!.name })).toBeVisible()
    await expect(page.getByRole('heading', { name: '近 12 个月预警' })).toBeVisible()
    await cleanAtBoth(page, 'the file of an enterprise')
  })
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})

test('a browser without WebGL gets a picture and the list', async ({ browser }) => {
  const w = await watched(browser)
  await w.page.addInitScript(() => {
    const real = HTMLCanvasElement.prototype.getContext
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
      return kind.startsWith('webgl') ? null : (real as (...a: unknown[]) => unknown).call(this, kind, ...rest)
    } as typeof real
  })
  await signIn(w.page, people('duty')[0]!)
  await w.page.goto('/map')
  await expect(w.page.getByText('此浏览器无法显示地图')).toBeVisible({ timeout: 90_000 })
  await expect(w.page.getByRole('img', { name: /地图/ })).toBeVisible()
  await w.page.getByRole('list', { name: '企业' }).getByRole('button').first().click()
  await expect(w.page.getByRole('status', { name: '所选企业' })).toBeVisible()
  await w.context.close()
})

test('a trend is thinned to the width, and where nothing came it says so', async ({ browser }) => {
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  const firm = (await record.get<S['EnterpriseList']>('/enterprises?limit=1')).items[0]!
  const point = (await record.get<S['PointList']>(`/enterprises/${firm.id}/points?limit=1`)).items[0]!
  const w = await watched(browser)
  const page = w.page
  await signIn(page, duty)
  const buckets: number[] = []
  page.on('request', (r) => {
    const n = new URL(r.url()).searchParams.get('buckets')
    if (n) buckets.push(Number(n))
  })
  await page.goto(`/points/${point.id}`)
  const chart = page.getByRole('img', { name: /趋势曲线/ })
  await expect(chart).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: '近 24 小时' }).click()
  // The simulated field began minutes ago: before that is a gap, and stays one.
  await expect(page.getByText(/处数据中断/)).toBeVisible()
  const width = (await chart.boundingBox())!.width
  expect(buckets.at(-1)! * 3).toBeLessThanOrEqual(width * 2 + 100)
  await page.getByRole('button', { name: '表格' }).click()
  await expect(page.getByRole('cell', { name: /^无数据：/ }).last()).toBeVisible()
  await expect(page.getByRole('row').nth(1)).toContainText(point.unit)
  await cleanAtBoth(page, 'a trend as a table')
  expect(w.errors).toEqual([])
  await record.close()
  await w.context.close()
})
