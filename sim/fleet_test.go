package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/adapter/adaptertest"
	"fengsui/adapter/jt808"
)

func vehicles(t *testing.T, seed uint64, first, n int) []*Vehicle {
	t.Helper()
	d, err := Generate(seed, 200, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	list, err := GenerateVehicles(d, first, n)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestVehicles: tracks are smooth, stay in the district, know stops, speeding and
// all else that is planned, and repeat themselves.
func TestVehicles(t *testing.T) {
	list, again := vehicles(t, 1, 0, 2000), vehicles(t, 1, 1990, 10)
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	seen, numbers, editions := map[string]int{}, map[string]bool{}, map[jt808.Edition]int{}
	for i, v := range list {
		if numbers[v.Number] || numbers[v.Plate] {
			t.Fatalf("%s %s comes twice", v.Number, v.Plate)
		}
		numbers[v.Number], numbers[v.Plate] = true, true
		editions[v.Edition]++
		if i%50 != 0 && i < 1990 {
			continue
		}
		var last jt808.Position
		for s := 0; s < 6*3600; s += 5 {
			at := begin.Add(time.Duration(s) * time.Second)
			v.step(5, at, false)
			p := v.report(at)
			if i >= 1990 {
				w := again[i-1990]
				w.step(5, at, false)
				if q := w.report(at); fmt.Sprint(p) != fmt.Sprint(q) {
					t.Fatalf("%s at %d s: got %v and %v, want the same twice", v.Number, s, p, q)
				}
			}
			place := [2]float64{float64(p.Longitude) / 1e6, float64(p.Latitude) / 1e6}
			if b := v.w.Box; place[0] < b[0] || place[0] > b[2] || place[1] < b[1] || place[1] > b[3] {
				t.Fatalf("%s at %d s: %v is outside the district", v.Number, s, place)
			}
			if s > 0 {
				// The road's curve is walked by its parameter: twice its mean pace is plenty.
				moved := metres([2]float64{float64(last.Longitude) / 1e6, float64(last.Latitude) / 1e6}, place)
				if most := 4*math.Max(float64(last.Speed), float64(p.Speed))/36*5 + 150; moved > most {
					t.Fatalf("%s at %d s: it moved %.0f m at %d and %d × 0.1 km/h", v.Number, s, moved, last.Speed, p.Speed)
				}
			}
			for name := range v.now {
				seen[name]++
			}
			switch {
			case p.Speed == 0:
				seen["stands"]++
			case float64(p.Speed)/10 > v.Limit*1.3:
				t.Fatalf("%s drives at %d × 0.1 km/h, its limit is %g", v.Number, p.Speed, v.Limit)
			case float64(p.Speed)/10 > v.Limit:
				seen["too fast"]++
			}
			if p.Alarm&2 != 0 != (v.speed > v.Limit) {
				t.Fatalf("%s at %d s: alarm %b at %g km/h, its limit is %g", v.Number, s, p.Alarm, v.speed, v.Limit)
			}
			last = p
		}
	}
	for _, name := range append(slices.Clone(faultNames), "stands", "too fast") {
		if seen[name] == 0 {
			t.Errorf("in 50 vehicles' six hours nothing was %s", name)
		}
	}
	if len(editions) != 3 {
		t.Errorf("got %v, want three editions", editions)
	}
}

// pair is a listener of pipes.
type pair struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pair) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pair) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pair) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pair) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// TestFleet: whatever happens to links, every report comes to the platform, what is
// late as such where the edition can say so.
func TestFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &adaptertest.Sink{}
		s, err := jt808.New(jt808.Config{Sink: sink, Secret: make([]byte, 32), Registered: func(n string) (string, error) { return n, nil }})
		if err != nil {
			t.Fatal(err)
		}
		l := &pair{conns: make(chan net.Conn), done: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		f := &Fleet{Vehicles: vehicles(t, 3, 0, 12), Dial: l.dial, Log: slog.New(slog.DiscardHandler)}
		var all sync.WaitGroup
		all.Go(func() { s.Run(ctx, l) })
		all.Go(func() { f.Run(ctx) })
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		made, served := f.Counts(), s.Counts()
		cancel()
		all.Wait()

		got := map[string]bool{}
		for _, d := range sink.Taken() {
			for _, p := range d.Positions {
				got[fmt.Sprint(d.Key, p.At)] = true
			}
		}
		if int64(len(got)) != made.Reports || made.Answered < made.Reports || made.Reports < 12*200 {
			t.Errorf("got %d positions, %d of %d answered, want all and at least 2400", len(got), made.Answered, made.Reports)
		}
		if made.Refused != 0 || made.Connected != 12 || made.Connects <= 12 {
			t.Errorf("got %+v, want 12 connected, more connects than that and nothing refused", made)
		}
		if served.Refused["frame"] == 0 || served.Resent == 0 || served.Terminals != 12 {
			t.Errorf("got %+v, want garbage, resent positions and 12 terminals", served)
		}
		if n := f.Counts().Connected; n != 0 {
			t.Errorf("after the end: got %d connected, want none", n)
		}
	})
}
