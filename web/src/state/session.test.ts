import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

// What the browser gives a page, and a server that can be away.
const kept = new Map<string, string>()
const storage = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v), removeItem: (k: string) => kept.delete(k) }
let away = false
let asked: string[] = []
let who = 'u1'
function answer(request: Request): Promise<Response> {
  if (away) return Promise.reject(new TypeError('Failed to fetch'))
  asked.push(`${request.method} ${request.headers.get('Fengsui-Account') ?? ''}`)
  if (request.method === 'DELETE') return Promise.resolve(new Response(null, { status: 204 }))
  return Promise.resolve(new Response(JSON.stringify({ user: { id: who }, acts: [] }), { headers: { 'Content-Type': 'application/json' } }))
}
async function session() {
  vi.resetModules()
  vi.stubGlobal('localStorage', storage)
  vi.stubGlobal('sessionStorage', storage)
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  vi.stubGlobal('location', { origin: 'http://fengsui.test' })
  vi.stubGlobal('fetch', answer)
  setActivePinia(createPinia())
  return (await import('./session')).useSession()
}
beforeEach(() => {
  vi.useFakeTimers()
  kept.clear()
  asked = []
  away = false
  who = 'u1'
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('says that a sign-out did not reach the server, and ends the session when it can', async () => {
  const s = await session()
  await s.signIn('one', 'secret')
  away = true
  await s.signOut()
  expect([s.me, s.leaving]).toEqual([undefined, 'u1'])
  // A page that is loaded anew does not take the session up again.
  const later = await session()
  await later.resume()
  expect([later.me, later.leaving]).toEqual([undefined, 'u1'])
  away = false
  asked = []
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked[0]).toBe('DELETE u1')
  expect(later.leaving).toBe('')
})
it('does not end the session of one who has signed in meanwhile', async () => {
  const s = await session()
  await s.signIn('one', 'secret')
  away = true
  await s.signOut()
  away = false
  expect(await s.signIn('one', 'secret')).toBe(true)
  asked = []
  await vi.advanceTimersByTimeAsync(60_000)
  expect([asked, s.leaving]).toEqual([[], ''])
})
it('gives another person a page of their own', async () => {
  const s = await session()
  await s.signIn('one', 'secret')
  await s.signOut()
  who = 'u2'
  expect(await s.signIn('two', 'secret')).toBe(false)
  expect(s.me).toBeUndefined()
})
