import walks from '../playwright.config'

export default { ...walks, testDir: '.', timeout: 300_000 }
