import { expect, test } from '@playwright/test'
import type { components } from '../src/api/schema'
import { people, Record, signIn, watched, type Warning } from './desk'

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
  test.setTimeout(480_000) // the show's first vehicle that drives too fast comes after some minutes
  type Vehicle = components['schemas']['VehicleView']
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  const all = async () => (await record.get<{ items: Vehicle[] }>('/vehicles?limit=500')).items
  // One that was warned of, and is under way.
  let vehicle: Vehicle | undefined
  await expect
    .poll(async () => {
      const warned = new Set((await record.get<{ items: Warning[] }>('/warnings?open=true&limit=500')).items.map((x) => x.subjectId))
      vehicle = (await all()).find((v) => v.where && v.where.speed > 20 && v.devices.some((d) => warned.has(d.id)))
      return !!vehicle
    }, { timeout: 300_000, intervals: [2000] })
    .toBe(true)
  const { name, attrs } = vehicle!

  const w = await watched(browser)
  await signIn(w.page, duty)
  await w.page.goto('/map')
  const picture = w.page.getByRole('region', { name: '地图', exact: true })
  await expect(picture.locator('[aria-busy=false]')).toBeVisible({ timeout: 90_000 })
  await w.page.getByRole('button', { name: '车辆', exact: true }).click()
  await w.page.getByLabel('车牌、名称或编码').fill(attrs!.plate!)
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
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})
