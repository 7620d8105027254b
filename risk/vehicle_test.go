package risk

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fengsui"
)

const vehicle = fengsui.Subject("device/7")

// vehicleDistrict has the terminal 7 on a hazmat vehicle, the terminal 6 on none,
// and fences.
func vehicleDistrict(attrs map[string]string, fences ...*fengsui.Fence) *fengsui.District {
	ent := &fengsui.Enterprise{ID: "e1", Num: 1, Code: "E1", Sector: "vehicles"}
	return fengsui.NewDistrict(nil, []*fengsui.Enterprise{ent},
		[]*fengsui.Asset{{ID: "v", Enterprise: "e1", Code: "津A", Kind: "vehicle", Attrs: attrs}},
		[]*fengsui.Device{
			{ID: "d7", Num: 7, Enterprise: "e1", Code: "T7", Asset: "v", Keys: map[string]string{"jt808": "7"}},
			{ID: "d6", Num: 6, Enterprise: "e1", Code: "T6", Keys: map[string]string{"push": "6"}},
		}, nil).WithFences(fences, nil)
}

func speedModel(set func(*Model)) Model {
	return bare(Speed, func(m *Model) {
		m.Scope.Devices, m.Limit, m.Classes = true, 100, map[string]float64{"hazmat": 80}
		m.Ladder = []Rung{{Name: "H", Level: fengsui.Blue, At: num(0), Hold: 10_000}, on("HH", fengsui.Orange, 50)}
		m.DeadBand.Absolute = 5
		if set != nil {
			set(m)
		}
	})
}

func eventModel(set func(*Model)) Model {
	return bare(Event, func(m *Model) {
		m.Scope.Devices = true
		m.Ladder = []Rung{{Name: "fatigue", Level: fengsui.Yellow, Codes: []string{"fatigue", "abnormal_driving/fatigue"}}, {Name: "emergency", Level: fengsui.Red}}
		if set != nil {
			set(m)
		}
	})
}

func countModel(set func(*Model)) Model {
	return bare(Count, func(m *Model) {
		m.Scope.Devices, m.Codes, m.Window = true, []string{"fatigue"}, fengsui.Span(10*minute)
		m.Ladder = []Rung{on("H", fengsui.Orange, 2)}
		if set != nil {
			set(m)
		}
	})
}

// drive says where the vehicle is and how fast.
func (f *field) drive(speed float64, change ...func(*fengsui.Position)) {
	x := fengsui.Position{Device: 7, At: f.now, Lon: 117.7, Lat: 39, Speed: speed, Fix: true, Extra: []byte{1, 2}}
	for _, c := range change {
		c(&x)
	}
	f.put(fengsui.Record{Received: f.now, Adapter: "jt808", Enterprise: 1, Device: 7, Positions: []fengsui.Position{x}})
}

// shout says an event of the vehicle's terminal.
func (f *field) shout(code string, on bool) {
	f.put(fengsui.Record{Received: f.now, Adapter: "jt808", Enterprise: 1, Device: 7, Events: []fengsui.Event{{Code: code, At: f.now, On: on}}})
}

// words says an event and where the device is, now and late.
func (f *field) words(device int64) {
	x := fengsui.Position{Device: device, At: f.now, Lon: 117, Lat: 39, Speed: 130, Fix: true}
	rec := fengsui.Record{Received: f.now, Enterprise: 1, Device: device, Events: []fengsui.Event{{Code: "emergency", At: f.now, On: true}, {Point: 1, Code: "fatigue", At: f.now, On: true}}, Positions: []fengsui.Position{x}}
	f.put(rec)
	rec.Resent = true
	f.put(rec)
}

func lines(list []fengsui.Finding) (got []string) {
	for _, x := range list {
		got = append(got, fmt.Sprintf("%d %s %s %.5g/%.5g", (x.Learnt-t0)/sec, x.Subject, x.Rung, x.Value, x.Limit))
	}
	return got
}

// V04: speed against the lowest limit that holds for the vehicle where it is.
func TestV04Speed(t *testing.T) {
	slow := &fengsui.Fence{ID: "f", Code: "F", Rule: fengsui.Slow, SpeedLimit: 30, Centre: [2]float64{117.7, 39}, Radius: 500}
	hazmat := map[string]string{"class": "hazmat"}
	away := func(x *fengsui.Position) { x.Lat = 39.1 }
	for _, c := range []struct {
		name  string
		d     *fengsui.District
		drive func(f *field)
		want  []string
	}{
		{"exactly at the limit of the class", vehicleDistrict(hazmat), func(f *field) { f.drive(80); f.pass(20 * sec); f.drive(80) }, nil},
		{"above it and held", vehicleDistrict(hazmat), func(f *field) { f.drive(84); f.pass(20 * sec) }, []string{"10 device/7 H 84/80"}},
		{"not held", vehicleDistrict(hazmat), func(f *field) { f.drive(84); f.pass(9 * sec); f.drive(80); f.pass(20 * sec) }, nil},
		{"half as fast again: at once", vehicleDistrict(hazmat), func(f *field) { f.drive(121) }, []string{"0 device/7 HH 121/120"}},
		{"the dead band", vehicleDistrict(hazmat), func(f *field) { f.drive(121); f.pass(sec); f.drive(117); f.pass(sec); f.drive(76) },
			[]string{"0 device/7 HH 121/120", "2 device/7  76/120"}},
		{"of no class: the model's", vehicleDistrict(nil), func(f *field) { f.drive(99); f.pass(11 * sec); f.drive(151) }, []string{"11 device/7 HH 151/150"}},
		{"the vehicle's own", vehicleDistrict(map[string]string{"class": "hazmat", "speed_limit": "60"}), func(f *field) { f.drive(91) }, []string{"0 device/7 HH 91/90"}},
		{"inside a slow fence", vehicleDistrict(hazmat, slow), func(f *field) { f.drive(46); f.pass(sec); f.drive(46, away) }, []string{"0 device/7 HH 46/45", "1 device/7  46/120"}},
		{"outside of it", vehicleDistrict(hazmat, slow), func(f *field) { f.drive(70, away); f.pass(11 * sec) }, nil},
		{"without a fix there is no speed", vehicleDistrict(hazmat), func(f *field) { f.drive(150, func(x *fengsui.Position) { x.Fix = false }) }, nil},
		{"of an unknown device", vehicleDistrict(hazmat), func(f *field) { f.drive(150, func(x *fengsui.Position) { x.Device = 5 }) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			c.drive(f)
			f.pass(sec)
			list := f.play(c.d, speedModel(nil))
			if got := lines(list); !slices.Equal(got, c.want) {
				t.Errorf("findings %q, want %q", got, c.want)
			}
			for _, x := range list {
				if x.Unit != "km/h" {
					t.Errorf("the unit is %q, want km/h", x.Unit)
				}
			}
		})
	}
}

// V04: metres beyond the fences that are for the vehicle.
func TestV04Fence(t *testing.T) {
	model := bare(Fenced, func(m *Model) {
		m.Scope.Devices = true
		m.Ladder = []Rung{{Name: "H", Level: fengsui.Yellow, At: num(50), Hold: 20_000}}
		m.DeadBand.Absolute = 40
	})
	square := func(id fengsui.ID, rule fengsui.FenceRule, west, south, side float64) *fengsui.Fence {
		return &fengsui.Fence{ID: id, Code: string(id), Rule: rule, Ring: [][2]float64{{west, south}, {west + side, south}, {west + side, south + side}, {west, south + side}, {west, south}}}
	}
	metres := func(north float64) func(*fengsui.Position) { // of 39 degrees
		return func(x *fengsui.Position) { x.Lat = 39 + north/111_000 }
	}
	in, out := square("a", fengsui.KeepIn, 117.6, 38.9, 0.1), square("b", fengsui.KeepOut, 117.65, 39, 0.1)
	two := square("c", fengsui.KeepIn, 117.6, 39, 0.1)
	trucks := square("d", fengsui.KeepOut, 117.65, 39, 0.1)
	trucks.Classes = []string{"truck_12t"}
	for _, f := range []*fengsui.Fence{in, out, two, trucks} {
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
	}
	middle := func(x *fengsui.Position) { x.Lon = 117.66 }
	for _, c := range []struct {
		name   string
		fences []*fengsui.Fence
		north  []float64 // of the edge, 10 s apart
		want   []string  // second and rung
	}{
		{"inside", []*fengsui.Fence{in}, []float64{-500, -400, -300}, nil},
		{"out of it", []*fengsui.Fence{in}, []float64{-500, 100, 120, 130}, []string{"30 H"}},
		{"the receiver's noise", []*fengsui.Fence{in}, []float64{40, 60, 40, 60, 40}, nil},
		{"and back", []*fengsui.Fence{in}, []float64{100, 100, 100, 30, -5}, []string{"20 H", "40 "}},
		{"where it must keep out", []*fengsui.Fence{out}, []float64{-100, 100, 100, 100, -100}, []string{"30 H", "40 "}},
		{"one of two that it may be in", []*fengsui.Fence{in, two}, []float64{-300, 300, 300, 300}, nil},
		{"not for it", []*fengsui.Fence{trucks}, []float64{100, 100, 100, 100}, nil},
		{"no fence", nil, []float64{100, 100, 100, 100}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			for _, n := range c.north {
				f.drive(30, middle, metres(n))
				f.pass(10 * sec)
			}
			list := f.play(vehicleDistrict(map[string]string{"class": "hazmat"}, c.fences...), model)
			var got []string
			for _, x := range list {
				got = append(got, fmt.Sprintf("%d %s", (x.Learnt-t0)/sec, x.Rung))
				if x.Rung == "H" && (x.Unit != "m" || x.Limit != 50 || math.Abs(x.Value-115) > 25) {
					t.Errorf("the finding says %g of %g %s", x.Value, x.Limit, x.Unit)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("findings %q, want %q", got, c.want)
			}
		})
	}
}

// V11: what a terminal says in a code, with a level for each.
func TestV11Event(t *testing.T) {
	fatigue, emergency := told{0, vehicle, "fatigue", fengsui.Yellow}, told{0, vehicle, "emergency", fengsui.Red}
	after := func(x told, s fengsui.Millis) told { x.after = s * sec; return x }
	none := func(s fengsui.Millis) told { return told{s * sec, vehicle, "", fengsui.None} }
	for _, c := range []struct {
		name string
		set  func(*Model)
		say  func(f *field)
		want []told
	}{
		{"on and off", nil, func(f *field) { f.shout("fatigue", true); f.pass(5 * sec); f.shout("fatigue", false) }, []told{fatigue, none(5)}},
		{"another model's code", nil, func(f *field) { f.shout("overspeed", true) }, nil},
		{"off-delay", func(m *Model) { m.Off = 3000 }, func(f *field) { f.shout("fatigue", true); f.pass(5 * sec); f.shout("fatigue", false); f.pass(5 * sec) }, []told{fatigue, none(8)}},
		{"on again within it", func(m *Model) { m.Off = 3000 }, func(f *field) {
			f.shout("fatigue", true)
			f.shout("fatigue", false)
			f.pass(2 * sec)
			f.shout("fatigue", true)
			f.pass(5 * sec)
		}, []told{fatigue}},
		{"held", func(m *Model) { m.Ladder[0].Hold = 3000 }, func(f *field) { f.shout("fatigue", true); f.pass(5 * sec) }, []told{after(fatigue, 3)}},
		{"gone before the hold time", func(m *Model) { m.Ladder[0].Hold = 3000 }, func(f *field) {
			f.shout("fatigue", true)
			f.pass(2 * sec)
			f.shout("fatigue", false)
			f.pass(5 * sec)
		}, nil},
		{"two codes of a rung", nil, func(f *field) {
			f.shout("fatigue", true)
			f.shout("abnormal_driving/fatigue", true)
			f.pass(sec)
			f.shout("fatigue", false)
			f.pass(sec)
			f.shout("abnormal_driving/fatigue", false)
		}, []told{fatigue, none(2)}},
		{"the graver one", nil, func(f *field) {
			f.shout("emergency", true)
			f.shout("fatigue", true)
			f.pass(sec)
			f.shout("emergency", false)
			f.pass(sec)
		}, []told{emergency, after(fatigue, 1)}},
		{"one that never says that it is over", func(m *Model) { m.Lasts = fengsui.Span(minute) }, func(f *field) {
			f.shout("emergency", true)
			f.pass(30 * sec)
			f.shout("emergency", true)
			f.pass(2 * minute)
		}, []told{emergency, none(90)}},
		{"of another protocol", func(m *Model) { m.Scope.Protocols = []string{"push"} }, func(f *field) { f.shout("emergency", true) }, nil},
		{"of this one", func(m *Model) { m.Scope.Protocols = []string{"push", "jt808"} }, func(f *field) { f.shout("emergency", true) }, []told{emergency}},
		{"of another asset", func(m *Model) { m.Scope.Assets = []string{"ship"} }, func(f *field) { f.shout("emergency", true) }, nil},
		{"over in the same record", nil, func(f *field) {
			f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 7, Events: []fengsui.Event{{Code: "emergency", At: f.now, On: true}, {Code: "emergency", At: f.now}}})
			f.pass(2 * sec)
		}, []told{emergency, none(1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			c.say(f)
			f.pass(sec)
			check(t, f.play(vehicleDistrict(nil), eventModel(c.set)), c.want...)
		})
	}
}

// H16: a point says alarms too.
func TestPointEvent(t *testing.T) {
	f := newField(t)
	f.put(fengsui.Record{Received: f.now, Enterprise: 1, Events: []fengsui.Event{{Point: 1, Code: "fire", At: f.now, On: true}, {Point: 5, Code: "fire", At: f.now, On: true}}})
	f.pass(sec)
	f.put(fengsui.Record{Received: f.now, Enterprise: 1, Events: []fengsui.Event{{Point: 1, Code: "fire", At: f.now}}})
	model := bare(Event, func(m *Model) { m.Ladder = []Rung{{Name: "fire", Level: fengsui.Red}} })
	check(t, f.play(testDistrict(levelPoint(1)), model), told{0, "point/1", "fire", fengsui.Red}, told{sec, "point/1", "", fengsui.None})
}

// A count slides: more than two in ten minutes, and none is left ten minutes after
// the last.
func TestCount(t *testing.T) {
	f := newField(t)
	for range 2 {
		f.shout("fatigue", true)
		f.shout("fatigue", false)
	}
	f.pass(11 * minute)
	for range 3 {
		f.shout("fatigue", true)
		f.pass(minute)
	}
	f.pass(15 * minute)
	at := 11 * minute
	check(t, f.play(vehicleDistrict(nil), countModel(nil)), told{at + 2*minute, vehicle, "H", fengsui.Orange}, told{at + 10*minute + sec, vehicle, "", fengsui.None})
	// However many there are, so many are kept.
	f = newField(t)
	for range 3 * maxMarks {
		f.shout("fatigue", true)
	}
	f.pass(11 * minute)
	check(t, f.play(vehicleDistrict(nil), countModel(nil)), told{0, vehicle, "H", fengsui.Orange}, told{10*minute + sec, vehicle, "", fengsui.None})
}

// What a terminal kept back is judged too: once, as late, and it stands no longer
// than until something newer is said.
func TestLateWords(t *testing.T) {
	f := newField(t)
	f.pass(sec)
	ago := func(m fengsui.Millis) fengsui.Millis { return f.now - m*minute }
	rec := fengsui.Record{Received: f.now, Enterprise: 1, Device: 7, Resent: true,
		Events: []fengsui.Event{{Code: "emergency", At: ago(20), On: true}, {Code: "fatigue", At: ago(19), On: true}},
		Positions: []fengsui.Position{
			{Device: 7, At: ago(20), Lon: 117, Lat: 39, Speed: 130, Fix: true},
			{Device: 7, At: ago(18), Lon: 117, Lat: 39.1, Speed: 60, Fix: true},
		}}
	f.put(rec)
	f.pass(3 * sec)
	f.shout("emergency", false)
	f.pass(sec)
	list := f.play(vehicleDistrict(map[string]string{"class": "hazmat"}), eventModel(nil), speedModel(nil))
	// One of them is red: it is judged with the next tick.
	check(t, list, told{sec, vehicle, "emergency", fengsui.Red}, told{sec, vehicle, "HH", fengsui.Orange},
		told{3 * sec, vehicle, "", fengsui.None}, told{4 * sec, vehicle, "", fengsui.None})
	for _, x := range list[:2] {
		if !x.Late || x.At != t0+sec-20*minute || x.GapFrom != x.At {
			t.Errorf("the finding %+v is not that of 20 minutes before", x)
		}
	}
	if x := list[1]; x.Value != 130 || x.Limit != 120 {
		t.Errorf("late speed %g of %g, want 130 of 120", x.Value, x.Limit)
	}
}

// late puts a record of a terminal that it kept back and sent out of order, each
// position for itself: minutes ago and speeds.
func (f *field) late(ago fengsui.Millis, speed float64) {
	f.put(fengsui.Record{Received: f.now, Adapter: "jt808", Enterprise: 1, Device: 7,
		Positions: []fengsui.Position{{Device: 7, At: f.now - ago, Lon: 117.7, Lat: 39, Speed: speed, Fix: true}}})
}

// V06, DESIGN §5.2: what a terminal kept back comes in several batches (0x0704) or
// position by position. It is judged together, by own time, 30 s after the last.
func TestLateBatchOfRecords(t *testing.T) {
	d := vehicleDistrict(map[string]string{"class": "hazmat"})
	play := func(say func(f *field)) []fengsui.Finding {
		f := newField(t)
		f.pass(60 * minute)
		f.drive(60) // it is back, and slow
		say(f)
		f.pass(40 * sec)
		return f.play(d, speedModel(nil))
	}
	// Above the limit for 40 s, which no record says alone; the hold time is 10 s.
	list := play(func(f *field) {
		f.late(20*minute, 60)
		f.late(20*minute+40*sec, 90)
		f.pass(29 * sec)
		f.late(21*minute+29*sec, 90)
	})
	at := 60 * minute
	if len(list) != 2 || list[0].Rung != "H" || !list[0].Late || list[1].Level != fengsui.None {
		t.Fatalf("findings %+v, want one late H and its return", list)
	}
	if x := list[0]; x.Learnt != t0+at+29*sec || x.At != t0+at-20*minute-50*sec || x.GapFrom != t0+at-21*minute || x.GapTo != t0+at-20*minute || x.Value != 90 || x.Limit != 80 {
		t.Errorf("the late finding is %+v", x)
	}
	for name, say := range map[string]func(*field){
		"slow between":        func(f *field) { f.late(20*minute, 90); f.late(20*minute+5*sec, 90); f.late(20*minute+3*sec, 60) },
		"the last one alone":  func(f *field) { f.late(20*minute, 90) },
		"exactly at the time": func(f *field) { f.late(10*minute, 130); f.drive(60) }, // live, and over at once
	} {
		if list := play(say); len(list) > 2 || len(list) > 0 && list[0].Late {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// What waits survives a restart, and what a batch does not speak of goes on.
func TestLateWordsWait(t *testing.T) {
	f := newField(t)
	d := vehicleDistrict(nil)
	out := new(found)
	c := Config{DB: openStore(t), Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{eventModel(nil)}}
	f.shout("emergency", true)
	f.pass(60 * minute)
	for _, on := range []bool{false, true} {
		f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 7, Events: []fengsui.Event{{Code: "fatigue", At: f.now - 20*minute, On: on}}})
	}
	f.pass(20 * sec)
	drain(t, c)
	emergency := told{0, vehicle, "emergency", fengsui.Red}
	check(t, out.list, emergency)
	f.pass(20 * sec)
	drain(t, c)
	late := told{60 * minute, vehicle, "fatigue", fengsui.Yellow}
	check(t, out.list, emergency, late, told{60*minute + 31*sec, vehicle, "emergency", fengsui.Red})
}

// A vehicle that says nothing is off line; a position, an event and a sample of any
// of its points are words. A connection that ends is no silence yet.
func TestVehicleSilence(t *testing.T) {
	model := bare(Silence, func(m *Model) {
		m.ID, m.Scope = "offline", Scope{Devices: true}
		m.Every, m.Ladder = fengsui.Span(10*minute), []Rung{{Name: "late", Missed: 3}, {Name: "offline", Level: fengsui.Blue, Missed: 6}}
	})
	off := told{60*minute + sec, vehicle, "offline", fengsui.Blue}
	f := newField(t)
	f.drive(30)
	f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 7, Presences: []fengsui.Presence{{Device: 7, At: f.now}}})
	f.pass(61 * minute)
	f.drive(30)
	f.pass(40 * minute)
	f.shout("x", true)
	f.pass(40 * minute)
	f.drive(30, func(x *fengsui.Position) { x.Fix = false })
	f.pass(40 * minute)
	check(t, f.play(vehicleDistrict(nil), model), off, told{61 * minute, vehicle, "", fengsui.None})
}

// LatestPosition is where a device was last by its own time, over a restart too.
func TestLatestPosition(t *testing.T) {
	f := newField(t)
	d := vehicleDistrict(map[string]string{"class": "hazmat"})
	c := Config{DB: openStore(t), Log: f.log, District: func() *fengsui.District { return d }, Apply: new(found).apply, Models: []Model{speedModel(nil)}}
	f.pass(minute)
	f.drive(130, func(x *fengsui.Position) { x.Altitude, x.Heading = -3.5, 270 })
	received := f.now
	f.drive(50, func(x *fengsui.Position) { x.At -= 20 * sec })
	f.pass(sec)
	drain(t, c)
	e := reopen(t, c)
	x, at, level, ok := e.LatestPosition(7)
	want := fengsui.Position{Device: 7, At: received, Lon: 117.7, Lat: 39, Altitude: -3.5, Speed: 130, Heading: 270, Fix: true}
	if x.Extra != nil || fmt.Sprint(x) != fmt.Sprint(want) || at != received || !ok {
		t.Errorf("the latest position is %+v at %d, %v, want %+v at %d", x, at, ok, want, received)
	}
	if level != fengsui.None { // the earlier position came last, and is slow
		t.Errorf("its level is %v, want none", level)
	}
	if _, _, _, ok := e.LatestPosition(6); ok {
		t.Error("a device that never spoke has a position")
	}
	if _, ok := e.Latest(7); ok {
		t.Error("a device is taken for a point")
	}
}
