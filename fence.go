package fengsui

import (
	"math"
	"slices"
)

// FenceRule says what a fence asks of who meets it.
type FenceRule string

const (
	KeepIn  FenceRule = "keep_in"  // not to leave it
	KeepOut FenceRule = "keep_out" // not to enter it
	Slow    FenceRule = "slow"     // not to be faster inside than its limit
)

// Fence (电子围栏) is an area on the ground with a rule for what moves (V04): a
// polygon or a circle, in degrees of WGS-84. A polygon does not cross the 180th
// meridian.
type Fence struct {
	ID         ID           `json:"id"`
	Code       string       `json:"code"` // unique in its enterprise, or in the district
	Name       string       `json:"name"`
	Enterprise ID           `json:"enterprise,omitempty"` // empty: the district's, for everybody
	Rule       FenceRule    `json:"rule" enum:"keep_in,keep_out,slow"`
	SpeedLimit float64      `json:"speedLimit,omitempty"`               // km/h, of the rule slow
	Classes    []string     `json:"classes,omitempty" nullable:"false"` // vehicle classes (V10) that it is for; empty: all
	Assets     []ID         `json:"assets,omitempty" nullable:"false"`  // those alone; empty: all
	Ring       [][2]float64 `json:"ring,omitempty" nullable:"false"`    // lon and lat; the last is the first again
	Centre     [2]float64   `json:"centre,omitzero" nullable:"false"`   // lon and lat, of a circle
	Radius     float64      `json:"radius,omitempty"`                   // m, of a circle; 0: it is a polygon
	Version    int64        `json:"version"`
}

// Limits of a fence's shape.
const (
	MaxRing   = 2000    // places of a polygon, the last one too
	maxRadius = 100_000 // m
	maxFenced = 10_000  // assets that one names
)

// Check says what is wrong with a fence's rule or shape, or nil.
func (f *Fence) Check() error {
	bad := func(reason, format string, args ...any) error {
		return Errorf(Invalid, reason, "the fence "+f.Code+": "+format, args...)
	}
	switch f.Rule {
	case KeepIn, KeepOut:
		if f.SpeedLimit != 0 {
			return bad("fence_speed", "only the rule slow has a speed limit; leave it out, or make the rule slow")
		}
	case Slow:
		if !(f.SpeedLimit > 0 && f.SpeedLimit <= 200) {
			return bad("fence_speed", "the rule slow needs a speed limit above 0 and up to 200 km/h, not %g", f.SpeedLimit)
		}
	default:
		return bad("fence_rule", "there is no rule %q; use keep_in, keep_out or slow", f.Rule)
	}
	if len(f.Assets) > maxFenced || len(f.Classes) > maxFenced {
		return bad("fence_many", "it names more than %d assets or classes; name classes, or leave both empty for all", maxFenced)
	}
	if f.Radius != 0 {
		switch {
		case len(f.Ring) > 0:
			return bad("fence_shape", "it is a circle or a polygon, not both; leave out the ring or the radius")
		case !(f.Radius >= 1 && f.Radius <= maxRadius):
			return bad("fence_radius", "the radius must lie between 1 m and 100 km, not %g", f.Radius)
		case !onEarth(f.Centre):
			return bad("fence_place", "the centre %g, %g is no place on earth; longitude comes first", f.Centre[0], f.Centre[1])
		}
		return nil
	}
	n := len(f.Ring)
	switch {
	case n == 0:
		return bad("fence_shape", "it has no shape; give a ring of places, or a centre and a radius")
	case n > MaxRing:
		return bad("fence_ring", "the ring has %d places; at most %d are kept, draw it simpler", n, MaxRing)
	case n < 4 || f.Ring[0] != f.Ring[n-1]:
		return bad("fence_ring", "the ring needs three corners or more, and must end where it begins")
	}
	area := 0.0
	for i, p := range f.Ring {
		if !onEarth(p) {
			return bad("fence_place", "place %d, %g, %g, is none on earth; longitude comes first", i+1, p[0], p[1])
		}
		if i > 0 {
			a, b := f.Ring[i-1], p
			if a == b {
				return bad("fence_ring", "place %d is the one before again; leave it out", i+1)
			}
			area += (a[0]-f.Ring[0][0])*(b[1]-f.Ring[0][1]) - (b[0]-f.Ring[0][0])*(a[1]-f.Ring[0][1])
		}
	}
	for i := 0; i+1 < n; i++ {
		for j := i + 2; j+1 < n; j++ {
			if (i > 0 || j+2 < n) && cross(f.Ring[i], f.Ring[i+1], f.Ring[j], f.Ring[j+1]) {
				return bad("fence_crossed", "the ring crosses or touches itself after places %d and %d; then nobody can say what is inside", i+1, j+1)
			}
		}
	}
	if area == 0 {
		return bad("fence_ring", "the ring holds no ground: all places lie on one line")
	}
	return nil
}

func onEarth(p [2]float64) bool { // never for a NaN
	return p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90
}

// cross reports whether two lines have a place in common.
func cross(a, b, c, d [2]float64) bool {
	if max(a[0], b[0]) < min(c[0], d[0]) || max(c[0], d[0]) < min(a[0], b[0]) || max(a[1], b[1]) < min(c[1], d[1]) || max(c[1], d[1]) < min(a[1], b[1]) {
		return false
	}
	side := func(a, b, p [2]float64) float64 { return (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0]) }
	apart := func(x, y float64) bool { return x > 0 && y > 0 || x < 0 && y < 0 }
	return !apart(side(a, b, c), side(a, b, d)) && !apart(side(c, d, a), side(c, d, b))
}

// Watches reports whether the fence is for an asset: its enterprise's or the
// district's, and of those that it names.
func (f *Fence) Watches(a *Asset) bool {
	return (f.Enterprise == "" || f.Enterprise == a.Enterprise) &&
		(len(f.Classes) == 0 || slices.Contains(f.Classes, a.Attrs["class"])) &&
		(len(f.Assets) == 0 || slices.Contains(f.Assets, a.ID))
}

// Contains reports whether a place, in degrees of WGS-84, lies inside. Of places
// on the edge of a polygon some do; of those on the edge of a circle all.
func (f *Fence) Contains(lon, lat float64) bool {
	if f.Radius > 0 {
		return Metres(lon, lat, f.Centre[0], f.Centre[1]) <= f.Radius
	}
	// A ray to the east leaves the polygon once more often than it enters it.
	inside := false
	for i := 1; i < len(f.Ring); i++ {
		a, b := f.Ring[i-1], f.Ring[i]
		if (a[1] > lat) != (b[1] > lat) && lon < a[0]+(lat-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			inside = !inside
		}
	}
	return inside
}

// Distance is how far a place lies from the fence's edge, in m, on whichever side
// of it.
func (f *Fence) Distance(lon, lat float64) float64 {
	if f.Radius > 0 {
		return math.Abs(Metres(lon, lat, f.Centre[0], f.Centre[1]) - f.Radius)
	}
	p, least := planeAt(lat), math.Inf(1)
	for i := 1; i < len(f.Ring); i++ {
		least = min(least, p.toSegment(lon, lat, f.Ring[i-1], f.Ring[i]))
	}
	return least
}
