import type { Spot } from './datum'

// Lengths and areas on the map. The ellipsoid and the plane that touches it are those
// of the server (geo.go): within 100 km off by less than 0.1 %.

const axis = 6_378_137 // m, WGS-84
const eccentricity = 0.006_694_379_990_14 // its first eccentricity squared

/** Metres of one degree to the east and to the north at a latitude. */
function plane(lat: number): { east: number; north: number } {
  const rad = (lat * Math.PI) / 180
  const w = 1 - eccentricity * Math.sin(rad) ** 2
  return { east: ((axis / Math.sqrt(w)) * Math.cos(rad) * Math.PI) / 180, north: (((axis * (1 - eccentricity)) / (w * Math.sqrt(w))) * Math.PI) / 180 }
}

/** How far two places lie apart, m. */
export function metres(a: Spot, b: Spot): number {
  const p = plane((a[1] + b[1]) / 2)
  return Math.hypot((b[0] - a[0]) * p.east, (b[1] - a[1]) * p.north)
}

/** How long a line through places is, m. */
export function length(line: readonly Spot[]): number {
  let sum = 0
  for (let i = 1; i < line.length; i++) sum += metres(line[i - 1]!, line[i]!)
  return sum
}

/** What a ring of places encloses, m²; it closes itself. A ring that crosses itself has no area that would be right. */
export function area(ring: readonly Spot[]): number {
  if (ring.length < 3) return 0
  const p = plane(ring.reduce((sum, s) => sum + s[1], 0) / ring.length)
  const [lon, lat] = ring[0]!
  const flat = ring.map(([x, y]): Spot => [(x - lon) * p.east, (y - lat) * p.north])
  let twice = 0
  flat.forEach(([x, y], i) => {
    const [nx, ny] = flat[(i + 1) % flat.length]!
    twice += x * ny - nx * y
  })
  return Math.abs(twice) / 2
}

/** A circle about a place as a closed ring of 64 corners. */
export function circle([lon, lat]: Spot, radius: number): Spot[] {
  const p = plane(lat)
  return Array.from({ length: 65 }, (_, i): Spot => {
    const a = (i * 2 * Math.PI) / 64
    return [lon + (radius * Math.cos(a)) / p.east, lat + (radius * Math.sin(a)) / p.north]
  })
}

/** Three significant digits are what a click on the map is worth. */
const round = (v: number) => String(Number(v.toPrecision(3)))

/** A length with its unit: 850 m, 1.25 km. */
export function lengthText(m: number): string {
  return m < 999.5 ? `${round(m)} m` : `${round(m / 1000)} km`
}

/** An area with its unit: 850 m², 1.25 km². */
export function areaText(m2: number): string {
  return m2 < 99_950 ? `${round(m2)} m²` : `${round(m2 / 1e6)} km²`
}
