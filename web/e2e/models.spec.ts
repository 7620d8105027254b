import { createCipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, request, test, type APIRequestContext } from '@playwright/test'
import type { components } from '../src/api/schema'
import { cleanAtBoth, newcomer, people, Record, signIn, type Account, watched } from './desk'

// A risk model's way (A18, A35): an officer writes the next version and replays it
// over the last 30 days, another releases it, and the next signal is judged by it.

const push = process.env.FENGSUI_PUSH ?? 'https://127.0.0.1:8443'

/** An enterprise that pushes by the software interface, as its document says. */
class Sender {
  private readonly enc: Buffer
  private readonly sig: Buffer
  constructor(
    private readonly http: APIRequestContext,
    private readonly enterprise: string,
    private readonly key: string,
    secret: string,
  ) {
    const raw = /^[0-9a-f]{64}$/.test(secret) ? Buffer.from(secret, 'hex') : Buffer.from(secret, 'base64url')
    const derive = (info: string) => Buffer.from(hkdfSync('sha256', raw, Buffer.alloc(0), info, 32))
    this.enc = derive('enc')
    this.sig = derive('sig')
  }
  async value(code: string, value: number): Promise<void> {
    const at = Date.now()
    const path = '/push/v1/data'
    const nonce = randomBytes(16).toString('base64url')
    const once = randomBytes(16).toString('hex')
    const head = ['POST', path, this.enterprise, this.key, String(at), nonce, once, 'application/json'].map((l) => `${l}\n`).join('')
    const iv = randomBytes(12)
    const seal = createCipheriv('aes-256-gcm', this.enc, iv)
    seal.setAAD(Buffer.from(head))
    const body = gzipSync(JSON.stringify({ samples: [{ code, at, value, quality: 'good' }], events: [] }))
    const sealed = Buffer.concat([iv, seal.update(body), seal.final(), seal.getAuthTag()])
    const r = await this.http.post(`${push}${path}`, {
      data: sealed,
      headers: {
        'Fengsui-Enterprise': this.enterprise, 'Fengsui-Key': this.key, 'Fengsui-Time': String(at), 'Fengsui-Nonce': nonce, 'Idempotency-Key': once,
        'Fengsui-Signature': createHmac('sha256', this.sig).update(head).update(sealed).digest('hex'), 'Content-Type': 'application/json', 'Content-Encoding': 'gzip',
      },
    })
    expect(r.ok(), `push: ${r.status()} ${await r.text()}`).toBe(true)
  }
}

type S = components['schemas']

test('a model is written, replayed, released by a second person, and judges the next signal', async ({ browser }) => {
  const mark = Date.now().toString(36).toUpperCase()
  const admin = await Record.of(people('admin')[0]!)
  const first = people('bureau')[0]!
  const desk = await Record.of(first)
  const outside = await request.newContext({ ignoreHTTPSErrors: true }) // the show's own CA

  // A second officer of the same body.
  const { party } = await desk.get<S['Me']>('/session')
  const second: Account = { login: `second-${mark.toLowerCase()}`, password: `beacon-${mark}-tower`, role: 'bureau' }
  await newcomer(second, `Second ${mark}`, party.id)

  // An enterprise of its own, with one flow meter: H 100, HH 200.
  const any = (await desk.get<S['EnterpriseList']>('/enterprises?limit=1')).items[0]!
  const zone = (await desk.get<S['Parties']>('/parties')).items.find((p) => p.id === any.zone)!
  const credit = creditCode(mark)
  const firmName = `回放试验 ${mark}`
  await admin.post('/import/enterprises', `credit_code,name,sector,zone\n${credit},${firmName},hazchem,${zone.code}\n`, 'text/csv')
  const firm = (await desk.get<S['EnterpriseList']>(`/enterprises?text=${encodeURIComponent(firmName)}`)).items[0]!
  await admin.post('/import/points', `enterprise,code,name,quantity,unit,range_low,range_high,h,hh,every\n${firm.code},FI-1,出口流量,flow,m3/h,0,300,100,200,1m\n`, 'text/csv')
  const issued = await admin.post<S['IssuedKey']>(`/enterprises/${firm.id}/keys`, {})
  const sender = new Sender(outside, firm.code, issued.key, issued.secret!)
  const point = (await desk.get<S['PointList']>(`/enterprises/${firm.id}/points`)).items[0]!
  const levels = async () => (await desk.get<S['WarningList']>(`/warnings?enterprise=${firm.id}`)).items.filter((w) => w.subjectId === point.id && w.model === 'process_flow').map((w) => w.peak)

  // The version in force says yellow to what is beyond HH.
  await sender.value('FI-1', 250)
  await expect.poll(levels, { timeout: 60_000 }).toEqual(['yellow'])
  await sender.value('FI-1', 50)

  const author = await watched(browser)
  await signIn(author.page, first)
  const page = author.page

  await test.step('the first officer writes the next version', async () => {
    await page.goto('/models')
    await page.getByRole('link', { name: '工艺流量超限' }).first().click()
    await page.getByRole('button', { name: '编写下一版' }).click()
    await page.getByRole('button', { name: '文本', exact: true }).click()
    const text = page.getByLabel('模型内容（YAML）')
    const before = await text.inputValue()
    expect(before).toContain('rung: HH, level: yellow')

    await text.fill(before.replace('deadBand:', 'deadBnd:'))
    await page.getByRole('button', { name: '检查' }).click()
    await expect(page.getByText('检查未通过')).toBeVisible()
    const line = before.split('\n').findIndex((l) => l.startsWith('deadBand:')) + 1
    await expect(page.getByRole('button', { name: `第 ${line} 行` })).toBeVisible()

    // As a form: the same text, with one word of it changed.
    await text.fill(before)
    await page.getByRole('button', { name: '表单', exact: true }).click()
    await cleanAtBoth(page, 'the form of a model')
    await page.getByRole('group', { name: 'HH 级' }).getByLabel('等级').selectOption('orange')
    await page.getByRole('button', { name: '文本', exact: true }).click()
    await expect(text).toHaveValue(before.replace('rung: HH, level: yellow', 'rung: HH, level: orange'))
    await page.getByRole('button', { name: '保存草稿' }).click()
    await expect(page.getByRole('heading', { name: /· 草稿/ }).first()).toBeVisible()
  })

  await test.step('and replays it over the last 30 days', async () => {
    await page.getByRole('button', { name: '近 30 天' }).click()
    await page.getByRole('button', { name: '开始回放' }).click()
    await expect(page.getByText('已完成')).toBeVisible({ timeout: 120_000 })
    const changed = page.getByRole('region', { name: '变化' })
    await expect(changed.getByRole('row').filter({ hasText: firmName })).toBeVisible()
    await expect(changed.getByRole('row').filter({ hasText: '出口流量' })).toBeVisible()
    // By enterprise, today beside the candidate: one yellow less, one orange more.
    const firms = page.getByRole('region', { name: '各企业次数：现行 → 本版' })
    await expect(firms.getByRole('row').filter({ hasText: firmName }).getByRole('cell')).toHaveText([/→/, '0 → 1', '1 → 0', /→/, '1 → 1', '0', '0', '0', '1'])
    await cleanAtBoth(page, 'a model with its replay')
  })

  await test.step('hands it on, and may not release it', async () => {
    await page.getByRole('button', { name: '提交审定' }).click()
    await page.getByRole('button', { name: '确认提交审定' }).click()
    await expect(page.getByRole('heading', { name: /· 待审定/ }).first()).toBeVisible()
    await page.getByRole('button', { name: '发布' }).click()
    await page.getByLabel('说明').fill(`${mark} 自行发布`)
    await page.getByRole('button', { name: '确认发布' }).click()
    await expect(page.getByText('您参与过编写，须由他人审定。')).toBeVisible()
  })

  const other = await watched(browser)
  await test.step('the second officer releases it', async () => {
    await signIn(other.page, second)
    await other.page.goto(new URL(page.url()).pathname)
    await other.page.getByRole('button', { name: '发布' }).click()
    await other.page.getByLabel('说明').fill(`${mark} 回放无误`)
    await other.page.getByRole('button', { name: '确认发布' }).click()
    await expect(other.page.getByText('发布：已记录。')).toBeVisible()
    await expect(other.page.getByRole('listitem').filter({ hasText: `${mark} 回放无误` })).toBeVisible()
  })

  await test.step('the next signal is judged by it', async () => {
    await sender.value('FI-1', 250)
    await expect.poll(async () => (await levels()).includes('orange'), { timeout: 60_000 }).toBe(true)
    await other.page.goto(`/points/${point.id}`)
    await expect(other.page.getByRole('heading', { level: 1 })).toContainText('出口流量')
  })

  expect(other.errors).toEqual([])
  // The refusal above is an answer of 403, which a browser calls an error.
  expect(author.errors.filter((e) => !e.includes('403'))).toEqual([])
  for (const w of [author, other]) {
    expect(w.foreign).toEqual([])
    await w.context.close()
  }
  await Promise.all([admin.close(), desk.close(), outside.dispose()])
})

test('a formula is composed with completion, its error marked and its cost shown before it is kept', async ({ browser }) => {
  const mark = Date.now().toString(36)
  const bureau = people('bureau')[0]!
  const desk = await Record.of(bureau)
  const w = await watched(browser)
  const page = w.page
  await signIn(page, bureau)
  await page.goto('/models/new')
  await page.getByLabel('模型编号').fill(`mix_${mark}`)
  await page.getByLabel('参照').selectOption({ label: '新的公式模型（CEL）' })
  await page.getByRole('button', { name: '开始编写' }).click()
  await page.getByRole('checkbox', { name: '储罐' }).check()
  const editor = page.getByRole('textbox', { name: '公式（CEL）' })

  await test.step('what is typed is completed from the points that there are', async () => {
    await editor.click()
    await page.keyboard.type('temp')
    await page.getByRole('option', { name: /^temperature/ }).click()
    await expect(editor).toHaveText('temperature')
    await expect(page.getByRole('group', { name: '输入 1 代号' }).getByLabel('输入 1 代号')).toHaveValue('temperature')
    await page.keyboard.type(' > 50.0 && ma')
    await page.getByRole('option', { name: /^max/ }).click()
    await expect(editor).toHaveText(/&& max\(\)$/)
    await cleanAtBoth(page, 'a formula being written')
  })
  await test.step('what is typed stays in the formula: it is no key of the page', async () => {
    await editor.fill('')
    await editor.click()
    await page.keyboard.type('gas / 2.0 ? 1 : 0')
    await expect(editor).toHaveText('gas / 2.0 ? 1 : 0')
    await expect(page).toHaveURL(/\/models\/new$/)
    await expect(page.getByRole('region', { name: '快捷键' })).toBeHidden()
  })
  await test.step('what is wrong is marked where it is', async () => {
    await editor.fill('temperature > 50.0 && levell > 1.0')
    await expect(page.locator('.cm-lintRange-error')).toHaveText('levell')
    await expect(page.getByText('which is none of its inputs').first()).toBeVisible()
  })
  await test.step('what it costs stands there before it is kept', async () => {
    await editor.fill('temperature > 50.0')
    await expect(page.locator('.cm-lintRange-error')).toHaveCount(0)
    await expect(page.getByText(/^每次计算最多 \d+，上限 200$/)).toBeVisible()
    await expect(page.getByText('结果为条件：成立为 1，不成立为 0')).toBeVisible()
  })
  await test.step('and it is kept as it was composed', async () => {
    await page.getByLabel('标准 1').fill('e2e')
    for (const lang of ['中文说明', '英文说明']) {
      for (const field of ['名称', '可能原因', '后果', '先做', '时限']) {
        await page.getByRole('group', { name: lang }).getByLabel(field).fill(`${field} ${mark}`)
        await page.keyboard.press('Tab')
      }
    }
    await page.getByRole('button', { name: '保存草稿' }).click()
    await expect(page).toHaveURL(new RegExp(`/models/mix_${mark}$`))
    const kept = (await desk.get<S['ModelDetail']>(`/inventory/mix_${mark}`)).versions[0]!
    expect([kept.state, kept.kind]).toEqual(['draft', 'formula'])
    expect(kept.text).toMatch(/expr: "?temperature > 50\.0/)
    expect(kept.text).toContain('quantity: temperature')
  })
  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await desk.close()
  await w.context.close()
})

/** A credit code that holds (GB 32100-2015): 17 characters and a check character. */
function creditCode(seed: string): string {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
  const tail = [...seed].map((c) => (alphabet.includes(c) ? c : '0')).join('').slice(-9).padStart(9, '0')
  const body = `91120116${tail}`
  let sum = 0
  let weight = 1
  for (const c of body) {
    sum += alphabet.indexOf(c) * weight
    weight = (weight * 3) % 31
  }
  return body + alphabet[(31 - (sum % 31)) % 31]!
}
