package remote

import (
	"context"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/klauspost/compress/snappy"

	"fengsui"
	"fengsui/series"
)

// batch is how many samples one request carries at most.
const batch = 10_000

// Write hands samples over; Point is the num. Values that are not finite are left out,
// and so are, counted, those outside the retention or the future limit. After an error
// some of them may have been taken: writing the same again does no harm.
func (e *Engine) Write(ctx context.Context, list []fengsui.Sample) error {
	first, end := e.within(0, math.MaxInt64)
	var r request
	for i := range list {
		s := &list[i]
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			continue
		}
		if s.At < first || s.At >= end {
			e.refused.Add(1)
			continue
		}
		if r.samples == 0 || s.Point != r.num || r.kind != "" {
			r.begin(s.Point, "")
		}
		r.add(s.At, s.Value)
		if r.samples == batch {
			if err := e.send(ctx, &r); err != nil {
				return err
			}
		}
	}
	return e.send(ctx, &r)
}

// WritePositions hands positions over; Device is the num. What is kept of them is what
// series says, and they are left out as samples are.
func (e *Engine) WritePositions(ctx context.Context, list []fengsui.Position) error {
	first, end := e.within(0, math.MaxInt64)
	var r request
	for len(list) > 0 {
		part := list[:min(len(list), batch/len(series.Kinds))]
		list = list[len(part):]
		for k, kind := range series.Kinds {
			for i := range part {
				p := &part[i]
				if p.At < first || p.At >= end {
					if k == 0 {
						e.refused.Add(1)
					}
					continue
				}
				if r.samples == 0 || p.Device != r.num || r.kind != kind {
					r.begin(p.Device, kind)
				}
				r.add(p.At, series.Numbers(p)[k])
			}
		}
		if err := e.send(ctx, &r); err != nil {
			return err
		}
	}
	return nil
}

// request is what is sent: a WriteRequest of Prometheus' remote write 1.0, by hand.
//
//	WriteRequest { repeated TimeSeries timeseries = 1; }
//	TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
//	Label { string name = 1; string value = 2; }
//	Sample { double value = 1; int64 timestamp = 2; }
type request struct {
	body    []byte
	samples int
	num     int64  // of the series that is open
	kind    string // of a device's series; empty: a point's
	open    []byte // the series that is open, without its head
	packed  []byte // the body as it is sent
}

// begin closes the series that is open and opens another.
func (r *request) begin(num int64, kind string) {
	r.close()
	r.num, r.kind = num, kind
	name, label := series.PointName, series.PointLabel
	if kind != "" {
		name, label = series.DeviceName, series.DeviceLabel
	}
	var digits [20]byte
	r.label("__name__", name)
	r.label(label, string(strconv.AppendInt(digits[:0], num, 10)))
	if kind != "" {
		r.label(series.KindLabel, kind)
	}
}

func (r *request) label(name, value string) {
	r.open = append(r.open, 1<<3|2, byte(4+len(name)+len(value))) // both are short
	r.open = append(append(r.open, 1<<3|2, byte(len(name))), name...)
	r.open = append(append(r.open, 2<<3|2, byte(len(value))), value...)
}

func (r *request) add(at fengsui.Millis, value float64) {
	var when [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(when[:], uint64(at))
	r.open = append(r.open, 2<<3|2, byte(1+8+1+n), 1<<3|1)
	r.open = binary.LittleEndian.AppendUint64(r.open, math.Float64bits(value))
	r.open = append(append(r.open, 2<<3|0), when[:n]...)
	r.samples++
}

// close appends the series that is open to the body.
func (r *request) close() {
	if len(r.open) > 0 {
		r.body = append(r.body, 1<<3|2)
		r.body = binary.AppendUvarint(r.body, uint64(len(r.open)))
		r.body = append(r.body, r.open...)
		r.open = r.open[:0]
	}
}

// send sends what was added and empties the request.
func (e *Engine) send(ctx context.Context, r *request) error {
	r.close()
	if r.samples == 0 {
		return nil
	}
	r.packed = snappy.Encode(r.packed[:cap(r.packed)], r.body)
	r.body, r.samples = r.body[:0], 0
	return e.post(ctx, r.packed)
}
