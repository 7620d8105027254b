package victoria

import (
	"context"
	"fmt"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/prompb"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/storage"

	"fengsui"
	"fengsui/series"
)

// Each gives fn everything that is stored in [from, to), in parts: a series' values may
// come in several, and what is not merged yet twice. What fn is given is its own only
// until it returns.
func (e *Engine) Each(ctx context.Context, from, to fengsui.Millis, fn func(series.Stored) error) error {
	from, to = e.within(from, to)
	if from >= to {
		return nil
	}
	var values []series.Value
	var name storage.MetricName
	for _, of := range [...]struct{ name, label string }{{series.PointName, series.PointLabel}, {series.DeviceName, series.DeviceLabel}} {
		err := e.search(ctx, labels{{Name: "", Value: of.name}}, from, to, func(raw []byte, at []int64, value []float64) error {
			if len(at) == 0 {
				return nil
			}
			if err := name.Unmarshal(raw); err != nil {
				return fmt.Errorf("read history name: %w", err)
			}
			s := series.Stored{Key: series.Key{Num: series.Num(string(name.GetTagValue(of.label))), Kind: string(name.GetTagValue(series.KindLabel))}}
			values = appendValues(values[:0], at, value)
			s.Values = values
			return fn(s)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Put hands over what Each gave, of another engine. It is Write and WritePositions.
func (e *Engine) Put(_ context.Context, list []series.Stored) error {
	return e.use(func(db *storage.Storage) error {
		var rows []storage.MetricRow
		for _, s := range list {
			if db.IsReadOnly() {
				return ErrFull
			}
			of := point(s.Num)
			if s.Kind != "" {
				of = append(device(s.Num), prompb.Label{Name: series.KindLabel, Value: s.Kind})
			}
			name := storage.MarshalMetricNameRaw(nil, of)
			for _, v := range s.Values {
				rows = append(rows, storage.MetricRow{MetricNameRaw: name, Timestamp: int64(v.At), Value: v.Value})
				if len(rows) == block {
					db.AddRows(rows, exact)
					rows = rows[:0]
				}
			}
		}
		db.AddRows(rows, exact)
		return nil
	})
}

// Settle makes what was written readable at once.
func (e *Engine) Settle(context.Context) error { return e.Flush(false) }
