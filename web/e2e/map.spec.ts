import { expect, test } from '@playwright/test'
import type { components } from '../src/api/schema'
import { people, Record, signIn, watched, type Warning } from './desk'
import { Terminal } from './terminal'

type S = components['schemas']

// The map (示意): drawn from what the program carries, under its own content policy;
// what is clicked leads to the case.

test('an enterprise with a warning is on the map, and a click leads to its case', async ({ browser }) => {
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  await expect.poll(async () => (await record.get<{ items: Warning[] }>('/warnings?open=true')).items.length, { timeout: 120_000 }).toBeGreaterThan(0)
  const w = await watched(browser)
  await signIn(w.page, duty)
  await w.page.goto('/map')
  const picture = w.page.getByRole('region', { name: '地图', exact: true })
  await expect(picture.locator('[aria-busy=false]')).toBeVisible({ timeout: 90_000 })
  await expect(w.page.getByText('示意图，非标准地图。')).toBeVisible()

  // By the list: the map goes there.
  const first = w.page.getByRole('list', { name: '企业' }).getByRole('button').first()
  const name = await first.innerText()
  await first.click()
  const card = w.page.getByRole('status', { name: '所选企业' })
  await expect(card.getByRole('heading', { name })).toBeVisible()
  const settled = w.page.getByRole('region', { name: '地图', exact: true }).locator('[aria-busy=false]')
  await expect(settled).toBeVisible({ timeout: 90_000 })
  await card.getByRole('button', { name: '关闭' }).click()
  await expect(card).toHaveCount(0)

  // By the map: what stands in its middle is that enterprise.
  const canvas = picture.locator('canvas')
  const box = (await canvas.boundingBox())!
  await canvas.click({ position: { x: box.width / 2, y: box.height / 2 } })
  await expect(card.getByRole('heading', { name })).toBeVisible()
  await card.locator('a[href^="/warnings/"]').first().click()
  await expect(w.page).toHaveURL(/\/warnings\/[0-9a-f-]+$/)
  await expect(w.page.getByRole('heading', { name: '处置时限' })).toBeVisible()
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})

test('a vehicle moves on the map, its track goes by time, and its warning leads to the case', async ({ browser }) => {
  // A tank lorry that drives at 110 where 80 is allowed.
  const mark = Date.now().toString(36).toUpperCase()
  const admin = await Record.of(people('admin')[0]!)
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  const number = `199${Date.now() % 1e8}`.padEnd(11, '0')
  const firm = (await record.get<S['EnterpriseList']>('/enterprises?limit=1')).items[0]!
  const name = `罐车 ${mark}`
  await admin.post('/strays/adopt', {
    protocol: 'jt808', key: number, enterprise: firm.id, code: `T-${mark}`, name,
    newAsset: { code: `V-${mark}`, kind: 'vehicle', name, attrs: { plate: `E2E${mark}`, class: 'hazmat', speed_limit: '80' } },
  })
  const terminal = await Terminal.on(number, `E2E${mark}`)
  const drive = terminal.drive({ lon: 117.6, lat: 39.03 }, 110)
  const found = async () => (await record.get<S['VehicleList']>(`/vehicles?text=E2E${mark}`)).items[0]!
  await expect
    .poll(async () => {
      const devices = (await found()).devices.map((d) => d.id)
      return (await record.get<S['WarningList']>(`/warnings?open=true&enterprise=${firm.id}&limit=500`)).items.some((x) => x.model === 'vehicle_speeding' && devices.includes(x.subjectId ?? ''))
    }, { timeout: 60_000 })
    .toBe(true)

  const w = await watched(browser)
  await signIn(w.page, duty)
  await w.page.goto('/map')
  const picture = w.page.getByRole('region', { name: '地图', exact: true })
  await expect(picture.locator('[aria-busy=false]')).toBeVisible({ timeout: 90_000 })
  await w.page.getByRole('button', { name: '车辆', exact: true }).click()
  await w.page.getByLabel('车牌、名称或编码').fill(`E2E${mark}`)
  await w.page.getByRole('list', { name: '车辆' }).getByRole('button', { name }).click()
  const card = w.page.getByRole('region', { name: '所选车辆' })
  await expect(card.getByRole('heading', { name })).toBeVisible()

  // It moves: the next fix is another place.
  const place = card.getByText(/^\d{3}\.\d{5}, \d{2}\.\d{5}$/)
  const before = await place.innerText()
  await expect(place).not.toHaveText(before, { timeout: 90_000 })

  await card.getByRole('button', { name: '今日轨迹' }).click()
  const slider = card.getByRole('slider')
  await expect(slider).toBeVisible({ timeout: 30_000 })
  const last = await slider.getAttribute('aria-valuetext')
  await slider.press('Home')
  await expect(slider).not.toHaveAttribute('aria-valuetext', last!)

  await card.locator('a[href^="/warnings/"]').first().click()
  await expect(w.page).toHaveURL(/\/warnings\/[0-9a-f-]+$/)
  await expect(w.page.getByRole('heading', { name: '处置时限' })).toBeVisible()

  // The label says the moment that the map shows, to the second, not that of the clock now.
  const shownAt = Date.now() - 3 * 3_600_000 - 17_000
  await w.page.goto(`/map?moment=${shownAt}`)
  await expect(w.page.getByRole('slider')).toHaveAttribute('aria-valuetext', new Date(shownAt + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '))

  // At a moment of before it stands where it was then.
  const minute = () => Math.floor(Date.now() / 60_000) * 60_000
  const then = async (at: number) => (await record.get<S['VehicleList']>(`/vehicles?text=E2E${mark}&at=${at}`)).items[0]!.where
  let at = 0
  await expect.poll(async () => ((at = minute()), !!(await then(at))), { timeout: 150_000, intervals: [5000] }).toBe(true)
  const past = (await then(at))!
  expect(past.at).toBeLessThanOrEqual(at)
  await w.page.goto(`/map?moment=${at}&vehicle=`)
  await expect(w.page.getByText(/车辆为此前 10 分钟内的最后位置：\d+ 辆中 [1-9]\d* 辆有位置。/)).toBeVisible()
  await w.page.getByRole('button', { name: '车辆', exact: true }).click()
  await w.page.getByLabel('车牌、名称或编码').fill(`E2E${mark}`)
  await w.page.getByRole('list', { name: '车辆' }).getByRole('button', { name }).click()
  await expect(w.page.getByRole('region', { name: '所选车辆' }).getByText(`${past.lon.toFixed(5)}, ${past.lat.toFixed(5)}`)).toBeVisible()
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await drive.stop()
  await Promise.all([record.close(), admin.close()])
  await w.context.close()
})
