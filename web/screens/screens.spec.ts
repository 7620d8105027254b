import { mkdirSync } from 'node:fs'
import { test } from '@playwright/test'
import { ownPages, people, settled, signIn, untouched, watched } from '../e2e/desk'
import { visits } from '../e2e/visits'

// A picture of every screen, at both widths, light and dark, for the eye. A screen
// that several roles open is taken of the first of them.

const into = process.env.FENGSUI_SCREENS ?? 'test-results/screens'
mkdirSync(into, { recursive: true })

// The show needs its minute before there is something to see.
test.beforeAll(() => untouched())

const seen = new Set<string>()
for (const { role, pages } of visits) {
  const mine = pages.filter((at) => !seen.has(at))
  mine.forEach((at) => seen.add(at))
  for (const theme of ['light', 'dark'] as const) {
    for (const [width, height] of [[1280, 720], [390, 844]] as const) {
      test(`${role} ${theme} ${width}`, async ({ browser }) => {
        const w = await watched(browser, { width, height })
        await w.context.addInitScript((t) => localStorage.setItem('fengsui.theme', t), theme)
        const account = people(role)[0]!
        await signIn(w.page, account)
        for (const at of [...mine, ...(role === visits[0]!.role ? await ownPages(account, pages) : [])]) {
          await w.page.goto(at)
          await settled(w.page)
          await w.page.waitForTimeout(at === '/map' ? 3000 : 500) // pictures and charts are drawn after the page is there
          const name = at.slice(1).replace(/^(\w+)\/[\w-]*\d[\w-]*$/, '$1-one').replaceAll('/', '-')
          await w.page.screenshot({ path: `${into}/${name}-${width}-${theme}.png` })
        }
        await w.context.close()
      })
    }
  }
}

// The wall is dark, and has sizes of its own.
for (const [width, height] of [[1920, 1080], [3840, 1080]] as const) {
  test(`wall ${width}`, async ({ browser }) => {
    const w = await watched(browser, { width, height })
    await signIn(w.page, people('leader')[0]!)
    await w.page.goto('/wall')
    await settled(w.page)
    await w.page.waitForTimeout(5000) // the map is drawn after the page is there
    await w.page.screenshot({ path: `${into}/wall-${width}-dark.png` })
    await w.context.close()
  })
}
