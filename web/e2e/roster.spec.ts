import { expect, test } from '@playwright/test'
import { clean, people, Record, signIn, watched } from './desk'

// An enterprise says who of it is told, how and when; the server's record agrees (A11).

test('an enterprise keeps its contacts and roster', async ({ browser }) => {
  const w = await watched(browser)
  const account = people('enterprise').at(-1)!
  await signIn(w.page, account)
  await w.page.goto('/roster')
  await expect(w.page.getByText('现在没有排班')).toBeVisible()
  await expect(w.page.getByRole('button', { name: '添加联系人' })).toBeDisabled() // masked until asked for
  await w.page.getByRole('button', { name: '修改' }).click()
  await w.page.getByRole('button', { name: '添加联系人' }).click()
  const one = w.page.getByRole('group', { name: /^第 \d+ 联系人/ }).last()
  await one.getByLabel('姓名').fill('夜班员')
  await one.getByRole('button', { name: '添加通知方式' }).click()
  await one.getByLabel('通知方式 1').selectOption('sms')
  await one.getByLabel('号码或地址').fill('not a number')
  await w.page.getByRole('button', { name: '添加班次' }).click()
  const shift = w.page.getByRole('group', { name: '班次 1' })
  await shift.getByLabel('开始').fill('00:00')
  await shift.getByLabel('结束').fill('00:00')
  await shift.getByLabel('夜班员').check()
  await w.page.getByLabel('几分钟后').fill('5')
  await w.page.getByRole('button', { name: '保存' }).click()
  await expect(w.page.getByRole('alert')).toContainText('通道地址不对') // and nothing typed is lost
  await w.page.reload() // nor by a page that is loaded anew
  await expect(one.getByLabel('姓名')).toHaveValue('夜班员')
  await expect(shift.getByLabel('夜班员')).toBeChecked()
  await one.getByLabel('号码或地址').fill('13800001234')
  await w.page.getByRole('button', { name: '保存' }).click()
  await expect(w.page.getByText('现在值班：夜班员')).toBeVisible()
  await clean(w.page, '/roster, filled')

  const record = await Record.of(account)
  const v = await record.get<{ contacts: { name: string; channels: { kind: string; address: string }[] }[]; roster: { shifts: { who: string[] }[]; chase: { after: string } }; onDuty: string[] }>('/roster')
  expect(v.contacts.at(-1)).toMatchObject({ name: '夜班员', channels: [{ kind: 'sms', address: '138******34' }] })
  expect(v.roster).toMatchObject({ shifts: [{ who: ['夜班员'] }], chase: { after: '5m0s' } })
  expect(v.onDuty).toEqual(['夜班员'])
  await record.close()
  expect(w.errors.filter((e) => !e.includes('422'))).toEqual([])
  expect(w.foreign).toEqual([])
  await w.context.close()
})
