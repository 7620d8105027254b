import { createPinia, setActivePinia } from 'pinia'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

// What is shown is read again while changes flood in: a reading that runs comes to its end.
let load: typeof import('./load')
beforeAll(async () => {
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  setActivePinia(createPinia())
  load = await import('./load')
})
afterAll(() => vi.unstubAllGlobals())

const settle = () => new Promise((done) => setTimeout(done))

it('reads once more after the reading that runs, however many changes came', async () => {
  const ends: (() => void)[] = []
  let given = 0
  const scope = effectScope()
  const list = scope.run(() => load.useLoad(() => new Promise<number>((done) => ends.push(() => done(++given)))))!
  for (let i = 0; i < 5; i++) void list.follow()
  expect(ends).toHaveLength(1)
  ends[0]!()
  await settle()
  expect([list.data.value, ends.length, list.loading.value]).toEqual([1, 2, true])
  ends[1]!()
  await settle()
  expect([list.data.value, ends.length, list.loading.value]).toEqual([2, 2, false])

  void list.follow() // nothing runs: at once
  void list.follow()
  expect(ends).toHaveLength(3)
  scope.stop()
  ends[2]!()
  await settle()
  expect([list.data.value, ends.length]).toEqual([2, 3])
})
