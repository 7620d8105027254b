// The rail: at most seven entries a role, in the same order for everybody; what a role may
// not do is absent (console-ux section 2). Declared outages and complaints have entries of
// their own where the role acts on them; who only reads them finds them beside the orders.
// Where that makes more than seven, what is done least often moves under another entry:
// models under administration, complaints beside the orders, the audit under administration.

export type Entry = 'watch' | 'map' | 'warnings' | 'orders' | 'outages' | 'complaints' | 'firms' | 'models' | 'audit' | 'admin'

export const most = 7

const all: readonly { name: Entry; to: string; needs: readonly string[] }[] = [
  { name: 'watch', to: '/watch', needs: ['note'] },
  { name: 'map', to: '/map', needs: ['see'] },
  { name: 'warnings', to: '/warnings', needs: ['see'] },
  { name: 'orders', to: '/orders', needs: ['see'] },
  { name: 'outages', to: '/outages', needs: ['declare', 'examine', 'leave'] },
  { name: 'complaints', to: '/complaints', needs: ['intake', 'dispatch', 'respond'] },
  { name: 'firms', to: '/firms', needs: ['see'] },
  { name: 'models', to: '/models', needs: ['models'] },
  { name: 'audit', to: '/audit', needs: ['audit'] },
  { name: 'admin', to: '/admin', needs: ['accounts', 'keys', 'registry', 'quarantine', 'release', 'health', 'figures'] },
]

/** What moves under what when there are too many, the first first. */
const folds: readonly { name: Entry; into: Entry }[] = [
  { name: 'models', into: 'admin' },
  { name: 'complaints', into: 'orders' },
  { name: 'audit', into: 'admin' },
  { name: 'outages', into: 'orders' },
]

/** Pages that belong to an entry beside those below its own address. */
const pages: Readonly<Record<Entry, RegExp>> = {
  watch: /^\/(watch|handovers)(\/|$)/,
  map: /^\/map(\/|$)/,
  warnings: /^\/warnings(\/|$)/,
  orders: /^\/orders(\/|$)/,
  outages: /^\/(outages|offline|sorted)(\/|$)/,
  complaints: /^\/complaints(\/|$)/,
  firms: /^\/(firms|points|devices|fences|quality)(\/|$)/,
  models: /^\/(models|gradings)(\/|$)/,
  audit: /^\/(audit|seal)(\/|$)/,
  admin: /^\/(admin|approvals|health)(\/|$)/,
}

export interface RailEntry {
  name: Entry
  to: string
  /** Whether a page is under this entry. */
  here: (path: string) => boolean
}

export function rail(may: (act: string) => boolean): RailEntry[] {
  let list = all.filter((e) => e.needs.some(may))
  const under = new Map<Entry, Entry[]>([['orders', ['outages', 'complaints']]])
  for (const f of folds) {
    if (list.length <= most) break
    if (!list.some((e) => e.name === f.name) || !list.some((e) => e.name === f.into)) continue
    list = list.filter((e) => e.name !== f.name)
    under.set(f.into, [...(under.get(f.into) ?? []), f.name])
  }
  return list.map(({ name, to }) => ({
    name, to,
    here: (path) => pages[name].test(path) || (under.get(name) ?? []).some((x) => !list.some((e) => e.name === x) && pages[x].test(path)),
  }))
}
