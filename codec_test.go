package fengsui

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestSamplesRoundTrip: whatever is written is read back, at any size and order.
func TestSamplesRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		s := randomSamples(r, n%97)
		block := AppendSamples(nil, s)
		got, err := ReadSamples(nil, block, nil)
		if err != nil {
			t.Fatalf("%d samples: %v", len(s), err)
		}
		if len(got) != len(s) || len(s) > 0 && !reflect.DeepEqual(got, s) {
			t.Fatalf("got %v, want %v", got, s)
		}
		for cut := range block {
			// A cut right before the optional qualities leaves a sound block.
			if got, err := ReadSamples(nil, block[:cut], nil); err == nil && reflect.DeepEqual(got, s) {
				t.Fatalf("a block cut at %d of %d was read whole", cut, len(block))
			}
		}
	}
}

// TestSamplesTable: with a table the point is an index, 0 leaves a sample out,
// and an index outside is refused.
func TestSamplesTable(t *testing.T) {
	block := AppendSamples(nil, []Sample{{Point: 0, At: 10, Value: 1}, {Point: 1, At: 11, Value: 2}, {Point: 2, At: 12, Value: 3, Quality: Bad}})
	got, err := ReadSamples(nil, block, []int64{70, 0, 72})
	want := []Sample{{Point: 70, At: 10, Value: 1}, {Point: 72, At: 12, Value: 3, Quality: Bad}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := ReadSamples(nil, block, []int64{70, 71}); !errors.Is(err, ErrBlock) {
		t.Errorf("an index outside the table: got %v, want ErrBlock", err)
	}
}

// TestSamplesHostile: lengths and columns that lie.
func TestSamplesHostile(t *testing.T) {
	column := func(tag byte, body ...byte) []byte { return append([]byte{tag<<3 | 2, byte(len(body))}, body...) }
	value := func(v float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)) }
	one := slices3(column(1, 5), []byte{2 << 3, 0}, column(3, 0))
	for name, block := range map[string][]byte{
		"length beyond the end":     {1<<3 | 2, 200, 1},
		"length of 2^63":            append([]byte{1<<3 | 2}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"length of 2^64-1":          append([]byte{1<<3 | 2}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
		"varint without end":        append([]byte{2 << 3}, bytes.Repeat([]byte{0xff}, 11)...),
		"unknown field":             {9<<3 | 2, 0},
		"tag alone":                 {4<<3 | 2},
		"values of seven bytes":     slices3(one, column(4, value(1)[:7]...), nil),
		"value without a point":     column(4, value(1)...),
		"points without values":     one,
		"more values than points":   slices3(one, column(4, append(value(1), value(2)...)...), nil),
		"not a number":              slices3(one, column(4, value(math.NaN())...), nil),
		"infinite":                  slices3(one, column(4, value(math.Inf(-1))...), nil),
		"quality above a byte":      slices3(one, column(4, value(1)...), column(5, 0x80, 0x02)),
		"empty quality column":      slices3(one, column(4, value(1)...), column(5)),
		"more qualities than there": slices3(one, column(4, value(1)...), column(5, 0, 0)),
	} {
		if got, err := ReadSamples(nil, block, nil); !errors.Is(err, ErrBlock) {
			t.Errorf("%s: got %v, %v, want ErrBlock", name, got, err)
		}
	}
}

func slices3(a, b, c []byte) []byte { return append(append(append([]byte(nil), a...), b...), c...) }

// TestRecordRoundTrip: every field survives, and no cut record is taken.
func TestRecordRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 300 {
		want := randomRecord(r, n)
		b := AppendRecord(nil, &want)
		got, err := ReadRecord(b)
		if err != nil {
			t.Fatalf("%+v: %v", want, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		for cut := range b {
			// A tick ends with the varint of its time: cut, it has no end.
			if _, err := ReadRecord(b[:cut]); err == nil {
				t.Fatalf("a record cut at %d of %d was read", cut, len(b))
			}
		}
		if _, err := ReadRecord(append(b, 0)); err == nil {
			t.Fatal("a record with a byte too many was read")
		}
	}
}

// TestRecordOfVersion1: what an earlier program wrote is read.
func TestRecordOfVersion1(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for n := range 100 {
		want := randomRecord(r, n)
		want.Sender, want.Positions = "", nil
		b := AppendRecord(nil, &want)
		if !want.Tick {
			b = b[:len(b)-2] // version 1 ended before the two empty fields
		}
		b[0] = 1
		if got, err := ReadRecord(b); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v, %v\nwant %+v", got, err, want)
		}
	}
}

// TestPositionCheck: a place off the globe and numbers that are none are refused,
// in a log record too.
func TestPositionCheck(t *testing.T) {
	good := Position{Lon: 117.7, Lat: 39, Speed: 60, Heading: 360}
	if err := good.Check(); err != nil {
		t.Errorf("%+v: %v", good, err)
	}
	for _, bad := range []Position{{Lon: 181}, {Lat: -90.1}, {Lon: math.NaN()}, {Altitude: math.Inf(1)}, {Speed: -1}, {Speed: 1e5}, {Heading: 361}} {
		if CodeOf(bad.Check()) != Invalid {
			t.Errorf("%+v: was taken", bad)
		}
		if bad.Lon == bad.Lon && bad.Altitude < 1e6 {
			if _, err := ReadRecord(AppendRecord(nil, &Record{Positions: []Position{bad}})); err == nil {
				t.Errorf("%+v: was read from a record", bad)
			}
		}
	}
}

// TestRecordHostile: counts and lengths beyond the input are refused before
// anything is allocated for them.
func TestRecordHostile(t *testing.T) {
	full := Record{Received: 1, Adapter: "push", Points: []int64{1}, Events: []Event{{}}, Presences: []Presence{{}}, Positions: []Position{{}}}
	b := AppendRecord(nil, &full)
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}
	for i := 3; i < len(b); i++ {
		hostile := slices3(b[:i], huge, b[i+1:])
		allocated := testing.AllocsPerRun(1, func() { ReadRecord(hostile) })
		if allocated > 32 {
			t.Errorf("a hostile length at byte %d costs %v allocations", i, allocated)
		}
	}
	for name, b := range map[string][]byte{
		"empty":          nil,
		"one byte":       {recordVersion},
		"a later format": append([]byte{recordVersion + 1}, b[1:]...),
		"too large":      make([]byte, MaxRecord+1),
	} {
		if _, err := ReadRecord(b); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func FuzzReadSamples(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 8 {
		f.Add(AppendSamples(nil, randomSamples(r, n)))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		s, err := ReadSamples(nil, block, nil)
		if err != nil {
			return
		}
		if len(s) > len(block)/8 {
			t.Fatalf("%d samples out of %d bytes", len(s), len(block))
		}
		again, err := ReadSamples(nil, AppendSamples(nil, s), nil)
		if err != nil || len(again) != len(s) || len(s) > 0 && !reflect.DeepEqual(again, s) {
			t.Fatalf("read %v, wrote and read again %v, %v", s, again, err)
		}
	})
}

func FuzzReadRecord(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := range 8 {
		rec := randomRecord(r, n)
		f.Add(AppendRecord(nil, &rec))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := ReadRecord(b)
		if err != nil {
			return
		}
		again, err := ReadRecord(AppendRecord(nil, &rec))
		if err != nil || !reflect.DeepEqual(again, rec) {
			t.Fatalf("read %+v, wrote and read again %+v, %v", rec, again, err)
		}
		rec.Samples(nil)
	})
}

func BenchmarkReadSamples(b *testing.B) {
	s, table := plantSamples(500)
	block := AppendSamples(nil, s)
	buf := make([]Sample, 0, len(s))
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = ReadSamples(buf[:0], block, table); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(s)), "ns/sample")
}

func BenchmarkAppendSamples(b *testing.B) {
	s, _ := plantSamples(500)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendSamples(buf[:0], s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(s)), "ns/sample")
	b.ReportMetric(float64(len(buf))/float64(len(s)), "B/sample")
}

// plantSamples are n points of one plant, one value each.
func plantSamples(n int) ([]Sample, []int64) {
	s, table := make([]Sample, n), make([]int64, n)
	for i := range s {
		s[i] = Sample{Point: int64(i), At: 1_790_000_000_000 + Millis(i%7), Value: 20 + float64(i)/8}
		table[i] = int64(i) + 1000
	}
	return s, table
}

func randomSamples(r *rand.Rand, n int) []Sample {
	if n == 0 {
		return nil
	}
	s := make([]Sample, n)
	for i := range s {
		s[i] = Sample{Point: r.Int64() >> r.IntN(63), At: Millis(r.Uint64()), Value: (r.Float64() - .5) * math.Pow(10, float64(r.IntN(40)-20))}
		if n%2 == 0 {
			s[i].Quality = Quality(r.IntN(256))
		}
	}
	return s
}

func randomRecord(r *rand.Rand, n int) Record {
	if n%5 == 0 {
		return Record{Tick: true, Received: Millis(r.Int64())}
	}
	text := func() string { return strings.Repeat("é", r.IntN(5)) + string(rune('a'+r.IntN(26))) }
	rec := Record{
		Received: Millis(r.Int64()), Adapter: "push", Enterprise: r.Int64(), Device: r.Int64() - r.Int64(),
		KeyID: text(), Nonce: text(), Idempotency: text(), BodyHash: r.Uint64(), Resent: n%2 == 0,
		ClockOffset: Span(r.Int64() - r.Int64()), Answer: []byte(text()),
		Block: AppendSamples(nil, randomSamples(r, n%9)),
	}
	for range r.IntN(4) {
		rec.Points = append(rec.Points, r.Int64()-r.Int64())
		rec.Events = append(rec.Events, Event{Point: r.Int64(), Code: text(), At: Millis(r.Int64()), On: n%3 == 0, Text: text()})
		rec.Presences = append(rec.Presences, Presence{Device: r.Int64(), At: Millis(r.Int64()), Online: n%3 == 1})
		part := func(low, high, of int64) float64 { return float64(low*of+r.Int64N((high-low)*of+1)) / float64(of) }
		rec.Positions = append(rec.Positions, Position{
			Device: r.Int64(), At: Millis(r.Int64()), Lon: part(-180, 180, 1e7), Lat: part(-90, 90, 1e7), Altitude: part(-500, 9000, 10),
			Speed: part(0, 300, 10), Heading: part(0, 360, 10), Fix: n%2 == 1, Extra: []byte(text()),
		})
	}
	rec.Sender = text()
	return rec
}
