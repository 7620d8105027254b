import { expect, test } from '@playwright/test'
import type { components } from '../src/api/schema'
import { cleanAtBoth, people, Record, signIn, watched } from './desk'

// Data quality (A29-A31): counted on the server from what its history holds. The first
// stretch of five minutes has to be over before there is anything to show.

type S = components['schemas']

test('the share of data that came, by enterprise and by point', async ({ browser }) => {
  test.setTimeout(600_000)
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  await expect.poll(async () => (await record.get<S['FirmQualityList']>('/quality')).total, { timeout: 480_000, intervals: [2000] }).toBeGreaterThan(0)
  const worst = (await record.get<S['FirmQualityList']>('/quality?limit=1')).items[0]!
  const w = await watched(browser)
  const page = w.page
  await signIn(page, duty)
  await page.goto('/firms')
  await page.getByRole('link', { name: '数据质量' }).click()
  const row = page.getByRole('row').filter({ hasText: worst.enterpriseName }).first()
  await expect(row).toContainText(`/ ${worst.now.points}`)
  await expect(page.getByText('日均离线率超过 5 % 的企业会收到通报')).toBeVisible()
  await cleanAtBoth(page, 'data quality')
  await row.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(worst.enterpriseName)
  const points = await record.get<S['PointQualityList']>(`/enterprises/${worst.enterprise}/quality?limit=1`)
  await expect(page.getByRole('row').filter({ hasText: points.items[0]!.code })).toBeVisible()
  await cleanAtBoth(page, 'data quality of an enterprise')
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})
