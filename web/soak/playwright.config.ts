import walks from '../playwright.config'

const minutes = 60_000
export default { ...walks, testDir: '.', outputDir: '../test-results', timeout: Number(process.env.FENGSUI_PAGE_MS ?? 600_000) + 20 * minutes }
