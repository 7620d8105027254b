import { expect, request, test } from '@playwright/test'
import { people, signIn, watched } from './desk'

// What only the security administrator does: a token for another system, from its issue to
// its end.

test('an API token is shown once, works, and is refused once it is revoked', async ({ browser, baseURL }) => {
  const w = await watched(browser)
  await signIn(w.page, people('security')[0]!)
  const owner = people('regulator')[0]!
  await w.page.goto('/admin/users')
  await w.page.getByRole('row', { name: owner.login }).first().getByRole('link', { name: '签发令牌' }).click()
  await w.page.getByLabel('用途').fill('区级大屏')
  await w.page.getByRole('button', { name: '签发令牌' }).click()
  const secret = await w.page.getByLabel('令牌', { exact: true }).inputValue()
  expect(secret).toMatch(/^fst_/)
  await w.page.getByRole('button', { name: '复制' }).click()
  await expect(w.page.getByText('已复制。').or(w.page.getByText('请手动复制'))).toBeVisible()

  const other = await request.newContext({ baseURL, extraHTTPHeaders: { Authorization: `Bearer ${secret}` } })
  const status = async () => (await other.get('/api/v1/warnings')).status()
  expect(await status()).toBe(200)

  await w.page.reload()
  await expect(w.page.getByText(secret)).toHaveCount(0)
  await expect(w.page.getByLabel('令牌', { exact: true })).toHaveCount(0)
  const row = w.page.getByRole('row', { name: '区级大屏' }).first()
  await expect(row).toContainText(owner.login)
  await expect(row).toContainText('只读')
  await row.getByRole('button', { name: '吊销' }).click()
  await row.getByRole('button', { name: '吊销' }).click()
  await expect(row).toContainText('已吊销')
  expect(await status()).toBe(401)
  await other.dispose()
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await w.context.close()
})
