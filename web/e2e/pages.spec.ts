import { expect, test } from '@playwright/test'
import { cleanAtBoth, ownPages, people, settled, signIn, watched } from './desk'
import { visits } from './visits'

// Every page, at both widths: nothing comes from another host, nothing fails, no
// accessibility violation (console-ux §6, §8), and the first view stays light (§9).
// The window becomes narrow on the page that is open, as a desk's does; what a phone
// opens by itself is walked by phone.spec.ts.

for (const { role, pages } of visits) {
  test(`${role}: pages are clean`, async ({ browser }) => {
    const w = await watched(browser)
    const account = people(role)[0]!
    await signIn(w.page, account)
    const own = await ownPages(account, pages)
    for (const at of [...pages, ...own]) {
      await w.page.goto(at)
      await settled(w.page)
      await cleanAtBoth(w.page, at)
    }
    expect(w.errors).toEqual([])
    expect(w.foreign).toEqual([])
    await w.context.close()
  })
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
