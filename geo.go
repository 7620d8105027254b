package fengsui

import "math"

// FromGCJ02 turns a place in GCJ-02 (国测局坐标), the shifted datum of maps published
// in China, into WGS-84, both in degrees. Outside the box in which the shift is
// applied it is the place itself. The shift is not published; this is the formula
// in general use, undone by iteration to less than 1e-9 degree.
func FromGCJ02(lon, lat float64) (float64, float64) {
	if !(lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271) {
		return lon, lat
	}
	x, y := lon, lat
	for range 6 { // each step leaves about a thousandth of the error
		dx, dy := gcj02Shift(x, y)
		x, y = lon-dx, lat-dy
	}
	return x, y
}

// gcj02Shift is by how much GCJ-02 lies off a WGS-84 place, in degrees.
func gcj02Shift(lon, lat float64) (float64, float64) {
	const (
		axis         = 6378245.0              // m, semi-major axis of Krasovsky 1940
		eccentricity = 0.00669342162296594323 // its first eccentricity squared
	)
	x, y := lon-105, lat-35
	wave := func(v, large, middle, small, middleBy, smallBy float64) float64 {
		return (large*math.Sin(v*math.Pi) + middle*math.Sin(v/middleBy*math.Pi) + small*math.Sin(v/smallBy*math.Pi)) * 2 / 3
	}
	common := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + common + wave(y, 20, 40, 160, 3, 12) + 320*math.Sin(y*math.Pi/30)*2/3
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + common + wave(x, 20, 40, 150, 3, 12) + 300*math.Sin(x*math.Pi/30)*2/3
	rad := lat * math.Pi / 180
	w := 1 - eccentricity*math.Sin(rad)*math.Sin(rad)
	dy := north * 180 / (axis * (1 - eccentricity) / (w * math.Sqrt(w)) * math.Pi)
	dx := east * 180 / (axis / math.Sqrt(w) * math.Cos(rad) * math.Pi)
	return dx, dy
}

// The ellipsoid of WGS-84 (NIMA TR8350.2): semi-major axis in m, and its first
// eccentricity squared.
const (
	wgs84Axis         = 6378137.0
	wgs84Eccentricity = 0.00669437999014
)

// Metres is how far two places lie apart, both in degrees of WGS-84. It measures
// on the plane that touches the globe between them: within 10 km off by less than
// 1 cm, within 100 km by less than 0.1 %.
func Metres(lon1, lat1, lon2, lat2 float64) float64 {
	p := planeAt((lat1 + lat2) / 2)
	return math.Hypot((lon2-lon1)*p.east, (lat2-lat1)*p.north)
}

// plane is a plane that touches the globe: metres for a degree.
type plane struct{ east, north float64 }

func planeAt(lat float64) plane {
	sin, cos := math.Sincos(lat * math.Pi / 180)
	w := 1 - wgs84Eccentricity*sin*sin
	return plane{wgs84Axis / math.Sqrt(w) * cos * math.Pi / 180, wgs84Axis * (1 - wgs84Eccentricity) / (w * math.Sqrt(w)) * math.Pi / 180}
}

// toSegment is how far a place lies from the straight line between a and b, in m.
func (p plane) toSegment(lon, lat float64, a, b [2]float64) float64 {
	ax, ay := (a[0]-lon)*p.east, (a[1]-lat)*p.north
	dx, dy := (b[0]-a[0])*p.east, (b[1]-a[1])*p.north
	along := 0.0
	if square := dx*dx + dy*dy; square > 0 {
		along = min(1, max(0, -(ax*dx+ay*dy)/square))
	}
	return math.Hypot(ax+along*dx, ay+along*dy)
}
