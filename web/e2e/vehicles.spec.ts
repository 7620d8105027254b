import { expect, test } from '@playwright/test'
import type { components } from '../src/api/schema'
import { cleanAtBoth, people, Record, signIn, watched } from './desk'
import { Terminal } from './terminal'

// A vehicle's way in (V03, V06): nobody knows its terminal, an administrator adopts it
// out of quarantine, and its next report is the enterprise's own.

type S = components['schemas']

test('an unknown terminal is adopted; its next report, its track and its warning are on its page', async ({ browser }) => {
  const mark = Date.now().toString(36).toUpperCase()
  const number = `198${Date.now() % 1e8}`.padEnd(11, '0')
  const record = await Record.of(people('duty')[0]!)
  const firm = (await record.get<S['EnterpriseList']>('/enterprises?limit=1')).items[0]!
  const at = { lon: 117.65, lat: 39.02 }

  // It knocks: what it says is kept aside.
  const terminal = await Terminal.on(number, `E2E${mark}`)
  const drive = terminal.drive(at, 110)

  const w = await watched(browser)
  const page = w.page
  await test.step('it lies in quarantine, and is adopted from there', async () => {
    await signIn(page, people('admin')[0]!)
    await page.goto('/admin/strays')
    const row = page.getByRole('row', { name: number })
    await expect(row).toContainText('jt808', { timeout: 30_000 })
    await row.getByRole('button', { name: '认领' }).click()
    const form = page.getByRole('form', { name: `认领设备 ${number}` })
    await form.getByLabel('企业名称或编码').fill(firm.name)
    await form.getByLabel(/^选择企业/).selectOption(firm.id)
    await form.getByLabel('设备编码').fill(`T-${mark}`)
    await form.getByLabel('设备名称').fill(`终端 ${mark}`)
    await form.getByLabel('资产编码').fill(`V-${mark}`)
    await form.getByLabel('资产名称').fill(`槽车 ${mark}`)
    await form.getByLabel('车牌号').fill(`E2E${mark}`)
    await form.getByLabel('车辆类别').selectOption('hazmat')
    await form.getByLabel('限速（km/h）').fill('80')
    await cleanAtBoth(page, 'the form that adopts')
    await form.getByRole('button', { name: '认领' }).click()
    await expect(page.getByText(`终端 ${mark} 已登记`)).toBeVisible()
    await expect(page.getByRole('row', { name: number })).toContainText('已登记')
  })

  await test.step('its next report is there, and it is online', async () => {
    await page.getByRole('link', { name: '查看设备' }).click()
    const row = page.getByRole('row', { name: `E2E${mark}` })
    await expect(row).toContainText('在线', { timeout: 30_000 })
    await row.getByRole('link', { name: `E2E${mark}` }).click()
    await expect(page.getByRole('heading', { level: 1 })).toContainText(`槽车 ${mark}`)
    await expect(page.getByText('有效定位')).toBeVisible()
    await expect(page.getByText('危险货物运输车')).toBeVisible()
  })

  await test.step('it drives at 110 where 80 is allowed: the warning is on its page', async () => {
    await expect(page.getByRole('list').locator('a[href^="/warnings/"]').first()).toBeVisible({ timeout: 60_000 })
  })

  await test.step('its track of today goes by time', async () => {
    await page.getByRole('button', { name: '今日轨迹' }).click()
    const slider = page.getByRole('slider')
    await expect(slider).toBeVisible({ timeout: 30_000 })
    const last = await slider.getAttribute('aria-valuetext')
    await slider.press('Home')
    await expect(slider).not.toHaveAttribute('aria-valuetext', last!)
    await cleanAtBoth(page, 'the page of a vehicle with its track')
  })

  await drive.stop()
  const device = (await record.get<S['DeviceList']>(`/devices?text=${number}`)).items[0]!
  expect(device.enterprise).toBe(firm.id)
  expect(device.where?.lon).toBeGreaterThan(at.lon)
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})
