package series

import (
	"math"
	"slices"
	"strconv"

	"fengsui"
)

// How samples and positions are stored, in whatever engine: a point is the series
// v{p="<num>"}, a device that moves the four series pos{d="<num>",k="<kind>"}.
const (
	PointName  = "v"
	PointLabel = "p"

	DeviceName  = "pos"
	DeviceLabel = "d"
	KindLabel   = "k"
)

// Kinds are the four series of a device, in the order of Numbers.
var Kinds = [...]string{"lat", "lon", "speed", "heading"}

// Key names a series: a point's, or one of a device.
type Key struct {
	Num  int64
	Kind string // of Kinds; empty: a point's
}

// Stored is what a series holds, or a part of it.
type Stored struct {
	Key
	Values []Value
}

const (
	micro = 1e6 // of a degree: 0.11 m
	tenth = 10  // of a km/h and of a degree of heading

	// Of values at one moment the engines keep the larger, in each series by
	// itself: a place must not be put together from two. So the longitude carries,
	// above its own 29 bits, the latitude in steps of 16: what wins in lat wins in
	// lon. All of it fits the 53 bits of a float.
	lonBits = 29
	latStep = 16
)

// Numbers are what of a position is stored, in each of its series.
func Numbers(p *fengsui.Position) [len(Kinds)]float64 {
	lat, lon := math.Round((p.Lat+90)*micro), math.Round((p.Lon+180)*micro)
	return [...]float64{lat, math.Floor(lat/latStep)*(1<<lonBits) + lon, math.Round(p.Speed * tenth), math.Round(p.Heading * tenth)}
}

// JoinTrack puts together what has all four of its numbers, each part in time order,
// and appends it to a track.
func JoinTrack(track []fengsui.Position, device int64, parts [len(Kinds)][]Value) []fengsui.Position {
	for _, lat := range parts[0] {
		var v [len(Kinds)]float64
		v[0] = lat.Value
		whole := true
		for k := 1; k < len(Kinds); k++ {
			for len(parts[k]) > 0 && parts[k][0].At < lat.At {
				parts[k] = parts[k][1:]
			}
			if whole = whole && len(parts[k]) > 0 && parts[k][0].At == lat.At; whole {
				v[k] = parts[k][0].Value
			}
		}
		lon := int64(v[1])
		if !whole || lon>>lonBits != int64(v[0])/latStep {
			continue
		}
		track = append(track, fengsui.Position{Device: device, At: lat.At, Fix: true,
			Lat: (v[0] - 90*micro) / micro, Lon: (float64(lon&(1<<lonBits-1)) - 180*micro) / micro, Speed: v[2] / tenth, Heading: v[3] / tenth})
	}
	return track
}

// KindOf is a kind's place in Kinds, -1 when there is none.
func KindOf(kind string) int { return slices.Index(Kinds[:], kind) }

// Num reads the num of a label, 0 when it is none.
func Num(label string) int64 {
	n, err := strconv.ParseInt(label, 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// Order sorts values by time and keeps the larger of those at one moment, as the
// engines do when they merge: what is not merged yet overlaps.
func Order(list []Value) []Value {
	byTime := func(a, b Value) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		case a.Value > b.Value:
			return -1
		case a.Value < b.Value:
			return 1
		}
		return 0
	}
	if !slices.IsSortedFunc(list, byTime) {
		slices.SortFunc(list, byTime)
	}
	return slices.CompactFunc(list, func(a, b Value) bool { return a.At == b.At })
}
