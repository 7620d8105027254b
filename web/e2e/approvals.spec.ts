import { expect, test } from '@playwright/test'
import { cleanAtBoth, people, signIn, watched } from './desk'

// Four eyes (N08): a right that administers is given when another person approved it, and
// the one who proposed it carries it out.

test('an administrator is made by two people', async ({ browser }) => {
  const mark = Date.now().toString(36)
  const s = await watched(browser)
  await signIn(s.page, people('security')[0]!)
  await s.page.goto('/admin/users')
  await s.page.getByRole('button', { name: '新增账号' }).click()
  const form = s.page.locator('main form.card')
  await form.getByRole('textbox', { name: '账号' }).fill(`pair-${mark}`)
  await form.getByLabel('姓名').fill(`双人 ${mark}`)
  await form.getByLabel('角色').selectOption('auditor')
  await form.getByLabel('单位').selectOption({ index: 1 })
  await form.getByLabel('密码').fill(`first-${mark}-tower`)
  await form.getByRole('button', { name: '保存' }).click()
  const dialog = s.page.getByRole('dialog')
  await expect(dialog).toContainText('此操作须双人复核')
  await cleanAtBoth(s.page, 'pair dialog')
  await dialog.getByLabel('理由').fill(`接任 ${mark}`)
  await dialog.getByRole('button', { name: '提交复核' }).click()
  await expect(form.getByRole('alert')).toContainText('已提交复核')
  await s.page.goto('/approvals')
  const own = s.page.getByRole('row', { name: `接任 ${mark}` })
  await expect(own.getByRole('button', { name: '批准' })).toHaveCount(0)
  await expect(own).not.toContainText('tower')

  const b = await watched(browser)
  await signIn(b.page, people('bureau')[0]!)
  await b.page.goto('/admin')
  await b.page.getByRole('link', { name: '双人复核' }).click()
  const row = b.page.getByRole('row', { name: `接任 ${mark}` })
  await expect(row).toContainText(`双人 ${mark}`)
  await cleanAtBoth(b.page, 'approvals')
  await row.getByLabel('理由（记入流水）').fill('已向本人核实')
  await row.getByRole('button', { name: '批准', exact: true }).click()
  await expect(row).toContainText('已批准')

  await own.getByRole('button', { name: '执行' }).click() // the page heard of it by the feed
  await expect(s.page.getByText('已执行。')).toBeVisible()
  await s.page.goto(`/admin/users?text=pair-${mark}`)
  await expect(s.page.getByRole('row', { name: `pair-${mark}` })).toContainText('审计管理员')
  for (const x of [s, b]) {
    expect(x.foreign).toEqual([])
    await x.context.close()
  }
})
