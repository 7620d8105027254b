import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { cleanAtBoth, people, Record, settled, signIn, watched } from './desk'
import type { components } from '../src/api/schema'

// The discipline inspection asks which limits were missed, opens a case, sees how each
// row stands under the seal, and takes a proof away that holds without the platform
// (A10, console-ux §3.8).

const run = promisify(execFile)
type Missed = components['schemas']['MissedList']
type Audit = components['schemas']['Audit']

test('limits missed lead to a case, and what was found is proved outside the platform', async ({ browser }) => {
  test.setTimeout(300_000)
  const account = people('discipline')[0]!
  const record = await Record.of(account)
  // In the show minutes count as hours: a limit passes within a minute or two.
  await expect.poll(async () => (await record.get<Missed>('/audit/limits')).total, { timeout: 200_000, intervals: [3000] }).toBeGreaterThan(0)

  const w = await watched(browser)
  await signIn(w.page, account)
  await w.page.goto('/audit')
  await settled(w.page)
  await w.page.getByRole('link', { name: '超过时限的预警' }).click()
  await expect(w.page.getByRole('heading', { name: '超过时限的预警' })).toBeVisible()
  await settled(w.page)
  const row = w.page.getByRole('region', { name: '超过时限的预警' }).getByRole('row').nth(1)
  await expect(row).toBeVisible()
  await cleanAtBoth(w.page, 'limits missed')
  const id = (await row.getByRole('link').first().getAttribute('href'))!.split('/').at(-1)!

  // The case itself: every notice on its time line.
  await row.getByRole('link').first().click()
  await expect(w.page).toHaveURL(new RegExp(`/warnings/${id}$`))
  await settled(w.page)
  await expect(w.page.getByText('警示通报').first()).toBeVisible()

  // Its rows of the journal, each with its state under the seal.
  await w.page.goBack()
  await row.getByRole('link', { name: '查看流水' }).click()
  await expect(w.page).toHaveURL(new RegExp(`warning=${id}`))
  const rows = w.page.getByRole('region', { name: '审计' }).getByRole('row')
  await expect(rows.filter({ hasText: '已封存，与封存时一致' }).first()).toContainText('封印')
  await expect(rows.filter({ hasText: '与封存时不一致' }).filter({ hasNotText: '已封存' })).toHaveCount(0)
  await cleanAtBoth(w.page, 'rows of a case')

  const [file] = await Promise.all([w.page.waitForEvent('download'), w.page.getByRole('button', { name: '下载证明文件' }).click()])
  const dir = await mkdtemp(join(tmpdir(), 'proof'))
  const at = join(dir, 'proof.json')
  await file.saveAs(at)
  const { key } = await record.get<components['schemas']['SealView']>('/seal')
  const { stdout } = await run('../bin/fengsui', ['admin', 'check-proof', at, '--key', key])
  expect(stdout).toMatch(/\d+ rows are what was sealed by /)
  expect(stdout).toContain('notice')
  await rm(dir, { recursive: true })

  // Each of these looks is a row itself: the question, the case, the search, the proof.
  const looks = (await record.get<Audit>('/journal?kind=look&limit=200')).items.filter((e) => e.by.role === 'discipline').map((e) => e.of.id)
  expect(looks).toEqual(expect.arrayContaining(['limits', id, 'journal']))
  const exports = (await record.get<Audit>('/journal?kind=export&act=exported')).items
  expect(exports.some((e) => e.of.id === 'proof' && JSON.stringify(e.after).includes(id))).toBe(true)

  // The other questions have answers of their own.
  for (const name of ['误报：按判定人', '预警期间的数据中断', '事前的阈值变更']) {
    await w.page.getByRole('link', { name }).click()
    await expect(w.page.getByRole('heading', { name })).toBeVisible()
    await settled(w.page)
    await cleanAtBoth(w.page, name)
  }
  await w.page.getByRole('link', { name: '导出', exact: true }).click()
  await expect(w.page.getByRole('region', { name: '审计' }).getByRole('row').nth(1)).toContainText('导出')
  // Whoever acted is found by a part of the name.
  await w.page.goto('/audit')
  await settled(w.page)
  await w.page.getByLabel('操作人姓名').fill('纪')
  await w.page.getByLabel('操作人姓名').press('Enter')
  await expect(w.page).toHaveURL(/person=/)

  expect(w.errors).toEqual([])
  expect(w.foreign).toEqual([])
  await record.close()
  await w.context.close()
})
