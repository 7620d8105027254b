import { rank } from './queue'
import type { Level } from '@/api/types'

/**
 * What sounds: the worst warning that nobody has confirmed. A hush silences all that is
 * there now, whatever page is open; what comes after it sounds again, at its own level.
 * Nothing ends by itself.
 */
export class Ringing {
  private hushed = false
  private since: Level = 'none'

  /** A warning was raised or went up. */
  news(level: Level): void {
    if (rank[level] > rank[this.since]) this.since = level
  }

  hush(): void {
    this.hushed = true
    this.since = 'none'
  }

  /** What to sound, given how many of each level nobody has confirmed. */
  level(unconfirmed: Counts): Level | undefined {
    const worst = worstFirst.find((l) => unconfirmed[l])
    if (!worst) {
      this.hushed = false
      this.since = 'none'
      return undefined
    }
    if (!this.hushed) return worst
    if (this.since === 'none') return undefined
    return rank[worst] < rank[this.since] ? worst : this.since
  }
}

/** What a person chose about sound: whether it is on, and whether this shift has yet to be asked. */
export interface SoundChoice {
  on: boolean
  asks: boolean
}

/**
 * The choice that was kept. Each shift is asked once; until it has answered, what was on
 * stays on, for nothing falls silent by itself.
 */
export function keptChoice(text: string | null, turn: string): SoundChoice {
  const [of, choice] = (text ?? '').split(' ')
  return { on: choice === 'on', asks: of !== turn || (choice !== 'on' && choice !== 'off') }
}

/** A link that is away for less is not heard: most come back by themselves. */
const unheard = 30_000

/**
 * Whether the loss of the platform's own link sounds, for silence would pass for calm: since
 * when it is lost, 0 while it is there, and the loss that was hushed. Its return ends it.
 */
export const linkSounds = (lostSince: number, hushed: number, now: number) => lostSince > 0 && lostSince !== hushed && now - lostSince > unheard

type Counts = Partial<Record<Level, number>>
const worstFirst = ['red', 'orange', 'yellow', 'blue'] as const

/**
 * What two countings of the unconfirmed tell that no change told: the worst level at which
 * there are more than before, and how many more. One that only went down is none.
 */
export function risen(before: Counts, after: Counts): { level: Level; n: number } | undefined {
  const from = (c: Counts, i: number) => worstFirst.slice(0, i + 1).reduce((sum, l) => sum + (c[l] ?? 0), 0)
  const more = worstFirst.map((_, i) => from(after, i) - from(before, i))
  const i = more.findIndex((n) => n > 0)
  return i < 0 ? undefined : { level: worstFirst[i]!, n: Math.max(...more) }
}
