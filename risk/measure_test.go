package risk

import (
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"fengsui"
)

// on puts limits of its own into a model.
func on(name string, level fengsui.Level, at float64) Rung {
	return Rung{Name: name, Level: level, At: num(at)}
}

func rateModel(set func(*Model)) Model {
	return bare(Rate, func(m *Model) {
		m.Window = fengsui.Span(4 * minute)
		m.Ladder = []Rung{on("L", fengsui.Orange, -0.5), on("H", fengsui.Yellow, 0.5), on("HH", fengsui.Red, 2)}
		m.DeadBand.Absolute = 0.1
		if set != nil {
			set(m)
		}
	})
}

// sent are values at seconds, told at once with their own time or as they come.
type sent struct {
	second int
	value  float64
}

// A18: how fast a value changes is judged by its own time. A gap and a start have
// no slope.
func TestRate(t *testing.T) {
	ramp := func(from, to, every int, at, perMinute float64) (list []sent) {
		for s := from; s <= to; s += every {
			list = append(list, sent{s, at + perMinute*float64(s-from)/60})
		}
		return list
	}
	for _, c := range []struct {
		name   string
		set    func(*Model)
		values []sent
		want   []string
	}{
		{"exactly at the limit", nil, ramp(0, 600, 10, 1, 0.5), nil},
		{"half a window is needed", nil, ramp(0, 110, 10, 1, 3), nil},
		{"above it, after half a window", nil, ramp(0, 200, 10, 1, 1), []string{"120 H 1.00"}},
		{"both", nil, ramp(0, 200, 10, 1, 3), []string{"120 HH 3.00"}},
		{"falling", nil, ramp(0, 200, 10, 9, -1), []string{"120 L -1.00"}},
		{"many a window", nil, ramp(0, 400, 1, 1, 1), []string{"120 H 1.00"}},
		{"held", func(m *Model) { m.Ladder[1].Hold = fengsui.Span(minute) }, ramp(0, 200, 10, 1, 1), []string{"180 H 1.00"}},
		{"a gap breaks it", nil, append(ramp(0, 110, 10, 1, 1), ramp(400, 510, 10, 8, 1)...), nil},
		{"and back", func(m *Model) { m.Off = fengsui.Span(30 * sec) }, append(ramp(0, 240, 10, 1, 1), ramp(250, 900, 10, 5, 0)...), []string{"120 H 1.00", "410  0.27"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := playSent(t, c.values, rateModel(c.set))
			var got []string
			for _, f := range list {
				if f.Unit != "m/min" {
					t.Errorf("the unit is %q, want m/min", f.Unit)
				}
				got = append(got, fmt.Sprintf("%d %s %.2f", (f.Learnt-t0)/sec, f.Rung, f.Value))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("findings %q, want %q", got, c.want)
			}
		})
	}
}

// The slope of the least-squares line, against the closed form over all values.
func TestSlope(t *testing.T) {
	g := &gauge{}
	var ts, vs []float64
	for i := range 20 {
		v := 3 + 0.7*float64(i)/6 + math.Sin(float64(i))
		got, ok := g.slope(v, t0+fengsui.Millis(i)*10*sec, 5*minute)
		ts, vs = append(ts, float64(i)/6), append(vs, v)
		if !ok {
			continue
		}
		mt, mv, a, b := 0.0, 0.0, 0.0, 0.0
		for k := range ts {
			mt, mv = mt+ts[k]/float64(len(ts)), mv+vs[k]/float64(len(ts))
		}
		for k := range ts {
			a, b = a+(ts[k]-mt)*(vs[k]-mv), b+(ts[k]-mt)*(ts[k]-mt)
		}
		if want := a / b; math.Abs(got-want) > 1e-9 {
			t.Errorf("value %d: the slope is %g, want %g", i, got, want)
		}
	}
	if len(ts) < 16 || len(g.marks) > maxMarks {
		t.Errorf("%d values, %d marks kept", len(ts), len(g.marks))
	}
	if _, ok := g.slope(1, t0, 5*minute); ok {
		t.Error("a value out of order has a slope")
	}
}

func playSent(t *testing.T, values []sent, models ...Model) []fengsui.Finding {
	t.Helper()
	f := newField(t)
	for _, x := range values {
		f.pass(t0 + fengsui.Millis(x.second)*sec - f.now)
		f.say(1, x.value)
	}
	f.pass(2 * sec)
	return f.play(testDistrict(levelPoint(1)), models...)
}

// A value that is said and does not move is a sensor that is stuck; one that is
// not said is silent, which is another model's.
func TestStuck(t *testing.T) {
	model := bare(Stuck, func(m *Model) { m.Tolerance, m.Ladder = 0.05, []Rung{on("H", fengsui.Blue, 10)} })
	still := func(from, to int, v float64) (list []sent) {
		for s := from; s <= to; s += 60 {
			list = append(list, sent{s, v})
		}
		return list
	}
	for _, c := range []struct {
		name   string
		values []sent
		want   []told
	}{
		{"ten minutes are none", still(0, 600, 5), nil},
		{"eleven are", still(0, 660, 5), []told{{660 * sec, "point/1", "H", fengsui.Blue}}},
		{"noise within the tolerance", []sent{{0, 5}, {300, 5.05}, {660, 4.95}}, []told{{660 * sec, "point/1", "H", fengsui.Blue}}},
		{"it moves", []sent{{0, 5}, {300, 5.06}, {660, 5.06}, {700, 5.06}}, nil},
		{"it moves again", []sent{{0, 5}, {660, 5}, {700, 6}}, []told{{660 * sec, "point/1", "H", fengsui.Blue}, {700 * sec, "point/1", "", fengsui.None}}},
		{"silence is no standstill", []sent{{0, 5}, {60, 5}, {1200, 6}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, playSent(t, c.values, model), c.want...) })
	}
}

// Late values are judged by measures too, in own-time order (DESIGN §5.2).
func TestLateMeasures(t *testing.T) {
	f := newField(t)
	f.pass(sec)
	var late []fengsui.Sample
	for i := range 20 {
		late = append(late, fengsui.Sample{Point: 1, At: f.now - 60*minute + fengsui.Millis(i)*30*sec, Value: 5})
	}
	for i := range 20 {
		late = append(late, fengsui.Sample{Point: 1, At: f.now - 50*minute + fengsui.Millis(i)*30*sec, Value: 5 + float64(i)*0.4})
	}
	f.send(late...)
	f.pass(minute)
	f.say(1, 5)
	f.pass(2 * sec)
	stuck := bare(Stuck, func(m *Model) { m.Tolerance, m.Ladder = 0.05, []Rung{on("H", fengsui.Blue, 8)} })
	list := f.play(testDistrict(levelPoint(1)), rateModel(nil), stuck)
	// The end of the batch stands until a live value is judged: the stuck track by the
	// next value, the slope, which two values do not have, not yet.
	check(t, list, told{sec, "point/1", "H", fengsui.Yellow}, told{sec, "point/1", "H", fengsui.Blue}, told{32 * sec, "point/1", "", fengsui.None})
	for _, x := range list[:2] {
		if !x.Late || x.GapFrom != t0+sec-60*minute {
			t.Errorf("the finding %+v is not that of a gap", x)
		}
	}
}

// Two points of one asset. Nothing is said while one is missing, old or bad.
func TestRelation(t *testing.T) {
	model := func(op Op, h float64, set func(*Model)) Model {
		return bare(Relation, func(m *Model) {
			m.Op, m.Window = op, fengsui.Span(minute)
			m.Inputs = []Role{{Quantity: fengsui.LevelOf, Suffix: "1"}, {Quantity: fengsui.LevelOf, Suffix: "2"}}
			m.Ladder = []Rung{on("L", fengsui.Yellow, -h), on("H", fengsui.Yellow, h)}
			m.DeadBand.Absolute = h / 10
			if set != nil {
				set(m)
			}
		})
	}
	onTank := func(n int64) *fengsui.Point {
		p := levelPoint(n)
		p.Asset = "tank"
		return p
	}
	d := testDistrict(onTank(1), onTank(2), levelPoint(3))
	both := func(f *field, a, b float64) {
		f.send(fengsui.Sample{Point: 1, At: f.now, Value: a}, fengsui.Sample{Point: 2, At: f.now, Value: b})
		f.pass(sec)
	}
	high, low, none := told{sec, "point/1", "H", fengsui.Yellow}, told{sec, "point/1", "L", fengsui.Yellow}, told{2 * sec, "point/1", "", fengsui.None}
	for _, c := range []struct {
		name  string
		model Model
		say   func(f *field)
		want  []told
	}{
		{"difference", model(Difference, 0.5, nil), func(f *field) { both(f, 5, 5); both(f, 5.6, 5); both(f, 5.4, 5) }, []told{high, none}},
		{"exactly at the limit", model(Difference, 0.5, nil), func(f *field) { both(f, 5.5, 5); both(f, 5, 5.5) }, nil},
		{"the other way", model(Difference, 0.5, nil), func(f *field) { both(f, 5, 5); both(f, 5, 5.6); both(f, 5, 5) }, []told{low, none}},
		{"within the dead band", model(Difference, 0.5, nil), func(f *field) { both(f, 5, 5); both(f, 5.6, 5); both(f, 5.48, 5) }, []told{high}},
		{"one of a record alone is not judged", model(Difference, 0.5, nil), func(f *field) { both(f, 2, 2); both(f, 9, 9); both(f, 3, 3) }, nil},
		{"ratio", model(Ratio, 1.5, nil), func(f *field) { both(f, 5, 5); both(f, 8, 5); both(f, 5, 5) }, []told{high, none}},
		{"ratio by zero", model(Ratio, 1.5, nil), func(f *field) { both(f, 5, 5); both(f, 8, 0) }, nil},
		{"balance", model(Balance, 2, func(m *Model) { m.Inputs[0].Weight, m.Inputs[1].Weight = 1, -1 }), func(f *field) { both(f, 5, 5); both(f, 8, 5); both(f, 5, 5) }, []told{high, none}},
		{"one never spoke", model(Difference, 0.5, nil), func(f *field) { f.say(1, 9); f.pass(sec) }, nil},
		{"one is old", model(Difference, 0.5, nil), func(f *field) { f.say(2, 5); f.pass(62 * sec); f.say(1, 9); f.pass(sec) }, nil},
		{"one is bad", model(Difference, 0.5, nil), func(f *field) {
			both(f, 5, 5)
			f.send(fengsui.Sample{Point: 2, At: f.now, Value: 5, Quality: fengsui.Bad})
			f.say(1, 9)
		}, nil},
		{"held", model(Difference, 0.5, func(m *Model) { m.Ladder[1].Hold = 2000 }), func(f *field) { both(f, 6, 5); f.pass(5 * sec) }, []told{{2 * sec, "point/1", "H", fengsui.Yellow}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			c.say(f)
			check(t, f.play(d, c.model), c.want...)
		})
	}
	// A unit that differs, another asset or no asset: nothing to compare.
	other := onTank(2)
	other.Unit = "mm"
	for _, d := range []*fengsui.District{testDistrict(onTank(1), other), testDistrict(onTank(1), levelPoint(2)), testDistrict(levelPoint(1), levelPoint(2))} {
		f := newField(t)
		both(f, 9, 5)
		check(t, f.play(d, model(Difference, 0.5, nil)))
	}
}

// A rule that people compose (A18): CEL over points of one asset.
func TestFormulaModel(t *testing.T) {
	model := bare(FormulaOf, func(m *Model) {
		m.Window, m.Unit = fengsui.Span(minute), "m"
		m.Formula = &Formula{Expr: "a > 8.0 && b < 2.0", Inputs: []Input{{Code: "a", Zh: "甲", En: "a", Unit: "m"}, {Code: "b", Zh: "乙", En: "b"}}}
		m.Inputs = []Role{{Code: "a", Suffix: "1"}, {Code: "b", Suffix: "2"}}
		m.Ladder = []Rung{on("H", fengsui.Orange, 0.5)}
	})
	if err := model.Check(); err != nil {
		t.Fatal(err)
	}
	p, q := levelPoint(1), levelPoint(2)
	p.Asset, q.Asset = "tank", "tank"
	f := newField(t)
	for _, v := range [][2]float64{{9, 5}, {9, 1}, {7, 1}} {
		f.send(fengsui.Sample{Point: 1, At: f.now, Value: v[0]}, fengsui.Sample{Point: 2, At: f.now, Value: v[1]})
		f.pass(sec)
	}
	check(t, f.play(testDistrict(p, q), model), told{sec, "point/1", "H", fengsui.Orange}, told{2 * sec, "point/1", "", fengsui.None})
}

// oldState are shards in an earlier version of their encoding, of a random life, as
// that version wrote them.
func oldState(t testing.TB, version int) (shards [][]byte) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("testdata/state_v%d.hex", version))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(b)) {
		old, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		shards = append(shards, old)
	}
	return shards
}

// A shard as a version before wrote it is read, lived with, and written as it is now.
func TestOldState(t *testing.T) {
	for version, c := range map[int]struct {
		models  []Model
		points  int
		devices int
		gauges  int
	}{
		1: {randomModels()[:4], 5, 0, 0},
		2: {randomModels(), 7, 2, 1},
	} {
		e := newJudge(0, c.models, randomDistrict(), strictLog(t))
		points, devices, entered, gauges, stood := 0, 0, 0, 0, 0
		for _, old := range oldState(t, version) {
			if int(old[0]) != version {
				t.Fatalf("a shard of version %d among those of %d", old[0], version)
			}
			s, err := readState(old, e.models)
			if err != nil {
				t.Fatal(err)
			}
			for n := range old {
				if _, err := readState(old[:n], e.models); err == nil {
					t.Errorf("version %d: a shard cut at byte %d of %d was read", version, n, len(old))
				}
			}
			for _, p := range s.points {
				points++
				if p.device {
					devices++
				}
				for i := range p.tracks {
					x := &p.tracks[i]
					if x.cur >= 0 {
						entered++
					}
					if x.g != nil {
						gauges++
					}
					if x.told != -1 && x.stood == 0 {
						t.Errorf("version %d: a finding of %s stands since never", version, x.m.ID)
					}
					if x.stood != 0 {
						stood++
					}
				}
			}
			e.adopt(s)
		}
		if points != c.points || devices != c.devices || entered == 0 || stood == 0 || gauges < c.gauges {
			t.Errorf("version %d: %d points, %d of them devices, %d rungs entered, %d findings that stand, %d gauges, want %d, %d, some, some, at least %d",
				version, points, devices, entered, stood, gauges, c.points, c.devices, c.gauges)
		}
		e.redistrict(e.district)
		for k := range shards {
			if b := e.appendState(nil, k); b[0] != stateVersion {
				t.Errorf("version %d is written as %d", version, b[0])
			} else if _, err := readState(b, e.models); err != nil {
				t.Errorf("version %d, written again: %v", version, err)
			}
		}
	}
}

// A model whose parts do not fit its kind is refused with what to do.
func TestMeasuresRefuse(t *testing.T) {
	f := func(m Model, want string) {
		t.Helper()
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
	rate := func(set func(*Model)) Model { return rateModel(set) }
	if m := rate(nil); m.Check() != nil {
		t.Fatal(m.Check())
	}
	f(rate(func(m *Model) { m.Window = 0 }), "window")
	f(rate(func(m *Model) { m.Ladder[1].At = nil }), "limits, at")
	f(rate(func(m *Model) { m.Ladder[1].At = num(math.NaN()) }), "no number")
	f(rate(func(m *Model) { m.Ladder[2].At = num(0.1) }), "further out")
	f(rate(func(m *Model) { m.Ladder[1].Name = "" }), "name")
	f(rate(func(m *Model) { m.Ladder[1].Codes = []string{"x"} }), "codes")
	f(rate(func(m *Model) { m.Scope.Devices = true }), "no values")
	f(rate(func(m *Model) { m.Lasts = 1 }), "lasts")
	f(rate(func(m *Model) { m.Tolerance = 1 }), "tolerance")
	f(rate(func(m *Model) { m.Inputs = []Role{{Suffix: "x"}} }), "inputs")
	f(bare(Ladder, func(m *Model) { m.Ladder[0].At = num(1) }), "own limits")
	f(bare(Speed, func(m *Model) { m.Ladder = []Rung{on("H", fengsui.Blue, 0)} }), "devices: true")
	f(speedModel(func(m *Model) { m.Limit = -1 }), "km/h")
	f(speedModel(func(m *Model) { m.Classes = map[string]float64{"x": 0} }), "class")
	f(speedModel(func(m *Model) { m.Scope.Key = true }), "quantity")
	f(eventModel(func(m *Model) { m.Ladder[0].Codes = []string{"emergency"} }), "twice")
	f(eventModel(func(m *Model) { m.Ladder[0].Name = "" }), "name")
	f(countModel(func(m *Model) { m.Ladder[0].Level = fengsui.None }), "level")
	f(eventModel(func(m *Model) {
		for i := range 40 {
			m.Ladder[0].Codes = append(m.Ladder[0].Codes, fmt.Sprint(i))
		}
	}), "32 codes")
	f(countModel(func(m *Model) { m.Codes = nil }), "codes")
	f(countModel(func(m *Model) { m.Ladder[0].At = num(64) }), "63")
	relation := func(set func(*Model)) Model {
		return bare(Relation, func(m *Model) {
			m.Op, m.Window, m.Inputs, m.Ladder = Difference, 1000, []Role{{Suffix: "1"}, {Suffix: "2"}}, []Rung{on("H", fengsui.Blue, 1)}
			set(m)
		})
	}
	f(relation(func(m *Model) { m.Op = "sum" }), "difference, ratio and balance")
	f(relation(func(m *Model) { m.Inputs = m.Inputs[:1] }), "two inputs")
	f(relation(func(m *Model) { m.Inputs[0] = Role{} }), "suffix")
	f(relation(func(m *Model) { m.Inputs[0].Weight = 1 }), "weights")
	f(bare(FormulaOf, func(m *Model) { m.Window, m.Ladder = 1000, []Rung{on("H", fengsui.Blue, 1)} }), "needs a formula")
}
