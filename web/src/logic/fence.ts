import type { Fence } from '@/api/types'
import { inDatum, toWGS84, type Datum, type Spot } from './datum'

// Fences as they are drawn and typed.

const degree = 111_320 // m of latitude; of longitude times the cosine

/** The outline of a fence in WGS-84, closed: its ring, or a circle as a polygon of 64 corners. */
export function outline(f: Pick<Fence, 'ring' | 'centre' | 'radius'>): Spot[] {
  const [lon, lat] = f.centre ?? []
  if (!f.radius || lon === undefined || lat === undefined) return (f.ring ?? []) as Spot[]
  const east = f.radius / (degree * Math.cos((lat * Math.PI) / 180))
  const north = f.radius / degree
  return Array.from({ length: 65 }, (_, i): Spot => {
    const a = (i * 2 * Math.PI) / 64
    return [lon + east * Math.cos(a), lat + north * Math.sin(a)]
  })
}

/** Places as lines of longitude and latitude, in a datum; the one that closes a ring is left out. */
export function places(ring: readonly Spot[], d: Datum): string {
  const last = ring.at(-1)
  const open = ring.length > 1 && last![0] === ring[0]![0] && last![1] === ring[0]![1] ? ring.slice(0, -1) : ring
  return open.map((p) => inDatum(p, d).map((x) => x.toFixed(6)).join(', ')).join('\n')
}

/** Reads such lines; the number of the first line that is none, from 1. */
export function readPlaces(text: string, d: Datum): { ring: Spot[]; wrong?: number } {
  const ring: Spot[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (!line.trim()) continue
    const m = /^\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(line)
    const p = m && ([Number(m[1]), Number(m[2])] as Spot)
    if (!p || Math.abs(p[0]) > 180 || Math.abs(p[1]) > 90) return { ring, wrong: i + 1 }
    ring.push(toWGS84(p, d))
  }
  return { ring }
}
