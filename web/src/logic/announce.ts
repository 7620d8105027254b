import { rank } from './queue'
import type { Level } from '@/api/types'

// New warnings are said aloud by a live region: one sentence at most in the time that the
// duty room's rules give, and what came meanwhile is summed up in the next.

export interface News {
  level: Level
  n: number
  /** The one warning that it is about, if it is one that is known. */
  id?: string
}

export class Announcer {
  private waiting = new Map<string, Level>()
  private unnamed: { level: Level; n: number } | undefined
  private saidAt = -Infinity

  add(id: string, level: Level): void {
    const old = this.waiting.get(id)
    if (!old || rank[level] > rank[old]) this.waiting.set(id, level)
  }

  /** Some came of which only the number is known. */
  addUnnamed(some: { level: Level; n: number }): void {
    const worst = this.unnamed && rank[this.unnamed.level] > rank[some.level] ? this.unnamed : some
    this.unnamed = { level: worst.level, n: (this.unnamed?.n ?? 0) + some.n }
  }

  /** What to say now, undefined when there is nothing or it is too soon. */
  next(now: number, pause: number): News | undefined {
    const levels = [...this.waiting.values(), ...(this.unnamed ? [this.unnamed.level] : [])]
    if (!levels.length || now - this.saidAt < pause) return undefined
    const n = this.waiting.size + (this.unnamed?.n ?? 0)
    const id = n === 1 ? [...this.waiting.keys()][0] : undefined
    const level = levels.reduce((a, b) => (rank[b] > rank[a] ? b : a))
    this.waiting.clear()
    this.unnamed = undefined
    this.saidAt = now
    return { level, n, id }
  }
}
