import { expect, test } from '@playwright/test'
import type { components } from '../src/api/schema'
import { clean, cleanAtBoth, decide, people, photo, Record, settled, signIn, watched, type Timeline, type Warning } from './desk'
import { Terminal } from './terminal'

type S = components['schemas']
type Order = S['OrderView']

// What the bodies above an enterprise do: the zone's department follows the warnings of
// its zone (A21), the regulator of the sector, which for hazardous chemicals is the bureau,
// carries out the supervision on site that the clock of a red one opened (A23), and that of
// vehicles decides about a collision.

/** The first thing that somebody of these roles has, waited for as long as the show takes to bring one. */
async function first<T>(roles: string[], path: string, fits: (x: T) => boolean) {
  const desks = await Promise.all(people(...roles).map(async (account) => ({ account, record: await Record.of(account) })))
  for (let tries = 0; tries < 90; tries++) {
    for (const d of desks) {
      const found = (await d.record.get<{ items: T[] }>(path)).items.find(fits)
      if (found) return { found, ...d }
    }
    await new Promise((done) => setTimeout(done, 2000))
  }
  throw new Error(`${path}: nothing for ${roles.join(', ')} in three minutes`)
}

test('the zone calls the enterprise, reminds it, and asks for the end of a warning', async ({ browser }) => {
  // The simulated people answer theirs within seconds: this one is left to us.
  const left = (w: Warning) => w.level !== 'blue' && w.work === 'new' && !w.shelvedUntil && Date.now() - w.raisedAt > 20_000
  const { found, account, record } = await first<Warning>(['zone'], '/warnings?open=true&limit=100', left)
  const mark = `zone ${Date.now()}`
  const w = await watched(browser)
  const { page } = w
  await signIn(page, account)
  await page.goto(`/warnings/${found.id}`)
  await settled(page)
  await cleanAtBoth(page, 'a warning as the zone sees it')

  await test.step('calls, and puts the call on the record', async () => {
    await page.getByRole('button', { name: '记录', exact: true }).click()
    await page.getByLabel('内容').fill(`${mark} 已电话通知企业安全员`)
    await page.getByRole('button', { name: '保存记录' }).click()
  })
  await test.step('reminds', async () => {
    await page.getByRole('button', { name: '催办', exact: true }).first().click()
    await page.getByLabel('催办内容').fill(`${mark} 请立即核实并反馈`)
    await page.getByRole('main').getByRole('button', { name: '催办', exact: true }).last().click()
  })
  const acts = async () => (await record.get<Timeline>(`/warnings/${found.id}/timeline`)).items.filter((i) => i.kind === 'change' && i.why?.startsWith(mark)).map((i) => i.act)
  await expect.poll(acts, { timeout: 60_000 }).toEqual(expect.arrayContaining(['called', 'reminded']))

  await test.step('asks those who may end it', async () => {
    await page.getByRole('button', { name: '申请降级' }).first().click()
    await page.getByRole('radio', { name: '消警', exact: true }).check()
    await page.getByLabel('申请理由').fill(`${mark} 现场复核，风险已消除`)
    await page.getByRole('button', { name: '提交申请' }).click()
    await expect(page.getByText('申请降级：已记录。')).toBeVisible()
  })
  const { asks } = await record.get<Warning>(`/warnings/${found.id}`)
  expect(asks.filter((a) => a.why.startsWith(mark)).map((a) => a.end)).toEqual(['cleared'])
  await record.close()
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await w.context.close()
})

test('the regulator names who goes, and sends the result of the supervision on site', async ({ browser }) => {
  const { found, account, record } = await first<Order>(['regulator', 'bureau'], '/orders?open=true&limit=100', (o) => o.acts.includes('result'))
  const mark = `order ${Date.now()}`
  // On site: a telephone.
  const w = await watched(browser, { width: 390, height: 844 })
  const { page } = w
  await signIn(page, account)
  await page.goto(`/orders/${found.id}`)
  await settled(page)
  await clean(page, 'a supervision order')

  await page.getByLabel('交给').fill('王督导')
  await page.getByRole('button', { name: '转派', exact: true }).click()
  await expect(page.getByText('王督导')).toBeVisible()
  // On site there is no link: the result waits in the telephone, with its photo, and goes by itself.
  await w.context.setOffline(true)
  await page.getByLabel('核查、处置结果').fill(`${mark} 已到现场，阀门关闭，液位回落`)
  await page.getByLabel('照片或文件').setInputFiles({ name: '现场.jpg', mimeType: 'image/jpeg', buffer: await photo(page) })
  await expect(page.getByText('已存本机，提交时上传')).toBeVisible()
  await page.getByRole('button', { name: '提交结果' }).click()
  await expect(page.getByRole('main').getByText('待上传', { exact: true })).toBeVisible()
  await expect(page.getByRole('main').getByText(`${mark} 已到现场`)).toBeVisible()
  await expect(page.getByRole('button', { name: '提交结果' })).toHaveCount(0)
  await clean(page, 'an order whose result waits')
  expect((await record.get<Order>(`/orders/${found.id}`)).doneAt).toBeFalsy()
  await w.context.setOffline(false)
  await expect(page.getByText('已完成', { exact: false }).first()).toBeVisible()
  await expect(page.getByRole('link', { name: '附件 1' })).toBeVisible()

  const now = await record.get<Order>(`/orders/${found.id}`)
  expect({ assignee: now.assignee, result: now.result, photos: now.evidence?.length, done: !!now.doneAt }).toEqual({ assignee: '王督导', result: `${mark} 已到现场，阀门关闭，液位回落`, photos: 1, done: true })
  expect((await record.file(now.evidence![0]!)).type).toContain('image/jpeg')
  await record.close()
  expect(w.errors.filter((e) => !e.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([])
  expect(w.foreign).toEqual([])
  await w.context.close()
})

test('the regulator of vehicles lowers a collision and ends it', async ({ browser }) => {
  const mark = Date.now().toString(36).toUpperCase()
  const account = people('regulator')[0]!
  const [admin, record, duty] = await Promise.all([people('admin')[0]!, account, people('duty')[0]!].map((a) => Record.of(a)))
  const number = `197${Date.now() % 1e8}`.padEnd(11, '0')
  // The plant that owns the lorry is another regulator's.
  const firm = (await admin!.get<S['EnterpriseList']>('/enterprises?sector=hazchem&limit=1')).items[0]!
  await admin!.post('/strays/adopt', {
    protocol: 'jt808', key: number, enterprise: firm.id, code: `R-${mark}`, name: `罐车 ${mark}`,
    newAsset: { code: `RV-${mark}`, kind: 'vehicle', name: `罐车 ${mark}`, attrs: { plate: `REG${mark}`, class: 'hazmat', speed_limit: '80' } },
  })
  const terminal = await Terminal.on(number, `REG${mark}`)
  await terminal.report({ lon: 117.71, lat: 38.98, speed: 0, course: 90, alarm: 1 << 29 }) // collision
  const mine = async () => (await record!.get<S['WarningList']>('/warnings?open=true&level=red&limit=500')).items.find((x) => x.subjectName.includes(mark))
  await expect.poll(async () => !!(await mine()), { timeout: 60_000 }).toBe(true)
  const warning = (await mine())!

  const w = await watched(browser)
  const { page } = w
  await signIn(page, account)
  await page.goto(`/warnings/${warning.id}`)
  const heading = page.getByRole('heading', { level: 1 })
  await expect(heading).toContainText(mark)
  // Its name is there, and no link to a file that is not this reader's to see.
  await expect(heading.getByRole('link')).toHaveCount(0)
  await settled(page)
  await cleanAtBoth(page, 'a collision as its regulator sees it')
  await decide(page, '降为橙色（较大）', `${mark} 已与驾驶员通话，无人员伤亡`, /将把.+降为橙色（较大），并告知：/)
  // The desk has it from the server, not from this page.
  const now = () => duty!.get<Warning>(`/warnings/${warning.id}`)
  expect(await now()).toMatchObject({ level: 'orange', peak: 'red', end: 'open' })
  await decide(page, '消警', `${mark} 现场清理完毕`, /将结束.+（消警），并告知：/)
  expect(await now()).toMatchObject({ end: 'cleared' })
  const { items } = await duty!.get<Timeline>(`/warnings/${warning.id}/timeline`)
  expect(items.filter((i) => i.kind === 'change' && i.why?.startsWith(mark)).map((i) => i.act)).toEqual(['lowered', 'cleared'])
  terminal.close()
  await Promise.all([admin, record, duty].map((r) => r!.close()))
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await w.context.close()
})
