package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
)

func strays(t *testing.T, d *Door, s fengsui.Scope, p fengsui.Page) (list []string, total int) {
	t.Helper()
	rows, total, err := d.Strays(t.Context(), s, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		list = append(list, fmt.Sprintf("%s %s ×%d %g %q", r.Enterprise, r.Code, r.Count, r.LastValue, r.LastEvent))
	}
	return list, total
}

// TestQuarantine: what nobody knows is put aside by enterprise and code, seen
// inside its scope alone, and let go of once it is registered.
func TestQuarantine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{}
		district := plant()
		var mu sync.Mutex
		d, stop := newDoor(t, Config{Log: log, District: func() *fengsui.District { mu.Lock(); defer mu.Unlock(); return district }})
		defer stop()
		for i := range 3 {
			v := delivery(fengsui.Sample{Point: 3, At: noon, Value: float64(i)}, fengsui.Sample{Point: 3, At: noon, Value: 7 + float64(i)})
			v.Received = noon + fengsui.Millis(i)
			v.Events = []adapter.Event{{Point: "GAS-9", Code: "clear", At: noon}}
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
			time.Sleep(flushEvery)
		}
		other := &adapter.Delivery{Enterprise: "E2", Received: noon + 9, Codes: []string{"LI-1"}, Samples: []fengsui.Sample{{At: noon, Value: 4}}}
		if _, err := d.Take(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * flushEvery)
		all := fengsui.Scope{All: true}
		page := fengsui.Page{Limit: 10}
		want := []string{`e2 LI-1 ×1 4 ""`, `e1 GAS-9 ×3 0 "clear"`, `e1 XX-9 ×6 9 ""`}
		if got, total := strays(t, d, all, page); !slices.Equal(got, want) || total != 3 {
			t.Errorf("got %q of %d, want %q", got, total, want)
		}
		if got, total := strays(t, d, all, fengsui.Page{Offset: 1, Limit: 1}); !slices.Equal(got, want[1:2]) || total != 3 {
			t.Errorf("second page: got %q of %d", got, total)
		}
		for name, c := range map[string]struct {
			scope fengsui.Scope
			want  []string
		}{
			"nobody":     {fengsui.Scope{}, nil},
			"enterprise": {fengsui.Scope{Enterprise: "e2"}, want[:1]},
			"zone":       {fengsui.Scope{Zone: "z1"}, want[1:]},
			"sector":     {fengsui.Scope{Sectors: []fengsui.Sector{"fire"}}, want[:1]},
		} {
			if got, total := strays(t, d, c.scope, page); !slices.Equal(got, c.want) || total != len(c.want) {
				t.Errorf("%s: got %q of %d, want %q", name, got, total, c.want)
			}
		}
		mu.Lock()
		old := district
		district = fengsui.NewDistrict(nil, []*fengsui.Enterprise{old.EnterpriseByCode("E1"), old.EnterpriseByCode("E2")}, nil, nil,
			[]*fengsui.Point{{ID: "p30", Num: 30, Enterprise: "e1", Code: "XX-9"}})
		mu.Unlock()
		time.Sleep(tidyEvery + 2*flushEvery)
		if got, _ := strays(t, d, all, page); !slices.Equal(got, want[:2]) {
			t.Errorf("after XX-9 was registered: got %q, want %q", got, want[:2])
		}
	})
}

// TestQuarantineIsBounded: a sender that invents codes fills neither memory nor
// the store.
func TestQuarantineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := newDoor(t, Config{Log: &memory{}})
		defer stop()
		const each = 3000
		for i := range 3 {
			v := delivery()
			v.Codes = nil
			for k := range each {
				v.Codes = append(v.Codes, fmt.Sprint("invented-", i*each+k))
				v.Samples = append(v.Samples, fengsui.Sample{Point: int64(k), At: noon, Value: 1})
			}
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		d.strays.mu.Lock()
		if n := len(d.strays.pending); n > maxPending+1 {
			t.Errorf("%d codes wait in memory", n)
		}
		d.strays.mu.Unlock()
		time.Sleep(2 * flushEvery)
		rows, total, err := d.Strays(t.Context(), fengsui.Scope{All: true}, fengsui.Page{Limit: 2 * maxStrays})
		if err != nil {
			t.Fatal(err)
		}
		count := int64(0)
		for _, r := range rows {
			count += r.Count
		}
		if total > maxStrays+1 || count != 3*each {
			t.Errorf("%d rows count %d items, want at most %d rows and %d items", total, count, maxStrays+1, 3*each)
		}
	})
}

// TestStoreAway: while the store is away the quarantine is counted in memory, and
// intake goes on.
func TestStoreAway(t *testing.T) {
	// Nothing runs beside the test: it flushes by hand.
	x := plant()
	d, err := New(Config{Log: &memory{}, District: func() *fengsui.District { return x }, DB: openStore(t), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	close(d.ready)
	away, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 2 {
		if _, err := d.Take(t.Context(), delivery(fengsui.Sample{Point: 3, At: noon, Value: float64(i)})); err != nil {
			t.Fatal(err)
		}
		if err := d.store(away); err == nil {
			t.Fatal("the store was there")
		}
	}
	if _, err := d.Take(t.Context(), delivery(fengsui.Sample{Point: 3, At: noon, Value: 9})); err != nil {
		t.Fatal(err)
	}
	if err := d.store(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := strays(t, d, fengsui.Scope{All: true}, fengsui.Page{Limit: 10}); !slices.Equal(got, []string{`e1 XX-9 ×3 9 ""`}) {
		t.Errorf("got %q, want all three counted and the last value", got)
	}
}

// TestAlarm: a raised event of an unknown point reaches the duty desk at once,
// until it is told, and the same one not again for 10 minutes (DESIGN §5.5).
func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []string
		fail := 2
		start := time.Now()
		d, stop := newDoor(t, Config{Log: &memory{}, Alarm: func(_ context.Context, s fengsui.Stray) error {
			mu.Lock()
			defer mu.Unlock()
			if fail--; fail >= 0 {
				return errors.New("locked")
			}
			told = append(told, fmt.Sprintf("%s %s %s %v", s.Enterprise, s.Code, s.LastEvent, time.Since(start)))
			return nil
		}})
		defer stop()
		send := func(events ...adapter.Event) {
			t.Helper()
			v := delivery()
			v.Events = events
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		fire := adapter.Event{Point: "GAS-9", Code: "FIRE", At: noon, On: true}
		gone := fire
		gone.On = false
		send(fire)
		time.Sleep(time.Second * 4) // two attempts fail: 1 s and 2 s
		send(fire, gone)
		send(adapter.Event{Point: "GAS-9", Code: "FAULT", At: noon, On: true}, adapter.Event{Point: "TI-1", Code: "FIRE", At: noon, On: true})
		time.Sleep(alarmEvery)
		send(fire)
		want := []string{"e1 GAS-9 FIRE 3s", "e1 GAS-9 FAULT 4s", "e1 GAS-9 FIRE 10m4s"}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		// More than can wait are counted and stay in the quarantine.
		mu.Lock()
		fail = 1 << 30
		mu.Unlock()
		var many []adapter.Event
		for i := range maxAlarms + 10 {
			many = append(many, adapter.Event{Point: fmt.Sprint("U-", i), Code: "FIRE", At: noon, On: true})
		}
		send(many...)
		if c := d.Counts(); c.Alarms != 3 || c.AlarmsLost != 10 {
			t.Errorf("got %d told and %d lost, want 3 and 10", c.Alarms, c.AlarmsLost)
		}
	})
}
