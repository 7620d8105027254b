import createClient, { type Middleware } from 'openapi-fetch'
import { narrow, type Offset } from '@/logic/time'
import type { paths } from './schema'

// The one door to the server. Every answer also tells the server's time.

/** A refusal by the server, with its sentence; status 0 when no answer came. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message)
  }
}

let offset: Offset | undefined
let onSignedOut: () => void = () => {}
let onStepUp: () => Promise<boolean> = () => Promise.resolve(false)
const sentAt = new WeakMap<Request, number>()

/** Now by the server's clock, as far as its answers have told. */
export function serverNow(): number {
  return Date.now() + (offset ? (offset.low + offset.high) / 2 : 0)
}

/** What to do when the server says that nobody is signed in. */
export function whenSignedOut(f: () => void): void {
  onSignedOut = f
}

/** How a person shows again who they are, for a grave act: true when they did. */
export function whenGrave(f: () => Promise<boolean>): void {
  onStepUp = f
}

const watch: Middleware = {
  onRequest({ request }) {
    sentAt.set(request, Date.now())
  },
  onResponse({ request, response, schemaPath }) {
    const date = Date.parse(response.headers.get('Date') ?? '')
    const sent = sentAt.get(request)
    if (date && sent) offset = narrow(offset, date, sent, Date.now())
    if (response.status === 401 && schemaPath !== '/session') onSignedOut()
  },
}

// A grave act that is refused until password or code was given again is sent once more
// as it was, under its own key: whoever called waits and notices nothing.
const kept = new WeakMap<Request, Request>()
const stepUp: Middleware = {
  onRequest({ request }) {
    const kind = request.headers.get('Content-Type') ?? ''
    if (request.method !== 'GET' && (!kind || kind.startsWith('application/json'))) kept.set(request, request.clone())
  },
  async onResponse({ request, response }) {
    const again = kept.get(request)
    if (response.status !== 403 || !again) return undefined
    const body: unknown = await response.clone().json().catch(() => undefined)
    if (refusal(403, body).reason !== 'step_up' || !(await onStepUp())) return undefined
    return fetch(again)
  },
}

export const api = createClient<paths>({ baseUrl: `${globalThis.location?.origin ?? ''}/api/v1` })
api.use(watch, stepUp)

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The answer of a call, or a Refusal. A call that was given up throws its AbortError. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e
    throw new Refusal(0, 'no_answer', '')
  }
  if (answer.response.ok) return answer.data as T
  throw refusal(answer.response.status, answer.error)
}

/** Reads a problem document. */
export function refusal(status: number, body: unknown): Refusal {
  const p = (body && typeof body === 'object' ? body : {}) as Record<string, unknown>
  const text = (k: string) => (typeof p[k] === 'string' ? (p[k] as string) : '')
  return new Refusal(status, text('reason') || `http_${status}`, text('message') || text('detail') || text('title'))
}

/** Headers of a mutation. */
export const keyed = (key: string) => ({ 'Idempotency-Key': key })
