// A trend as the server thins it: stretches with their least, greatest and last
// value. A hole between them is drawn as a hole, never joined.

export interface Bucket {
  at: number
  min: number
  max: number
  last: number
}

/**
 * The line to draw: two points a stretch (least and greatest, in the order that
 * joins best), and null where nothing came for longer than two periods and two
 * stretches.
 */
export function line(buckets: Bucket[], everyMs: number, bucketMs: number): [number, number | null][] {
  const hole = 2 * Math.max(everyMs, bucketMs, 1000)
  const out: [number, number | null][] = []
  let before: Bucket | undefined
  for (const b of buckets) {
    if (before && b.at - before.at > hole) out.push([before.at + 1, null])
    if (b.min === b.max) out.push([b.at, b.last])
    else {
      const up = !before || Math.abs(before.last - b.min) <= Math.abs(before.last - b.max)
      out.push([b.at, up ? b.min : b.max], [b.at, up ? b.max : b.min])
      if (b.last !== (up ? b.max : b.min)) out.push([b.at, b.last])
    }
    before = b
  }
  return out
}

/** A round range that holds all values with some air around them. */
export function range(values: number[]): { min: number; max: number } | undefined {
  if (!values.length) return undefined
  const low = Math.min(...values)
  const high = Math.max(...values)
  const air = (high - low || Math.abs(high) * 0.02 || 1) * 0.05
  const step = 10 ** Math.floor(Math.log10(air * 2))
  const round = (v: number) => Number(v.toPrecision(12))
  return { min: round(Math.floor((low - air) / step) * step), max: round(Math.ceil((high + air) / step) * step) }
}

/** The holes of a trend: stretches without any value. */
export function holes(buckets: Bucket[], from: number, to: number, everyMs: number, bucketMs: number): [number, number][] {
  const hole = 2 * Math.max(everyMs, bucketMs, 1000)
  const marks = [from, ...buckets.map((b) => b.at), to]
  const out: [number, number][] = []
  for (let i = 1; i < marks.length; i++) {
    if (marks[i]! - marks[i - 1]! > hole) out.push([marks[i - 1]!, marks[i]!])
  }
  return out
}

/**
 * Into how many stretches a trend is thinned for a width in pixels: each draws three
 * places at most (least, greatest, last), so two of three pixels are two places a pixel.
 */
export function bucketsFor(width: number): number {
  // By steps, so that a page that is dragged wider is not read again at every pixel.
  return Math.min(5000, Math.max(10, Math.floor(((width * 2) / 3 / 50)) * 50))
}
