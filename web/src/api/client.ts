import createClient, { type Middleware } from 'openapi-fetch'
import { newKey } from '@/logic/draft'
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

// What was learnt of the server's clock outlives a page that is opened without a link.
const clockAt = 'fengsui.clock'
let offset: Offset | undefined = remembered()
let actor = ''
let onSignedOut: (reason: string) => void = () => {}
let onPair: () => Promise<string | undefined> = () => Promise.resolve(undefined)
let onStepUp: () => Promise<boolean> = () => Promise.resolve(false)
const sentAt = new WeakMap<Request, number>()

function remembered(): Offset | undefined {
  try {
    const o = JSON.parse(localStorage.getItem(clockAt) ?? 'null') as Offset | null
    return typeof o?.low === 'number' && typeof o.high === 'number' ? o : undefined
  } catch {
    return undefined
  }
}
function learn(o: Offset): void {
  if (offset && o.low === offset.low && o.high === offset.high) return
  offset = o
  try {
    localStorage.setItem(clockAt, JSON.stringify(o))
  } catch {
    // Storage is forbidden: it holds for this page.
  }
}

/** By how many ms the server's clock is ahead of this device's; undefined: they were never compared. */
export function measuredOffset(): number | undefined {
  return offset && Math.round((offset.low + offset.high) / 2)
}

/** Who acts in this page: the server refuses an act when somebody else has signed in since. */
export function actAs(account: string): void {
  actor = account
}

/** Now by the server's clock, as far as its answers have told. */
export function serverNow(): number {
  return Date.now() + (offset ? (offset.low + offset.high) / 2 : 0)
}

/** What to do when the server says that nobody is signed in, or somebody else is. */
export function whenSignedOut(f: (reason: string) => void): void {
  onSignedOut = f
}

/** How a person shows again who they are, for a grave act: true when they did. */
export function whenGrave(f: () => Promise<boolean>): void {
  onStepUp = f
}

/** How a person says why a second one should approve a grave act; undefined: they do not ask. */
export function whenPair(f: () => Promise<string | undefined>): void {
  onPair = f
}

const watch: Middleware = {
  onRequest({ request }) {
    if (actor && request.method !== 'GET') request.headers.set('Fengsui-Account', actor)
    sentAt.set(request, Date.now())
  },
  onResponse({ request, response, schemaPath }) {
    const date = Date.parse(response.headers.get('Date') ?? '')
    const sent = sentAt.get(request)
    if (date && sent) learn(narrow(offset, date, sent, Date.now()))
    if (response.status === 401 && schemaPath !== '/session' && !schemaPath.startsWith('/wall')) void reasonOf(response).then(onSignedOut)
  },
}

// A grave act that is refused until password or code was given again is sent once more
// as it was, under its own key: whoever called waits and notices nothing.
const kept = new WeakMap<Request, Request>()
const graveReading = /\/(export\/|journal\/proof)/
const stepUp: Middleware = {
  onRequest({ request }) {
    const kind = request.headers.get('Content-Type') ?? ''
    if (request.method === 'GET' ? graveReading.test(request.url) : !kind || kind.startsWith('application/json')) kept.set(request, request.clone())
  },
  async onResponse({ request, response }) {
    const again = kept.get(request)
    if (response.status !== 403 || !again) return undefined
    const spare = again.clone()
    let answer: Response | undefined
    if ((await reasonOf(response)) === 'step_up') {
      if (!(await onStepUp())) return undefined
      answer = await fetch(again)
    }
    if (answer && answer.status !== 403) return answer
    return (await reasonOf(answer ?? response)) === 'second_person' ? ((await propose(spare)) ?? answer) : answer
  },
}
const reasonOf = async (r: Response) => refusal(r.status, await r.clone().json().catch(() => undefined)).reason

// A grave act that two people do is put before the second as it was. Whoever called hears
// that it waits, or why it could not be proposed.
async function propose(act: Request): Promise<Response | undefined> {
  const why = await onPair()
  if (!why) return undefined
  const text = await act.text()
  const path = new URL(act.url).pathname.replace(/^.*\/api\/v1/, '')
  const made = await api.POST('/approvals', {
    baseUrl: act.url.slice(0, act.url.lastIndexOf(path)),
    params: { header: keyed(newKey()) },
    body: { method: act.method as 'POST', path, body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined, why },
  })
  const answer = made.response.ok ? { status: 403, code: 'forbidden', reason: 'proposed', message: '' } : made.error
  return new Response(JSON.stringify(answer), { status: made.response.ok ? 403 : made.response.status, headers: { 'Content-Type': 'application/problem+json' } })
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
