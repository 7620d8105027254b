import { expect, test } from '@playwright/test'
import { clean, people, Record, signIn, watched, type Timeline, type Warning } from './desk'

// When things go wrong, nobody loses a word and nothing is done twice.

test('a refused act keeps what was entered and shows the sentence; the next try is the same act', async ({ browser }) => {
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  let warning: Warning | undefined
  // A show that has only begun has none yet.
  await expect.poll(async () => (warning = (await record.get<{ items: Warning[] }>('/warnings')).items[0]), { timeout: 120_000 }).toBeTruthy()
  const text = `e2e ${Date.now()} 电话已通知`
  const { page, context } = await watched(browser)
  await signIn(page, duty)
  await page.goto(`/warnings/${warning!.id}`)
  const keys: string[] = []
  await page.route('**/note', async (route) => {
    keys.push(route.request().headers()['idempotency-key'] ?? '')
    if (keys.length === 1) await route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'unavailable', reason: 'store_away', message: 'try again' }) })
    else await route.continue()
  })
  await page.getByRole('button', { name: '记录', exact: true }).click()
  await page.getByLabel('内容').fill(text)

  // It is still there after the page was loaded anew.
  await page.reload()
  await page.getByRole('button', { name: '记录', exact: true }).click()
  await expect(page.getByLabel('内容')).toHaveValue(text)

  await page.getByRole('button', { name: '保存记录' }).click()
  await page.getByRole('button', { name: '立即提交' }).click()
  await expect(page.getByText(text).last()).toBeVisible()
  await expect.poll(() => keys.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2)
  expect(new Set(keys).size, 'one key for all tries').toBe(1)
  await expect
    .poll(async () => (await record.get<Timeline>(`/warnings/${warning!.id}/timeline`)).items.filter((i) => i.why === text).length, { timeout: 20_000 })
    .toBe(1)
  await context.close()
  await record.close()
})

test('an act of the duty desk can be taken back for ten seconds', async ({ browser }) => {
  const duty = people('duty')[0]!
  const record = await Record.of(duty)
  const warning = (await record.get<{ items: Warning[] }>('/warnings')).items[0]!
  const text = `e2e ${Date.now()} 撤回`
  const { page, context } = await watched(browser)
  await signIn(page, duty)
  await page.goto(`/warnings/${warning.id}`)
  await page.getByRole('button', { name: '记录', exact: true }).click()
  await page.getByLabel('内容').fill(text)
  await page.getByRole('button', { name: '保存记录' }).click()
  await page.getByRole('button', { name: '撤回' }).first().click()
  await page.waitForTimeout(12_000) // longer than the page waits before it sends
  const { items } = await record.get<Timeline>(`/warnings/${warning.id}/timeline`)
  expect(items.filter((i) => i.why === text)).toEqual([])
  await context.close()
  await record.close()
})

test('a lost link is said in words, and the page catches up', async ({ browser }) => {
  const { page, context } = await watched(browser)
  await signIn(page, people('duty')[0]!)
  await expect(page.getByText('连接正常')).toBeVisible()
  await context.setOffline(true)
  await page.evaluate(() => dispatchEvent(new Event('offline')))
  await expect(page.getByText(/连接中断 \d\d:\d\d/)).toBeVisible({ timeout: 60_000 })
  await context.setOffline(false)
  await expect(page.getByText('连接正常')).toBeVisible({ timeout: 60_000 })
  await context.close()
})

test('a session that ends under a watch is heard and said', async ({ browser }) => {
  const { page, context } = await watched(browser)
  await signIn(page, people('duty')[0]!)
  await page.getByRole('button', { name: '开启声音' }).click()
  await expect(page.getByRole('button', { name: '声音：开' })).toBeVisible()
  expect((await context.request.delete('/api/v1/session')).ok()).toBe(true)
  await expect(page.getByText('登录已失效，本页不再提示预警')).toBeVisible({ timeout: 60_000 })
  await expect(page).toHaveURL(/\/sign-in/)
  await clean(page, 'a watch that is lost')
  await page.getByRole('button', { name: '静音' }).click()
  await context.close()
})

test('a sign-out without a link says that the session is still open, and ends it later', async ({ browser }) => {
  const { page, context } = await watched(browser)
  await signIn(page, people('duty')[0]!)
  await page.getByRole('link', { name: /值班员$/ }).click()
  await expect(page.getByRole('button', { name: '退出' })).toBeVisible()
  await context.setOffline(true)
  await page.getByRole('button', { name: '退出' }).click()
  await expect(page.getByText('本页已退出，但服务器上的登录尚未注销')).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText('本页已退出，但服务器上的登录尚未注销')).toBeHidden()
  expect((await context.request.get('/api/v1/session')).status()).toBe(401)
  await context.close()
})

test('the queue goes by keyboard', async ({ browser }) => {
  const w = await watched(browser)
  await signIn(w.page, people('duty')[0]!)
  await expect(w.page.locator('tr.item').first()).toBeVisible({ timeout: 90_000 })
  await w.page.keyboard.press('j')
  await expect(w.page.locator('tr[aria-current=true]')).toHaveCount(1)
  await w.page.keyboard.press('n')
  await expect(w.page.getByLabel('内容')).toBeVisible()
  await w.page.keyboard.press('Escape')
  await expect(w.page.getByLabel('内容')).toHaveCount(0)
  await w.page.locator('body').press('Enter')
  await expect(w.page).toHaveURL(/\/warnings\//)
  await w.page.keyboard.press('g')
  await w.page.keyboard.press('w')
  await expect(w.page).toHaveURL(/\/watch$/)
  expect(w.errors).toEqual([])
  await w.context.close()
})
