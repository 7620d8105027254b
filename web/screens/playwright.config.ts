import walks from '../playwright.config'

export default { ...walks, testDir: '.', outputDir: '../test-results' }
