import { i18n } from '@/i18n'

// Moments are UTC milliseconds, as the server sends them. Civil time is
// Asia/Shanghai, a fixed +08:00: the browser's own zone never shows.

const shanghai = 8 * 3_600_000
const two = (n: number) => String(n).padStart(2, '0')

/** 2022-07-01 08:05:09 */
export function dateTime(ms: number): string {
  const d = new Date(ms + shanghai)
  return `${day(ms)} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
}

/** 2022-07-01 */
export function day(ms: number): string {
  const d = new Date(ms + shanghai)
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
}

/** 08:05:09 */
export function timeOfDay(ms: number): string {
  return dateTime(ms).slice(11)
}

/** The moment that is written as 2022-07-01 08:05:09, with the seconds or the time left out; undefined if it is none. */
export function fromLocal(text: string): number | undefined {
  const m = /^(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d)(?::(\d\d))?)?$/.exec(text)
  if (!m) return undefined
  const [y, mo, d, h, mi, s] = m.slice(1).map((x) => Number(x ?? 0)) as [number, number, number, number, number, number]
  const ms = Date.UTC(y, mo - 1, d, h, mi, s)
  const back = new Date(ms) // 2022-02-30 is no day, 24:00 no time
  return back.getUTCMonth() === mo - 1 && back.getUTCDate() === d && mi < 60 && s < 60 ? ms - shanghai : undefined
}

/** 2022-07-01 08:05 */
export function toLocal(ms: number): string {
  return dateTime(ms).slice(0, 16)
}

/** A running time as a clock shows it: 04:31, 1:04:31, 2 d 01:04:31. Never negative. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const d = Math.floor(s / 86_400)
  const h = Math.floor((s % 86_400) / 3600)
  const m = Math.floor((s % 3600) / 60)
  const tail = `${two(m)}:${two(s % 60)}`
  if (d > 0) return i18n.global.t('clock.days', { n: d, time: `${two(h)}:${tail}` })
  return h > 0 ? `${h}:${tail}` : tail
}

export type Unit = 'second' | 'minute' | 'hour' | 'day'

/** A length of time in its largest unit that says it whole: 90 min, 24 h, 30 s. */
export function span(ms: number): { n: number; unit: Unit } {
  const s = Math.round(ms / 1000)
  if (s >= 172_800 && s % 86_400 === 0) return { n: s / 86_400, unit: 'day' }
  if (s >= 3600 && s % 3600 === 0) return { n: s / 3600, unit: 'hour' }
  if (s >= 60 && s % 60 === 0) return { n: s / 60, unit: 'minute' }
  return { n: s, unit: 'second' }
}

/** An age, rounded down to one unit: what is 95 s old is "1 min". */
export function age(ms: number): { n: number; unit: Unit } {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 60) return { n: s, unit: 'second' }
  if (s < 3600) return { n: Math.floor(s / 60), unit: 'minute' }
  if (s < 172_800) return { n: Math.floor(s / 3600), unit: 'hour' }
  return { n: Math.floor(s / 86_400), unit: 'day' }
}

/** Reads a duration as the policy writes it: 30m0s, 1h, 90s; 0 for what is none. */
export function duration(text: string): number {
  let ms = 0
  for (const [, n, u] of text.matchAll(/([\d.]+)(ms|h|m|s)/g)) {
    ms += Number(n) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[u as 'ms' | 's' | 'm' | 'h']
  }
  return ms
}

/** How far the server's clock is ahead of ours, as far as answers have told. */
export interface Offset {
  low: number
  high: number
}

/**
 * Narrows what is known of the server's clock by one answer: its Date header
 * (whole seconds, cut down) lies between our sending and our receiving. Bounds
 * that contradict each other mean that a clock was set: only the new ones count.
 */
export function narrow(known: Offset | undefined, date: number, sent: number, received: number): Offset {
  const fresh = { low: date - received, high: date + 1000 - sent }
  if (!known) return fresh
  const low = Math.max(known.low, fresh.low)
  const high = Math.min(known.high, fresh.high)
  return low <= high ? { low, high } : fresh
}
