package remote

import (
	"context"
	"time"

	"fengsui"
	"fengsui/series"
)

// Each gives fn everything that is stored in [from, to), in parts: a series' values may
// come in several. What fn is given is its own only until it returns.
func (e *Engine) Each(ctx context.Context, from, to fengsui.Millis, fn func(series.Stored) error) error {
	from, to = e.within(from, to)
	var values []series.Value
	for _, of := range [...]struct{ name, label string }{{series.PointName, series.PointLabel}, {series.DeviceName, series.DeviceLabel}} {
		err := e.export(ctx, every(of.name), from, to, func(l *line) error {
			s := series.Stored{Key: series.Key{Num: series.Num(l.Metric[of.label]), Kind: l.Metric[series.KindLabel]}}
			values = appendLine(values[:0], l)
			s.Values = values
			return fn(s)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Put hands over what Each gave, of another engine.
func (e *Engine) Put(ctx context.Context, list []series.Stored) error {
	var r request
	for _, s := range list {
		for i, v := range s.Values {
			if i == 0 || r.samples == 0 {
				r.begin(s.Num, s.Kind)
			}
			r.add(v.At, v.Value)
			if r.samples == batch {
				if err := e.send(ctx, &r); err != nil {
					return err
				}
			}
		}
	}
	return e.send(ctx, &r)
}

// settleTime is after how long a server shows what it took, unasked.
const settleTime = 10 * time.Second

// Settle waits until what was written can be read: a single node is asked to show it,
// others are given their time.
func (e *Engine) Settle(ctx context.Context) error {
	resp, err := e.ask(ctx, "/internal/force_flush", nil)
	if err == nil {
		return resp.Body.Close()
	}
	select {
	case <-time.After(settleTime):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
