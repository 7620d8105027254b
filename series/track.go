package series

import (
	"container/heap"
	"encoding/binary"
	"errors"
	"math"

	"fengsui"
)

// MaxTrack is how many positions a thinned track may be asked to have.
const MaxTrack = 5000

const (
	trackType = "application/x-fengsui-track" // see appendTrack
	trackUnit = 1e6                           // parts of a degree
	trackPart = 10                            // parts of a km/h, and of a degree of heading

	// coarse is how many positions the thinning weighs at most; of more, some are
	// left out by time first, so that no track takes longer than a second.
	coarse = 20_000
)

// ThinTrack leaves out positions of a track, given in time order, until at most
// points are left (2 or more): those first by which it changes least. How much that is
// is measured in metres between where the device was and where it would be at that
// time if it had gone straight and evenly between the two that stay (top-down time
// ratio, Meratnia and de By, 2004). So corners and stops stay, and with them when they
// were. First and last always stay.
func ThinTrack(list []fengsui.Position, points int) []fengsui.Position {
	if len(list) <= points {
		return list
	}
	if len(list) > coarse {
		some := make([]fengsui.Position, coarse)
		for i := range some {
			some[i] = list[i*(len(list)-1)/(coarse-1)]
		}
		list = some
	}
	stays := make([]bool, len(list))
	stays[0], stays[len(list)-1] = true, true
	legs := legs{legOf(list, 0, len(list)-1)}
	for n := 2; n < points && legs[0].off > 0; n++ {
		l := legs[0]
		stays[l.at] = true
		legs[0] = legOf(list, l.from, l.at)
		heap.Fix(&legs, 0)
		heap.Push(&legs, legOf(list, l.at, l.to))
	}
	thin := make([]fengsui.Position, 0, points)
	for i := range list {
		if stays[i] {
			thin = append(thin, list[i])
		}
	}
	return thin
}

// leg is a stretch of a track between two positions that stay, and the one in it that
// lies farthest off.
type leg struct {
	from, to, at int
	off          float64 // m
}

func legOf(list []fengsui.Position, from, to int) leg {
	l := leg{from: from, to: to, at: from}
	a, b := &list[from], &list[to]
	for i := from + 1; i < to; i++ {
		p := &list[i]
		t := float64(p.At-a.At) / float64(b.At-a.At)
		if off := fengsui.Metres(p.Lon, p.Lat, a.Lon+t*(b.Lon-a.Lon), a.Lat+t*(b.Lat-a.Lat)); off > l.off {
			l.at, l.off = i, off
		}
	}
	return l
}

// legs are a heap, the one that is farthest off first.
type legs []leg

func (l legs) Len() int           { return len(l) }
func (l legs) Less(i, j int) bool { return l[i].off > l[j].off }
func (l legs) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *legs) Push(x any)        { *l = append(*l, x.(leg)) }
func (l *legs) Pop() any {
	old := *l
	x := old[len(old)-1]
	*l = old[:len(old)-1]
	return x
}

// appendTrack writes a track as it travels: of each position the steps from the one
// before in time (ms), longitude and latitude (1e-6 degree), and its speed and heading
// (tenths), all as varints.
func appendTrack(dst []byte, list []fengsui.Position) []byte {
	var was [3]int64
	for i := range list {
		p := &list[i]
		for k, v := range [3]int64{int64(p.At), int64(math.Round(p.Lon * trackUnit)), int64(math.Round(p.Lat * trackUnit))} {
			dst = binary.AppendVarint(dst, v-was[k])
			was[k] = v
		}
		dst = binary.AppendVarint(dst, int64(math.Round(p.Speed*trackPart)))
		dst = binary.AppendVarint(dst, int64(math.Round(p.Heading*trackPart)))
	}
	return dst
}

var errTrack = errors.New("the track cannot be read")

// readTrack reads what appendTrack wrote about a device.
func readTrack(b []byte, device int64) ([]fengsui.Position, error) {
	var list []fengsui.Position
	var v [5]int64
	for len(b) > 0 {
		for k := range v {
			step, n := binary.Varint(b)
			if n <= 0 {
				return nil, errTrack
			}
			b = b[n:]
			if k > 2 {
				v[k] = 0
			}
			v[k] += step
		}
		p := fengsui.Position{Device: device, At: fengsui.Millis(v[0]), Lon: float64(v[1]) / trackUnit, Lat: float64(v[2]) / trackUnit,
			Speed: float64(v[3]) / trackPart, Heading: float64(v[4]) / trackPart, Fix: true}
		if p.Check() != nil || len(list) > 0 && p.At <= list[len(list)-1].At {
			return nil, errTrack
		}
		list = append(list, p)
	}
	return list, nil
}
