import { expect, test } from '@playwright/test'
import { decide, photo, Record, signIn, untouched, watched, type Timeline, type Warning } from './desk'

// The loop of one warning (A07, A19, A21-A23): the enterprise sees it, verifies,
// handles and reports with a photo; the regulator lowers and clears it; the
// server's record says the same.

test('a warning is verified, handled, reported with a photo, lowered and cleared', async ({ browser }) => {
  const { warning, enterprise, decider } = await untouched()
  const mark = `e2e ${Date.now()}`
  // The enterprise's safety manager has a telephone, the regulator a desk.
  const firm = await watched(browser, { width: 390, height: 844 })
  const body = await watched(browser)

  await test.step('the enterprise sees it in its queue and opens it', async () => {
    await signIn(firm.page, enterprise)
    await expect(firm.page.getByRole('heading', { name: '值守' })).toBeVisible()
    await expect(firm.page.locator(`main a[href="/warnings/${warning.id}"]`).first()).toBeVisible()
    await firm.page.locator(`main a[href="/warnings/${warning.id}"]`).first().click()
    await expect(firm.page.getByRole('heading', { level: 1 })).toContainText(warning.subjectName)
    await expect(firm.page.getByRole('heading', { name: '处置时限' })).toBeVisible()
  })

  // What comes next is also within reach of the thumb.
  const group = firm.page.getByRole('group', { name: '操作', exact: true })
  await test.step('verifies', async () => {
    await group.getByRole('button', { name: '核实', exact: true }).click()
    await firm.page.getByLabel('属实', { exact: true }).check()
    await firm.page.getByLabel('核实情况').fill(`${mark} 现场确认`)
    await firm.page.getByRole('button', { name: '提交核实' }).click()
    await expect(firm.page.getByText('核实：已记录。')).toBeVisible()
  })

  await test.step('handles', async () => {
    await group.getByRole('button', { name: '处置', exact: true }).click()
    await firm.page.getByLabel('采取的措施').fill(`${mark} 停止进料，切换备用罐`)
    await firm.page.getByRole('button', { name: '提交处置' }).click()
    await expect(firm.page.getByText('处置：已记录。')).toBeVisible()
  })

  await test.step('reports with a photo', async () => {
    await group.getByRole('button', { name: '反馈', exact: true }).click()
    await firm.page.getByLabel('处置结果').fill(`${mark} 液位已回落`)
    const file = await photo(firm.page)
    expect(file.length, 'the photo before shrinking').toBeGreaterThan(1_000_000)
    await firm.page.getByLabel('照片或文件').setInputFiles({ name: '现场.jpg', mimeType: 'image/jpeg', buffer: file })
    await expect(firm.page.getByText('已存本机，提交时上传')).toBeVisible({ timeout: 30_000 })
    await firm.page.getByRole('button', { name: '提交反馈' }).click()
    await expect(firm.page.getByText('反馈：已记录。')).toBeVisible()
    await expect(firm.page.getByRole('main').getByText(`${mark} 液位已回落`)).toBeVisible()
  })

  await test.step('the regulator reads it and lowers it', async () => {
    await signIn(body.page, decider)
    await body.page.goto(`/warnings/${warning.id}`)
    await expect(body.page.getByText(`${mark} 液位已回落`)).toBeVisible()
    await expect(body.page.locator('img[src^="/api/v1/files/"]').first()).toBeVisible()
    await decide(body.page, '降为橙色（较大）', `${mark} 险情受控`, /将把.+降为橙色（较大），并告知：/)
    await expect(body.page.locator('dl').first()).toContainText('橙色（较大）')
  })

  await test.step('and clears it', async () => {
    await decide(body.page, '消警', `${mark} 复查正常`, /将结束.+（消警），并告知：/)
    await expect(body.page.getByText('预警已结束，时限不再计。')).toBeVisible()
  })

  await test.step('the enterprise sees the end without doing anything', async () => {
    await expect(firm.page.getByText('预警已结束，时限不再计。')).toBeVisible()
  })

  const record = await Record.of(decider)
  const now = await record.get<Warning>(`/warnings/${warning.id}`)
  expect({ end: now.end, work: now.work, peak: now.peak }).toEqual({ end: 'cleared', work: 'reported', peak: 'red' })
  const { items } = await record.get<Timeline>(`/warnings/${warning.id}/timeline`)
  const acts = items.filter((i) => i.kind === 'change' && i.why?.startsWith(mark))
  expect(acts.map((a) => a.act)).toEqual(['verified', 'handling', 'reported', 'lowered', 'cleared'])
  const files = (acts[2]!.after as { detail?: { files?: { id: string }[] } }).detail?.files ?? []
  expect(files).toHaveLength(1)
  const kept = await record.file(files[0]!.id)
  expect(kept.type).toContain('image/jpeg')
  expect(kept.bytes.length).toBeLessThanOrEqual(1_000_000)
  await record.close()

  for (const w of [firm, body]) {
    expect(w.errors).toEqual([])
    expect(w.foreign).toEqual([])
    await w.context.close()
  }
})
