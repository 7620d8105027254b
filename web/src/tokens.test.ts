import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')

function tokens(theme: 'light' | 'dark'): Record<string, string> {
  const block = new RegExp(`data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css)![1]!
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]))
}

// WCAG 2: relative luminance and contrast ratio.
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number]
  return (x + 0.05) / (y + 0.05)
}

const grounds = ['bg', 'surface', 'surface-2']
const text: [string, string[]][] = [
  ['text', grounds],
  ['muted', grounds],
  ['action', grounds],
  ['offline', grounds],
  ['shelved', ['surface']],
  ['success', ['surface']],
  ['on-action', ['action']],
  ...['red', 'orange', 'yellow', 'blue'].flatMap((l): [string, string[]][] => [
    [`${l}-on`, [l]],
    [`${l}-text`, grounds],
  ]),
]

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const t = tokens(theme)
  it.each(text.flatMap(([a, on]) => on.map((b) => [a, b])))('%s on %s reads (4.5)', (a, b) => {
    expect(contrast(t[a!]!, t[b!]!)).toBeGreaterThanOrEqual(4.5)
  })
  it.each(['focus', 'edge'].flatMap((a) => grounds.map((b) => [a, b])))('%s on %s shows (3)', (a, b) => {
    expect(contrast(t[a!]!, t[b!]!)).toBeGreaterThanOrEqual(3)
  })
  // A symbol stands out by its fill or, where that is pale, by its outline.
  it.each(['red', 'orange', 'yellow', 'blue'].flatMap((l) => grounds.map((b) => [l, b])))('%s on %s shows (3)', (l, b) => {
    const best = Math.max(contrast(t[l!]!, t[b!]!), contrast(t[`${l}-edge`]!, t[b!]!))
    expect(best).toBeGreaterThanOrEqual(3)
  })
})

it('measures as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#52606d', '#ffffff')).toBeCloseTo(6.5, 1)
})
it('holds every colour: no style names one itself', async () => {
  const { globSync } = await import('node:fs').then((fs) => ({
    globSync: (dir: string): string[] =>
      fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((f) => `${dir}/${f}`),
  }))
  const root = new URL('.', import.meta.url).pathname
  const bad = globSync(root)
    .filter((f) => /\.(vue|css)$/.test(f) && !f.endsWith('tokens.css'))
    .filter((f) => /#[0-9a-fA-F]{3,8}\b(?=[;\s"'),])/.test(readFileSync(f, 'utf8').replace(/<template>[\s\S]*<\/template>/, '')))
  expect(bad).toEqual([])
})
