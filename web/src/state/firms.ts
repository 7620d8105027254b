import { computed, ref, watch, type Ref } from 'vue'
import { api, ask } from '@/api/client'
import type { Enterprise, Point } from '@/api/types'
import { useLoad } from './load'

const limit = 500

/** Every enterprise in the reader's scope, page by page. */
export async function everyFirm(signal: AbortSignal): Promise<Enterprise[]> {
  const list: Enterprise[] = []
  for (;;) {
    const page = await ask(api.GET('/enterprises', { params: { query: { offset: list.length, limit } }, signal }))
    list.push(...page.items)
    if (page.items.length === 0 || list.length >= page.total) return list
  }
}

/** The points of some enterprises by their number, at most the first 500 of each. */
export async function pointsOf(firms: readonly Enterprise[], signal: AbortSignal): Promise<Map<number, Point>> {
  const by = new Map<number, Point>()
  for (const f of firms) {
    const page = await ask(api.GET('/enterprises/{id}/points', { params: { path: { id: f.id }, query: { limit } }, signal }))
    for (const p of page.items) by.set(p.num, p)
  }
  return by
}

/** Choosing one firm: what a part of a name or code finds, and the chosen one though it lies outside of that. */
export function useFirmChoice(firm: Ref<string>) {
  const text = ref('')
  const asked = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(text, (v) => {
    clearTimeout(timer)
    timer = setTimeout(() => (asked.value = v.trim()), 250)
  })
  const found = useLoad((signal) => ask(api.GET('/enterprises', { params: { query: { text: asked.value || undefined, offset: 0, limit: 50 } }, signal })), asked)
  const chosen = useLoad(async (signal) => (firm.value ? ask(api.GET('/enterprises/{id}', { params: { path: { id: firm.value } }, signal })) : undefined), firm)
  const options = computed(() => {
    const list: Pick<Enterprise, 'id' | 'name' | 'code'>[] = found.data.value?.items ?? []
    const own = chosen.data.value
    return own && !list.some((e) => e.id === own.id) ? [own, ...list] : list
  })
  return { text, options, total: computed(() => found.data.value?.total ?? 0) }
}
