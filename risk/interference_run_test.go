package risk

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

// past is a history in memory.
type past struct {
	mu      sync.Mutex
	samples map[int64][]fengsui.Sample // guarded by mu, in time order
	away    bool                       // guarded by mu
}

func (h *past) Range(_ context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.away {
		return nil, fengsui.Errorf(fengsui.Unavailable, "history_away", "away")
	}
	l := h.samples[num]
	at := func(s fengsui.Sample, at fengsui.Millis) int { return int(s.At - at) }
	a, _ := slices.BinarySearchFunc(l, from, at)
	b, _ := slices.BinarySearchFunc(l, to, at)
	return slices.Clone(l[a:b]), nil
}

func (h *past) Reached(context.Context) (fengsui.Millis, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.away {
		return 0, fengsui.Errorf(fengsui.Unavailable, "history_away", "away")
	}
	return fengsui.At(time.Now()), nil
}

func (h *past) set(away bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = away
}

// watch is an inspector over a real store, on fake time.
type watch struct {
	t       *testing.T
	db      *store.DB
	history *past
	log     *memLog
	found   *found
	point   *fengsui.Point
	warned  bool
	begin   fengsui.Millis
}

func newWatch(t *testing.T) *watch {
	p := processes[0].point(1)
	p.ID, p.Version = "p1", 1
	db, err := store.Open(context.Background(), storetest.Place(t, filepath.Join(t.TempDir(), "fengsui.db")), Tables(), InterferenceTables(), foundTables)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	now := time.Now().Truncate(time.Hour).Add(time.Hour)
	time.Sleep(time.Until(now))
	return &watch{t: t, db: db, history: &past{samples: map[int64][]fengsui.Sample{}}, log: newMemLog(), found: &found{}, point: p, begin: fengsui.At(now)}
}

// lives gives point 1 days of honest data, before and after the begin, and hands
// each value to change.
func (w *watch) lives(before, after fengsui.Millis, change func(at fengsui.Millis, v float64) float64) {
	r := rand.New(rand.NewPCG(1, 2))
	value := processes[0].value(r)
	for at := w.begin - before; at < w.begin+after; at += minute {
		v := value(at) + processes[0].noise*r.NormFloat64()
		v = math.Round(v/processes[0].step) * processes[0].step
		w.history.samples[1] = append(w.history.samples[1], fengsui.Sample{Point: 1, At: at, Value: change(at-w.begin, v)})
	}
}

// runs lets the inspector run until a time after the begin and stops it.
func (w *watch) runs(until fengsui.Millis) {
	w.t.Helper()
	d := testDistrict(w.point)
	v, err := NewInspector(InspectorConfig{
		DB: w.db, Log: w.log, District: func() *fengsui.District { return d }, History: w.history, Apply: w.found.apply, Signs: shippedSignsFor(w.t),
		Warned: func(context.Context, *fengsui.Enterprise, fengsui.Subject, fengsui.Millis) (bool, error) {
			return w.warned, nil
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	time.Sleep(time.Until((w.begin + until).Time()))
	synctest.Wait()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		w.t.Fatalf("Run: %v, want canceled", err)
	}
}

// deliver writes a delivery into the log as the intake does.
func (w *watch) deliver(received fengsui.Millis, resent bool, s ...fengsui.Sample) {
	w.log.add(fengsui.AppendRecord(nil, &fengsui.Record{
		Received: w.begin + received, Adapter: "push", Enterprise: 1, Device: 9, Resent: resent, Block: fengsui.AppendSamples(nil, s),
	}))
}

func (w *watch) want(want ...string) {
	w.t.Helper()
	var got []string
	for _, f := range w.found.list {
		got = append(got, f.Model+" "+string(f.Subject)+" "+f.Rung+" "+f.Level.String()+" "+(f.Learnt-w.begin).Time().Format("2T15:04"))
		if f.Partition != inspection {
			w.t.Errorf("finding %s has partition %d, want %d", f.Model, f.Partition, inspection)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("found\n%q, want\n%q", got, want)
	}
	if w.found.repeats > 0 {
		w.t.Errorf("%d findings were given twice", w.found.repeats)
	}
}

// A25: a value that is held is found with the next run, once, whoever restarts; it
// returns when a later day is clean.
func TestInspectorFlat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(t)
		held := 0.0
		w.lives(2*day, 3*day, func(at fengsui.Millis, v float64) float64 {
			if at < 2*hour || at >= 6*hour {
				held = v
				return v
			}
			return held
		})
		w.runs(4*hour + 30*minute)
		want := "interference.flat point/1 suspected blue 1T03:00"
		w.want(want)
		w.runs(20 * hour)
		w.want(want)
		f := w.found.list[0]
		if len(f.Evidence) == 0 || f.GapFrom < w.begin+2*hour-minute || f.GapTo > w.begin+3*hour {
			t.Errorf("the finding has %d samples from %v to %v, want some of the held stretch", len(f.Evidence), f.GapFrom.Time(), f.GapTo.Time())
		}
		rows, _, err := w.db.Entries(context.Background(), fengsui.Everything(), store.Filter{Kind: "interference"})
		if err != nil || len(rows) != 1 || rows[0].Enterprise != "e1" {
			t.Errorf("the journal has %+v (%v), want one row with the evidence", rows, err)
		}
		w.runs(2*day + 30*minute)
		w.want(want, "interference.flat point/1  none 2T06:00")
	})
}

// A25: while history is away the inspection waits, and nothing is lost by it.
func TestInspectorHistoryAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(t)
		w.lives(3*day, day, func(at fengsui.Millis, v float64) float64 {
			if at < -3*hour || at > 0 {
				return v
			}
			return 1.2
		})
		w.history.set(true)
		w.runs(90 * minute)
		w.want()
		w.history.set(false)
		w.runs(95 * minute)
		w.want("interference.flat point/1 suspected blue 1T01:00")
	})
}

// A25: data that are sent again with other values for the same moments are found,
// with both records cited; the same data sent again are not.
func TestInspectorAltered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(t)
		w.lives(0, 0, nil)
		for m := fengsui.Millis(0); m < 30; m++ {
			w.deliver(m*minute, false, fengsui.Sample{Point: 1, At: w.begin + m*minute, Value: 1 + float64(m)/100})
		}
		for m := fengsui.Millis(0); m < 30; m++ { // honest: the very same, an hour later
			w.deliver(70*minute+m*sec, true, fengsui.Sample{Point: 1, At: w.begin + m*minute, Value: 1 + float64(m)/100})
		}
		w.runs(2*hour + 45*minute)
		w.want()
		for m := fengsui.Millis(10); m < 15; m++ {
			w.deliver(130*minute+m*sec, true, fengsui.Sample{Point: 1, At: w.begin + m*minute, Value: 0.5})
		}
		w.runs(3*hour + 45*minute)
		w.want("interference.altered point/1 suspected yellow 1T03:00")
		if f := w.found.list[0]; len(f.Evidence) != 10 || f.Evidence[0].Value != 1.1 || f.Evidence[1].Value != 0.5 {
			t.Errorf("evidence is %+v, want what stood and what was sent", f.Evidence)
		}
	})
}

// A25: a clock that is wrong by three hours for a while and right again.
func TestInspectorClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatch(t)
		for m := fengsui.Millis(0); m < 90; m++ {
			off := fengsui.Millis(0)
			if m >= 30 && m < 60 {
				off = 3 * hour
			}
			w.deliver(m*minute, false, fengsui.Sample{Point: 1, At: w.begin + m*minute - off, Value: 1})
		}
		w.runs(2*hour + minute)
		if n := len(w.found.list); n != 1 || w.found.list[0].Model != signClock || w.found.list[0].Subject != "device/9" {
			t.Errorf("found %+v, want the clock of device 9", w.found.list)
		}
	})
}

// A25: a limit that is moved while the value lies beyond it, and what is changed
// while a warning is open, is found with the journal row; other changes are not.
func TestInspectorSetting(t *testing.T) {
	change := func(w *watch, was, now fengsui.Point) {
		err := w.db.Change(context.Background(), func(tx *store.Tx) error {
			return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "point", ID: "p1"}, Act: "changed", By: fengsui.Actor{Name: "someone"}, Before: was, After: now, Enterprise: "e1"})
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		value  float64
		warned bool
		now    func(*fengsui.Point)
		found  bool
	}{
		{"H moved out while beyond it", 1.9, false, func(p *fengsui.Point) { p.H = num(2) }, true},
		{"H taken away while beyond it", 1.9, false, func(p *fengsui.Point) { p.H = nil }, true},
		{"H moved out on a calm day", 1.2, false, func(p *fengsui.Point) { p.H = num(2) }, false},
		{"H moved in while beyond it", 1.9, false, func(p *fengsui.Point) { p.H = num(1.5) }, false},
		{"the rate under a warning", 1.2, true, func(p *fengsui.Point) { p.Every *= 2 }, true},
		{"the name under a warning", 1.2, true, func(p *fengsui.Point) { p.Name = "n" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWatch(t)
				w.warned = c.warned
				w.lives(hour, day, func(at fengsui.Millis, v float64) float64 { return c.value })
				time.Sleep(10 * time.Minute)
				now := *w.point
				c.now(&now)
				change(w, *w.point, now)
				w.runs(4 * hour)
				if c.found {
					w.want("interference.setting point/1 suspected yellow 1T01:00")
				} else {
					w.want()
				}
			})
		})
	}
}
