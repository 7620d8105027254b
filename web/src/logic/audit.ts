// The questions that an audit has ready (console-ux §3.8); exports are a search of the
// journal.

export const questions = ['limits', 'false-alarms', 'gaps', 'thresholds'] as const
export type Question = (typeof questions)[number]

interface Limit {
  name: string
  value: number
}

/** Which limits differ, with what each was and is; absent: there was none. */
export function changedLimits(before: Limit[], after: Limit[]): { name: string; was: number | undefined; is: number | undefined }[] {
  const of = (list: Limit[], name: string) => list.find((l) => l.name === name)?.value
  const names = [...new Set([...before, ...after].map((l) => l.name))]
  return names.map((name) => ({ name, was: of(before, name), is: of(after, name) })).filter((x) => x.was !== x.is)
}

/** Where an object of the journal has a page of its own. */
export function pageOf(of: { kind: string; id: string }, may: (act: string) => boolean): string {
  const path = { warning: '/warnings', order: '/orders', enterprise: '/firms', point: '/points', device: '/devices', outage: '/outages', complaint: may('complaints') ? '/complaints' : '', handover: may('watch') ? '/handovers' : '', model: may('models') ? '/models' : '' }[of.kind]
  if (path) return `${path}/${of.id}`
  // A look and an export name the case that they were about.
  return (of.kind === 'look' || of.kind === 'export') && /^[0-9a-f-]{36}$/.test(of.id) ? `/warnings/${of.id}` : ''
}
