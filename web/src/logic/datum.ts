// GCJ-02 (国测局坐标), the shifted datum of maps published in China. The shift is not
// published; this is the formula in general use, the same as the server's.

export type Datum = 'wgs84' | 'gcj02'
export type Spot = [lon: number, lat: number]

const axis = 6_378_245 // m, semi-major axis of Krasovsky 1940
const eccentricity = 0.006_693_421_622_965_943_23 // its first eccentricity squared

function shift([lon, lat]: Spot): Spot {
  const { PI, sin, cos, sqrt, abs } = Math
  const x = lon - 105
  const y = lat - 35
  const wave = (v: number, large: number, middle: number, small: number, middleBy: number, smallBy: number) =>
    ((large * sin(v * PI) + middle * sin((v / middleBy) * PI) + small * sin((v / smallBy) * PI)) * 2) / 3
  const common = ((20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2) / 3
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common + wave(y, 20, 40, 160, 3, 12) + (320 * sin((y * PI) / 30) * 2) / 3
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common + wave(x, 20, 40, 150, 3, 12) + (300 * sin((x * PI) / 30) * 2) / 3
  const rad = (lat * PI) / 180
  const w = 1 - eccentricity * sin(rad) ** 2
  return [(east * 180) / ((axis / sqrt(w)) * cos(rad) * PI), (north * 180) / (((axis * (1 - eccentricity)) / (w * sqrt(w))) * PI)]
}

const shifted = ([lon, lat]: Spot) => lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271

/** A place of WGS-84 in a datum. */
export function inDatum(p: Spot, d: Datum): Spot {
  if (d === 'wgs84' || !shifted(p)) return p
  const [dx, dy] = shift(p)
  return [p[0] + dx, p[1] + dy]
}

/** A place of a datum in WGS-84; the shift is undone by iteration to less than 1e-9 degree. */
export function toWGS84(p: Spot, d: Datum): Spot {
  if (d === 'wgs84' || !shifted(p)) return p
  let at = p
  for (let i = 0; i < 6; i++) {
    const [dx, dy] = shift(at)
    at = [p[0] - dx, p[1] - dy]
  }
  return at
}
