import { expect, it } from 'vitest'
import { ask, refusal, Refusal } from '@/api/client'

it('reads the sentence and the reason of a problem document', () => {
  const r = refusal(409, { status: 409, reason: 'version', detail: 'someone was faster' })
  expect([r.status, r.reason, r.message]).toEqual([409, 'version', 'someone was faster'])
})
it('stands what is no problem document', () => {
  expect(refusal(502, '<html>').reason).toBe('http_502')
  expect(refusal(502, undefined).message).toBe('')
})
it('tells no answer from a refusal', async () => {
  await expect(ask(Promise.reject(new TypeError('Failed to fetch')))).rejects.toMatchObject({ status: 0, reason: 'no_answer' })
  const gone = Promise.resolve({ error: { reason: 'r', message: 'm' }, response: new Response(null, { status: 503 }) })
  await expect(ask(gone)).rejects.toBeInstanceOf(Refusal)
})
