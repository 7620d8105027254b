import { expect, test } from '@playwright/test'
import { cleanAtBoth, people, Record, settled, signIn, untouched, watched } from './desk'
import type { components } from '../src/api/schema'

// The shift leader looks at what warnings ask of the duty room, beside the aims, and from
// the most frequent one at the list behind it, and at the access protocols (console-ux
// §3.11, §4.9).

type Figures = components['schemas']['PerformanceView']

test('the figures of the duty room are the server’s, and lead to the warnings behind them', async ({ browser }) => {
  await untouched() // the show has begun
  const account = people('shift_leader')[0]!
  const record = await Record.of(account)
  const figures = () => record.get<Figures>('/performance?period=day')
  await expect.poll(async () => (await figures()).total, { timeout: 60_000 }).toBeGreaterThan(0)

  const w = await watched(browser)
  await signIn(w.page, account)
  await w.page.goto('/admin')
  await w.page.getByRole('link', { name: '报警绩效' }).click()
  await settled(w.page)
  await w.page.getByRole('button', { name: '日', exact: true }).click()
  await expect(w.page).toHaveURL(/period=day/)
  await settled(w.page)
  await cleanAtBoth(w.page, 'performance')

  const aims = w.page.getByRole('region', { name: '目标与实际' })
  const before = await figures()
  await w.page.reload()
  await settled(w.page)
  const shown = Number(/共 (\d+) 条预警/.exec(await w.page.getByText(/共 \d+ 条预警/).innerText())![1])
  const after = await figures()
  expect(shown).toBeGreaterThanOrEqual(before.total)
  expect(shown).toBeLessThanOrEqual(after.total)
  const rate = aims.getByRole('row').filter({ hasText: '平均每人每小时的预警数' })
  await expect(rate).toContainText('≤ 6')
  await expect(rate).toContainText(after.persons < 1 ? '数据不足' : before.persons < 1 ? /达到|数据不足/ : /达到/) // a mean over minutes says nothing
  await expect(w.page.locator('.chart canvas')).toBeVisible()

  const first = w.page.getByRole('region', { name: /最频繁的/ }).getByRole('row').nth(1)
  const count = Number(await first.getByRole('cell').nth(3).innerText())
  await first.getByRole('link').first().click()
  await expect(w.page).toHaveURL(/\/warnings\?.*model=/)
  await settled(w.page)
  await expect.poll(async () => w.page.getByRole('region', { name: '预警' }).getByRole('row').count()).toBeGreaterThan(Math.min(count, 5))

  // The week before the show there was nothing, and the page says so.
  await w.page.goto('/admin/performance?period=week&at=1700000000000')
  await settled(w.page)
  await expect(w.page.getByText('没有预警。')).toBeVisible()
  await expect(w.page.getByText('没有人接警。')).toBeVisible()
  await cleanAtBoth(w.page, 'performance of a quiet week')

  // By which protocols data come, and that the show's vehicles are connected.
  await w.page.goto('/health')
  await settled(w.page)
  const doors = w.page.getByRole('region', { name: '接入协议' })
  await expect(doors.getByRole('row')).toHaveCount(4)
  const own = (await record.get<components['schemas']['Operation']>('/operation')).doors.find((d) => d.protocol === 'jt808')!
  expect(own.clients).toBeGreaterThan(0)
  await expect(doors.getByRole('row', { name: 'JT/T 808' })).toContainText(own.address!)
  await cleanAtBoth(w.page, 'access protocols')

  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()

  // Who has no such right finds neither the entry nor the page.
  const duty = await watched(browser)
  await signIn(duty.page, people('duty')[0]!)
  await duty.page.goto('/admin/performance')
  await expect(duty.page.getByText('您的账号无权查看。')).toBeVisible()
  await duty.context.close()
})
