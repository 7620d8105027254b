import { defineConfig } from '@playwright/test'

// The browser is the system's own; the server must be running already:
//   FENGSUI_URL       its address
//   FENGSUI_PUSH      where enterprises push to
//   FENGSUI_ACCOUNTS  [{"login": "...", "password": "...", "role": "enterprise"}, ...]
export default defineConfig({
  testDir: 'e2e',
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    baseURL: process.env.FENGSUI_URL ?? 'http://127.0.0.1:8080',
    locale: 'zh-CN',
    // Another zone than the district's: every page must show the district's.
    timezoneId: 'America/New_York',
    viewport: { width: 1280, height: 720 },
    actionTimeout: 30_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
