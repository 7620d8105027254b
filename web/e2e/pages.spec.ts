import { expect, test } from '@playwright/test'
import { clean, people, Record, signIn, watched, type Warning } from './desk'

// Every page, at both widths: nothing comes from another host, nothing fails, no
// accessibility violation (console-ux §6, §8), and the first view stays light (§9).

const visits: { role: string; pages: string[] }[] = [
  { role: 'duty', pages: ['/watch', '/map', '/warnings', '/orders', '/firms', '/devices', '/fences', '/models', '/admin/strays', '/admin/state', '/troubles', '/health', '/me'] },
  { role: 'enterprise', pages: ['/watch', '/warnings', '/orders', '/firms', '/roster'] },
  { role: 'bureau', pages: ['/watch', '/models/process_flow', '/models/new', '/gradings', '/audit', '/seal', '/admin'] },
  { role: 'admin', pages: ['/warnings', '/admin', '/admin/keys', '/admin/import'] },
  { role: 'security', pages: ['/admin', '/admin/users', '/admin/tokens', '/me'] },
  { role: 'auditor', pages: ['/audit', '/seal'] },
]

for (const size of [{ width: 1280, height: 720 }, { width: 390, height: 844 }]) {
  for (const { role, pages } of visits) {
    test(`${role} at ${size.width}: pages are clean`, async ({ browser }) => {
      const w = await watched(browser, size)
      const account = people(role)[0]!
      await signIn(w.page, account)
      // The objects' own pages too: the first warning, its enterprise and its point.
      const record = await Record.of(account)
      const first = (await record.get<{ items: Warning[] }>('/warnings?open=true')).items[0]
      // A vehicle that said where it is, and one that did not yet will do.
      const vehicle = (await record.get<{ items: { id: string }[] }>('/devices?kind=vehicle&limit=1')).items[0]
      await record.close()
      const own = first ? [`/warnings/${first.id}`, `/firms/${first.enterprise}`, ...(first.subject.startsWith('point/') ? [`/points/${first.subjectId}`] : [])] : []
      if (vehicle && pages.includes('/devices')) own.push(`/devices/${vehicle.id}`)
      for (const at of [...pages, ...own]) {
        await w.page.goto(at)
        await expect(w.page.getByRole('main')).not.toBeEmpty()
        await w.page.waitForLoadState('load')
        await expect(w.page.getByText('正在读取…')).toHaveCount(0)
        await expect(w.page.getByRole('heading').first()).toBeVisible()
        await clean(w.page, at)
      }
      expect(w.errors).toEqual([])
      expect(w.foreign).toEqual([])
      await w.context.close()
    })
  }
}

test('the first view stays under 350 KB', async ({ browser }) => {
  const w = await watched(browser)
  await signIn(w.page, people('duty')[0]!)
  await expect(w.page.getByRole('heading', { name: '值守' })).toBeVisible()
  await w.page.waitForTimeout(1000) // what is fetched late counts too
  console.log(`sign-in and queue: ${(w.bytes() / 1024).toFixed(0)} KB`)
  expect(w.bytes()).toBeLessThan(350 * 1024)
  await w.context.close()
})

test('times are the district’s, whatever the zone of the browser', async ({ browser }) => {
  const w = await watched(browser)
  await signIn(w.page, people('duty')[0]!)
  const shown = await w.page.locator('header time').innerText()
  const shanghai = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 13).replace('T', ' ')
  expect(shown.slice(0, 13)).toBe(shanghai)
  await w.context.close()
})
