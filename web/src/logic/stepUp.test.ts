import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { api, ask, keyed, whenGrave, whenPair } from '@/api/client'

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
it('so too what leaves the platform without changing it', async () => {
  heard.length = 0
  proved = false
  whenGrave(() => Promise.resolve((proved = true)))
  await ask(api.GET('/journal/proof', { baseUrl }))
  expect(heard.length).toBe(2)
})
it('is refused when they do not', async () => {
  heard.length = 0
  proved = false
  whenGrave(() => Promise.resolve(false))
  await expect(release('key-67890')).rejects.toMatchObject({ status: 403, reason: 'step_up' })
  expect(heard.length).toBe(1)
})

it('puts an act before a second person as it was, and says that it waits', async () => {
  const asked: { url: string | undefined; body: string }[] = []
  const two = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ url: request.url, body })
      const proposal = request.url?.endsWith('/approvals')
      response.setHeader('Content-Type', proposal ? 'application/json' : 'application/problem+json')
      response.writeHead(proposal ? 200 : 403).end(JSON.stringify(proposal ? { pos: 8, of: { kind: 'approval', id: 'a' } } : { status: 403, code: 'forbidden', reason: 'second_person', message: 'm' }))
    })
  })
  await new Promise<void>((done) => two.listen(0, '127.0.0.1', done))
  const at = `http://127.0.0.1:${(two.address() as AddressInfo).port}/api/v1`
  const act = () => ask(api.POST('/held/release', { baseUrl: at, params: { header: keyed('key-13579') }, body: { which: 'later', why: 'looked through' } }))
  whenPair(() => Promise.resolve('it is time'))
  await expect(act()).rejects.toMatchObject({ reason: 'proposed' })
  expect(asked.map((a) => a.url)).toEqual(['/api/v1/held/release', '/api/v1/approvals'])
  expect(JSON.parse(asked[1]!.body)).toEqual({ method: 'POST', path: '/held/release', body: { which: 'later', why: 'looked through' }, why: 'it is time' })
  asked.length = 0
  whenPair(() => Promise.resolve(undefined))
  await expect(act()).rejects.toMatchObject({ reason: 'second_person' })
  expect(asked.length).toBe(1)
  two.close()
})
