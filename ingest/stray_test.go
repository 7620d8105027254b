package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		want := []string{`e1 GAS-9 ×3 0 "clear"`, `e2 LI-1 ×1 4 ""`, `e1 XX-9 ×6 9 ""`}
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
			"enterprise": {fengsui.Scope{Enterprise: "e2"}, want[1:2]},
			"zone":       {fengsui.Scope{Zone: "z1"}, []string{want[0], want[2]}},
			"sector":     {fengsui.Scope{Sectors: []fengsui.Sector{"fire"}}, want[1:2]},
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

// TestStrayFrom: the address and the beginning of what came are kept with what nobody
// knows, bounded, the newest of each, and as every store can keep it.
func TestStrayFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := newDoor(t, Config{Log: &memory{}})
		defer stop()
		for i, c := range []struct{ from, raw, wantFrom, wantRaw string }{
			{"10.0.0.7:4711", `{"samples":[1]}`, "10.0.0.7:4711", `{"samples":[1]}`},
			{"", "", "10.0.0.7:4711", `{"samples":[1]}`},
			{"10.0.0.8:4711", "\x7e\x02\x00", "10.0.0.8:4711", "0x7e0200"},
			{strings.Repeat("f", 90), "水" + strings.Repeat("位", 100), strings.Repeat("f", 64), "水" + strings.Repeat("位", 84)},
			{"x", "a\x00b", "x", "0x610062"},
			{"x", strings.Repeat("\xff", 300), "x", "0x" + strings.Repeat("ff", 256)},
		} {
			v := &adapter.Delivery{Adapter: "push", Enterprise: "E1", Received: noon + fengsui.Millis(i), Codes: []string{"NEW-1"}, Samples: []fengsui.Sample{{At: noon, Value: 1}}, From: c.from, Raw: []byte(c.raw)}
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * flushEvery)
			list, _, err := d.Strays(t.Context(), fengsui.Everything(), fengsui.Page{Limit: 2})
			if err != nil || len(list) != 1 {
				t.Fatalf("%d strays, %v, want one", len(list), err)
			}
			if x := list[0]; x.From != c.wantFrom || x.Raw != c.wantRaw || x.Count != int64(i+1) {
				t.Errorf("delivery %d: from %q, raw %q, ×%d, want %q and %q", i, x.From, x.Raw, x.Count, c.wantFrom, c.wantRaw)
			}
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
		// What names neither point nor device is heard as well.
		told = nil
		send(adapter.Event{Code: "FIRE", At: noon, On: true})
		if want := []string{"e1 ? FIRE 10m4s"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		// Who invents points has a share, and the rest is one alarm, whatever its codes.
		time.Sleep(alarmEvery)
		told = nil
		var many []adapter.Event
		for i := range maxAlarmsOf + 10 {
			many = append(many, adapter.Event{Point: fmt.Sprint("U-", i), Code: fmt.Sprint("FIRE", i), At: noon, On: true})
		}
		send(many...)
		if len(told) != maxAlarmsOf+1 || !strings.HasPrefix(told[maxAlarmsOf], "e1 … FIRE20 ") {
			t.Errorf("told %d: %q", len(told), told)
		}
		// More than can wait are counted, stay in the quarantine, and are told as one.
		mu.Lock()
		fail = 1 << 30
		mu.Unlock()
		for i := range maxAlarms + 10 {
			v := delivery()
			v.From, v.Events = fmt.Sprintf("10.0.%d.%d:99", i/250, i%250), []adapter.Event{{Point: fmt.Sprint("V-", i), Code: "FIRE", At: noon, On: true}}
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if c := d.Counts(); c.Alarms != 4+maxAlarmsOf+1 || c.AlarmsLost != 10 {
			t.Errorf("got %d told and %d lost, want %d and 10", c.Alarms, c.AlarmsLost, 4+maxAlarmsOf+1)
		}
		mu.Lock()
		fail, told = 0, nil
		mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(told); n != maxAlarms+1 || !strings.HasPrefix(told[n-1], " … FIRE ") {
			t.Errorf("told %d afterwards: %q", n, told[max(0, n-2):])
		}
	})
}

// TestAlarmIsReadAgain: as long as an alarm is not told, the place from which the log
// is read after a kill lies before it.
func TestAlarmIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		away.Store(true)
		d, stop := newDoor(t, Config{Log: &memory{}, Alarm: func(context.Context, fengsui.Stray) error {
			if away.Load() {
				return errors.New("locked")
			}
			return nil
		}})
		defer stop()
		send := func(key string, events ...adapter.Event) {
			t.Helper()
			v := delivery(fengsui.Sample{At: noon, Value: 1})
			v.Idempotency, v.Events = key, events
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		send("1")
		send("2", adapter.Event{Point: "GAS-9", Code: "FIRE", At: noon, On: true}, adapter.Event{Point: "GAS-8", Code: "FIRE", At: noon, On: true})
		send("3")
		time.Sleep(2 * turnEvery)
		if got := d.book.restored().Seq; got != 1 {
			t.Errorf("with alarms untold of record 2, %d is saved", got)
		}
		away.Store(false)
		time.Sleep(time.Minute)
		if got := d.book.restored().Seq; got < 3 || len(d.book.holds) != 0 {
			t.Errorf("with all told, %d is saved, with %d holds", got, len(d.book.holds))
		}
	})
}

// TestKey: a device that is known by its key in a protocol is found by it, with
// its positions; one that nobody registered is kept under its key and waits in
// quarantine, and of what it says the emergency alone wakes the duty desk, after a
// kill too (V03, DESIGN §5.5).
func TestKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{}
		known := plant()
		truck := &fengsui.Device{ID: "d3", Num: 10, Enterprise: "e2", Code: "津A12345", Keys: map[string]string{"jt808": "013900000001"}}
		var district atomic.Pointer[fengsui.District]
		district.Store(fengsui.NewDistrict(nil, []*fengsui.Enterprise{known.EnterpriseByCode("E1"), known.EnterpriseByCode("E2")}, nil, []*fengsui.Device{truck}, nil))
		var told []string
		c := Config{Log: log, District: district.Load, DB: openStore(t), Alarm: func(_ context.Context, s fengsui.Stray) error {
			told = append(told, fmt.Sprintf("%q %s %s", s.Enterprise, s.Code, s.LastEvent))
			return nil
		}}
		d, stop := newDoor(t, c)
		send := func(key string) adapter.Receipt {
			t.Helper()
			r, err := d.Take(t.Context(), &adapter.Delivery{
				Adapter: "jt808", Key: key, Received: noon,
				Events: []adapter.Event{{Code: "emergency", At: noon, On: true, Urgent: true}, {Code: "overspeed", At: noon, On: true}},
				Positions: []fengsui.Position{{At: noon, Lon: 117.7, Lat: 39.01, Speed: 62.5, Heading: 90, Fix: true, Extra: []byte{1, 2}},
					{At: noon, Lon: 500}, {Lon: 117.7, Lat: 39.01}, {At: noon + 3600_000, Lon: 117.7, Lat: 39.01}},
			})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return r
		}
		places := []string{"position 1 bad_position refused", "position 2 no_time kept", "position 3 wrong_clock kept"}
		r := send("013900000001")
		if got := show(r); !slices.Equal(got, places) || r.Accepted != 5 {
			t.Errorf("known: got %d accepted, %q, want 5, %q", r.Accepted, got, places)
		}
		rec := log.last(t)
		if rec.Enterprise != 2 || rec.Device != 10 || rec.Sender != "013900000001" || len(rec.Events) != 2 || len(rec.Positions) != 3 {
			t.Errorf("known: the log has %+v", rec)
		}
		if p := rec.Positions[0]; p.Device != 10 || p.Lon != 117.7 || p.Speed != 62.5 || string(p.Extra) != "\x01\x02" || rec.Positions[2].At != noon {
			t.Errorf("known: the log has the positions %+v", rec.Positions)
		}
		r = send("013900000002")
		want := append([]string{"device 0 unknown_device kept", "event 0 unknown_device kept"}, places...)
		if got := show(r); !slices.Equal(got, want) {
			t.Errorf("unknown: got %q, want %q", got, want)
		}
		if rec := log.last(t); rec.Enterprise != 0 || rec.Device != 0 || rec.Sender != "013900000002" || len(rec.Positions) != 3 {
			t.Errorf("unknown: the log has %+v", rec)
		}
		if want := []string{`"" jt808:013900000002 emergency`}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		time.Sleep(2 * flushEvery)
		// The device itself and its emergency.
		if got, _ := strays(t, d, fengsui.Everything(), fengsui.Page{Limit: 9}); !slices.Equal(got, []string{` jt808:013900000002 ×2 0 "emergency"`}) {
			t.Errorf("quarantine: got %q", got)
		}
		if got, _ := strays(t, d, fengsui.Scope{Zone: "z1"}, fengsui.Page{Limit: 9}); len(got) != 0 {
			t.Errorf("a zone sees %q", got)
		}
		rec = log.last(t)
		// One that came later and has no alarm stands behind it.
		if _, err := d.Take(t.Context(), &adapter.Delivery{Adapter: "jt808", Key: "013900000003", Received: noon + 1, Positions: []fengsui.Position{{At: noon, Lon: 117.7, Lat: 39.01}}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * flushEvery)
		if got, _ := strays(t, d, fengsui.Everything(), fengsui.Page{Limit: 1}); !slices.Equal(got, []string{` jt808:013900000002 ×2 0 "emergency"`}) {
			t.Errorf("the first of the quarantine is %q", got)
		}
		stop()

		d, stop = newDoor(t, c)
		told = nil
		d.remember(&rec, fengsui.Place{})
		synctest.Wait()
		if want := []string{`"" jt808:013900000002 emergency`}; !slices.Equal(told, want) {
			t.Errorf("after a kill: told %q, want %q", told, want)
		}
		// Registered, it leaves the quarantine.
		other := &fengsui.Device{ID: "d4", Num: 12, Enterprise: "e1", Code: "津A2", Keys: map[string]string{"jt808": "013900000002"}}
		district.Store(fengsui.NewDistrict(nil, []*fengsui.Enterprise{known.EnterpriseByCode("E1")}, nil, []*fengsui.Device{truck, other}, nil))
		time.Sleep(2*tidyEvery + 2*flushEvery)
		if got, _ := strays(t, d, fengsui.Everything(), fengsui.Page{Limit: 9}); len(got) != 1 || !strings.Contains(got[0], "013900000003") {
			t.Errorf("quarantine after it was registered: got %q", got)
		}
		stop()
		if _, err := d.Take(t.Context(), &adapter.Delivery{Adapter: "jt808", Key: string(make([]byte, maxKey+1))}); fengsui.CodeOf(err) != fengsui.Invalid {
			t.Errorf("a key that is too long: got %v", err)
		}
	})
}

// TestUnknownDevice: what an enterprise's unknown device raises wakes the duty desk,
// whatever its code: nothing is known of it. What it takes back does not, and a
// known device's own events are judged by models (H16, DESIGN §5.5).
func TestUnknownDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{}
		var told []string
		d, stop := newDoor(t, Config{Log: log, Alarm: func(_ context.Context, s fengsui.Stray) error {
			told = append(told, fmt.Sprintf("%s %s %s", s.Enterprise, s.Code, s.LastEvent))
			return nil
		}})
		defer stop()
		send := func(device string) []string {
			t.Helper()
			r, err := d.Take(t.Context(), &adapter.Delivery{Adapter: "mqtt", Enterprise: "E1", Device: device, Received: noon, Events: []adapter.Event{
				{Code: "smoke", At: noon, On: true}, {Code: "door", At: noon}, {Point: "TI-1", Code: "fault", At: noon, On: true},
			}})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return show(r)
		}
		if got := send("GW1"); len(got) != 0 || len(told) != 0 {
			t.Errorf("a known device: got %q, told %q", got, told)
		}
		if got, want := send("GW-9"), []string{"device 0 unknown_device kept", "event 0 unknown_device kept", "event 1 unknown_device kept"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if want := []string{"e1 GW-9 smoke"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		if rec := log.last(t); len(rec.Events) != 3 || rec.Events[0].Text != "GW-9: " || rec.Events[1].Code != "door" {
			t.Errorf("the log has %+v", rec.Events)
		}
	})
}

// TestSpare: codes that begin with "/" are the device's own points; of spare samples
// those that nobody registered are left out without a word, for enterprises without
// a point and devices without an owner too, however often the list comes.
func TestSpare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &memory{}
		known := plant()
		trucks := []*fengsui.Device{
			{ID: "d3", Num: 10, Enterprise: "e2", Code: "津A1", Keys: map[string]string{"jt808": "1"}},
			{ID: "d4", Num: 12, Enterprise: "e2", Code: "津A2", Keys: map[string]string{"jt808": "2"}},
		}
		codes := []string{"/speed", "/mileage", "/a", "/b", "/c", "/d", "/e", "/f"}
		point := func(num int64, code string) *fengsui.Point {
			return &fengsui.Point{ID: fengsui.ID(code), Num: num, Enterprise: "e2", Code: code, RangeHigh: 200}
		}
		points := []*fengsui.Point{point(31, "津A1/speed")}
		for i, code := range codes {
			points = append(points, point(int64(40+i), "津A2"+code))
		}
		district := fengsui.NewDistrict(nil, []*fengsui.Enterprise{known.EnterpriseByCode("E1"), known.EnterpriseByCode("E2")}, nil, trucks, points)
		d, stop := newDoor(t, Config{Log: log, District: func() *fengsui.District { return district }})
		defer stop()
		for key, want := range map[string]string{"1": "1 accepted, [31 0 0 0 0 0 0 0]", "2": "8 accepted, [40 41 42 43 44 45 46 47]", "3": "0 accepted, []"} {
			for range 3 {
				v := &adapter.Delivery{Adapter: "jt808", Key: key, Received: noon, Spare: true, Codes: codes}
				for i := range codes {
					v.Samples = append(v.Samples, fengsui.Sample{Point: int64(i), At: noon, Value: float64(i)})
				}
				r, err := d.Take(t.Context(), v)
				if err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprintf("%d accepted, %d", r.Accepted, log.last(t).Points); got != want || len(r.Errors) > 1 {
					t.Errorf("terminal %s: got %s and %+v, want %s", key, got, r.Errors, want)
				}
			}
		}
		time.Sleep(2 * flushEvery)
		if got, _ := strays(t, d, fengsui.Everything(), fengsui.Page{Limit: 9}); !slices.Equal(got, []string{` jt808:3 ×3 0 "device"`}) {
			t.Errorf("quarantine: got %q, want the unknown terminal alone", got)
		}
	})
}

// TestStrayKeep: what nobody registered goes once it was not heard of for its time.
func TestStrayKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, stop := newDoor(t, Config{Log: &memory{}, StrayKeep: 3 * time.Hour})
		defer stop()
		send := func(code string) {
			t.Helper()
			at := fengsui.At(time.Now())
			v := &adapter.Delivery{Adapter: "push", Enterprise: "E1", Received: at, Codes: []string{code}, Samples: []fengsui.Sample{{At: at, Value: 1}}}
			if _, err := d.Take(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		count := func(want int) {
			t.Helper()
			if _, total := strays(t, d, fengsui.Everything(), fengsui.Page{Limit: 9}); total != want {
				t.Errorf("%d codes in quarantine, want %d", total, want)
			}
		}
		send("OLD-1")
		send("OLD-2")
		time.Sleep(2 * time.Hour)
		send("OLD-2")
		time.Sleep(time.Hour - time.Minute)
		count(2)
		time.Sleep(time.Minute + tidyEvery + 2*flushEvery)
		count(1)
		time.Sleep(2*time.Hour + tidyEvery)
		count(0)
	})
}
