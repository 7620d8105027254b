/** An event of Chromium's trace; times in microseconds, tdur is CPU time. */
interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  tdur?: number
  args?: { name?: string }
}

/**
 * What each frame of a page cost its main thread, in milliseconds of CPU: the tasks from
 * one frame's beginning to the next. Of several pages in a trace it is the busiest.
 */
export function frameCosts(trace: Buffer): number[] {
  const { traceEvents: events } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const mains = events.filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain')
  let best: number[] = []
  for (const main of mains) {
    const own = events.filter((e) => e.pid === main.pid && e.tid === main.tid)
    const begins = own.filter((e) => e.name === 'BeginMainThreadFrame').map((e) => e.ts).sort((a, b) => a - b)
    const tasks = own.filter((e) => e.name === 'RunTask' && e.ph === 'X' && e.tdur !== undefined).sort((a, b) => a.ts - b.ts)
    const costs: number[] = []
    let i = 0
    for (let f = 0; f + 1 < begins.length; f++) {
      // The frame's own task began a little before its event.
      while (i < tasks.length && tasks[i]!.ts + (tasks[i]!.dur ?? 0) <= begins[f]!) i++
      let sum = 0
      for (let j = i; j < tasks.length && tasks[j]!.ts + (tasks[j]!.dur ?? 0) <= begins[f + 1]!; j++) sum += tasks[j]!.tdur!
      costs.push(sum / 1000)
    }
    if (costs.length > best.length) best = costs
  }
  return best
}

/** The smallest value that a share of them does not exceed. */
export function percentile(list: number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** By which share of their mean the values grow, as a line through them. */
export function growth(values: number[]): number {
  const n = values.length
  const x = (n - 1) / 2
  const y = values.reduce((a, b) => a + b, 0) / n
  let xx = 0
  let xy = 0
  values.forEach((v, i) => {
    xx += (i - x) ** 2
    xy += (i - x) * (v - y)
  })
  return xx && y ? ((xy / xx) * (n - 1)) / y : 0
}
