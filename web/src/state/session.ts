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
  // one, so as not to ask (and be refused) for nothing, or whose it has yet to end.
  const mark = 'fengsui.session'
  const remember = (what?: string) => {
    try {
      if (what) localStorage.setItem(mark, what)
      else localStorage.removeItem(mark)
    } catch {
      // Storage is forbidden: remembered() then always says that there may be one.
    }
  }
  const there = '1'
  const remembered = () => {
    try {
      return localStorage.getItem(mark)
    } catch {
      return there
    }
  }

  const patience = 5000
  async function resume(): Promise<void> {
    if (asked.value) return
    if (remembered() !== there) {
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
      remember()
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

  /**
   * Signs in. False: another person did than whose page this was, and it has to be loaded
   * anew, so that nothing of the one before stays in it.
   */
  async function signIn(login: string, password: string, code?: string): Promise<boolean> {
    clearTimeout(retry)
    await ending // it must not end the new one
    try {
      const next = await ask(api.POST('/session', { body: { login, password, code: code || undefined } }))
      leaving.value = ''
      remember(there)
      await forget() // of whoever was here before
      const last = me.value?.user.id ?? before
      if (last && last !== next.user.id) return false
      me.value = next
      asked.value = true
      over.value = false
      keepMe()
      return true
    } finally {
      if (leaving.value) finish()
    }
  }

  /** Reads again what the server says: after something was set up, or to be seen to be here. */
  async function again(): Promise<void> {
    const who = me.value?.user.id
    const got = await ask(api.GET('/session'))
    if (!who || who !== me.value?.user.id) return
    if (got.user.id !== who) return location.reload() // somebody else signed in with this browser
    me.value = got
  }

  /**
   * Signs out. Without a link the page is left all the same, but the session is still open
   * at the server: the page says so, and ends it as soon as it can.
   */
  async function signOut(): Promise<void> {
    const account = me.value?.user.id ?? ''
    const ended = await end(account)
    lost(false)
    if (ended) return
    leaving.value = account
    remember(toEnd + account)
    finish()
  }
  const toEnd = 'end '
  const left = remembered() ?? ''
  /** Whose session is still open at the server though they signed out; empty: nobody's. */
  const leaving = ref(left.startsWith(toEnd) ? left.slice(toEnd.length) : '')
  let retry: ReturnType<typeof setTimeout> | undefined
  let ending: Promise<void> | undefined
  if (leaving.value) finish(0)

  /** Ends the session of an account; false: the server did not hear of it. */
  async function end(account: string): Promise<boolean> {
    try {
      await ask(api.DELETE('/session', { headers: { 'Fengsui-Account': account }, signal: AbortSignal.timeout(patience) }))
    } catch (e) {
      if (!(e instanceof Refusal)) throw e
      return e.status > 0 && e.status < 500 // refused: it has ended, or is another's by now
    }
    return true
  }
  function finish(wait = patience): void {
    clearTimeout(retry)
    retry = setTimeout(() => {
      ending = end(leaving.value).then((ended) => {
        if (!ended) return finish()
        leaving.value = ''
        remember()
      })
    }, wait)
  }

  /** The session is over, by the server's word or by the person's: what was typed stays in its drafts. */
  function lost(byServer = true): void {
    over.value = byServer
    before = me.value?.user.id ?? before
    me.value = undefined
    remember()
    void forget()
  }

  /** Whose page it was until now. */
  let before: string | undefined

  const may = (act: string) => acts.value.has(act)

  return { me, asked, over, leaving, drafts, scale, rules, resume, signIn, again, signOut, lost, may }
})
