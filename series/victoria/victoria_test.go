package victoria

import (
	"errors"
	"flag"
	"net"
	"net/http"
	"path/filepath"
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
