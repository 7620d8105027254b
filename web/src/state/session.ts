import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, ask, Refusal } from '@/api/client'
import type { Me } from '@/api/types'
import { Drafts } from '@/logic/draft'
import { rulesOf } from '@/logic/rules'

/** Who is signed in, and what they may do at all. */
export const useSession = defineStore('session', () => {
  const me = shallowRef<Me>()
  const asked = ref(false)

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

  async function resume(): Promise<void> {
    if (asked.value) return
    if (!maybe()) {
      asked.value = true
      return
    }
    try {
      me.value = await ask(api.GET('/session'))
    } catch (e) {
      if (!(e instanceof Refusal) || e.status !== 401) throw e
      remember(false)
    }
    asked.value = true
  }

  async function signIn(login: string, password: string, code?: string): Promise<void> {
    me.value = await ask(api.POST('/session', { body: { login, password, code: code || undefined } }))
    asked.value = true
    remember(true)
  }

  /** Reads again what the server says, after something was set up. */
  async function again(): Promise<void> {
    me.value = await ask(api.GET('/session'))
  }

  async function signOut(): Promise<void> {
    await ask(api.DELETE('/session'))
    lost()
  }

  /** The server says that the session is over: what was typed stays in its drafts. */
  function lost(): void {
    me.value = undefined
    remember(false)
  }

  const may = (act: string) => acts.value.has(act)

  return { me, asked, drafts, scale, rules, resume, signIn, again, signOut, lost, may }
})
