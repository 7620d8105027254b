import { expect, it } from 'vitest'
import { inDatum, toWGS84, type Spot } from './datum'
import { outline, places, readPlaces } from './fence'

const metres = (a: Spot, b: Spot) => [(b[0] - a[0]) * 111_320 * Math.cos((a[1] * Math.PI) / 180), (b[1] - a[1]) * 111_320]

it('shifts GCJ-02 as the district knows it, and undoes it', () => {
  const here: Spot = [117.7, 39]
  const [east, north] = metres(here, inDatum(here, 'gcj02'))
  expect(Math.round(east!)).toBeCloseTo(541, -1)
  expect(Math.round(north!)).toBeCloseTo(98, -1)
  const back = toWGS84(inDatum(here, 'gcj02'), 'gcj02')
  expect(Math.abs(back[0] - here[0])).toBeLessThan(1e-9)
  expect(Math.abs(back[1] - here[1])).toBeLessThan(1e-9)
  expect(inDatum([2.35, 48.85], 'gcj02')).toEqual([2.35, 48.85]) // outside China nothing is shifted
})
it('draws a circle of its radius', () => {
  const ring = outline({ centre: [117.7, 39], radius: 500 })
  expect(ring[0]![0]).toBeCloseTo(ring.at(-1)![0], 9)
  for (const p of ring) expect(Math.hypot(...metres([117.7, 39], p))).toBeCloseTo(500, 0)
})
it('writes places and reads them again, in either datum', () => {
  const ring: Spot[] = [[117.7, 39], [117.71, 39], [117.71, 39.01], [117.7, 39]]
  expect(places(ring, 'wgs84')).toBe('117.700000, 39.000000\n117.710000, 39.000000\n117.710000, 39.010000')
  for (const d of ['wgs84', 'gcj02'] as const) {
    const { ring: read, wrong } = readPlaces(places(ring, d), d)
    expect(wrong).toBeUndefined()
    expect(read.map((p) => p.map((x) => Number(x.toFixed(5))))).toEqual(ring.slice(0, -1))
  }
  expect(readPlaces('117.7 39\n\n117,7；39', 'wgs84')).toEqual({ ring: [[117.7, 39]], wrong: 3 })
  expect(readPlaces('181, 39', 'wgs84').wrong).toBe(1)
})
