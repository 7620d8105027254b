package victoria

import (
	"context"
	"errors"
	"flag"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/memory"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/storage"

	"fengsui"
	"fengsui/series"
)

const (
	day    = fengsui.Millis(24 * 60 * 60 * 1000)
	minute = fengsui.Millis(60 * 1000)
)

// limits are those of every engine in this process: the library keeps them in
// one place.
func limits(dir string) Config {
	return Config{Dir: dir, Retention: 400 * 24 * time.Hour, Memory: 128 << 20, MinFree: 1 << 20}
}

func open(t testing.TB, c Config) *Engine {
	t.Helper()
	e, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// served is an engine as the platform sees it: through the client, a unix
// socket and the handler.
type served struct {
	*series.Client
	engine *Engine
}

func serve(t testing.TB, c Config) served {
	t.Helper()
	e := open(t, c)
	socket := filepath.Join(t.TempDir(), "h.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: series.Handler(series.HandlerConfig{Engine: e, Token: "secret", State: func() series.State {
		return series.State{Written: 7}
	}})}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(ln) }()
	client := series.NewClient(series.ClientConfig{Address: socket, Token: "secret", Timeout: 30 * time.Second})
	t.Cleanup(func() { client.Close(); srv.Close(); <-done })
	return served{client, e}
}

func write(t testing.TB, e *Engine, list []fengsui.Sample) {
	t.Helper()
	if err := e.Write(list); err != nil {
		t.Fatal(err)
	}
}

func flush(t testing.TB, e *Engine, merge bool) {
	t.Helper()
	if err := e.Flush(merge); err != nil {
		t.Fatal(err)
	}
}

// model is what a history is, in plain Go: the larger value at each moment.
type model map[int64]map[fengsui.Millis]float64

func (m model) write(list []fengsui.Sample) {
	for _, s := range list {
		p := m[s.Point]
		if p == nil {
			p = map[fengsui.Millis]float64{}
			m[s.Point] = p
		}
		if v, ok := p[s.At]; !ok || s.Value > v {
			p[s.At] = s.Value
		}
	}
}

func (m model) ranged(num int64, from, to fengsui.Millis) []fengsui.Sample {
	var list []fengsui.Sample
	for at, v := range m[num] {
		if at >= from && at < to {
			list = append(list, fengsui.Sample{Point: num, At: at, Value: v})
		}
	}
	slices.SortFunc(list, func(a, b fengsui.Sample) int { return int(a.At - b.At) })
	return list
}

// thin asks each bucket for its own samples: slow, and not the way of Thinner.
func (m model) thin(num int64, from, to fengsui.Millis, buckets int) []series.Bucket {
	var list []series.Bucket
	all := m.ranged(num, from, to)
	for i := range buckets {
		in := slices.DeleteFunc(slices.Clone(all), func(s fengsui.Sample) bool {
			return int(float64(s.At-from)/float64(to-from)*float64(buckets)) != i
		})
		if len(in) == 0 {
			continue
		}
		value := func(s fengsui.Sample) series.Value { return series.Value{At: s.At, Value: s.Value} }
		low := slices.MinFunc(in, func(a, b fengsui.Sample) int { return compare(a.Value, b.Value) })
		high := slices.MaxFunc(in, func(a, b fengsui.Sample) int { return compare(a.Value, b.Value) })
		list = append(list, series.Bucket{
			From:  from + fengsui.Millis(math.Ceil(float64(i)*float64(to-from)/float64(buckets))),
			Count: len(in), First: value(in[0]), Last: value(in[len(in)-1]), Min: value(low), Max: value(high),
		})
	}
	return list
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// TestConformance is what any engine behind series.Client must do.
func TestConformance(t *testing.T) {
	ctx := t.Context()
	c := limits(t.TempDir())
	s := serve(t, c)
	now := fengsui.At(time.Now())
	want := model{}
	put := func(list ...fengsui.Sample) {
		t.Helper()
		write(t, s.engine, list)
		want.write(list)
	}
	same := func(what string, num int64, from, to fengsui.Millis) {
		t.Helper()
		got, err := s.Range(ctx, num, from, to)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if want := want.ranged(num, from, to); !slices.Equal(got, want) {
			t.Fatalf("%s: got %d samples %v, want %d %v", what, len(got), head(got), len(want), head(want))
		}
	}

	t.Run("empty", func(t *testing.T) {
		same("nothing written", 1, 0, now)
		if got, err := s.Thin(ctx, 1, 0, now, 10); err != nil || len(got) != 0 {
			t.Fatalf("got %v, %v, want no buckets", got, err)
		}
	})

	t.Run("out of order and late", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		var list []fengsui.Sample
		for i := range 20_000 {
			at := now - fengsui.Millis(i)*10_000 - fengsui.Millis(r.IntN(3))
			if i >= 15_000 {
				at -= 90 * day // three months late, in months of their own
			}
			list = append(list, fengsui.Sample{Point: int64(1 + i%3), At: at, Value: float64(r.IntN(1_000_000)) / 1000})
		}
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for part := range slices.Chunk(list, 777) {
			put(part...)
		}
		flush(t, s.engine, false)
		for p := int64(1); p <= 3; p++ {
			same("whole", p, 0, now+day)
			same("a day", p, now-day, now)
			same("the late months", p, now-120*day, now-60*day)
		}
		at := want.ranged(1, 0, now)[0].At
		same("from is in", 1, at, at+1)
		same("to is out", 1, at-1, at)
	})

	t.Run("written again", func(t *testing.T) {
		for range 2 { // a replay
			put(want.ranged(1, now-day, now)...)
		}
		flush(t, s.engine, false)
		same("not merged", 1, 0, now+day)
		flush(t, s.engine, true)
		same("merged", 1, 0, now+day)
	})

	t.Run("equal times keep the larger value", func(t *testing.T) {
		at := now - minute
		for _, v := range []float64{3, 5, 4} {
			put(fengsui.Sample{Point: 4, At: at, Value: v})
			flush(t, s.engine, false) // into parts of their own
		}
		put(fengsui.Sample{Point: 4, At: at + 1, Value: -1})
		for _, merge := range []bool{false, true} {
			flush(t, s.engine, merge)
			got, err := s.Range(ctx, 4, at, at+2)
			if err != nil || len(got) != 2 || got[0].Value != 5 || got[1].Value != -1 {
				t.Fatalf("merged %t: got %v, %v, want 5 and then -1", merge, got, err)
			}
			same("a millisecond apart stays apart", 4, 0, now)
			b, err := s.Thin(ctx, 4, at, at+2, 1)
			if err != nil || len(b) != 1 || b[0].Count != 2 || b[0].Max.Value != 5 || b[0].First.Value != 5 {
				t.Fatalf("merged %t: got %v, %v, want the same when thinned", merge, b, err)
			}
		}
	})

	t.Run("thin equals the model", func(t *testing.T) {
		for _, c := range []struct {
			from, to fengsui.Millis
			buckets  int
		}{
			{now - day, now, 400}, {now - 3*day, now, 7}, {now - 120*day, now, 1000}, {now - 100*minute, now, 10_000}, {now - 61, now, 60}, {0, now, 3},
		} {
			got, err := s.Thin(ctx, 2, c.from, c.to, c.buckets)
			if err != nil {
				t.Fatal(err)
			}
			if want := want.thin(2, c.from, c.to, c.buckets); !(len(got) == 0 && len(want) == 0) && !reflect.DeepEqual(got, want) {
				t.Errorf("%+v: got %d buckets, want %d\n%v\n%v", c, len(got), len(want), first(got, want), first(want, got))
			}
		}
	})

	t.Run("a gap stays a gap", func(t *testing.T) {
		begin := now - 10*60*minute
		for i := range fengsui.Millis(10 * 60) {
			if i < 200 || i >= 400 {
				put(fengsui.Sample{Point: 5, At: begin + i*minute, Value: float64(i)})
			}
		}
		flush(t, s.engine, false)
		got, err := s.Thin(ctx, 5, begin, now, 60)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 40 {
			t.Fatalf("got %d buckets, want 40: the gap has none", len(got))
		}
		for _, b := range got {
			if b.From >= begin+200*minute && b.From < begin+400*minute {
				t.Fatalf("got %v inside the gap", b)
			}
		}
	})

	t.Run("never NaN", func(t *testing.T) {
		write(t, s.engine, []fengsui.Sample{
			{Point: 6, At: now - 4, Value: math.NaN()}, {Point: 6, At: now - 3, Value: math.Inf(1)}, {Point: 6, At: now - 2, Value: math.Inf(-1)},
			{Point: 6, At: now - 1, Value: math.Float64frombits(0x7ff0000000000002)}, // the library's own mark for "gone"
		})
		put(fengsui.Sample{Point: 6, At: now, Value: 1})
		flush(t, s.engine, false)
		same("only what is a number", 6, 0, now+day)
	})

	t.Run("values", func(t *testing.T) {
		for i, v := range []float64{0, 1, -1, 0.1, 1e-9, -273.15, 101325, 123456789.012, 1e15, 4503599627370497} {
			p := int64(100 + i)
			put(fengsui.Sample{Point: p, At: now - 1000, Value: v})
		}
		flush(t, s.engine, true)
		for p := int64(100); p < 110; p++ {
			same("kept exactly", p, 0, now)
		}
		// Far apart in size within one point, digits below 1e-15 of the largest go.
		write(t, s.engine, []fengsui.Sample{{Point: 120, At: now - 2, Value: 1e12}, {Point: 120, At: now - 1, Value: 0.123456}})
		flush(t, s.engine, true)
		got, err := s.Range(ctx, 120, 0, now)
		if err != nil || len(got) != 2 || got[0].Value != 1e12 || math.Abs(got[1].Value-0.123456) > 1e12*1e-15 {
			t.Fatalf("got %v, %v", got, err)
		}
	})

	t.Run("count", func(t *testing.T) {
		points, samples := int64(0), int64(0)
		for p := range want {
			if n := int64(len(want.ranged(p, now-day, now))); n > 0 {
				points, samples = points+1, samples+n
			}
		}
		got, err := s.Count(ctx, now-day, now)
		// The two of point 120 are not in the model.
		if want := (series.Totals{Points: points + 1, Samples: samples + 2}); err != nil || got != want {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})

	t.Run("track", func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		var want []fengsui.Position
		for i := range 9000 {
			at := now - fengsui.Millis(9000-i)*10_000
			if i < 100 {
				at -= 90 * day // three months late, in a month of their own
			}
			want = append(want, fengsui.Position{Device: 7, At: at, Lon: math.Round((r.Float64()*360-180)*1e6) / 1e6, Lat: math.Round((r.Float64()*180-90)*1e6) / 1e6,
				Speed: float64(r.IntN(2000)) / 10, Heading: float64(r.IntN(3601)) / 10, Fix: true})
		}
		want[0].Lon, want[0].Lat, want[1].Lon, want[1].Lat, want[2].Speed = -180, -90, 180, 90, 10_000
		mixed := slices.Clone(want)
		mixed = append(mixed, want[:300]...) // a replay
		mixed = append(mixed, fengsui.Position{Device: 8, At: want[5].At, Lon: 1, Lat: 1})
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		before, err := s.Count(ctx, 0, now+day)
		if err != nil {
			t.Fatal(err)
		}
		for part := range slices.Chunk(mixed, 2777) { // more than a block
			if err := s.engine.WritePositions(part); err != nil {
				t.Fatal(err)
			}
		}
		for _, merge := range []bool{false, true} {
			flush(t, s.engine, merge)
			for what, c := range map[string]struct {
				from, to fengsui.Millis
				want     []fengsui.Position
			}{
				"whole": {0, now + day, want}, "the late ones": {0, now - 60*day, want[:100]}, "nothing": {now - 60*day, now - 50*day, nil},
				"from is in, to is out": {want[200].At, want[300].At, want[200:300]},
			} {
				got, err := s.Track(ctx, 7, c.from, c.to, 0)
				if err != nil || !reflect.DeepEqual(got, c.want) {
					t.Fatalf("%s, merged %t: got %d positions, %v, want %d", what, merge, len(got), err, len(c.want))
				}
			}
			if got, err := s.Track(ctx, 7, now-day, now, 50); err != nil || len(got) != 50 {
				t.Fatalf("thinned: got %d positions, %v, want 50", len(got), err)
			}
		}
		// Positions are no samples, and a num of a device none of a point.
		if after, err := s.Count(ctx, 0, now+day); err != nil || after != before {
			t.Errorf("count: got %v, %v, want %v as before", after, err, before)
		}
		if got, err := s.Range(ctx, 7, 0, now+day); err != nil || len(got) > 0 {
			t.Errorf("point 7: got %v, %v, want nothing", got, err)
		}
		if _, err := s.engine.Track(ctx, 0, 0, now); fengsui.CodeOf(err) != fengsui.Invalid {
			t.Errorf("device 0: got %v, want it invalid", err)
		}
	})

	t.Run("of two places at one moment one is kept whole", func(t *testing.T) {
		at := now - 5*minute
		south := fengsui.Position{Device: 9, At: at, Lon: 117.7123, Lat: 39.001, Speed: 90, Heading: 350, Fix: true}
		north := fengsui.Position{Device: 9, At: at, Lon: 117.7, Lat: 39.002, Speed: 10, Heading: 10, Fix: true}
		want := north
		want.Speed, want.Heading = south.Speed, south.Heading
		for _, p := range []fengsui.Position{south, north, south} {
			if err := s.engine.WritePositions([]fengsui.Position{p}); err != nil {
				t.Fatal(err)
			}
			flush(t, s.engine, false) // into parts of their own
		}
		for _, merge := range []bool{false, true} {
			flush(t, s.engine, merge)
			if got, err := s.Track(ctx, 9, at, at+1, 0); err != nil || !reflect.DeepEqual(got, []fengsui.Position{want}) {
				t.Errorf("merged %t: got %v, %v, want %v", merge, got, err, want)
			}
		}
	})

	t.Run("positions outside the limits", func(t *testing.T) {
		before := s.engine.Stats().Refused
		if err := s.engine.WritePositions([]fengsui.Position{{Device: 10, At: now - 500*day}, {Device: 10, At: now + 3*day}, {Device: 10, At: now, Fix: true}}); err != nil {
			t.Fatal(err)
		}
		flush(t, s.engine, false)
		got, err := s.Track(ctx, 10, 0, now+9*day, 0)
		if refused := s.engine.Stats().Refused - before; err != nil || len(got) != 1 || got[0].At != now || refused != 2 {
			t.Errorf("got %v, %v and %d refused, want the one of now and 2", got, err, refused)
		}
	})

	t.Run("bad questions", func(t *testing.T) {
		for _, f := range []func() error{
			func() error { _, err := s.Range(ctx, 1, now, now); return err },
			func() error { _, err := s.Range(ctx, 0, 0, now); return err },
			func() error { _, err := s.Range(ctx, -1, 0, now); return err },
			func() error { _, err := s.Thin(ctx, 1, now, now-1, 5); return err },
			func() error { _, err := s.Thin(ctx, 1, 0, now, 0); return err },
			func() error { _, err := s.Thin(ctx, 1, 0, now, series.MaxBuckets+1); return err },
		} {
			if err := f(); fengsui.CodeOf(err) != fengsui.Invalid {
				t.Errorf("got %v, want it invalid", err)
			}
		}
	})

	t.Run("cancel", func(t *testing.T) {
		gone := errors.New("the page was left")
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(gone)
		if _, err := s.engine.Range(ctx, 1, 0, now); !errors.Is(err, gone) {
			t.Errorf("got %v, want the cause", err)
		}
		if _, err := s.Range(ctx, 1, 0, now); !errors.Is(err, gone) {
			t.Errorf("client: got %v, want the cause", err)
		}
	})

	t.Run("restart keeps", func(t *testing.T) {
		s.engine.Close()
		if _, err := s.Range(ctx, 1, 0, now); fengsui.CodeOf(err) != fengsui.Unavailable {
			t.Fatalf("closed: got %v, want it unavailable", err)
		}
		s = serve(t, c)
		for p := range want {
			same("after a restart", p, 0, now+day)
		}
	})
}

func head(s []fengsui.Sample) []fengsui.Sample { return s[:min(3, len(s))] }

// first is the first of a that is not in b.
func first(a, b []series.Bucket) any {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return a[i]
		}
	}
	return nil
}

func TestRangeTooLong(t *testing.T) {
	s := serve(t, limits(t.TempDir()))
	now := fengsui.At(time.Now())
	list := make([]fengsui.Sample, series.MaxSamples+1)
	for i := range list {
		list[i] = fengsui.Sample{Point: 1, At: now - fengsui.Millis(len(list)-i), Value: float64(i % 100)}
	}
	write(t, s.engine, list)
	flush(t, s.engine, false)
	_, err := s.Range(t.Context(), 1, 0, now)
	if e, ok := errors.AsType[*fengsui.Error](err); !ok || e.Reason != "range_too_long" {
		t.Errorf("got %v, want range_too_long", err)
	}
	got, err := s.Range(t.Context(), 1, list[1].At, now)
	if err != nil || !slices.Equal(got, list[1:]) {
		t.Errorf("one less: got %d samples, %v, want all", len(got), err)
	}
}

// TestLimits reads back what Open has set, because the library's own defaults
// would lose data: a month of retention, 60 % of the memory, no de-duplication.
func TestLimits(t *testing.T) {
	c := limits(t.TempDir())
	e := open(t, c)
	if got := flag.Lookup("memory.allowedBytes").Value.String(); got != "134217728" {
		t.Errorf("-memory.allowedBytes: got %s, want 128 MiB", got)
	}
	if got := memory.Allowed(); got != 128<<20 {
		t.Errorf("memory: got %d, want 128 MiB", got)
	}
	if got := storage.GetDedupInterval(); got != 1 {
		t.Errorf("dedup: got %d ms, want 1", got)
	}

	now := fengsui.At(time.Now())
	retention, future := fengsui.Millis(c.Retention.Milliseconds()), fengsui.Millis(FutureLimit.Milliseconds())
	inside := []fengsui.Sample{{Point: 1, At: now - retention + minute, Value: 1}, {Point: 1, At: now + future - minute, Value: 2}}
	outside := []fengsui.Sample{{Point: 1, At: now - retention - minute, Value: 3}, {Point: 1, At: now + future + minute, Value: 4}}
	write(t, e, append(slices.Clone(inside), outside...))
	flush(t, e, true)
	got, err := e.Range(t.Context(), 1, 0, now+2*future)
	if err != nil || !slices.Equal(got, inside) {
		t.Errorf("retention and future limit: got %v, %v, want %v", got, err, inside)
	}
	if got := e.Stats().Refused; got != 2 {
		t.Errorf("got %d refused, want 2", got)
	}

	if _, err := Open(Config{Dir: t.TempDir(), Retention: c.Retention, Memory: c.Memory * 2, MinFree: 1}); err == nil {
		t.Error("other limits in one process: got no error")
	}
	for _, bad := range []Config{{}, {Dir: "x"}, {Dir: "x", Retention: time.Hour, Memory: 1 << 30, MinFree: 1}, {Dir: "x", Retention: 48 * time.Hour, MinFree: 1}, {Dir: "x", Retention: 48 * time.Hour, Memory: 1 << 30}} {
		if bad.Validate() == nil {
			t.Errorf("%+v: got no error", bad)
		}
	}
}

// TestMinFree: with less than MinFree on the disk nothing is written, questions
// are still answered, and nothing dies.
func TestMinFree(t *testing.T) {
	c := limits(t.TempDir())
	e := open(t, c)
	now := fengsui.At(time.Now())
	kept := []fengsui.Sample{{Point: 1, At: now - 1, Value: 1}}
	write(t, e, kept)
	e.Close()
	_, free, err := e.Disk()
	if err != nil {
		t.Fatal(err)
	}
	c.MinFree = free * 2
	full := open(t, c)
	if !full.Full() {
		t.Error("got room, want it full")
	}
	if err := full.Write([]fengsui.Sample{{Point: 1, At: now, Value: 2}}); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	got, err := full.Range(t.Context(), 1, 0, now+1)
	if err != nil || !slices.Equal(got, kept) {
		t.Errorf("got %v, %v, want %v", got, err, kept)
	}
	full.Close()
	// The setter is the process's: give the other tests room again.
	open(t, limits(t.TempDir()))
}
