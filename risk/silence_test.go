package risk

import (
	"testing"

	"fengsui"
)

func keyPoint(n int64, every fengsui.Millis, device fengsui.ID) *fengsui.Point {
	p := levelPoint(n)
	p.Key, p.Every, p.Device = true, fengsui.Span(every), device
	return p
}

// H17: each key parameter at least every five minutes; late after two missed
// periods (counted, no finding), offline after three. Exactly is no breach.
func TestH17Silence(t *testing.T) {
	for _, c := range []struct {
		name  string
		point *fengsui.Point
		want  fengsui.Millis // when it is offline, 0 never
	}{
		{"five minutes", keyPoint(1, 5*minute, ""), 15*minute + sec},
		{"no rate given", keyPoint(1, 0, ""), 15*minute + sec},
		{"one minute", keyPoint(1, minute, ""), 3*minute + sec},
		{"an hour is not allowed", keyPoint(1, 60*minute, ""), 15*minute + sec},
		{"not a key point", levelPoint(1), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			f.say(1, 5)
			f.pass(20 * minute)
			f.say(1, 5)
			var want []told
			if c.want > 0 {
				want = []told{{c.want, "point/1", "offline", fengsui.Yellow}, {20 * minute, "point/1", "", fengsui.None}}
			}
			list := f.play(testDistrict(c.point), bare(Silence, nil))
			check(t, list, want...)
			if len(list) == 2 && (list[0].Unit != "s" || list[0].Value <= list[0].Limit || list[0].Limit*1000 != float64(c.want-sec)) {
				t.Errorf("the finding says %g of %g %s", list[0].Value, list[0].Limit, list[0].Unit)
			}
		})
	}
}

// A point that never spoke is not connected yet.
func TestSilenceBeforeTheFirstWord(t *testing.T) {
	f := newField(t)
	f.say(1, 5)
	for range 40 {
		f.pass(minute)
		f.say(1, 5)
	}
	check(t, f.play(testDistrict(keyPoint(1, minute, ""), keyPoint(2, minute, "")), bare(Silence, nil)))
}

// Latest says who is late before anything is raised.
func TestLateIsSeen(t *testing.T) {
	f := newField(t)
	f.say(1, 5)
	f.pass(2*minute + sec)
	out := &found{}
	d := testDistrict(keyPoint(1, minute, ""))
	e := drain(t, Config{DB: openStore(t), Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Silence, nil)}})
	check(t, out.list)
	if l, ok := e.Latest(1); !ok || !l.Silent || l.Value != 5 || l.State != fengsui.None {
		t.Errorf("Latest is %+v, %v; want silent, 5", l, ok)
	}
	if l, ok := e.Latest(2); ok {
		t.Errorf("a point without a word has a latest value %+v", l)
	}
}

// Samples that are no values are a fault: a missing sensor is a risk.
func TestFault(t *testing.T) {
	f := newField(t)
	f.say(1, 5)
	for range 5 {
		f.pass(minute)
		f.send(fengsui.Sample{Point: 1, At: f.now, Quality: fengsui.Bad})
	}
	f.pass(sec)
	f.say(1, 5)
	check(t, f.play(testDistrict(keyPoint(1, minute, "")), bare(Silence, nil)),
		told{3*minute + sec, "point/1", "fault", fengsui.Yellow}, told{5*minute + sec, "point/1", "", fengsui.None})
}

// A device that is silent as a whole is one finding.
func TestDeviceSilent(t *testing.T) {
	d := testDistrict(keyPoint(1, minute, "d9"), keyPoint(2, minute, "d9"), keyPoint(3, 5*minute, "d9"), keyPoint(4, minute, "d8"), keyPoint(5, minute, ""), keyPoint(6, minute, ""))
	all := func(f *field, nums ...int64) {
		for _, n := range nums {
			f.say(n, 5)
		}
	}
	f := newField(t)
	all(f, 1, 2, 3, 4, 5, 6)
	for range 10 {
		f.pass(minute)
		all(f, 4, 5, 6)
	}
	all(f, 1)
	f.pass(30 * sec)
	all(f, 2, 3)
	f.pass(20 * sec)
	check(t, f.play(d, bare(Silence, nil)), told{3*minute + sec, "device/9", "offline", fengsui.Yellow}, told{10 * minute, "device/9", "", fengsui.None})

	// One point of a device that goes on speaking.
	f = newField(t)
	all(f, 1, 2, 3)
	for range 5 {
		f.pass(minute)
		all(f, 1, 3)
	}
	check(t, f.play(d, bare(Silence, nil)), told{3*minute + sec, "point/2", "offline", fengsui.Yellow})

	// The only key point of its device is named itself.
	f = newField(t)
	all(f, 4)
	f.pass(5 * minute)
	check(t, f.play(d, bare(Silence, nil)), told{3*minute + sec, "point/4", "offline", fengsui.Yellow})

	// Points without a device hang on their enterprise.
	f = newField(t)
	all(f, 5, 6)
	f.pass(5 * minute)
	check(t, f.play(d, bare(Silence, nil)), told{3*minute + sec, "enterprise/1", "offline", fengsui.Yellow})
}

// Presence makes the points of a device stale at once, and there again.
func TestPresence(t *testing.T) {
	d := testDistrict(keyPoint(1, minute, "d9"), keyPoint(2, minute, "d9"), keyPoint(3, minute, "d8"))
	presence := func(f *field, device int64, online bool) {
		f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 9, Presences: []fengsui.Presence{{Device: device, At: f.now, Online: online}}})
	}
	f := newField(t)
	f.say(1, 5)
	f.say(2, 5)
	f.pass(10 * sec)
	presence(f, 0, false) // the sender itself
	f.pass(10 * minute)
	presence(f, 9, true)
	f.pass(2 * minute)
	f.say(1, 5)
	f.pass(2 * minute)
	f.say(1, 5)
	check(t, f.play(d, bare(Silence, nil)),
		told{10 * sec, "device/9", "offline", fengsui.Yellow},
		told{10*minute + 10*sec, "device/9", "", fengsui.None},
		// The other point's timer began again with the device.
		told{13*minute + 11*sec, "point/2", "offline", fengsui.Yellow})

	// Offline and online again in one record is nothing.
	f = newField(t)
	f.say(1, 5)
	f.put(fengsui.Record{Received: f.now, Enterprise: 1, Presences: []fengsui.Presence{{Device: 9, At: f.now}, {Device: 9, At: f.now, Online: true}, {Device: 77, At: f.now}}})
	f.pass(sec)
	check(t, f.play(d, bare(Silence, nil)))

	// What was so a while ago says nothing of now.
	f = newField(t)
	f.pass(20 * minute)
	f.say(1, 5)
	f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 9, Resent: true, Presences: []fengsui.Presence{{Device: 9, At: f.now}}})
	f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 9, Presences: []fengsui.Presence{{Device: 9, At: f.now - 11*minute}}})
	f.pass(sec)
	check(t, f.play(d, bare(Silence, nil)))

	// A sample is a sign of life whatever the gateway said.
	f = newField(t)
	f.say(1, 5)
	f.pass(sec)
	presence(f, 9, false)
	f.pass(sec)
	f.say(2, 5)
	check(t, f.play(d, bare(Silence, nil)), told{sec, "device/9", "offline", fengsui.Yellow}, told{2 * sec, "device/9", "", fengsui.None})
}

// After a gap in ticks nobody is silent for what the platform did not hear: the
// timers begin again, with one period of grace.
func TestTickGap(t *testing.T) {
	d := testDistrict(keyPoint(1, minute, ""), keyPoint(2, minute, "d9"))
	f := newField(t)
	f.say(1, 5)
	f.say(2, 5)
	f.pass(2*minute + 50*sec)
	f.gap(5 * 60 * minute) // an outage of five hours
	at := f.now - t0
	f.pass(sec)
	f.say(2, 5)
	f.pass(5*minute - sec)
	check(t, f.play(d, bare(Silence, nil)),
		told{at + 4*minute + sec, "point/1", "offline", fengsui.Yellow}, told{at + 4*minute + sec, "point/2", "offline", fengsui.Yellow})

	// Five seconds between ticks are no gap.
	f = newField(t)
	f.say(1, 5)
	for range 40 {
		f.gap(5 * sec)
	}
	check(t, f.play(d, bare(Silence, nil)), told{185 * sec, "point/1", "offline", fengsui.Yellow})
}

// H17: after an alarm at least every ten seconds.
func TestH17Pace(t *testing.T) {
	d := testDistrict(levelPoint(1))
	models := []Model{bare(Ladder, nil), bare(Pace, nil)}
	f := newField(t)
	f.say(1, 5)
	f.pass(minute) // no alarm, no hurry
	f.say(1, 10.5)
	for range 6 {
		f.pass(10 * sec) // in time
		f.say(1, 10.5)
	}
	f.pass(30 * sec) // too slow
	for range 6 {
		f.pass(10 * sec)
		f.say(1, 10.5)
	}
	f.pass(sec)
	f.say(1, 5)
	f.pass(minute)
	check(t, f.play(d, models...),
		told{minute, "point/1", "H", fengsui.Yellow},
		told{2*minute + 21*sec, "point/1", "slow", fengsui.Blue},
		told{2*minute + 71*sec, "point/1", "", fengsui.None},
		told{3*minute + 31*sec, "point/1", "", fengsui.None})

	// The alarm's end ends it.
	f = newField(t)
	f.say(1, 10.5)
	f.pass(25 * sec)
	f.say(1, 5)
	f.pass(sec)
	list := f.play(d, models...)
	check(t, list, told{0, "point/1", "H", fengsui.Yellow}, told{21 * sec, "point/1", "slow", fengsui.Blue},
		told{25 * sec, "point/1", "", fengsui.None}, told{26 * sec, "point/1", "", fengsui.None})
	if got := list[1].Model; got != "pace" {
		t.Errorf("the model is %q, want pace", got)
	}
}

// The ten seconds count from the alarm when a hold time raised it later than the
// last sample.
func TestPaceFromTheAlarm(t *testing.T) {
	hold := bare(Ladder, func(m *Model) { m.Ladder[2].Hold = fengsui.Span(minute) })
	f := newField(t)
	f.say(1, 10.5)
	f.pass(2 * minute)
	check(t, f.play(testDistrict(levelPoint(1)), hold, bare(Pace, nil)),
		told{minute, "point/1", "H", fengsui.Yellow}, told{minute + 21*sec, "point/1", "slow", fengsui.Blue})
}
