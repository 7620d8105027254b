import { expect, test } from '@playwright/test'
import type { components } from '../src/api/schema'
import { cleanAtBoth, people, Record, signIn, watched } from './desk'

// A fence (V04) is typed in the datum of a published map, gets a corner by a click on
// the map, and is taken away again; the server keeps WGS-84.

type S = components['schemas']

test('a fence is typed in GCJ-02, gets a corner by a click, and is taken away', async ({ browser }) => {
  const mark = Date.now().toString(36).toUpperCase()
  const record = await Record.of(people('duty')[0]!)
  const kept = async () => (await record.get<S['FenceList']>('/fences?limit=500')).items.find((f) => f.code === `F-${mark}`)
  const w = await watched(browser)
  const page = w.page
  await signIn(page, people('admin')[0]!)
  await page.goto('/fences')
  const picture = page.getByRole('region', { name: '地图', exact: true })
  await expect(picture.locator('[aria-busy=false]')).toBeVisible({ timeout: 90_000 })
  await page.getByRole('button', { name: '新建围栏' }).click()
  const form = page.getByRole('form')
  await form.getByLabel('围栏编码').fill(`F-${mark}`)
  await form.getByLabel('围栏名称').fill(`禁区 ${mark}`)
  await form.getByLabel('规则').selectOption('keep_out')
  await form.getByLabel('坐标系').selectOption('gcj02')
  const places = form.getByLabel(/^顶点/)
  await places.fill('117.70\n117.75, 39.00')
  await places.blur()
  await expect(form.getByText('第 1 行不是坐标')).toBeVisible()
  await places.fill('117.70, 39.00\n117.75, 39.00\n117.75, 39.04')
  await places.blur()
  await expect(form.getByText('已有 3 点')).toBeVisible()
  await cleanAtBoth(page, 'the form of a fence')
  // What was drawn outlives a reload.
  await page.reload()
  await page.getByRole('button', { name: '新建围栏' }).click()
  await expect(form.getByLabel('围栏编码')).toHaveValue(`F-${mark}`)
  await expect(form.getByLabel('坐标系')).toHaveValue('gcj02')
  await expect(form.getByText('已有 3 点')).toBeVisible()
  await form.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText(`禁区 ${mark}：已保存。`)).toBeVisible()
  const typed = (await kept())!
  expect(typed.ring).toHaveLength(4)
  // 541 m east and 98 m north lie between the two here (console-ux, map rule 1).
  expect(Math.round((117.7 - typed.ring![0]![0]!) * 86_600)).toBeGreaterThan(520)
  expect(Math.round((39 - typed.ring![0]![1]!) * 111_000)).toBeGreaterThan(80)

  await page.getByRole('list', { name: '电子围栏' }).getByRole('button', { name: `禁区 ${mark}` }).click()
  await page.getByRole('button', { name: '修改' }).click()
  await expect(picture.locator('[aria-busy=false]')).toBeVisible({ timeout: 90_000 })
  // The map shows the fence: left of its middle, above the line that closes it.
  const box = (await picture.locator('canvas').boundingBox())!
  await picture.locator('canvas').click({ position: { x: box.width * 0.3, y: box.height * 0.3 } })
  await expect(form.getByText('已有 4 点')).toBeVisible()
  await form.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText(`禁区 ${mark}：已保存。`)).toBeVisible()
  const drawn = (await kept())!
  expect(drawn.ring).toHaveLength(5)
  expect(drawn.ring!.slice(0, 3)).toEqual(typed.ring!.slice(0, 3))
  expect(drawn.version).toBe(typed.version + 1)

  await page.getByRole('button', { name: '修改' }).click()
  await form.getByRole('button', { name: '删除围栏' }).click()
  await form.getByRole('button', { name: '删除围栏' }).click()
  await expect(page.getByText(`禁区 ${mark}：已删除。`)).toBeVisible()
  expect(await kept()).toBeUndefined()
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})
