import type { TrackPoint, Vehicle } from '@/api/types'

// Vehicles between two fixes, and along a day's track.

export type Spot = [lon: number, lat: number]

interface Leg {
  from: Spot
  to: Spot
  since: number
}

/**
 * Where vehicles are drawn: each glides from where it is shown to its newest fix.
 * What is far from its last place, or new, is there at once: no vehicle is shown
 * racing over the sea.
 */
export class Glide {
  private legs = new Map<string, Leg>()

  constructor(
    /** How long a way takes: 0 for whoever wants no motion, which may change while it is shown. */
    private readonly ms: () => number,
    /** In degrees: farther is a jump. */
    private readonly jump = 0.02,
  ) {}

  take(list: readonly Vehicle[], now: number): void {
    const next = new Map<string, Leg>()
    for (const v of list) {
      if (!v.where) continue
      const to: Spot = [v.where.lon, v.where.lat]
      const shown = this.at(v.id, now) ?? to
      const far = Math.hypot(to[0] - shown[0], to[1] - shown[1]) > this.jump
      next.set(v.id, { from: far ? to : shown, to, since: now })
    }
    this.legs = next
  }

  at(id: string, now: number): Spot | undefined {
    const l = this.legs.get(id)
    if (!l) return undefined
    const ms = this.ms()
    const part = ms > 0 ? Math.min(1, Math.max(0, (now - l.since) / ms)) : 1
    return [l.from[0] + (l.to[0] - l.from[0]) * part, l.from[1] + (l.to[1] - l.from[1]) * part]
  }

  /** Whether anything still moves. */
  moves(now: number): boolean {
    for (const l of this.legs.values()) {
      if (now - l.since < this.ms() && (l.from[0] !== l.to[0] || l.from[1] !== l.to[1])) return true
    }
    return false
  }
}

/** The last point of a track that is not after a moment; the first when all are. */
export function along(track: readonly TrackPoint[], at: number): TrackPoint | undefined {
  let low = 0
  let high = track.length
  while (low < high) {
    const mid = (low + high) >> 1
    if (track[mid]!.at <= at) low = mid + 1
    else high = mid
  }
  return track[Math.max(0, low - 1)]
}
