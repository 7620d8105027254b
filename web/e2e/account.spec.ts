import { createHmac } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { cleanAtBoth, people, Record, signIn, watched } from './desk'
import type { components } from '../src/api/schema'

// A newcomer's first day (N08): the password that another chose is changed, a second
// factor is set up, the next sign-in asks for it; and a grave act asks again.

type S = components['schemas']

/** The code of now (RFC 6238). */
function code(secret: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const sum = createHmac('sha1', key).update(step).digest()
  return String((sum.readUInt32BE(sum[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('a newcomer changes the password, sets up a second factor and signs in by it', async ({ browser }) => {
  const mark = Date.now().toString(36)
  const security = await Record.of(people('security')[0]!)
  const { party } = await security.get<S['Me']>('/session')
  const [login, initial, own] = [`new-${mark}`, `first-${mark}-tower`, `second-${mark}-tower`]
  await security.post('/users', { login, name: `新人 ${mark}`, role: 'duty', party: party.id, password: initial })
  await security.close()

  const w = await watched(browser)
  const page = w.page
  const enter = async (password: string) => {
    await page.goto('/')
    await page.getByLabel('账号').fill(login)
    await page.getByLabel('密码').fill(password)
    await page.getByRole('button', { name: '登录' }).click()
  }
  await enter(initial)
  await expect(page.getByText('请先修改密码')).toBeVisible()
  await cleanAtBoth(page, 'first password')
  await page.goto('/warnings') // there is no way round it
  await expect(page.getByText('请先修改密码')).toBeVisible()
  await page.getByLabel('原密码').fill(initial)
  await page.getByLabel('新密码').fill(own)
  await page.getByRole('button', { name: '修改密码' }).click()
  await expect(page.getByRole('navigation', { name: '各级预警数' })).toBeVisible()

  await page.goto('/me')
  await page.getByRole('button', { name: '启用', exact: true }).click()
  const secret = await page.getByLabel('密钥', { exact: true }).inputValue()
  await page.getByLabel('动态码').fill(code(secret))
  await page.getByRole('button', { name: '确认启用' }).click()
  const paper = await page.locator('.codes code').allInnerTexts()
  expect(paper).toHaveLength(10)
  await cleanAtBoth(page, 'recovery codes')
  await page.getByRole('button', { name: '已妥善保管' }).click()
  await expect(page.getByText('剩余恢复码 10 个')).toBeVisible()
  await page.getByRole('button', { name: '退出登录' }).click()

  await enter(own)
  await page.getByLabel('动态码').fill('000000')
  await page.getByRole('button', { name: '登录' }).click()
  await expect(page.getByRole('alert')).toContainText('动态码不对')
  await page.getByLabel('动态码').fill(paper[0]!)
  await page.getByRole('button', { name: '登录' }).click()
  await expect(page.getByRole('navigation', { name: '各级预警数' })).toBeVisible()
  await page.goto('/me')
  await expect(page.getByText('剩余恢复码 9 个')).toBeVisible()
  await expect(page.getByRole('region', { name: '登录会话' }).first()).toContainText('本会话')
  expect(w.foreign).toEqual([])
  await w.context.close()
})

test('a grave act asks for the password again, and nothing entered is lost', async ({ browser }) => {
  const mark = Date.now().toString(36)
  const w = await watched(browser)
  const page = w.page
  const who = people('security')[0]!
  await signIn(page, who)
  await page.goto('/admin/users')
  // The server would ask ten minutes from now: here its answer comes early, once.
  await page.route('**/api/v1/users', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ status: 403, code: 'forbidden', reason: 'step_up', message: 'give your password again' }) })
      : route.fallback(), { times: 1 })
  await page.getByRole('button', { name: '新增账号' }).click()
  const form = page.locator('main form.card')
  await form.getByRole('textbox', { name: '账号' }).fill(`grave-${mark}`)
  await form.getByLabel('姓名').fill(`要事 ${mark}`)
  await form.getByLabel('角色').selectOption('leader')
  await form.getByLabel('单位').selectOption({ index: 1 })
  await form.getByLabel('密码').fill(`first-${mark}-tower`)
  await form.getByRole('button', { name: '保存' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toBeVisible()
  await cleanAtBoth(page, 'step-up')
  await dialog.getByLabel('当前密码').fill('guess')
  await dialog.getByRole('button', { name: '验明并继续' }).click()
  await expect(dialog.getByRole('alert')).toContainText('密码不对')
  await dialog.getByLabel('当前密码').fill(who.password)
  await dialog.getByRole('button', { name: '验明并继续' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(form).toHaveCount(0) // the call that waited was carried out
  await page.goto(`/admin/users?text=grave-${mark}`)
  await expect(page.getByRole('row', { name: `grave-${mark}` })).toContainText('领导')
  expect(w.foreign).toEqual([])
  await w.context.close()
})
