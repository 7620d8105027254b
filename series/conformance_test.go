package series_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/series"
	"fengsui/series/remote"
	"fengsui/series/victoria"
)

const (
	day    = fengsui.Millis(24 * 60 * 60 * 1000)
	minute = fengsui.Millis(60 * 1000)
	keep   = 400 * 24 * time.Hour
)

// engine is an engine under test.
type engine interface {
	series.Engine
	Write(ctx context.Context, list []fengsui.Sample) error
	WritePositions(ctx context.Context, list []fengsui.Position) error
	Each(ctx context.Context, from, to fengsui.Millis, fn func(series.Stored) error) error
	Put(ctx context.Context, list []series.Stored) error
	Settle(ctx context.Context) error
	Refused() int64
	// flush makes what was written readable at once, and with merge puts it into its
	// final form.
	flush(t testing.TB, merge bool)
	// end ends the engine; what it returns opens it again on the same data.
	end(t testing.TB) func() engine
}

// inside is the engine in this process.
type inside struct {
	*victoria.Engine
	config victoria.Config
}

func openInside(t testing.TB) engine {
	return inside{config: victoria.Config{Dir: t.TempDir(), Retention: keep, Memory: 128 << 20, MinFree: 1 << 20}}.open(t)
}

func (e inside) open(t testing.TB) engine {
	t.Helper()
	var err error
	if e.Engine, err = victoria.Open(e.config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func (e inside) Write(_ context.Context, list []fengsui.Sample) error { return e.Engine.Write(list) }

func (e inside) WritePositions(_ context.Context, list []fengsui.Position) error {
	return e.Engine.WritePositions(list)
}

func (e inside) Refused() int64 { return e.Stats().Refused }

func (e inside) flush(t testing.TB, merge bool) {
	t.Helper()
	if err := e.Flush(merge); err != nil {
		t.Fatal(err)
	}
}

func (e inside) end(t testing.TB) func() engine {
	e.Close()
	return func() engine { return e.open(t) }
}

// server is an engine in a server of its own process.
type server struct {
	*remote.Engine
	dir, port string
	url       string
}

const script = "../scripts/victoria.sh"

// run runs the server's script.
func run(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(script, args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", script, strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out))
}

// freePort is a port of loopback that nobody listens on.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func openServer(t testing.TB) engine {
	t.Helper()
	dir, err := os.MkdirTemp("", "fengsui-vm-")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{dir: dir, port: freePort(t)}
	t.Cleanup(func() { run(t, "stop", dir) })
	return s.start(t)
}

// start starts the server. It asks for a password.
func (s *server) start(t testing.TB) *server {
	t.Helper()
	const path, user, password = "/select/0/prometheus", "fengsui", "a secret of tests"
	s.url = run(t, "start", s.dir, s.port, "-http.pathPrefix="+path, "-httpAuth.username="+user, "-httpAuth.password="+password) + path
	e, err := remote.Open(remote.Config{URL: s.url, User: user, Secret: password, Retention: keep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	started := *s
	started.Engine = e
	return &started
}

func (s *server) flush(t testing.TB, merge bool) {
	t.Helper()
	ask := func(path string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("fengsui", "a secret of tests")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s %v", path, resp.Status, b, err)
		}
		return string(b)
	}
	ask("/internal/force_flush")
	if merge {
		ask("/internal/force_merge")
	}
}

func (s *server) end(t testing.TB) func() engine {
	run(t, "end", s.dir)
	return func() engine { return s.start(t) }
}

// served is an engine as the platform sees it: through the client and the handler, with
// a unix socket between them, or for a server without.
type served struct {
	*series.Client
	engine engine
}

func serve(t testing.TB, e engine) served {
	t.Helper()
	handler := series.Handler(series.HandlerConfig{Engine: e, Token: "secret", State: func() series.State {
		return series.State{Written: 7}
	}})
	if _, ok := e.(*server); ok {
		return served{series.NewClient(series.ClientConfig{Handler: handler, Token: "secret", Timeout: 30 * time.Second}), e}
	}
	socket := filepath.Join(t.TempDir(), "h.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: handler}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(ln) }()
	client := series.NewClient(series.ClientConfig{Address: socket, Token: "secret", Timeout: 30 * time.Second})
	t.Cleanup(func() { client.Close(); srv.Close(); <-done })
	return served{client, e}
}

func write(t testing.TB, e engine, list []fengsui.Sample) {
	t.Helper()
	if err := e.Write(t.Context(), list); err != nil {
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

// TestConformance is what any engine behind series.Client must do: the one inside a
// process, and a real server, found below a path as a cluster's sides are.
func TestConformance(t *testing.T) {
	t.Run("victoria", func(t *testing.T) { conform(t, openInside(t)) })
	t.Run("remote", func(t *testing.T) { conform(t, openServer(t)) })
}

func conform(t *testing.T, e engine) {
	ctx := t.Context()
	s := serve(t, e)
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
		s.engine.flush(t, false)
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
		s.engine.flush(t, false)
		same("not merged", 1, 0, now+day)
		s.engine.flush(t, true)
		same("merged", 1, 0, now+day)
	})

	t.Run("equal times keep the larger value", func(t *testing.T) {
		at := now - minute
		for _, v := range []float64{3, 5, 4} {
			put(fengsui.Sample{Point: 4, At: at, Value: v})
			s.engine.flush(t, false) // into parts of their own
		}
		put(fengsui.Sample{Point: 4, At: at + 1, Value: -1})
		for _, merge := range []bool{false, true} {
			s.engine.flush(t, merge)
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
		s.engine.flush(t, false)
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
		s.engine.flush(t, false)
		same("only what is a number", 6, 0, now+day)
	})

	t.Run("values", func(t *testing.T) {
		for i, v := range []float64{0, 1, -1, 0.1, 1e-9, -273.15, 101325, 123456789.012, 1e15, 4503599627370497} {
			p := int64(100 + i)
			put(fengsui.Sample{Point: p, At: now - 1000, Value: v})
		}
		s.engine.flush(t, true)
		for p := int64(100); p < 110; p++ {
			same("kept exactly", p, 0, now)
		}
		// Far apart in size within one point, digits below 1e-15 of the largest go.
		write(t, s.engine, []fengsui.Sample{{Point: 120, At: now - 2, Value: 1e12}, {Point: 120, At: now - 1, Value: 0.123456}})
		s.engine.flush(t, true)
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
			if err := s.engine.WritePositions(ctx, part); err != nil {
				t.Fatal(err)
			}
		}
		for _, merge := range []bool{false, true} {
			s.engine.flush(t, merge)
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
			if err := s.engine.WritePositions(ctx, []fengsui.Position{p}); err != nil {
				t.Fatal(err)
			}
			s.engine.flush(t, false) // into parts of their own
		}
		for _, merge := range []bool{false, true} {
			s.engine.flush(t, merge)
			if got, err := s.Track(ctx, 9, at, at+1, 0); err != nil || !reflect.DeepEqual(got, []fengsui.Position{want}) {
				t.Errorf("merged %t: got %v, %v, want %v", merge, got, err, want)
			}
		}
	})

	t.Run("positions outside the limits", func(t *testing.T) {
		before := s.engine.Refused()
		if err := s.engine.WritePositions(ctx, []fengsui.Position{{Device: 10, At: now - 500*day}, {Device: 10, At: now + 3*day}, {Device: 10, At: now, Fix: true}}); err != nil {
			t.Fatal(err)
		}
		s.engine.flush(t, false)
		got, err := s.Track(ctx, 10, 0, now+9*day, 0)
		if refused := s.engine.Refused() - before; err != nil || len(got) != 1 || got[0].At != now || refused != 2 {
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

	t.Run("the whole is put into another one", func(t *testing.T) {
		// Positions are whole numbers and the same to the bit.
		var parts []series.Stored
		if err := s.engine.Each(ctx, 0, now+day, func(p series.Stored) error {
			p.Values = slices.Clone(p.Values)
			parts = append(parts, p)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		other := openInside(t)
		if err := errors.Join(other.Put(ctx, parts), other.Settle(ctx), s.engine.Settle(ctx)); err != nil {
			t.Fatal(err)
		}
		before, err1 := s.engine.Count(ctx, 0, now+day)
		after, err2 := other.Count(ctx, 0, now+day)
		if err := errors.Join(err1, err2); err != nil || after != before || after.Samples == 0 {
			t.Errorf("got %v, %v, want %v", after, err, before)
		}
		for _, device := range []int64{7, 8, 9, 10} {
			track, err1 := s.engine.Track(ctx, device, 0, now+day)
			moved, err2 := other.Track(ctx, device, 0, now+day)
			if err := errors.Join(err1, err2); err != nil || !reflect.DeepEqual(moved, track) || len(track) == 0 {
				t.Errorf("device %d: got %d positions, %v, want %d", device, len(moved), err, len(track))
			}
		}
	})

	t.Run("restart keeps", func(t *testing.T) {
		again := s.engine.end(t)
		if _, err := s.Range(ctx, 1, 0, now); fengsui.CodeOf(err) != fengsui.Unavailable {
			t.Fatalf("closed: got %v, want it unavailable", err)
		}
		s = serve(t, again())
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

// TestRollUp: of more samples than one answer may have, the server does the sums, and
// they are those that would be made here.
func TestRollUp(t *testing.T) {
	s := openServer(t)
	now := fengsui.At(time.Now())
	list := make([]fengsui.Sample, series.MaxSamples+1000)
	from := now - fengsui.Millis(len(list))*1000
	for i := range list {
		list[i] = fengsui.Sample{Point: 1, At: from + fengsui.Millis(i)*1000 + fengsui.Millis(i%7), Value: float64((i*7919)%1_000_003) / 8}
	}
	write(t, s, list)
	s.flush(t, false)
	for _, buckets := range []int{1, 7, 1000} {
		for _, to := range []fengsui.Millis{now, now - 12_345} {
			got, err := s.Thin(t.Context(), 1, from, to, buckets)
			if err != nil {
				t.Fatal(err)
			}
			step := (to - from + fengsui.Millis(buckets) - 1) / fengsui.Millis(buckets)
			want, rest := []series.Bucket{}, list
			for begin := from; begin < to; begin += step {
				th := series.NewThinner(begin, begin+step, 1)
				for ; len(rest) > 0 && rest[0].At < min(to, begin+step); rest = rest[1:] {
					th.Add(rest[0].At, rest[0].Value)
				}
				want = append(want, th.Buckets()...)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%d buckets: got %d, want %d\n%v\n%v", buckets, len(got), len(want), first(got, want), first(want, got))
			}
		}
	}
	if _, err := s.Range(t.Context(), 1, from, now); err != series.ErrRange {
		t.Errorf("the whole range: got %v, want it refused", err)
	}
}

// TestServerLost: a server that was killed and started again is seen, so that what it
// lost can be written again.
func TestServerLost(t *testing.T) {
	s := openServer(t).(*server)
	lost := func() bool {
		t.Helper()
		l, err := s.Lost(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if lost() || lost() {
		t.Error("a server that was not started again lost something")
	}
	if seen := s.Seen(); seen.Free == 0 || seen.Full {
		t.Errorf("got %+v, want room", seen)
	}
	run(t, "kill", s.dir)
	sample := []fengsui.Sample{{Point: 1, At: fengsui.At(time.Now()), Value: 1}}
	if err := s.Write(t.Context(), sample); !errors.Is(err, series.ErrAway) {
		t.Errorf("write to a dead server: %v, want it away", err)
	}
	if _, err := s.Lost(t.Context()); !errors.Is(err, series.ErrAway) {
		t.Errorf("look at a dead server: %v, want it away", err)
	}
	for time.Now().Unix() == s.Seen().Started { // it tells its start by the second
		time.Sleep(20 * time.Millisecond)
	}
	s.start(t)
	if !lost() {
		t.Error("it was not seen that the server was started again")
	}
	if lost() {
		t.Error("it was seen twice")
	}
}

// TestNewSeries: a point that is new is counted as soon as the server shows it, though
// what was asked before did not have it.
func TestNewSeries(t *testing.T) {
	s := openServer(t)
	now := fengsui.At(time.Now())
	for p := int64(1); p <= 3; p++ {
		write(t, s, []fengsui.Sample{{Point: p, At: now, Value: 1}})
		s.flush(t, false)
		if n, err := s.Count(t.Context(), 0, now+1); err != nil || n.Points != p {
			t.Errorf("got %v, %v, want %d points", n, err, p)
		}
	}
}

// TestServerFull: a server without room takes nothing and says why.
func TestServerFull(t *testing.T) {
	dir, err := os.MkdirTemp("", "fengsui-vm-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run(t, "stop", dir) })
	url := run(t, "start", dir, freePort(t), "-storage.minFreeDiskSpaceBytes=1000000TiB")
	e, err := remote.Open(remote.Config{URL: url, Retention: keep})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Write(t.Context(), []fengsui.Sample{{Point: 1, At: fengsui.At(time.Now()), Value: 1}}); !errors.Is(err, series.ErrFull) {
		t.Errorf("got %v, want it full", err)
	}
	if seen, err := e.Look(t.Context()); err != nil || !seen.Full {
		t.Errorf("got %+v, %v, want it full", seen, err)
	}
}

// TestServerConfig: what a server may be asked with, and that no error tells a secret.
func TestServerConfig(t *testing.T) {
	for _, c := range []remote.Config{
		{}, {URL: "127.0.0.1:8428"}, {URL: "ftp://h"}, {URL: "http://vm1:8428"}, {URL: "https://u:hidden@vm1"}, {URL: "https://vm1", WriteURL: "http://vm1"}, {URL: "https://vm1?x=1"},
	} {
		c.Retention = keep
		if err := c.Validate(); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	for _, c := range []remote.Config{{URL: "http://127.0.0.1:8428"}, {URL: "http://[::1]:8428/x"}, {URL: "https://vm1:8481/select/0/prometheus", WriteURL: "https://vm1:8480/insert/0/prometheus"}} {
		c.Retention = keep
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	s := openServer(t).(*server)
	e, err := remote.Open(remote.Config{URL: s.url, User: "fengsui", Secret: "hidden", Retention: keep})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Range(t.Context(), 1, 0, 1e15); !errors.Is(err, series.ErrAway) || !strings.Contains(fmt.Sprint(err), "401") || strings.Contains(fmt.Sprint(err), "hidden") {
		t.Errorf("a wrong password: got %v", err)
	}
}
