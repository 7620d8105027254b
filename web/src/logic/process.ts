import type { Point } from '@/api/types'

/** The one value that a tank is drawn by: its level, where it has one. */
export function levelOf(points: readonly Point[]): Point | undefined {
  return points.find((p) => p.quantity === 'level' && p.rangeHigh > p.rangeLow)
}

/**
 * Places along a line, in rising order, moved so far apart that each has room, and held
 * between two ends: what is close gives way as little as it must. Where there is no room
 * for all, the last ones lie beyond the end.
 */
export function apart(places: readonly number[], room: number, low: number, high: number): number[] {
  // Those that touch become one block about the middle of where they belong.
  const blocks: { sum: number; n: number }[] = []
  const start = (b: { sum: number; n: number }) => Math.min(Math.max(b.sum / b.n, low), Math.max(low, high - (b.n - 1) * room))
  for (const p of places) {
    blocks.push({ sum: p, n: 1 })
    for (;;) {
      const last = blocks.at(-1)!
      const before = blocks.at(-2)
      if (!before || start(before) + before.n * room <= start(last)) break
      // Each of the later ones belongs so much lower as it stands above the block's first.
      blocks.splice(-2, 2, { sum: before.sum + last.sum - last.n * before.n * room, n: before.n + last.n })
    }
  }
  return blocks.flatMap((b) => Array.from({ length: b.n }, (_, i) => start(b) + i * room))
}
