import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { api, ask, keyed, whenGrave } from '@/api/client'

// A server that asks for a proof once and then takes what it is sent.
const heard: { key: unknown; body: string }[] = []
let proved = false
const server = createServer((request, response) => {
  void text(request).then((body) => {
    heard.push({ key: request.headers['idempotency-key'], body })
    response.setHeader('Content-Type', proved ? 'application/json' : 'application/problem+json')
    response.writeHead(proved ? 200 : 403).end(JSON.stringify(proved ? { pos: 7, of: { kind: 'clock', id: 'clock' } } : { status: 403, code: 'forbidden', reason: 'step_up', message: 'm' }))
  })
})
async function text(r: IncomingMessage): Promise<string> {
  let s = ''
  for await (const part of r) s += String(part)
  return s
}
let baseUrl = ''
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
const release = (key: string) => ask(api.POST('/clock/release', { baseUrl, params: { header: keyed(key) }, body: { why: 'the clock is right' } }))

it('sends a grave act again as it was, once its person showed who they are', async () => {
  heard.length = 0
  whenGrave(() => Promise.resolve((proved = true)))
  expect((await release('key-12345')).pos).toBe(7)
  expect(heard).toEqual([
    { key: 'key-12345', body: '{"why":"the clock is right"}' },
    { key: 'key-12345', body: '{"why":"the clock is right"}' },
  ])
})
it('is refused when they do not', async () => {
  heard.length = 0
  proved = false
  whenGrave(() => Promise.resolve(false))
  await expect(release('key-67890')).rejects.toMatchObject({ status: 403, reason: 'step_up' })
  expect(heard.length).toBe(1)
})
