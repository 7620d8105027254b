// The console in a telephone (console-ux §3.10, §8): its files are kept, so that it opens
// without a link. They are those of one version, and stay together until a newer one is
// asked for. Nothing of the API is ever kept or answered here: what a person saw, and what
// waits to be sent, is the page's own matter (src/logic/kept.ts).
//
// The build puts in the version and the files (vite.config.ts).

const version = /* version */ ''
const shell = /* shell */ []
const name = `fengsui-${version}`

addEventListener('install', (e) => e.waitUntil(caches.open(name).then((c) => c.addAll(shell))))

addEventListener('activate', (e) => {
  const old = (keys) => keys.filter((k) => k.startsWith('fengsui-') && k !== name)
  e.waitUntil(caches.keys().then((keys) => Promise.all(old(keys).map((k) => caches.delete(k)))).then(() => clients.claim()))
})

// A newer version waits until its reader loads it: a form is not taken from under a hand.
addEventListener('message', (e) => {
  if (e.data === 'take over') void skipWaiting()
})

/** Addresses of the server that are no pages of the console. */
const outside = /^\/(api|push|metrics|healthz)(\/|$)/

addEventListener('fetch', (e) => {
  const { method, mode, url } = e.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== location.origin || outside.test(pathname)) return
  if (pathname.startsWith('/assets/')) e.respondWith(asset(e.request))
  else if (shell.includes(pathname)) e.respondWith(held(pathname, e.request))
  else if (mode === 'navigate') e.respondWith(held('/', e.request))
})

async function held(path, request) {
  const c = await caches.open(name)
  return (await c.match(path)) ?? fetch(request)
}

/** A file with a hash in its name never changes: once used it is kept as well. */
async function asset(request) {
  const c = await caches.open(name)
  const had = await c.match(request)
  if (had) return had
  const got = await fetch(request)
  if (got.ok) await c.put(request, got.clone()).catch(() => {})
  return got
}
