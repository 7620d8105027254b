// Data quality (A29-A31): shares are of the time in which data were due.

interface Day {
  day: number
  offline: number
}

const length = 86_400_000

/** The days from one to before another, each by when it began. */
export function weeks(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, Math.round((to - from) / length)) }, (_, i) => from + i * length)
}

/** A day's share, undefined where nothing was counted: that is not zero. */
export function mean(days: readonly Day[], day: number): number | undefined {
  return days.find((d) => d.day === day)?.offline
}

/** A share as people read it. What is missing at all is never shown as 0 %, nor what is whole as missing. */
export function offlineText(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return '–'
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  if (percent < 100 && percent > 99.9) return '> 99.9 %'
  return `${Number(percent.toFixed(1))} %`
}
