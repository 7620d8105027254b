import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

// Makes the console installable: the manifest, and the service worker with the files that
// it keeps. Our own few lines rather than vite-plugin-pwa: that brings workbox, 200
// packages, for a worker whose one rule (never an answer of the API) is ours, and its list
// of files is all that was built, map and charts (3 MB) included.

/** The pages that open without a link. What only others need is kept once it was used. */
const pages = ['Watch', 'Warnings', 'Case', 'Orders', 'Order', 'Outages', 'Me', 'SignIn']
const icons = ['icon.svg', 'icon-180.png', 'icon-192.png', 'icon-512.png', 'icon-full-512.png']

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

export function installable(): Plugin {
  return {
    name: 'fengsui-installable',
    apply: 'build',
    generateBundle(_, bundle) {
      const brand = (JSON.parse(read('./src/locales/zh-CN.json')) as { app: { name: string; what: string } }).app
      this.emitFile({
        type: 'asset',
        fileName: 'manifest.webmanifest',
        source: JSON.stringify({
          id: '/', start_url: '/', scope: '/', display: 'standalone', lang: 'zh-CN',
          name: `${brand.name} ${brand.what}`, short_name: brand.name, description: brand.what,
          background_color: '#F3F4F6', theme_color: '#1F262E',
          icons: [
            { src: '/icon.svg', type: 'image/svg+xml', sizes: 'any' },
            { src: '/icon-192.png', type: 'image/png', sizes: '192x192' },
            { src: '/icon-512.png', type: 'image/png', sizes: '512x512' },
            { src: '/icon-full-512.png', type: 'image/png', sizes: '512x512', purpose: 'maskable' },
          ],
        }),
      })

      const files = new Set<string>()
      const take = (name: string) => {
        const c = bundle[name]
        if (!c || files.has(name)) return
        files.add(name)
        if (c.type !== 'chunk') return
        c.imports.forEach(take)
        c.viteMetadata?.importedCss.forEach((f) => files.add(f))
        c.viteMetadata?.importedAssets.forEach((f) => files.add(f))
      }
      for (const c of Object.values(bundle)) {
        if (c.type !== 'chunk') continue
        const of = c.facadeModuleId ?? ''
        if (c.isEntry || pages.some((p) => of.endsWith(`/pages/${p}.vue`)) || of.endsWith('/locales/en.json')) take(c.fileName)
      }
      const shell = ['/', '/manifest.webmanifest', ...icons.map((f) => `/${f}`), ...[...files].sort().map((f) => `/${f}`)]
      // The page itself has no hash in its name: all that it is made of stands for it.
      const version = createHash('sha256').update(Object.keys(bundle).sort().join()).update(read('./index.html')).update(read('./sw.js')).digest('hex').slice(0, 12)
      const fill = (text: string, what: string, value: unknown) => {
        const at = new RegExp(`/\\* ${what} \\*/ (''|\\[\\])`)
        if (!at.test(text)) this.error(`sw.js has no place for its ${what}`)
        return text.replace(at, JSON.stringify(value))
      }
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: fill(fill(read('./sw.js'), 'version', version), 'shell', shell) })
    },
  }
}
