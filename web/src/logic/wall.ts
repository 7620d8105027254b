// What the wall does by itself: which red warning it shows and for how long, its
// curves, and whether a newer console was deployed.

interface Grave {
  id: string
  level: string
  /** Number of the level period that runs, and when it began. */
  period: number
  since: number
}

/**
 * Red warnings that are new, one after the other. New is what was not red when the wall
 * last looked, so what came while it had no link is shown too; when it looks for the
 * first time, what became red just now.
 */
export class Reds {
  private seen: Set<string> | undefined
  private queue: string[] = []
  private shown: { id: string; until: number } | undefined

  /** Takes what is open and grave as of a moment. */
  take(list: readonly Grave[], at: number, show: number): void {
    const reds = list.filter((w) => w.level === 'red')
    const seen = this.seen
    for (const w of [...reds].sort((a, b) => a.since - b.since)) {
      const fresh = seen ? !seen.has(`${w.id}/${w.period}`) : w.since > at - show
      if (fresh && w.id !== this.shown?.id && !this.queue.includes(w.id)) this.queue.push(w.id)
    }
    this.seen = new Set(reds.map((w) => `${w.id}/${w.period}`))
    // What was lowered or ended meanwhile needs nobody's eyes any more.
    const still = new Set(reds.map((w) => w.id))
    this.queue = this.queue.filter((id) => still.has(id))
    if (this.shown && !still.has(this.shown.id)) this.shown = undefined
  }

  /** The one that is shown at a moment, undefined for the whole district. */
  at(now: number, show: number): string | undefined {
    if (this.shown && now >= this.shown.until) this.shown = undefined
    const next = this.shown ? undefined : this.queue.shift()
    if (next) this.shown = { id: next, until: now + show }
    return this.shown?.id
  }

  /** How many wait behind it. */
  get waiting(): number {
    return this.queue.length
  }
}

/** A count over time as a line in steps, in a box of one unit a stretch and a height of 100. */
export function steps(counts: readonly number[]): string {
  const most = Math.max(1, ...counts)
  const y = (n: number) => Number((100 - (n / most) * 100).toFixed(1))
  return counts.map((n, i) => (i === 0 ? `M0 ${y(n)}` : `H${i}V${y(n)}`)).join('')
}

/** A share in percent with one decimal, rounded down so that only all of it is 100; undefined of nothing. */
export function percent(part: number, all: number): string | undefined {
  return all > 0 ? `${(Math.floor((part / all) * 1000) / 10).toFixed(1)} %` : undefined
}

/** The console's files as its page names them: another list is another version. */
export function version(html: string): string {
  return [...new Set([...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((m) => m[1]!))].sort().join(' ')
}
