package victoria

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/prompb"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/storage"

	"fengsui"
	"fengsui/series"
)

// The four series of a device, in the order in which Track joins them.
var kinds = [...]string{"lat", "lon", "speed", "heading"}

const (
	micro = 1e6 // of a degree: 0.11 m
	tenth = 10  // of a km/h and of a degree of heading

	// Of values at one moment the library keeps the larger, in each series by
	// itself: a place must not be put together from two. So the longitude carries,
	// above its own 29 bits, the latitude in steps of 16: what wins in lat wins in
	// lon. All of it fits the 53 bits of a float.
	lonBits = 29
	latStep = 16
)

// WritePositions hands positions over; Device is the num. Kept are time, place to
// 1e-6 degree, speed and heading to a tenth. Of two at one moment the northern one
// is kept; where they lie within 2 m of one latitude the eastern one, and of speeds
// and headings the larger. Either all of them are taken or ErrFull says that none
// was; those outside the retention or the future limit are refused, and counted.
func (e *Engine) WritePositions(list []fengsui.Position) error {
	first, end := e.within(0, math.MaxInt64)
	return e.use(func(db *storage.Storage) error {
		if db.IsReadOnly() {
			return ErrFull
		}
		rows := make([]storage.MetricRow, 0, min(block, len(kinds)*len(list)))
		names := map[int64]*[len(kinds)][]byte{} // by device
		for i := range list {
			p := &list[i]
			if p.At < first || p.At >= end {
				e.refused.Add(1)
				continue
			}
			name := names[p.Device]
			if name == nil {
				name = new([len(kinds)][]byte)
				for k, kind := range kinds {
					name[k] = storage.MarshalMetricNameRaw(nil, append(device(p.Device), prompb.Label{Name: "k", Value: kind}))
				}
				names[p.Device] = name
			}
			lat, lon := math.Round((p.Lat+90)*micro), math.Round((p.Lon+180)*micro)
			for k, v := range [...]float64{lat, math.Floor(lat/latStep)*(1<<lonBits) + lon, math.Round(p.Speed * tenth), math.Round(p.Heading * tenth)} {
				rows = append(rows, storage.MetricRow{MetricNameRaw: name[k], Timestamp: int64(p.At), Value: v})
			}
			if len(rows)+len(kinds) > block {
				db.AddRows(rows, exact)
				rows = rows[:0]
			}
		}
		db.AddRows(rows, exact)
		return nil
	})
}

func device(num int64) labels {
	return labels{{Name: "", Value: "pos"}, {Name: "d", Value: strconv.FormatInt(num, 10)}}
}

// Track reads where a device was in [from, to), in time order. What is read while it
// is being written may lack its newest positions; a half one is never shown.
func (e *Engine) Track(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Position, error) {
	if num < 1 {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_question", "%d is no device's num", num)
	}
	var track []fengsui.Position
	var parts [len(kinds)][]series.Value
	var name storage.MetricName
	from, to = e.within(from, to)
	for ; from < to; from += window {
		for k := range parts {
			parts[k] = parts[k][:0]
		}
		err := e.search(ctx, device(num), from, min(to, from+window), func(raw []byte, at []int64, value []float64) error {
			if err := name.Unmarshal(raw); err != nil {
				return fmt.Errorf("read history name: %w", err)
			}
			for k, kind := range kinds {
				if string(name.GetTagValue("k")) == kind {
					parts[k] = appendValues(parts[k], at, value)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for k := range parts {
			parts[k] = order(parts[k])
		}
		if track = join(track, num, parts); len(track) > series.MaxSamples {
			return nil, fengsui.Errorf(fengsui.Invalid, "range_too_long", "the range holds more than %d positions; ask for a shorter one", series.MaxSamples)
		}
	}
	return track, nil
}

// join puts together what has all four of its numbers.
func join(track []fengsui.Position, num int64, parts [len(kinds)][]series.Value) []fengsui.Position {
	for _, lat := range parts[0] {
		var v [len(kinds)]float64
		v[0] = lat.Value
		whole := true
		for k := 1; k < len(kinds); k++ {
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
		track = append(track, fengsui.Position{Device: num, At: lat.At, Fix: true,
			Lat: (v[0] - 90*micro) / micro, Lon: (float64(lon&(1<<lonBits-1)) - 180*micro) / micro, Speed: v[2] / tenth, Heading: v[3] / tenth})
	}
	return track
}
