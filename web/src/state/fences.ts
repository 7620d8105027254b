import { api, ask } from '@/api/client'
import type { Fence } from '@/api/types'

/** Every fence that the reader sees, page after page. */
export async function everyFence(signal: AbortSignal): Promise<Fence[]> {
  const list: Fence[] = []
  for (;;) {
    const page = await ask(api.GET('/fences', { params: { query: { offset: list.length, limit: 500 } }, signal }))
    list.push(...page.items)
    if (page.items.length === 0 || list.length >= page.total) return list
  }
}
