import type { Point } from '@/api/types'

/** The one value that a tank is drawn by: its level, where it has one. */
export function levelOf(points: readonly Point[]): Point | undefined {
  return points.find((p) => p.quantity === 'level' && p.rangeHigh > p.rangeLow)
}
