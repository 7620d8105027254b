package ingest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/bus"
	"fengsui/store"
	"fengsui/store/storetest"
)

// plant is a district of two enterprises: E1 with a gateway and three points,
// E2 with one point of the same code as one of E1's.
func plant() *fengsui.District {
	e1 := &fengsui.Enterprise{ID: "e1", Num: 1, Code: "E1", Zone: "z1", Sector: "hazchem"}
	e2 := &fengsui.Enterprise{ID: "e2", Num: 2, Code: "E2", Zone: "z2", Sector: "fire"}
	point := func(e *fengsui.Enterprise, num int64, code string) *fengsui.Point {
		return &fengsui.Point{ID: fengsui.ID(fmt.Sprint("p", num)), Num: num, Enterprise: e.ID, Code: code, RangeLow: 0, RangeHigh: 100}
	}
	return fengsui.NewDistrict(nil, []*fengsui.Enterprise{e1, e2}, nil,
		[]*fengsui.Device{{ID: "d1", Num: 8, Enterprise: "e1", Code: "GW1"}, {ID: "d2", Num: 9, Enterprise: "e1", Code: "PLC"}},
		[]*fengsui.Point{point(e1, 11, "TI-1"), point(e1, 12, "LI-1"), point(e1, 13, "PI-1"), point(e2, 21, "TI-1")})
}

// memory is a log without a past: what was appended, and errors on demand.
type memory struct {
	mu      sync.Mutex
	records []fengsui.Record
	err     error
	gate    chan struct{} // when set, Append waits for it
}

func (m *memory) Append(ctx context.Context, b []byte) (fengsui.Place, error) {
	m.mu.Lock()
	gate := m.gate
	m.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return fengsui.Place{}, context.Cause(ctx)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return fengsui.Place{}, m.err
	}
	r, err := fengsui.ReadRecord(slices.Clone(b))
	if err != nil {
		return fengsui.Place{}, err
	}
	m.records = append(m.records, r)
	return fengsui.Place{Seq: uint64(len(m.records))}, nil
}

func (m *memory) Reader(fengsui.Place) *bus.Reader { panic("this log has no past") }
func (m *memory) Tail() fengsui.Place              { return fengsui.Place{} }

// kept are the deliveries in the log.
func (m *memory) kept() (list []fengsui.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if !r.Tick {
			list = append(list, r)
		}
	}
	return list
}

func (m *memory) last(t testing.TB) fengsui.Record {
	t.Helper()
	list := m.kept()
	if len(list) == 0 {
		t.Fatal("nothing was kept")
	}
	return list[len(list)-1]
}

func openStore(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "fengsui.db")), Tables())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// newDoor makes a door on a log and runs it until the test, or stop, ends it.
func newDoor(t testing.TB, c Config) (d *Door, stop func()) {
	t.Helper()
	if c.District == nil {
		x := plant()
		c.District = func() *fengsui.District { return x }
	}
	if c.DB == nil {
		c.DB = openStore(t)
	}
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d, run(t, d)
}

func run(t testing.TB, d *Door) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	<-d.ready
	return stop
}

const noon = fengsui.Millis(1790000000000)

// delivery is a batch of E1's gateway with the given samples.
func delivery(samples ...fengsui.Sample) *adapter.Delivery {
	return &adapter.Delivery{
		Adapter: "push", Enterprise: "E1", KeyID: "k1", Received: noon,
		Codes: []string{"TI-1", "LI-1", "PI-1", "XX-9"}, Samples: samples,
	}
}

func compact(v *adapter.Delivery) *adapter.Delivery {
	v.Block, v.Samples = fengsui.AppendSamples(nil, v.Samples), nil
	return v
}

func show(r adapter.Receipt) (list []string) {
	for _, e := range r.Errors {
		kept := "refused"
		if e.Kept {
			kept = "kept"
		}
		if e.Message == "" {
			kept += " without a sentence"
		}
		list = append(list, fmt.Sprintf("%s %d %s %s", e.Kind, e.Index, e.Code, kept))
	}
	return list
}

// TestItems: what is wrong with an item is said by index, and the others are kept
// (H16; risk-models §5; DESIGN §5.2).
func TestItems(t *testing.T) {
	const day = 24 * 3600 * 1000
	ok := fengsui.Sample{Point: 0, At: noon, Value: 5}
	f := func(name string, samples []fengsui.Sample, want []fengsui.Sample, errs ...string) {
		t.Helper()
		for _, asBlock := range []bool{false, true} {
			if asBlock && slices.ContainsFunc(samples, func(s fengsui.Sample) bool { return s.Value-s.Value != 0 }) {
				continue // no block can hold it
			}
			log := &memory{}
			d, _ := newDoor(t, Config{Log: log})
			v := delivery(samples...)
			if asBlock {
				v = compact(v)
			}
			r, err := d.Take(t.Context(), v)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			rec := log.last(t)
			got, err := rec.Samples(nil)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s (block %v): the log has %+v, %v, want %+v", name, asBlock, got, err, want)
			}
			if r.Accepted != len(want) || !slices.Equal(show(r), errs) {
				t.Errorf("%s (block %v): got %d accepted and %q, want %d and %q", name, asBlock, r.Accepted, show(r), len(want), errs)
			}
		}
	}
	one := func(s fengsui.Sample) []fengsui.Sample { return []fengsui.Sample{s} }
	as := func(num int64, at fengsui.Millis, v float64, q fengsui.Quality) fengsui.Sample {
		return fengsui.Sample{Point: num, At: at, Value: v, Quality: q}
	}
	f("clean", []fengsui.Sample{ok, {Point: 1, At: noon - 1, Value: 6, Quality: fengsui.Bad}}, []fengsui.Sample{as(11, noon, 5, 0), as(12, noon-1, 6, fengsui.Bad)})
	f("the same twice", []fengsui.Sample{ok, ok}, []fengsui.Sample{as(11, noon, 5, 0), as(11, noon, 5, 0)})
	f("unknown point", []fengsui.Sample{ok, {Point: 3, At: noon, Value: 6}, {Point: 1, At: noon, Value: 7}},
		[]fengsui.Sample{as(11, noon, 5, 0), as(12, noon, 7, 0)}, "sample 1 unknown_point kept")
	f("at the edge of the range", []fengsui.Sample{{Point: 0, At: noon, Value: 102}, {Point: 0, At: noon, Value: -2}}, []fengsui.Sample{as(11, noon, 102, 0), as(11, noon, -2, 0)})
	f("out of range", []fengsui.Sample{ok, {Point: 0, At: noon, Value: 102.001}, {Point: 3, At: noon, Value: 1e9}, {Point: 1, At: noon, Value: -2.001, Quality: fengsui.Uncertain}},
		[]fengsui.Sample{as(11, noon, 5, 0), as(11, noon, 102.001, fengsui.OutOfRange), as(12, noon, -2.001, fengsui.OutOfRange|fengsui.Uncertain)},
		"sample 1 out_of_range kept", "sample 2 unknown_point kept", "sample 3 out_of_range kept")
	f("not finite", []fengsui.Sample{{Point: 0, At: noon, Value: math.NaN()}, ok, {Point: 1, At: noon, Value: math.Inf(-1)}},
		one(as(11, noon, 5, 0)), "sample 0 bad_value refused", "sample 2 bad_value refused")
	f("quality that is none", []fengsui.Sample{{Point: 0, At: noon, Value: 1, Quality: 3}, {Point: 0, At: noon, Value: 1, Quality: fengsui.OutOfRange}, ok},
		one(as(11, noon, 5, 0)), "sample 0 bad_quality refused", "sample 1 bad_quality refused")
	f("no time", []fengsui.Sample{{Point: 0, At: 0, Value: 1}, {Point: 0, At: -5, Value: 2}, {Point: 0, At: year10000, Value: 3}},
		[]fengsui.Sample{as(11, noon, 1, fengsui.WrongClock), as(11, noon, 2, fengsui.WrongClock), as(11, noon, 3, fengsui.WrongClock)},
		"sample 0 no_time kept", "sample 1 no_time kept", "sample 2 no_time kept")
	f("ten minutes ahead", one(fengsui.Sample{Point: 0, At: noon + clockSlack, Value: 1}), one(as(11, noon+clockSlack, 1, 0)))
	f("more than ten minutes ahead", one(fengsui.Sample{Point: 0, At: noon + clockSlack + 1, Value: 1}), one(as(11, noon+clockSlack+1, 1, fengsui.WrongClock)), "sample 0 wrong_clock kept")
	f("two days ahead", []fengsui.Sample{ok, {Point: 1, At: noon + 2*day, Value: 1}}, []fengsui.Sample{as(11, noon, 5, 0), as(12, noon+2*day, 1, fengsui.WrongClock)}, "sample 1 wrong_clock kept")
	f("two days late", one(fengsui.Sample{Point: 0, At: noon - 2*day, Value: 1}), one(as(11, noon-2*day, 1, 0)))
	f("never set", one(fengsui.Sample{Point: 0, At: 1000, Value: 1}), one(as(11, 1000, 1, fengsui.WrongClock)), "sample 0 wrong_clock kept")
	f("two faults in one", one(fengsui.Sample{Point: 0, At: noon + day, Value: 200}), one(as(11, noon+day, 200, fengsui.WrongClock|fengsui.OutOfRange)), "sample 0 out_of_range kept", "sample 0 wrong_clock kept")
	f("nothing", nil, nil)
}

// TestBlockIsCopied: a clean compact body goes into the log byte for byte, with
// unknown points masked by the table.
func TestBlockIsCopied(t *testing.T) {
	log := &memory{}
	d, _ := newDoor(t, Config{Log: log})
	v := compact(delivery(fengsui.Sample{Point: 0, At: noon, Value: 5}, fengsui.Sample{Point: 3, At: noon, Value: 6}))
	if _, err := d.Take(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	rec := log.last(t)
	if !slices.Equal(rec.Block, v.Block) || !slices.Equal(rec.Points, []int64{11, 12, 13, 0}) {
		t.Errorf("got block %x and points %v, want %x and [11 12 13 0]", rec.Block, rec.Points, v.Block)
	}
}

// TestForeign: neither a point outside the list of codes nor another enterprise's
// point can be reached.
func TestForeign(t *testing.T) {
	log := &memory{}
	d, _ := newDoor(t, Config{Log: log})
	v := delivery(fengsui.Sample{Point: 4, At: noon, Value: 5})
	for _, v := range []*adapter.Delivery{v, compact(delivery(fengsui.Sample{Point: 4, At: noon, Value: 5})), delivery(fengsui.Sample{Point: -1, At: noon, Value: 5})} {
		if _, err := d.Take(t.Context(), v); fengsui.CodeOf(err) != fengsui.Invalid {
			t.Errorf("an index outside the codes: got %v, want Invalid", err)
		}
	}
	if _, err := d.Take(t.Context(), &adapter.Delivery{Enterprise: "E2", Received: noon, Codes: []string{"TI-1", "LI-1"}, Samples: []fengsui.Sample{{Point: 0, At: noon, Value: 1}, {Point: 1, At: noon, Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	if got := log.last(t); !slices.Equal(got.Points, []int64{21, 0}) || got.Enterprise != 2 {
		t.Errorf("got points %v of enterprise %d, want [21 0] of 2", got.Points, got.Enterprise)
	}
	if _, err := d.Take(t.Context(), &adapter.Delivery{Enterprise: "E9"}); fengsui.CodeOf(err) != fengsui.Forbidden {
		t.Errorf("an unknown enterprise: got %v, want Forbidden", err)
	}
	if n := len(log.kept()); n != 1 {
		t.Errorf("the log has %d deliveries, want 1", n)
	}
}

// TestEventsAndSources: events have their own time (H16, H17), presences their
// device; what is wrong with one is said and does not lose it where it can be
// helped.
func TestEventsAndSources(t *testing.T) {
	log := &memory{}
	d, _ := newDoor(t, Config{Log: log})
	v := delivery()
	v.Device, v.Resent, v.ClockOffset = "GW1", true, -7
	v.Events = []adapter.Event{
		{Point: "LI-1", Code: "HH", At: noon - 3, On: true, Text: "full"},
		{Code: "fault", At: noon},
		{Point: "XX-9", Code: "GAS", At: noon, On: true, Text: "leak"},
		{Point: "LI-1", Code: "HH"},
		{Point: "LI-1", At: noon},
		{Point: "LI-1", Code: strings.Repeat("c", 65), At: noon},
		{Point: "LI-1", Code: "H", At: noon + 3600_000},
		{Point: "LI-1", Code: "H", At: noon, Text: strings.Repeat("罐", 400)},
	}
	v.Sources = []adapter.Source{{Device: "PLC", At: noon - 5, Online: true}, {At: noon}, {Device: "PLC9", At: noon}, {Device: "PLC"}}
	r, err := d.Take(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	rec := log.last(t)
	wantEvents := []fengsui.Event{
		{Point: 12, Code: "HH", At: noon - 3, On: true, Text: "full"},
		{Code: "fault", At: noon},
		{Point: unknownPoint, Code: "GAS", At: noon, On: true, Text: "XX-9: leak"},
		{Point: 12, Code: "HH", At: noon},
		{Point: 12, Code: "H", At: noon + 3600_000},
		{Point: 12, Code: "H", At: noon, Text: strings.Repeat("罐", 341)},
	}
	if !slices.Equal(rec.Events, wantEvents) {
		t.Errorf("got events %+v, want %+v", rec.Events, wantEvents)
	}
	wantPresences := []fengsui.Presence{{Device: 9, At: noon - 5, Online: true}, {Device: 8, At: noon}, {Device: 9, At: noon}}
	if !slices.Equal(rec.Presences, wantPresences) {
		t.Errorf("got presences %+v, want %+v", rec.Presences, wantPresences)
	}
	want := []string{
		"event 2 unknown_point kept", "event 3 no_time kept", "event 4 bad_event refused", "event 5 bad_event refused",
		"event 6 wrong_clock kept", "event 7 text_cut kept", "source 2 unknown_device kept", "source 3 no_time kept",
	}
	if !slices.Equal(show(r), want) || r.Accepted != 8 {
		t.Errorf("got %d accepted and %q, want 8 and %q", r.Accepted, show(r), want)
	}
	if rec.Device != 8 || !rec.Resent || rec.ClockOffset != -7 || rec.KeyID != "k1" || rec.Adapter != "push" || rec.Received != noon {
		t.Errorf("the record's head is %+v", rec)
	}
	v.Device = "GW9"
	if r, err = d.Take(t.Context(), v); err != nil || r.Errors[0].Code != "unknown_device" || r.Errors[0].Kind != "device" || log.last(t).Device != 0 {
		t.Errorf("an unknown gateway: got %+v, %v", r.Errors, err)
	}
}

// TestManyErrors: an answer's length is bounded, and says how many are missing.
func TestManyErrors(t *testing.T) {
	log := &memory{}
	d, _ := newDoor(t, Config{Log: log})
	v := delivery(slices.Repeat([]fengsui.Sample{{Point: 3, At: noon, Value: 1}}, maxListed+123)...)
	v.Idempotency = "many"
	for range 2 {
		r, err := d.Take(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(r.Errors); n != maxListed+1 || r.Errors[n-1].Code != "more" || r.Errors[n-1].Index != 123 {
			t.Errorf("got %d errors, the last %+v", n, r.Errors[n-1])
		}
	}
}

// TestWrongClock: a constant offset on single samples is a wrong clock; data that
// catches up is late; what is resent is late whatever it looks like (DESIGN
// §5.2).
func TestWrongClock(t *testing.T) {
	const day, hour = 24 * 3600_000, 3600_000
	type send struct {
		received, behind int64 // ms after noon, ms
	}
	every := func(n int, received, first, change int64) (list []send) {
		for i := range int64(n) {
			list = append(list, send{i * received, first + i*change})
		}
		return list
	}
	for name, c := range map[string]struct {
		sends  []send
		batch  int
		offset int64
		resent bool
		marked []bool
	}{
		"two days slow, every 10 s":                {every(4, 10_000, 2*day, 0), 1, 0, false, []bool{false, true, true, true}},
		"two days slow, a little drift":            {every(3, 60_000, 2*day, 40), 1, 0, false, []bool{false, true, true}},
		"two days slow, every 5 min, with jitter":  {[]send{{0, 2 * day}, {300_000, 2*day + 3000}, {600_000, 2*day - 2000}}, 1, 0, false, []bool{false, true, true}},
		"two days slow, ten a second":              {every(25, 100, 2*day, 0), 1, 0, false, append(slices.Repeat([]bool{false}, 10), slices.Repeat([]bool{true}, 15)...)},
		"backlog of two hours, drained":            {every(50, 20, 2*hour, -10_000), 1, 0, false, slices.Repeat([]bool{false}, 50)},
		"backlog drained at one a second":          {every(50, 1000, 2*hour, -9000), 1, 0, false, slices.Repeat([]bool{false}, 50)},
		"backlog drained at twice the rate":        {every(20, 5000, 2*hour, -5000), 1, 0, false, slices.Repeat([]bool{false}, 20)},
		"the same sample again and again":          {every(5, 10_000, 2*hour, 10_000), 1, 0, false, slices.Repeat([]bool{false}, 5)},
		"two days slow, several samples a time":    {every(3, 10_000, 2*day, 0), 2, 0, false, []bool{false, false, false}},
		"two days slow, and said so":               {every(3, 10_000, 2*day, 0), 1, 2 * day, false, []bool{false, false, false}},
		"constant, but marked as resent":           {every(3, 10_000, 2*day, 0), 1, 0, true, []bool{false, false, false}},
		"constant within ten minutes":              {every(3, 10_000, 600_000, 0), 1, 0, false, []bool{false, false, false}},
		"fast, corrected by the offset to be late": {every(3, 10_000, -hour, 0), 1, -2 * hour, false, []bool{false, true, true}},
	} {
		log := &memory{}
		d, _ := newDoor(t, Config{Log: log})
		for i, s := range c.sends {
			v := delivery()
			v.Received = noon + fengsui.Millis(s.received)
			for k := range c.batch {
				v.Samples = append(v.Samples, fengsui.Sample{Point: 0, At: v.Received - fengsui.Millis(s.behind) + fengsui.Millis(k), Value: 1})
			}
			v.Samples = append(v.Samples, fengsui.Sample{Point: 1, At: v.Received, Value: 1}) // another point's clock is right
			v.ClockOffset, v.Resent = fengsui.Span(c.offset), c.resent
			if c.offset != 0 {
				v.Samples = v.Samples[:c.batch]
			}
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
			rec := log.last(t)
			got, err := rec.Samples(nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, g := range got {
				want := k < c.batch && c.marked[i]
				if (g.Quality&fengsui.WrongClock != 0) != want || g.At != v.Samples[k].At {
					t.Errorf("%s, send %d, sample %d: got %+v, want the mark %v and the time %d", name, i, k, g, want, v.Samples[k].At)
				}
			}
		}
	}
}

// TestIdempotent: one key, one delivery; a repeat hears the first answer, another
// body is a conflict, another enterprise's same key is another key (H16).
func TestIdempotent(t *testing.T) {
	log := &memory{}
	d, _ := newDoor(t, Config{Log: log})
	v := delivery(fengsui.Sample{Point: 0, At: noon, Value: 5}, fengsui.Sample{Point: 3, At: noon, Value: 5}, fengsui.Sample{Point: 0, At: noon, Value: 500})
	v.Idempotency, v.BodyHash = "batch-1", 42
	first, err := d.Take(t.Context(), v)
	if err != nil || first.Repeat {
		t.Fatal(first, err)
	}
	for range 3 {
		again, err := d.Take(t.Context(), v)
		if !again.Repeat {
			t.Error("a repeat is not called one")
		}
		again.Repeat = false
		if err != nil || !reflect.DeepEqual(again, first) {
			t.Errorf("a repeat got %+v, %v, want %+v", again, err, first)
		}
	}
	v.BodyHash = 43
	if _, err := d.Take(t.Context(), v); fengsui.CodeOf(err) != fengsui.Conflict {
		t.Errorf("another body: got %v, want Conflict", err)
	}
	v.Enterprise = "E2"
	if r, err := d.Take(t.Context(), v); err != nil || r.Repeat {
		t.Errorf("another enterprise: got %+v, %v, want a first answer", r, err)
	}
	if n := len(log.kept()); n != 2 {
		t.Errorf("the log has %d deliveries, want 2", n)
	}
	if c := d.Counts(); c.Repeats != 3 || c.Conflicts != 1 || c.Deliveries != 2 || c.Answers != 2 {
		t.Errorf("got %+v", c)
	}
}

// TestInFlight: a repeat that comes while the first is under way waits for it; if
// the first fails, one of those that wait takes its place.
func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, fails := range []bool{false, true} {
			log := &memory{gate: make(chan struct{})}
			d, stop := newDoor(t, Config{Log: log})
			v := delivery(fengsui.Sample{Point: 0, At: noon, Value: 5})
			v.Idempotency, v.BodyHash = "batch-1", 42
			var wg sync.WaitGroup
			errs, repeats := make([]error, 8), make([]bool, 8)
			for i := range errs {
				wg.Go(func() {
					r, err := d.Take(t.Context(), v)
					errs[i], repeats[i] = err, r.Repeat
				})
			}
			synctest.Wait()
			other := *v
			other.BodyHash = 43
			if _, err := d.Take(t.Context(), &other); fengsui.CodeOf(err) != fengsui.Conflict {
				t.Errorf("another body in flight: got %v, want Conflict", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := d.Take(ctx, v); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a repeat that may not wait: got %v, want its deadline", err)
			}
			cancel()
			log.mu.Lock()
			gate := log.gate
			if fails {
				log.err = fengsui.Errorf(fengsui.Unavailable, "disk_low", "full")
			}
			log.gate = nil
			log.mu.Unlock()
			close(gate)
			wg.Wait()
			firsts, failed := 0, 0
			for i := range errs {
				if errs[i] != nil {
					failed++
				} else if !repeats[i] {
					firsts++
				}
			}
			if kept := len(log.kept()); !fails && (failed != 0 || firsts != 1 || kept != 1) || fails && (failed != 8 || kept != 0) {
				t.Errorf("fails %v: %d failed, %d first answers, %d kept", fails, failed, firsts, kept)
			}
			if fails {
				log.mu.Lock()
				log.err = nil
				log.mu.Unlock()
				if r, err := d.Take(t.Context(), v); err != nil || r.Repeat || len(log.kept()) != 1 {
					t.Errorf("after the failure: got %+v, %v", r, err)
				}
			}
			stop()
		}
	})
}

// TestTicks: the intake's clock is in the log each second, in silence too, and
// goes on after the log was away.
func TestTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{}
		d, stop := newDoor(t, Config{Log: log})
		start := fengsui.At(time.Now())
		time.Sleep(10*time.Second + time.Millisecond)
		log.mu.Lock()
		log.err = fengsui.Errorf(fengsui.Unavailable, "disk_low", "full")
		log.mu.Unlock()
		time.Sleep(5 * time.Second)
		log.mu.Lock()
		log.err = nil
		log.mu.Unlock()
		time.Sleep(2 * time.Second)
		stop()
		want := []fengsui.Millis{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17}
		if len(log.records) != len(want) {
			t.Fatalf("got %d ticks, want %d", len(log.records), len(want))
		}
		for i, r := range log.records {
			if !r.Tick || r.Received != start+want[i]*1000 {
				t.Errorf("tick %d: got %+v, want second %d", i, r, want[i])
			}
		}
		if c := d.Counts(); c.Ticks != 12 || c.NoTicks != 5 {
			t.Errorf("got %d ticks and %d missed, want 12 and 5", c.Ticks, c.NoTicks)
		}
	})
}

// TestFlowControl: a little behind slows senders down, far behind refuses
// (DESIGN §5.6).
func TestFlowControl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var samples int64
		var behind time.Duration
		log := &memory{}
		d, stop := newDoor(t, Config{Log: log, Lag: func() (int64, time.Duration) { return samples, behind }, SlowSamples: 100, MaxSamples: 10_000, MaxBehind: time.Minute})
		defer stop()
		for _, c := range []struct {
			samples int64
			behind  time.Duration
			took    time.Duration
			refused bool
		}{
			{0, 0, 0, false},
			{100, time.Minute, 0, false},
			{101, 0, 50 * time.Millisecond, false},
			{1000, 0, 500 * time.Millisecond, false},
			{10_000, 0, time.Second, false},
			{10_001, 0, 0, true},
			{0, time.Minute + 1, 0, true},
		} {
			samples, behind = c.samples, c.behind
			before := time.Now()
			_, err := d.Take(t.Context(), delivery(fengsui.Sample{Point: 0, At: noon, Value: 5}))
			if took := time.Since(before); took != c.took || (fengsui.CodeOf(err) == fengsui.Unavailable) != c.refused || err != nil && !c.refused {
				t.Errorf("%d samples, %v behind: took %v, %v; want %v, refused %v", c.samples, c.behind, took, err, c.took, c.refused)
			}
		}
	})
}

// TestAway: without a district, before Run and with a log that does not answer,
// Take says Unavailable and keeps nothing.
func TestAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{gate: make(chan struct{})}
		var district *fengsui.District
		d, err := New(Config{Log: log, District: func() *fengsui.District { return district }, DB: openStore(t), Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		v := delivery(fengsui.Sample{Point: 0, At: noon, Value: 5})
		v.Idempotency = "k"
		f := func(when, reason string, after time.Duration) {
			t.Helper()
			before := time.Now()
			_, err := d.Take(t.Context(), v)
			e, _ := errors.AsType[*fengsui.Error](err)
			if e == nil || e.Code != fengsui.Unavailable || e.Reason != reason || time.Since(before) != after {
				t.Errorf("%s: got %v after %v, want Unavailable %s after %v", when, err, time.Since(before), reason, after)
			}
		}
		f("before Run", "starting", startWait)
		if d.Ready() == nil {
			t.Error("before Run: ready")
		}
		stop := run(t, d)
		defer stop()
		f("no district", "district_away", 0)
		district = fengsui.NewDistrict(nil, nil, nil, nil, nil)
		f("an empty district", "district_away", 0)
		if d.Ready() == nil {
			t.Error("with an empty district: ready")
		}
		district = plant()
		if err := d.Ready(); err != nil {
			t.Errorf("got %v, want ready", err)
		}
		f("a log without an answer", "log_away", appendWait)
		close(log.gate)
		if r, err := d.Take(t.Context(), v); err != nil || r.Repeat {
			t.Errorf("got %+v, %v", r, err)
		}
		if c := d.Counts(); c.Away != 4 {
			t.Errorf("sent away %d, want 4", c.Away)
		}
	})
}

// TestHangUp: a sender that goes away while the log writes does not stop it, and
// hears the answer when it asks again.
func TestHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{gate: make(chan struct{})}
		d, stop := newDoor(t, Config{Log: log})
		defer stop()
		v := delivery(fengsui.Sample{Point: 0, At: noon, Value: 5})
		v.Idempotency = "k"
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { d.Take(ctx, v) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(log.gate)
		wg.Wait()
		if r, err := d.Take(t.Context(), v); err != nil || !r.Repeat || len(log.kept()) != 1 {
			t.Errorf("got %+v, %v and %d deliveries, want the repeat of the one that is kept", r, err, len(log.kept()))
		}
	})
}

// TestNonces: a nonce is good once in 10 minutes, per key.
func TestNonces(t *testing.T) {
	var n nonces
	h := func(key, s string) uint64 { return nonceHash(key, s) }
	minute := fengsui.Millis(60_000)
	for _, c := range []struct {
		hash uint64
		at   fengsui.Millis
		ok   bool
	}{
		{h("k1", "a"), noon, true},
		{h("k1", "a"), noon, false},
		{h("k2", "a"), noon, true},
		{h("k1", "b"), noon + minute, true},
		{h("k1", "a"), noon + 10*minute, false},
		{h("k1", "a"), noon - minute, false}, // a clock that went back
		{h("k1", "c"), noon - minute, true},
		{h("k1", "c"), noon + 10*minute, false},
		{h("k1", "b"), noon + 11*minute, false},
		{h("k1", "a"), noon + 13*minute, true},
		{h("k1", "a"), noon + 60*minute, true},
	} {
		if err := n.use(c.hash, c.at); (err == nil) != c.ok || err != nil && fengsui.CodeOf(err) != fengsui.Conflict {
			t.Errorf("nonce at +%d ms: got %v, want ok %v", c.at-noon, err, c.ok)
		}
	}
	if n.n != 1 {
		t.Errorf("%d nonces are counted, want 1", n.n)
	}
	n.n = maxNonces
	if err := n.use(h("k1", "new"), noon+61*minute); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("full: got %v, want Unavailable", err)
	}
}

func openBus(t testing.TB, dir string) *bus.Log {
	t.Helper()
	l, err := bus.Open(context.Background(), bus.Config{Dir: dir, MinFree: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestRestart: on the real log, answers and nonces outlive a stop and a kill,
// with and without the files of answers; what the duty desk was to be told comes
// back too (DESIGN §10).
func TestRestart(t *testing.T) {
	for _, kill := range []string{"stopped", "killed", "files lost", "file damaged", "log lost"} {
		t.Run(kill, func(t *testing.T) {
			logDir, dir := t.TempDir(), t.TempDir()
			var mu sync.Mutex
			var told []string
			alarmed := make(chan struct{}, 100)
			c := Config{Dir: dir, DB: openStore(t), Alarm: func(_ context.Context, s fengsui.Stray) error {
				mu.Lock()
				told = append(told, s.Code+" "+s.LastEvent)
				mu.Unlock()
				alarmed <- struct{}{}
				return nil
			}}
			log := openBus(t, logDir)
			c.Log = log
			d, stop := newDoor(t, c)
			now := fengsui.At(time.Now())
			var sent []*adapter.Delivery
			var receipts []adapter.Receipt
			send := func(n int) {
				for range n {
					v := delivery(fengsui.Sample{Point: 0, At: now, Value: float64(len(sent))}, fengsui.Sample{Point: int64(len(sent) % 4), At: now, Value: 999})
					v.Received, v.Idempotency, v.BodyHash, v.Nonce = now, fmt.Sprint("batch-", len(sent)), uint64(len(sent))<<20+7, fmt.Sprint("nonce-", len(sent))
					if err := d.Nonce(t.Context(), v.KeyID, v.Nonce, now); err != nil {
						t.Fatal(err)
					}
					r, err := d.Take(t.Context(), v)
					if err != nil {
						t.Fatal(err)
					}
					sent, receipts = append(sent, v), append(receipts, r)
				}
			}
			for range 10 {
				send(100)
				if err := d.book.turn(now); err != nil {
					t.Fatal(err)
				}
			}
			send(50)
			alarm := delivery()
			alarm.Received, alarm.Events = now, []adapter.Event{{Point: "GAS-9", Code: "FIRE", At: now, On: true}}
			if _, err := d.Take(t.Context(), alarm); err != nil {
				t.Fatal(err)
			}
			<-alarmed
			saved := dir
			switch kill {
			case "stopped":
				stop()
			default: // as it lies on disk, before the door can save anything more
				saved = t.TempDir()
				if err := os.CopyFS(saved, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				stop()
			}
			files, err := filepath.Glob(filepath.Join(saved, "answers-*"))
			if err != nil || len(files) < 1 || len(files) > maxOpen {
				t.Fatalf("the answers are in %d files, %v", len(files), err)
			}
			switch kill {
			case "files lost":
				saved = t.TempDir()
			case "file damaged":
				b, err := os.ReadFile(files[0])
				if err != nil {
					t.Fatal(err)
				}
				b[len(b)/2] ^= 1
				if err := os.WriteFile(files[0], b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			log.Close()
			mu.Lock()
			told = nil
			mu.Unlock()
			if kill == "log lost" {
				logDir = t.TempDir()
				fresh := openBus(t, logDir)
				if _, err := fresh.Append(t.Context(), fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: now})); err != nil {
					t.Fatal(err)
				}
				fresh.Close()
			}
			log = openBus(t, logDir)
			c.Log, c.Dir = log, saved
			d, stop = newDoor(t, c)
			defer stop()
			lost := 0
			for i, v := range sent {
				r, err := d.Take(t.Context(), v)
				if err != nil {
					t.Fatal(err)
				}
				if !r.Repeat {
					lost++
					continue
				}
				r.Repeat = false
				if !reflect.DeepEqual(r, receipts[i]) {
					t.Fatalf("repeat %d: got %+v, want %+v", i, r, receipts[i])
				}
				if err := d.Nonce(t.Context(), v.KeyID, v.Nonce, now); fengsui.CodeOf(err) != fengsui.Conflict {
					t.Fatalf("nonce %d: got %v, want Conflict", i, err)
				}
				other := *v
				other.BodyHash++
				if _, err := d.Take(t.Context(), &other); fengsui.CodeOf(err) != fengsui.Conflict {
					t.Fatalf("reuse %d: got %v, want Conflict", i, err)
				}
			}
			want := 0
			if kill == "log lost" {
				want = 50 // those that were in the log alone
			}
			if lost != want {
				t.Errorf("%d of %d keys were forgotten, want %d", lost, len(sent), want)
			}
			switch kill {
			case "killed", "files lost", "file damaged":
				<-alarmed
				mu.Lock()
				if !slices.Equal(told, []string{"GAS-9 FIRE"}) {
					t.Errorf("told after the kill: %q, want the alarm once more", told)
				}
				mu.Unlock()
			}
		})
	}
}
