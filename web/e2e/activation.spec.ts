import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { cleanAtBoth, people, signIn, watched } from './desk'

// A person who is new, and one who forgot the password, come in by a link that is used
// once (N08); the registry leaves as a workbook and comes in again unchanged.

test('a new person sets a password by a link, and a colleague makes another', async ({ browser }) => {
  const mark = Date.now().toString(36)
  const [login, own, other] = [`link-${mark}`, `tower-${mark}-first`, `tower-${mark}-other`]
  const w = await watched(browser)
  const page = w.page
  await signIn(page, people('security')[0]!)
  await page.goto('/admin/users')
  await page.getByRole('button', { name: '新增账号' }).click()
  await page.getByRole('textbox', { name: '账号', exact: true }).fill(login)
  await page.getByRole('textbox', { name: '姓名', exact: true }).fill(`新人 ${mark}`)
  await page.getByRole('combobox', { name: '角色', exact: true }).selectOption('committee')
  await page.getByRole('button', { name: '保存' }).click()
  const field = page.getByLabel('链接', { exact: true })
  await expect(field).toHaveValue(/\/activate#/)
  await cleanAtBoth(page, 'link card')
  const link = await field.inputValue()

  const v = await watched(browser)
  const set = async (url: string, password: string) => {
    await v.page.goto('about:blank') // the address differs behind the # alone
    await v.page.goto(url)
    await v.page.getByLabel('新密码').fill(password)
    await v.page.getByLabel('再输一次').fill(password)
    await v.page.getByRole('button', { name: '设置', exact: true }).click()
    await expect(v.page.getByText(`请用账号 ${login} 登录`)).toBeVisible()
    expect(v.page.url()).not.toContain('#')
  }
  await v.page.goto(link)
  await expect(v.page.getByText(`新人 ${mark}（${login}）`)).toBeVisible()
  await cleanAtBoth(v.page, 'activation')
  await set(link, own)
  await v.page.goto('about:blank')
  await v.page.goto(link)
  await expect(v.page.getByRole('alert')).toContainText('链接已使用过')
  await signIn(v.page, { login, password: own, role: 'committee' })

  // Whoever answers for the organisation's accounts makes a link for a colleague.
  const lead = people('committee')[0]!
  await page.getByLabel('账号或姓名').fill(lead.login)
  await page.getByRole('button', { name: '查询' }).click()
  await page.getByRole('row', { name: lead.login }).getByRole('button', { name: '修改' }).click()
  await page.getByLabel('本单位账号负责人').check()
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('账号负责人', { exact: true })).toBeVisible()
  const l = await watched(browser)
  await signIn(l.page, lead)
  await l.page.goto('/me')
  await l.page.getByRole('link', { name: '本单位账号' }).click()
  await l.page.getByRole('row', { name: login }).getByRole('button', { name: '激活链接' }).click()
  const again = await l.page.getByLabel('链接', { exact: true }).inputValue()
  await cleanAtBoth(l.page, 'people')
  await set(again, other)
  await signIn(v.page, { login, password: other, role: 'committee' })
  for (const x of [w, v, l]) {
    expect(x.foreign).toEqual([])
    await x.context.close()
  }
})

test('the registry leaves as a workbook and comes in again unchanged', async ({ browser }) => {
  const w = await watched(browser)
  const page = w.page
  await signIn(page, people('admin')[0]!)
  await page.goto('/admin/import')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出全部' }).click()])
  expect(download.suggestedFilename()).toMatch(/^fengsui-registry-.*\.xlsx$/)
  const file = readFileSync(await download.path())
  await page.locator('input[type=file]').setInputFiles({ name: 'all.xlsx', mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', buffer: file })
  await page.getByRole('button', { name: '试导入' }).click()
  await expect(page.getByText(/将新增 0，修改 0，不变 \d{3,}/)).toBeVisible({ timeout: 60_000 })
  await cleanAtBoth(page, 'import')
  expect(w.foreign).toEqual([])
  await w.context.close()
})
