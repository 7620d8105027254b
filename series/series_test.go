package series

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui"
)

// fixed answers the same to everything, after block is closed.
type fixed struct {
	err   error
	list  []fengsui.Sample
	track []fengsui.Position
	asked chan struct{} // one for each question that has come in
	block chan struct{}
}

func (f fixed) wait(ctx context.Context) error {
	if f.asked != nil {
		f.asked <- struct{}{}
	}
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return f.err
}

func (f fixed) Range(ctx context.Context, _ int64, _, _ fengsui.Millis) ([]fengsui.Sample, error) {
	return f.list, f.wait(ctx)
}

func (f fixed) Thin(ctx context.Context, _ int64, _, _ fengsui.Millis, _ int) ([]Bucket, error) {
	return nil, f.wait(ctx)
}

func (f fixed) Track(ctx context.Context, _ int64, _, _ fengsui.Millis) ([]fengsui.Position, error) {
	return f.track, f.wait(ctx)
}

func (f fixed) Count(ctx context.Context, _, _ fengsui.Millis) (Totals, error) {
	return Totals{Points: 1, Samples: 2}, f.wait(ctx)
}

// serve puts a handler behind an ordinary URL, as a cluster's is.
func serve(t *testing.T, c HandlerConfig) string {
	t.Helper()
	if c.State == nil {
		c.State = func() State { return State{Behind: 5} }
	}
	srv := httptest.NewServer(Handler(c))
	t.Cleanup(srv.Close)
	return srv.URL
}

func reason(err error) string {
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		return string(e.Code) + " " + e.Reason
	}
	return "none"
}

// TestAway: whatever is wrong with history, the caller hears the same word
// soon, and nothing else happens (DESIGN §3).
func TestAway(t *testing.T) {
	ctx := t.Context()
	silent, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() // accepts by its backlog and never answers
	stuck := make(chan struct{})
	defer close(stuck)
	garbage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>")) }))
	defer garbage.Close()

	for name, c := range map[string]ClientConfig{
		"no socket":   {Address: filepath.Join(t.TempDir(), "none")},
		"no server":   {Address: "http://127.0.0.1:1"},
		"silent":      {Address: silent.Addr().String(), Timeout: 50 * time.Millisecond},
		"slow":        {Address: serve(t, HandlerConfig{Engine: fixed{block: stuck}}), Timeout: 50 * time.Millisecond},
		"broken":      {Address: serve(t, HandlerConfig{Engine: fixed{err: errors.New("disk")}})},
		"closed":      {Address: serve(t, HandlerConfig{Engine: fixed{err: fengsui.Errorf(fengsui.Unavailable, "x", "x")}})},
		"other token": {Address: serve(t, HandlerConfig{Engine: fixed{}, Token: "right"}), Token: "wrong"},
		"no token":    {Address: serve(t, HandlerConfig{Engine: fixed{}, Token: "right"})},
		"garbage":     {Address: garbage.URL},
	} {
		t.Run(name, func(t *testing.T) {
			cl := NewClient(c)
			defer cl.Close()
			_, err := cl.Range(ctx, 1, 1, 2)
			_, err2 := cl.Thin(ctx, 1, 1, 2, 3)
			_, err3 := cl.Count(ctx, 1, 2)
			_, err4 := cl.Track(ctx, 1, 1, 2, 0)
			for _, err := range []error{err, err2, err3, err4} {
				if got := reason(err); got != "unavailable history_away" {
					t.Errorf("got %s: %v", got, err)
				}
			}
		})
	}
}

func TestCaller(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	cl := NewClient(ClientConfig{Address: serve(t, HandlerConfig{Engine: fixed{block: stuck}})})
	defer cl.Close()
	gone := errors.New("the page was left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := cl.Range(ctx, 1, 1, 2); !errors.Is(err, gone) {
		t.Errorf("cancelled: got %v, want the cause", err)
	}
	ctx, end := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer end()
	if _, err := cl.Range(ctx, 1, 1, 2); reason(err) != "unavailable history_away" {
		t.Errorf("deadline: got %v, want history_away", err)
	}
}

func TestRoundTrip(t *testing.T) {
	want := []fengsui.Sample{{Point: 1 << 40, At: 5, Value: 1.25}, {Point: 1 << 40, At: 7, Value: -3}}
	cl := NewClient(ClientConfig{Address: serve(t, HandlerConfig{Engine: fixed{list: want}, Token: "x"}) + "/", Token: "x"})
	defer cl.Close()
	got, err := cl.Range(t.Context(), 1<<40, 1, 9)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("range: got %v, %v, want %v", got, err, want)
	}
	if got, err := cl.Count(t.Context(), 1, 9); err != nil || got != (Totals{1, 2}) {
		t.Errorf("count: got %v, %v", got, err)
	}
	if got, err := cl.Ready(t.Context()); err != nil || got.Behind != 5 {
		t.Errorf("ready: got %v, %v", got, err)
	}
	if _, err := cl.Range(t.Context(), 1, 9, 1); reason(err) != "invalid bad_question" {
		t.Errorf("question: got %v, want the sentence of the server", err)
	}
}

// TestTurns: only so many questions run, the next waits and is refused, and
// /ready answers all the while.
func TestTurns(t *testing.T) {
	f := fixed{asked: make(chan struct{}, 2), block: make(chan struct{})}
	cl := NewClient(ClientConfig{Address: serve(t, HandlerConfig{Engine: f, At: 2, Wait: time.Millisecond})})
	defer cl.Close()
	done := make(chan error, 2)
	for range 2 {
		go func() { _, err := cl.Range(t.Context(), 1, 1, 2); done <- err }()
	}
	<-f.asked
	<-f.asked
	if _, err := cl.Range(t.Context(), 1, 1, 2); err == nil || !strings.Contains(err.Error(), "too many questions") {
		t.Errorf("third: got %v, want it busy", err)
	}
	if _, err := cl.Ready(t.Context()); err != nil {
		t.Errorf("ready: %v", err)
	}
	close(f.block)
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("the first two: %v", err)
		}
	}
}

func TestPoints(t *testing.T) {
	v := func(at fengsui.Millis, x float64) Value { return Value{at, x} }
	for _, c := range []struct {
		b    Bucket
		want []Value
	}{
		{Bucket{First: v(1, 1), Min: v(1, 1), Max: v(1, 1), Last: v(1, 1)}, []Value{v(1, 1)}},
		{Bucket{First: v(1, 5), Min: v(3, 1), Max: v(2, 9), Last: v(4, 5)}, []Value{v(1, 5), v(2, 9), v(3, 1), v(4, 5)}},
		{Bucket{First: v(1, 5), Min: v(4, 1), Max: v(1, 5), Last: v(4, 1)}, []Value{v(1, 5), v(4, 1)}},
	} {
		if got := c.b.Points(); !slices.Equal(got, c.want) {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
}

// TestThinner: whatever the stretch, no sample is lost, none is in the wrong
// bucket, and no chart gets more than four points a bucket.
func TestThinner(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		from := fengsui.Millis(r.Int64N(1 << 41))
		span := fengsui.Millis(1 + r.Int64N(1<<r.IntN(41)))
		buckets := 1 + r.IntN(MaxBuckets)
		times := make([]fengsui.Millis, 1+r.IntN(100))
		for i := range times {
			times[i] = from + fengsui.Millis(r.Int64N(int64(span)))
		}
		times[0] = from + span - 1
		slices.Sort(times)
		th := NewThinner(from, from+span, buckets)
		for i, at := range times {
			th.Add(at, float64(i))
		}
		n := 0
		list := th.Buckets()
		for i, b := range list {
			if b.From < from || b.First.At < b.From || i+1 < len(list) && b.Last.At >= list[i+1].From || len(b.Points()) > 4 {
				t.Fatalf("from %d span %d buckets %d: bucket %d is %+v", from, span, buckets, i, b)
			}
			n += b.Count
		}
		if n != len(times) || len(list) > buckets {
			t.Fatalf("from %d span %d: got %d values in %d buckets, want %d in at most %d", from, span, n, len(list), len(times), buckets)
		}
	}
}

func FuzzQuestion(f *testing.F) {
	for _, s := range []string{"", "p=1&from=2&to=3", "p=-1", "p=1&buckets=0", "from=9&to=1", "to=99999999999999999999", "p=1;2", "from=%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, _ := url.ParseQuery(s)
		q, err := readQuestion(v)
		if err == nil && (q.from < 0 || q.from >= q.to || q.to > farFuture || q.num < 0 || q.points < 0 || q.points > MaxTrack || q.buckets < 1 || q.buckets > MaxBuckets) {
			t.Errorf("%q: got %+v taken", s, q)
		}
		if err != nil && fengsui.CodeOf(err) != fengsui.Invalid {
			t.Errorf("%q: got %v, want it invalid", s, err)
		}
	})
}
