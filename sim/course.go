package sim

import (
	"math"
)

// Ordinary is the point's value when nothing is wrong, s seconds into the run,
// in its unit. The noise is a function of time, so that a run repeats itself.
func (p *Point) Ordinary(s float64) float64 {
	v := p.base + p.swing*math.Sin(2*math.Pi*s/p.period+p.phase) + p.noise*jitter(p.phase, s)
	return math.Min(math.Max(v, p.RangeLow), p.RangeHigh)
}

// jitter is a fixed noise in [-1, 1].
func jitter(seed, s float64) float64 {
	x := math.Sin(math.Floor(s)*12.9898+seed*78.233) * 43758.5453
	return 2*(x-math.Floor(x)) - 1
}

// Course is how an incident bends one point's value: from the ordinary value at
// its start towards Peak, along a ramp, a stay and a way back.
type Course struct {
	Peak             float64 // in the point's unit
	Rise, Stay, Fall float64 // seconds
}

// Bend is the value s seconds after the incident began, given the ordinary one.
func (c Course) Bend(ordinary, s float64) float64 {
	share := 0.0
	switch {
	case s < 0:
	case s < c.Rise:
		share = s / c.Rise
	case s < c.Rise+c.Stay:
		share = 1
	case s < c.Rise+c.Stay+c.Fall:
		share = 1 - (s-c.Rise-c.Stay)/c.Fall
	}
	return ordinary + (c.Peak-ordinary)*share
}
