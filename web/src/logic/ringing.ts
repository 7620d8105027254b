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
  level(unconfirmed: Partial<Record<Level, number>>): Level | undefined {
    const worst = (['red', 'orange', 'yellow', 'blue'] as const).find((l) => unconfirmed[l])
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

export type SoundChoice = 'ask' | 'on' | 'off'

/** The choice that was kept, if it is of this shift: each shift is asked once. */
export function keptChoice(text: string | null, turn: string): SoundChoice {
  const [of, choice] = (text ?? '').split(' ')
  return of === turn && (choice === 'on' || choice === 'off') ? choice : 'ask'
}
