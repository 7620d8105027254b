import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'

// A firm that is chosen stays among the choices, whatever is searched for.
const firm = (id: string) => ({ id, name: `firm ${id}`, code: id })
vi.mock('@/api/client', async (original) => ({
  ...(await original<object>()),
  ask: (x: unknown) => Promise.resolve(x),
  api: { GET: (path: string, o: { params: { path?: { id: string } } }) => (path === '/enterprises' ? { items: ['a', 'b'].map(firm), total: 60 } : firm(o.params.path!.id)) },
}))
let firms: typeof import('./firms')
beforeAll(async () => {
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  firms = await import('./firms')
})
afterAll(() => vi.unstubAllGlobals())

const settle = () => new Promise((done) => setTimeout(done))

it('offers the chosen firm though it is not among those that were found, and none twice', async () => {
  const chosen = ref('z')
  const scope = effectScope()
  const { options, total } = scope.run(() => firms.useFirmChoice(chosen))!
  const ids = () => options.value.map((e) => e.id)
  await settle()
  expect([ids(), total.value]).toEqual([['z', 'a', 'b'], 60])
  chosen.value = 'b'
  await settle()
  expect(ids()).toEqual(['a', 'b'])
  chosen.value = ''
  await settle()
  expect(ids()).toEqual(['a', 'b'])
  scope.stop()
})
