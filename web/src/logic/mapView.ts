import type { LocationQuery } from 'vue-router'
import { one } from './filters'

// What of the map is in its address: where it looks, what is chosen, which layers are
// off, which moment is shown. So it can be sent, reloaded and gone back to.

export type Layer = 'warnings' | 'firms' | 'assets' | 'vehicles' | 'fences' | 'labels' | 'districts' | 'coast'

/** Layers by group, as the legend has them. */
export const groups = [
  { name: 'warnings', layers: ['warnings'] },
  { name: 'firms', layers: ['firms', 'assets', 'labels'] },
  { name: 'moving', layers: ['vehicles', 'fences'] },
  { name: 'base', layers: ['districts', 'coast'] },
] as const satisfies { name: string; layers: readonly Layer[] }[]

const all: readonly Layer[] = groups.flatMap((g) => [...g.layers])
/** Fences are many lines: they come when somebody asks for them. */
const off: readonly Layer[] = ['fences']

export interface Look {
  lon: number
  lat: number
  zoom: number
}

/** Where the map looks, undefined where the address does not say or says nonsense. */
export function look(q: LocationQuery): Look | undefined {
  const parts = one(q, 'at').split(',')
  const [lon, lat, zoom] = parts.map(Number) as [number, number, number]
  const fine = parts.length === 3 && parts.every(Boolean) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 && zoom >= 0 && zoom <= 24
  return fine ? { lon, lat, zoom } : undefined
}

/** The same as text; five digits are about a metre. */
export const lookText = (l: Look) => [l.lon.toFixed(5), l.lat.toFixed(5), l.zoom.toFixed(1)].join(',')

/** Layers that are off. */
export function hiddenLayers(q: LocationQuery): Layer[] {
  if (q['off'] === undefined) return [...off]
  const named = one(q, 'off').split('.')
  return all.filter((l) => named.includes(l))
}

/** The address's text for them; undefined when they are those that nobody chose. */
export function hiddenText(hidden: readonly Layer[]): string | undefined {
  const named = all.filter((l) => hidden.includes(l))
  return named.join() === off.join() ? undefined : named.join('.') || 'none'
}

/** What is drawn at a zoom (console-ux §7.5). */
export const steps = { labels: 12, assets: 14, values: 17 }
