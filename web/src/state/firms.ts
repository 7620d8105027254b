import { api, ask } from '@/api/client'
import type { Enterprise, Point } from '@/api/types'

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
