/** A measured value with five significant digits, and none that say nothing. */
export function figure(v: number | undefined): string {
  if (v === undefined || !Number.isFinite(v)) return '–'
  const s = Number(v.toPrecision(5))
  return Math.abs(s) >= 1e6 || (s !== 0 && Math.abs(s) < 1e-4) ? s.toExponential() : String(s)
}

/** A size in bytes with three significant digits, by powers of 1024. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let v = bytes
  let i = 0
  for (; Math.abs(v) >= 1000 && i < units.length - 1; i++) v /= 1024
  return `${Number(v.toPrecision(3))} ${units[i]}`
}

/** Where a value lies in a range, 0 to 1, held at the ends. */
export function share(v: number, low: number, high: number): number {
  return high > low ? Math.min(1, Math.max(0, (v - low) / (high - low))) : 0
}

/** Where a value went from another: what reads the same in its figures is steady. */
export function heading(from: number, to: number): 'rising' | 'falling' | 'steady' {
  if (figure(from) === figure(to)) return 'steady'
  return to > from ? 'rising' : 'falling'
}

/** Older than two periods: not to be read as if it were new (console-ux §4.7). */
export function stale(at: number, everyMs: number, now: number): boolean {
  return now - at > 2 * Math.max(everyMs, 1000)
}

/** Good, uncertain or bad, and why: the bits of a sample's quality. */
export function quality(q: number): { trust: 'good' | 'uncertain' | 'bad'; why: ('out_of_range' | 'wrong_clock' | 'manual')[] } {
  const why: ('out_of_range' | 'wrong_clock' | 'manual')[] = []
  if (q & 4) why.push('out_of_range')
  if (q & 8) why.push('wrong_clock')
  if (q & 16) why.push('manual')
  return { trust: (['good', 'uncertain', 'bad', 'bad'] as const)[q & 3]!, why }
}
