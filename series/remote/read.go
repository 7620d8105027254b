package remote

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"fengsui"
	"fengsui/series"
)

const (
	// rowsPerLine and maxLine bound what of an export is in memory at a time: a row is at
	// most a float with all its digits and a moment.
	rowsPerLine = 5000
	maxLine     = 4 << 20
	maxAnswer   = 64 << 20 // bytes of an answer that is no export
)

// line is one line of an export: rows of one series, in time order.
type line struct {
	Metric     map[string]string `json:"metric"`
	Values     []float64         `json:"values"`
	Timestamps []fengsui.Millis  `json:"timestamps"`
}

// export gives fn the rows of the chosen series in [from, to), a series' lines one after
// the other, those of others between them.
func (e *Engine) export(ctx context.Context, match string, from, to fengsui.Millis, fn func(*line) error) error {
	if from >= to {
		return nil
	}
	resp, err := e.ask(ctx, "/api/v1/export", url.Values{
		"match[]": {match}, "start": {seconds(from)}, "end": {seconds(to - 1)}, "max_rows_per_line": {strconv.Itoa(rowsPerLine)},
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return away(ctx, fmt.Errorf("read history: %w", err))
		}
		if len(l.Values) != len(l.Timestamps) {
			return away(ctx, fmt.Errorf("read history: %d values at %d moments", len(l.Values), len(l.Timestamps)))
		}
		if err := fn(&l); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return away(ctx, fmt.Errorf("read history: %w", err))
	}
	return nil
}

// seconds writes a moment as Unix seconds, to the millisecond.
func seconds(at fengsui.Millis) string {
	return fmt.Sprintf("%d.%03d", at/1000, at%1000)
}

func selector(name, label string, num int64) string {
	return fmt.Sprintf(`%s{%s="%d"}`, name, label, num)
}

// every chooses all series of a name. The server remembers for ten seconds which series
// a question is about, and would not see new ones: so none is asked twice.
func every(name string) string {
	return fmt.Sprintf(`%s{ask!="%s"}`, name, rand.Text())
}

// Range reads a point's samples in [from, to).
func (e *Engine) Range(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error) {
	values, err := e.values(ctx, num, from, to)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	list := make([]fengsui.Sample, len(values))
	for i, v := range values {
		list[i] = fengsui.Sample{Point: num, At: v.At, Value: v.Value}
	}
	return list, nil
}

func (e *Engine) values(ctx context.Context, num int64, from, to fengsui.Millis) (list []series.Value, err error) {
	if num < 1 {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_question", "%d is no point's num", num)
	}
	from, to = e.within(from, to)
	ctx, cancel := context.WithTimeout(ctx, e.c.Timeout)
	defer cancel()
	err = e.export(ctx, selector(series.PointName, series.PointLabel, num), from, to, func(l *line) error {
		if len(list)+len(l.Values) > series.MaxSamples {
			return series.ErrRange
		}
		list = appendLine(list, l)
		return nil
	})
	return series.Order(list), err
}

func appendLine(list []series.Value, l *line) []series.Value {
	for i, at := range l.Timestamps {
		list = append(list, series.Value{At: at, Value: l.Values[i]})
	}
	return list
}

// Thin sums up a point's samples in [from, to) by equal stretches. Of a range with more
// than MaxSamples the server does the sums: its stretches are whole milliseconds, so there
// may be fewer of them, and of equal values the last one's time is told.
func (e *Engine) Thin(ctx context.Context, num int64, from, to fengsui.Millis, buckets int) ([]series.Bucket, error) {
	if from >= to || buckets < 1 || buckets > series.MaxBuckets {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_question", "from must be before to, and buckets from 1 to %d", series.MaxBuckets)
	}
	values, err := e.values(ctx, num, from, to)
	if err == series.ErrRange {
		return e.rollUp(ctx, num, from, to, buckets)
	}
	if err != nil {
		return nil, err
	}
	t := series.NewThinner(from, to, buckets)
	for _, v := range values {
		t.Add(v.At, v.Value)
	}
	return t.Buckets(), nil
}

// rollUp lets the server thin.
func (e *Engine) rollUp(ctx context.Context, num int64, from, to fengsui.Millis, buckets int) ([]series.Bucket, error) {
	step := (to - from + fengsui.Millis(buckets) - 1) / fengsui.Millis(buckets)
	whole := (to - from) / step
	list, err := e.sums(ctx, num, from, step, int(whole))
	if rest := from + whole*step; err == nil && rest < to {
		var last []series.Bucket
		last, err = e.sums(ctx, num, rest, to-rest, 1)
		list = append(list, last...)
	}
	return list, err
}

// sums are what a bucket is made of, as MetricsQL calls it.
var sums = [...]string{"count_over_time", "first_over_time", "min_over_time", "max_over_time", "last_over_time", "tfirst_over_time", "tmin_over_time", "tmax_over_time", "tlast_over_time"}

// sums asks the server for n stretches of step from a moment on.
func (e *Engine) sums(ctx context.Context, num int64, from, step fengsui.Millis, n int) ([]series.Bucket, error) {
	ctx, cancel := context.WithTimeout(ctx, e.c.Timeout)
	defer cancel()
	query := "aggr_over_time(("
	for i, name := range sums {
		if i > 0 {
			query += ","
		}
		query += strconv.Quote(name)
	}
	query += fmt.Sprintf("), %s[%dms])", selector(series.PointName, series.PointLabel, num), step)
	// The server's stretch of a moment is (moment - step, moment].
	first := from + step - 1
	resp, err := e.ask(ctx, "/api/v1/query_range", url.Values{
		"query": {query}, "start": {seconds(first)}, "end": {seconds(first + fengsui.Millis(n-1)*step)}, "step": {fmt.Sprintf("%dms", step)},
		"nocache": {"1"}, "latency_offset": {"0ms"},
	})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Data struct {
			Result []struct {
				Metric struct {
					Rollup string `json:"rollup"`
				} `json:"metric"`
				Values [][2]json.RawMessage `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer); err != nil {
		return nil, away(ctx, fmt.Errorf("read history: %w", err))
	}
	list := make([]series.Bucket, n)
	for _, r := range answer.Data.Result {
		for _, v := range r.Values {
			at, value, err := sum(v)
			i := (at - first) / step
			if err != nil || at < first || i >= fengsui.Millis(n) {
				return nil, away(ctx, fmt.Errorf("read history: %s of %s at %s is no sum that was asked for", v[1], r.Metric.Rollup, v[0]))
			}
			b := &list[i]
			b.From = from + i*step
			moment := fengsui.Millis(value*1000 + 0.5) // where the sum is one
			switch r.Metric.Rollup {
			case "count_over_time":
				b.Count = int(value)
			case "first_over_time":
				b.First.Value = value
			case "min_over_time":
				b.Min.Value = value
			case "max_over_time":
				b.Max.Value = value
			case "last_over_time":
				b.Last.Value = value
			case "tfirst_over_time":
				b.First.At = moment
			case "tmin_over_time":
				b.Min.At = moment
			case "tmax_over_time":
				b.Max.At = moment
			case "tlast_over_time":
				b.Last.At = moment
			}
		}
	}
	some := list[:0]
	for _, b := range list {
		if b.Count > 0 {
			some = append(some, b)
		}
	}
	return some, nil
}

// sum reads [seconds, "value"].
func sum(v [2]json.RawMessage) (at fengsui.Millis, value float64, err error) {
	var when float64
	var text string
	if err = json.Unmarshal(v[0], &when); err == nil {
		err = json.Unmarshal(v[1], &text)
	}
	if err == nil {
		value, err = strconv.ParseFloat(text, 64)
	}
	return fengsui.Millis(when*1000 + 0.5), value, err
}

// Track reads where a device was in [from, to), in time order. What is read while it
// is being written may lack its newest positions; a half one is never shown.
func (e *Engine) Track(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Position, error) {
	if num < 1 {
		return nil, fengsui.Errorf(fengsui.Invalid, "bad_question", "%d is no device's num", num)
	}
	from, to = e.within(from, to)
	ctx, cancel := context.WithTimeout(ctx, e.c.Timeout)
	defer cancel()
	var parts [len(series.Kinds)][]series.Value
	err := e.export(ctx, selector(series.DeviceName, series.DeviceLabel, num), from, to, func(l *line) error {
		k := series.KindOf(l.Metric[series.KindLabel])
		if k < 0 {
			return nil
		}
		if len(parts[k])+len(l.Values) > series.MaxSamples {
			return series.ErrTrack
		}
		parts[k] = appendLine(parts[k], l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for k := range parts {
		parts[k] = series.Order(parts[k])
	}
	return series.JoinTrack(nil, num, parts), nil
}

// Count counts what is stored in [from, to). It reads all of it.
func (e *Engine) Count(ctx context.Context, from, to fengsui.Millis) (series.Totals, error) {
	var n series.Totals
	from, to = e.within(from, to)
	last := map[string]fengsui.Millis{} // by point
	err := e.export(ctx, every(series.PointName), from, to, func(l *line) error {
		p := l.Metric[series.PointLabel]
		before, known := last[p]
		for _, at := range l.Timestamps {
			if !known || at != before {
				n.Samples++
			}
			before, known = at, true
		}
		last[p] = before
		return nil
	})
	n.Points = int64(len(last))
	return n, err
}
