import { rank } from './queue'
import type { Level } from '@/api/types'

// New warnings are said aloud by a live region: one sentence at most in the time that the
// duty room's rules give, and what came meanwhile is summed up in the next.

export interface News {
  id: string
  level: Level
}

export class Announcer {
  private waiting = new Map<string, News>()
  private saidAt = -Infinity

  add(n: News): void {
    const old = this.waiting.get(n.id)
    if (!old || rank[n.level] > rank[old.level]) this.waiting.set(n.id, n)
  }

  /** What to say now, undefined when there is nothing or it is too soon. */
  next(now: number, pause: number): { news: News[]; worst: Level } | undefined {
    if (!this.waiting.size || now - this.saidAt < pause) return undefined
    const news = [...this.waiting.values()].sort((a, b) => rank[b.level] - rank[a.level])
    this.waiting.clear()
    this.saidAt = now
    return { news, worst: news[0]!.level }
  }
}
