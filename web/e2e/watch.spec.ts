import { expect, test, type Page } from '@playwright/test'
import { clean, cleanAtBoth, people, Record, signIn, watched, type Timeline, type Warning } from './desk'

// The duty room (A11, A20-A23; console-ux §3.1): the officer works the queue by keyboard,
// the shift leader hands a warning and then the watch over. The server's record agrees.

interface Person {
  user: { id: string; name: string }
}
interface Handover {
  id: string
  state: string
  note: string
  answer?: string
  by: { name: string; at?: number }
  taker: { name: string; at?: number }
  open: { [level: string]: number }
}

/** The warning whose row is selected. */
async function selected(page: Page): Promise<string> {
  const href = await page.locator('tr[aria-current] a').first().getAttribute('href')
  return href!.slice('/warnings/'.length)
}

/** Selects a row by keyboard for which the server offers an act, and says which. */
async function choose(page: Page, record: Record, act: string): Promise<Warning> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('j')
    const w = await record.get<Warning>(`/warnings/${await selected(page)}`)
    if (w.end === 'open' && w.acts.includes(act)) return w
  }
  throw new Error(`no row of the queue offers ${act}`)
}

/** Sends what waits, and waits until nothing does. */
async function send(page: Page) {
  await page.getByRole('button', { name: '立即提交' }).first().click()
  await expect(page.getByRole('button', { name: '立即提交' })).toHaveCount(0)
}

test('a duty officer works the queue by keyboard', async ({ browser }) => {
  const account = people('duty')[0]!
  const record = await Record.of(account)
  const w = await watched(browser)
  const { page } = w
  const mark = `e2e ${Date.now()}`
  await signIn(page, account)
  await page.getByRole('button', { name: '本班不用' }).click()
  await expect(page.locator('tr.item').first()).toBeVisible()

  await test.step('? lists the keys', async () => {
    await page.keyboard.press('?')
    await expect(page.getByRole('region', { name: '快捷键' })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('region', { name: '快捷键' })).toBeHidden()
  })

  await test.step('C takes a warning in; it can be taken back until it is sent', async () => {
    const one = await choose(page, record, 'confirm')
    await page.keyboard.press('c')
    await page.locator('aside').getByRole('button', { name: '撤回' }).click()
    await expect(page.getByRole('button', { name: '立即提交' })).toHaveCount(0)
    expect((await record.get<Warning>(`/warnings/${one.id}`)).confirmedAt ?? 0).toBe(0)
    await page.keyboard.press('c')
    await send(page)
    expect((await record.get<Warning>(`/warnings/${one.id}`)).confirmedAt).toBeGreaterThan(0)
  })

  await test.step('N notes a call, which leaves with the page and is written once', async () => {
    const one = await choose(page, record, 'note')
    await page.keyboard.press('n')
    await page.getByLabel('内容').fill(`${mark} 已联系值班室`)
    await page.getByRole('button', { name: '保存记录' }).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByText(/^记录将于/)).toBeVisible()
    await page.reload()
    const calls = async () => (await record.get<Timeline>(`/warnings/${one.id}/timeline`)).items.filter((i) => i.act === 'called' && i.why?.startsWith(mark)).length
    await expect.poll(calls).toBe(1)
    await page.waitForTimeout(11_000) // the kept act is due again now, under its own key
    expect(await calls()).toBe(1)
  })

  await test.step('R reminds', async () => {
    const one = await choose(page, record, 'remind')
    await page.keyboard.press('r')
    await page.getByLabel('催办内容').fill(`${mark} 请尽快反馈`)
    await page.getByRole('button', { name: '催办', exact: true }).last().focus()
    await page.keyboard.press('Enter')
    await send(page)
    const { items } = await record.get<Timeline>(`/warnings/${one.id}/timeline`)
    expect(items.some((i) => i.act === 'reminded' && i.why?.startsWith(mark))).toBe(true)
  })

  await test.step('a row is shelved with a reason, is counted, and comes back', async () => {
    let one: Warning | undefined
    // The simulated people may have changed it meanwhile: then it is refused, and another is taken.
    for (let tries = 0; tries < 5; tries++) {
      one = await choose(page, record, 'shelve')
      await page.locator('aside').getByRole('button', { name: '抑制', exact: true }).click()
      await page.getByLabel('理由').fill(`${mark} 检修`)
      await page.locator('form.act').getByRole('button', { name: '抑制', exact: true }).click()
      await send(page)
      if ((await record.get<Warning>(`/warnings/${one.id}`)).shelvedUntil) break
      await page.getByRole('button', { name: '知道了' }).first().click()
      one = undefined
    }
    expect(one, 'nothing could be shelved').toBeTruthy()
    await page.getByRole('link', { name: /^已抑制 \d+$/ }).click()
    await expect(page).toHaveURL(/\/warnings\?shelved=1$/)
    await page.locator(`table a[href="/warnings/${one!.id}"]`).click()
    await page.getByRole('button', { name: '解除抑制' }).first().click()
    await page.locator('form.act').getByRole('button', { name: '解除抑制' }).click()
    await send(page)
    await expect.poll(async () => (await record.get<Warning>(`/warnings/${one!.id}`)).shelvedUntil ?? 0).toBe(0)
    await cleanAtBoth(page, 'the case')
  })

  await test.step('/ searches, and the filters are kept under a name', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('w')
    await expect(page).toHaveURL(/\/watch$/)
    await page.keyboard.press('/')
    await expect(page.getByLabel('企业或监测点')).toBeFocused()
    await page.getByLabel('等级').selectOption('yellow')
    await page.getByRole('button', { name: '保存当前筛选' }).click()
    await page.getByLabel('名称', { exact: true }).fill(mark)
    await page.getByRole('button', { name: '保存', exact: true }).click()
    const view = page.getByRole('navigation', { name: '常用筛选' }).getByRole('link', { name: mark })
    await expect(view).toBeVisible()
    await page.goto('/warnings')
    await view.click()
    await expect(page).toHaveURL(/level=yellow/)
    await cleanAtBoth(page, '/warnings with a view')
    await page.getByRole('button', { name: `删除“${mark}”` }).click()
    await expect(view).toHaveCount(0)
  })

  expect(w.errors.filter((e) => !e.includes('409'))).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})

test('a shift leader hands a warning over, and then the watch', async ({ browser }) => {
  const [leader, officer] = [people('shift_leader')[0]!, people('duty')[0]!]
  const [record, other] = [await Record.of(leader), await Record.of(officer)]
  const name = (await other.get<Person>('/session')).user
  const [lead, duty] = [await watched(browser), await watched(browser)]
  const mark = `e2e ${Date.now()}`
  await signIn(lead.page, leader)
  await signIn(duty.page, officer)

  await test.step('A hands a warning to an officer, who finds it among their own', async () => {
    await expect(lead.page.locator('tr.item').first()).toBeVisible()
    let one: Warning | undefined
    for (let tries = 0; tries < 5; tries++) {
      one = await choose(lead.page, record, 'assign')
      await lead.page.keyboard.press('a')
      await lead.page.getByLabel('交给').selectOption(name.id)
      await lead.page.locator('form.act').getByRole('button', { name: '转派' }).click()
      await send(lead.page)
      if ((await record.get<Warning>(`/warnings/${one.id}`)).holder === name.id) break
      await lead.page.getByRole('button', { name: '知道了' }).first().click()
      one = undefined
    }
    expect(one, 'nothing could be handed over').toBeTruthy()
    await duty.page.goto('/watch?mine=1')
    await expect(duty.page.locator(`tr.item a[href="/warnings/${one!.id}"]`)).toBeVisible()
  })

  let id = ''
  await test.step('hands the watch over with what is open', async () => {
    await lead.page.keyboard.press('Escape')
    await lead.page.keyboard.press('g')
    await lead.page.keyboard.press('h')
    await expect(lead.page.getByRole('heading', { name: '交接班', level: 1 })).toBeVisible()
    await expect(lead.page.getByRole('heading', { name: '本班数字' })).toBeVisible()
    await cleanAtBoth(lead.page, '/handovers')
    await lead.page.getByLabel('接班人').selectOption(name.id)
    await lead.page.getByLabel('交班说明').fill(`${mark} 二号罐检修中`)
    await lead.page.getByRole('button', { name: '签字交班' }).click()
    await expect(lead.page).toHaveURL(/\/handovers\/.+/)
    id = lead.page.url().split('/').at(-1)!
    await expect(lead.page.getByText('等待接班签字')).toBeVisible()
    const h = await record.get<Handover>(`/handovers/${id}`)
    expect(h).toMatchObject({ state: 'offered', note: `${mark} 二号罐检修中`, taker: { name: name.name } })
    const { total } = await record.get<{ total: number }>(`/handovers/${id}/warnings`)
    expect(total).toBe(Object.values(h.open).reduce((a, b) => a + b, 0))
    expect(total).toBeGreaterThan(0)
  })

  await test.step('the officer is asked at once, reads and signs', async () => {
    await duty.page.getByRole('link', { name: '查看并签字' }).click()
    await expect(duty.page.getByText(`${mark} 二号罐检修中`)).toBeVisible()
    await clean(duty.page, 'a handover to sign')
    await duty.page.getByLabel('接班意见（退回须填写）').fill('已阅')
    await duty.page.getByRole('button', { name: '签字接班' }).click()
    await expect(duty.page.getByText('双方已签字')).toBeVisible()
    await expect(lead.page.getByText('双方已签字')).toBeVisible() // without doing anything
    const h = await record.get<Handover>(`/handovers/${id}`)
    expect(h).toMatchObject({ state: 'signed', answer: '已阅' })
    expect(h.taker.at).toBeGreaterThan(h.by.at!)
    await cleanAtBoth(duty.page, 'a signed handover')
  })

  for (const x of [lead, duty]) {
    expect(x.errors.filter((e) => !e.includes('409'))).toEqual([])
    expect(x.foreign).toEqual([])
    await x.context.close()
  }
  await Promise.all([record.close(), other.close()])
})
