import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { actAs, api, ask, Refusal, serverNow } from '@/api/client'
import type { Me } from '@/api/types'
import { Drafts } from '@/logic/draft'
import { rulesOf } from '@/logic/rules'
import { handheld, kept } from './phone'

/** Who is signed in, and what they may do at all. */
export const useSession = defineStore('session', () => {
  const me = shallowRef<Me>()
  const asked = ref(false)
  /** A session that this browser had is over: whoever is asked to sign in is told so. */
  const over = ref(false)

  const acts = computed(() => new Set<string>(me.value?.acts ?? []))
  const drafts = computed(() => new Drafts(sessionStorage, me.value?.user.id ?? ''))
  /** What the hours of the policy count for, set when this is a show. */
  const scale = computed(() => me.value?.scale ?? '')
  /** The duty room's numbers; there while somebody is signed in. */
  const rules = computed(() => me.value && rulesOf(me.value.desk))

  // The cookie is the server's secret: the page remembers only that there may be
  // one, so as not to ask (and be refused) for nothing.
  const mark = 'fengsui.session'
  const remember = (there: boolean) => {
    try {
      if (there) localStorage.setItem(mark, '1')
      else localStorage.removeItem(mark)
    } catch {
      // Storage is forbidden: maybe() then always asks.
    }
  }
  const maybe = () => {
    try {
      return localStorage.getItem(mark) === '1'
    } catch {
      return true
    }
  }

  const patience = 5000
  async function resume(): Promise<void> {
    if (asked.value) return
    if (!maybe()) {
      asked.value = true
      return
    }
    try {
      // On a bad link a telephone rather shows what it has.
      me.value = await ask(api.GET('/session', handheld ? { signal: AbortSignal.timeout(patience) } : {}))
      keepMe()
    } catch (e) {
      if (!(e instanceof Refusal)) throw e
      if (e.status !== 401) {
        me.value ??= await lastSeen()
        throw e
      }
      if (me.value) lost()
      else void forget()
      remember(false)
      over.value = true
    }
    asked.value = true
  }

  // A telephone opens without a link as the person who was signed in last, as long as that
  // session can still run, and shows what that person last saw. Whether it does run, the
  // server says before anything is sent.
  const mine = 'me'
  async function lastSeen(): Promise<Me | undefined> {
    const v = handheld ? await kept.view('', mine).catch(() => undefined) : undefined
    const me = v?.value as Me | undefined
    return me && me.until > serverNow() ? me : undefined
  }
  function keepMe() {
    if (handheld && me.value) void kept.keepView({ account: '', name: mine, at: serverNow(), value: me.value })
  }
  const forget = () => kept.forget().catch(() => {})
  watch(me, (m) => actAs(m?.user.id ?? ''), { flush: 'sync' })

  async function signIn(login: string, password: string, code?: string): Promise<void> {
    me.value = await ask(api.POST('/session', { body: { login, password, code: code || undefined } }))
    asked.value = true
    over.value = false
    remember(true)
    await forget() // of whoever was here before
    keepMe()
  }

  /** Reads again what the server says, after something was set up. */
  async function again(): Promise<void> {
    me.value = await ask(api.GET('/session'))
  }

  async function signOut(): Promise<void> {
    await ask(api.DELETE('/session'))
    lost(false)
  }

  /** The session is over, by the server's word or by the person's: what was typed stays in its drafts. */
  function lost(byServer = true): void {
    over.value = byServer
    before = me.value?.user.id ?? before
    me.value = undefined
    remember(false)
    void forget()
  }

  /** Whose page it was until now: where another signs in, the way back to it is not theirs. */
  let before: string | undefined
  const same = () => !before || before === me.value?.user.id

  const may = (act: string) => acts.value.has(act)

  return { me, asked, over, drafts, scale, rules, resume, signIn, again, signOut, lost, same, may }
})
