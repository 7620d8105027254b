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
		rows := make([]storage.MetricRow, 0, min(block, len(series.Kinds)*len(list)))
		names := map[int64]*[len(series.Kinds)][]byte{} // by device
		for i := range list {
			p := &list[i]
			if p.At < first || p.At >= end {
				e.refused.Add(1)
				continue
			}
			name := names[p.Device]
			if name == nil {
				name = new([len(series.Kinds)][]byte)
				for k, kind := range series.Kinds {
					name[k] = storage.MarshalMetricNameRaw(nil, append(device(p.Device), prompb.Label{Name: series.KindLabel, Value: kind}))
				}
				names[p.Device] = name
			}
			for k, v := range series.Numbers(p) {
				rows = append(rows, storage.MetricRow{MetricNameRaw: name[k], Timestamp: int64(p.At), Value: v})
			}
			if len(rows)+len(series.Kinds) > block {
				db.AddRows(rows, exact)
				rows = rows[:0]
			}
		}
		db.AddRows(rows, exact)
		return nil
	})
}

func device(num int64) labels {
	return labels{{Name: "", Value: series.DeviceName}, {Name: series.DeviceLabel, Value: strconv.FormatInt(num, 10)}}
}

// Track reads where a device was in [from, to), in time order. What is read while it
// is being written may lack its newest positions; a half one is never shown.
func (e *Engine) Track(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Position, error) {
	if num < 1 {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_question", "%d is no device's num", num)
	}
	var track []fengsui.Position
	var parts [len(series.Kinds)][]series.Value
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
			if k := series.KindOf(string(name.GetTagValue(series.KindLabel))); k >= 0 {
				parts[k] = appendValues(parts[k], at, value)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for k := range parts {
			parts[k] = series.Order(parts[k])
		}
		if track = series.JoinTrack(track, num, parts); len(track) > series.MaxSamples {
			return nil, series.ErrTrack
		}
	}
	return track, nil
}
