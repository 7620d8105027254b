import { expect, test } from '@playwright/test'
import type { components } from '../src/api/schema'
import { cleanAtBoth, people, Record, signIn, watched } from './desk'

// A declared outage's way (A36): the enterprise asks, the bureau verifies and approves, the
// enterprise ends it. A report's way (A42): from the public page without an account to its end.

type S = components['schemas']

test('an enterprise declares an outage, the bureau verifies and approves it, the enterprise ends it', async ({ browser }) => {
  const mark = `walk ${Date.now().toString(36)}`
  const firm = people('enterprise')[0]!
  const bureau = people('bureau')[0]!
  const desk = await Record.of(bureau)
  const mine = async () => (await desk.get<S['OutageList']>('/outages')).items.find((o) => o.why === mark)!

  const a = await watched(browser)
  await signIn(a.page, firm)
  await a.page.goto('/outages/new')
  await a.page.getByLabel('停用原因').selectOption('breakdown')
  await a.page.getByRole('group').getByRole('checkbox').first().check()
  await a.page.getByLabel('情况说明').fill(mark)
  await a.page.getByLabel('停用期间的安全措施').fill('每小时巡检')
  // What was typed outlives a reload, the times too, and a wrong time is not sent as the one of before.
  const [from, to] = [a.page.getByLabel(/^开始/), a.page.getByLabel(/^结束/)]
  const until = `${(await to.inputValue()).slice(0, 14)}${(await to.inputValue()).slice(14, 16) === '07' ? '08' : '07'}`
  await to.fill(until)
  await to.blur()
  const times = [await from.inputValue(), await to.inputValue()]
  expect(times[1]).toContain(until)
  await a.page.reload()
  await expect(a.page.getByLabel('情况说明')).toHaveValue(mark)
  expect([await from.inputValue(), await to.inputValue()]).toEqual(times)
  await to.fill('明天')
  await a.page.getByRole('button', { name: '提交申报' }).click()
  await expect(a.page.getByRole('alert')).toBeVisible()
  expect(await to.evaluate((x: HTMLInputElement) => x.validity.customError)).toBe(true)
  expect(await mine()).toBeUndefined()
  await to.fill(until)
  await to.blur() // the hint goes, and what is below it moves up
  await expect(a.page.getByRole('alert')).toHaveCount(0)
  await a.page.getByRole('button', { name: '提交申报' }).click()
  await expect(a.page.getByText('待答复')).toBeVisible()
  const o = await mine()
  expect(o.state).toBe('asked')

  const b = await watched(browser)
  await signIn(b.page, bureau)
  await b.page.goto(`/outages/${o.id}`)
  await b.page.getByLabel('核实发现').fill('现场属实')
  await b.page.getByRole('button', { name: '记录核实情况' }).click()
  await expect(b.page.getByText('现场属实')).toBeVisible()
  await b.page.getByLabel('答复内容').fill('同意')
  await b.page.getByRole('button', { name: '批准停用' }).click()
  await expect.poll(async () => (await mine()).phase).toBe('runs')

  // While it runs it is hatched, with the words beside it, wherever it is shown (console-ux §3.7).
  const tag = new RegExp(`^停用申报 ${o.number}，至 `)
  const home = (await desk.get<S['EnterpriseView']>(`/enterprises/${o.enterprise}`))
  expect(home.declared).toBeGreaterThan(0)
  const shown = (await desk.get<S['PointList']>(`/enterprises/${o.enterprise}/points?limit=500`)).items.find((x) => x.outage)!
  expect(shown.outage!.number).toBe(o.number)
  await b.page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '申报', exact: true }).click()
  await expect(b.page).toHaveURL(/\/outages/)
  await b.page.goto(`/points/${shown.id}`)
  await expect(b.page.getByRole('link', { name: new RegExp(`^停用申报 ${o.number}：`) })).toBeVisible()
  await b.page.goto(`/firms/${o.enterprise}`)
  await expect(b.page.getByRole('link', { name: tag }).first()).toBeVisible()
  await cleanAtBoth(b.page, 'an enterprise with points out of use')
  await b.page.goto('/map')
  await b.page.getByLabel('查找企业').fill(home.shortName || home.name)
  await expect(b.page.getByRole('list', { name: '企业' }).getByRole('link', { name: tag })).toBeVisible()

  await a.page.reload()
  await a.page.getByLabel('原因', { exact: true }).fill('已修复')
  await a.page.getByRole('button', { name: '结束停用' }).click()
  await expect.poll(async () => (await mine()).phase).toBe('over')
  for (const w of [a, b]) {
    expect(w.errors).toEqual([])
    await w.context.close()
  }
  await desk.close()
})

test('somebody reports without an account, the bureau hands it on, answers and closes it', async ({ browser }) => {
  const mark = `walk ${Date.now().toString(36)}`
  const bureau = people('bureau')[0]!
  const desk = await Record.of(bureau)
  const p = await watched(browser)
  await p.page.goto('/report')
  await p.page.getByLabel('类别').selectOption('danger')
  await p.page.getByLabel('请写明时间、地点、经过').fill(mark)
  await p.page.getByLabel('姓名、电话').fill(`Li Lei ${mark}`)
  // A reload costs no word.
  await p.page.reload()
  await expect(p.page.getByText('已恢复此前未提交的内容。')).toBeVisible()
  await expect(p.page.getByLabel('请写明时间、地点、经过')).toHaveValue(mark)
  await p.page.getByRole('button', { name: '提交' }).click()
  const codes = p.page.getByRole('status').locator('code')
  await expect(codes).toHaveCount(2)
  const [number, secret] = await codes.allInnerTexts()
  const c = (await desk.get<S['ComplaintList']>('/complaints')).items.find((x) => x.number === number)!
  expect(c.text).toBe(mark)
  expect(await p.page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain(mark)

  const b = await watched(browser)
  await signIn(b.page, bureau)
  await b.page.goto(`/complaints/${c.id}`)
  await b.page.getByLabel('承办单位').selectOption(desk.party)
  await b.page.getByLabel('转办意见').fill('自办')
  await b.page.getByRole('button', { name: '转办', exact: true }).click()
  await b.page.getByLabel('答复内容（举报人可见）').fill('已整改')
  await b.page.getByRole('button', { name: '提交答复' }).click()
  await b.page.getByLabel('结论').selectOption('substantiated')
  await b.page.getByLabel('办结意见').fill('属实，已处理')
  await b.page.getByRole('button', { name: '办结', exact: true }).click()
  await expect.poll(async () => (await desk.get<S['ComplaintView']>(`/complaints/${c.id}`)).state).toBe('closed')

  // Who reported it is erased for good, and the rest stays.
  await b.page.reload()
  await b.page.getByText('删除举报人信息', { exact: true }).click()
  await b.page.getByLabel('删除理由').fill('本人要求')
  await b.page.getByRole('button', { name: '永久删除' }).click()
  await expect(b.page.getByText('本人要求')).toBeVisible()
  const left = await desk.get<S['ComplaintView']>(`/complaints/${c.id}`)
  expect([left.reachable, left.text]).toEqual([false, mark])

  await p.page.getByLabel('编号').fill(number!)
  await p.page.getByLabel('查询码').fill(secret!)
  await p.page.getByRole('button', { name: '查询' }).click()
  await expect(p.page.getByText('已整改')).toBeVisible()
  for (const w of [p, b]) {
    expect(w.errors).toEqual([])
    await w.context.close()
  }
  await desk.close()
})
