package risk

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fengsui"
)

func num(v float64) *float64 { return &v }

// TestExamples: the models that a plant's own numbers must come into first are no
// part of the library, but can be drafted from.
func TestExamples(t *testing.T) {
	names, err := filepath.Glob("../docs/examples/models/*.yaml")
	if err != nil || len(names) < 3 {
		t.Fatalf("examples: got %q, %v", names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err == nil {
			_, err = Parse(b)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A18: the shipped models load, say where their numbers come from and have their
// texts in both languages.
func TestLibrary(t *testing.T) {
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]Model{}
	for _, m := range list {
		byID[m.ID] = m
	}
	for _, id := range []string{"tank_level", "tank_temperature", "tank_pressure", "gas_combustible", "gas_toxic", "gas_oxygen",
		"process_temperature", "process_pressure", "process_level", "process_flow", "process_other", "silence", "pace", "stuck", "tank_level_difference",
		"vehicle_speeding", "vehicle_overspeed", "vehicle_fatigue", "vehicle_fatigue_repeated", "vehicle_emergency", "vehicle_distraction", "vehicle_assist",
		"vehicle_overload", "vehicle_route", "vehicle_fence", "vehicle_terminal", "vehicle_offline", "warehouse_temperature_rate",
		"warehouse_temperature", "ammonia_gas", "coal_gas", "gas_neighbours", "alarm_chattering", "enterprise_index", "special_work", "safety_commitment", "sis_state", "sis_bypassed"} {
		if _, ok := byID[id]; !ok {
			t.Errorf("model %s is not in the library", id)
		}
	}
	f := func(id, rung string, want fengsui.Level) {
		t.Helper()
		m := byID[id]
		if got := m.level(m.rung(rung)); got != want {
			t.Errorf("%s %s is %v, want %v", id, rung, got, want)
		}
	}
	f("tank_level", "L", fengsui.Yellow)
	f("tank_level", "LL", fengsui.Orange)
	f("tank_level", "H", fengsui.Yellow)
	f("tank_level", "HH", fengsui.Red)
	f("gas_combustible", "H", fengsui.Orange)
	f("gas_combustible", "HH", fengsui.Red)
	f("silence", "offline", fengsui.Yellow)
	f("silence", "late", fengsui.None)
	f("pace", "slow", fengsui.Blue)
	f("vehicle_emergency", "collision", fengsui.Red)
	f("vehicle_fatigue", "fatigue", fengsui.Yellow)
	f("gas_neighbours", "H", fengsui.Red) // one level above the alarm of one detector
	f("enterprise_index", "orange", fengsui.Orange)
	// What looks at what others find names models that there are.
	for _, m := range list {
		for _, of := range []*Of{m.Of, m.With} {
			if of == nil {
				continue
			}
			for _, id := range of.Models {
				if x, ok := byID[id]; !ok || !of.takes(&x) || x.rung(of.Rungs[0]) < 0 {
					t.Errorf("%s looks at %s, which is not there or has no rung %s", m.ID, id, of.Rungs[0])
				}
			}
		}
		if m.Index == nil {
			continue
		}
		for _, w := range m.Index.Work.Items {
			for _, rung := range w.Rungs {
				if x, ok := byID[w.Model]; !ok || x.Kind != Event || x.rung(rung) < 0 {
					t.Errorf("%s counts %s of %s, which is no event model with that rung", m.ID, rung, w.Model)
				}
			}
		}
	}
}

// Every kind of point has exactly one ladder, so that one excess is one warning.
func TestOneLadderAPoint(t *testing.T) {
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []fengsui.Quantity{fengsui.Temperature, fengsui.Pressure, fengsui.LevelOf, fengsui.Combustible, fengsui.Toxic, fengsui.Oxygen, fengsui.Flow, fengsui.Other} {
		for _, asset := range []string{"", "tank", "gas_area", "process_unit", "warehouse", "dust_collector", "ammonia_store", "coal_gas_area"} {
			var got []string
			for i := range list {
				if m := &list[i]; m.Kind == Ladder && m.judges(&fengsui.Point{Quantity: q}, asset) {
					got = append(got, m.ID)
				}
			}
			if len(got) != 1 {
				t.Errorf("%s on %q is judged by %v, want one ladder", q, asset, got)
			}
		}
	}
}

const goodModel = `
id: m
version: 1
kind: ladder
scope: {quantities: [level]}
ladder: [{rung: H, level: yellow}, {rung: HH, level: red}]
deadBand: {percent: 2}
source: [{standard: s}]
text:
  zh: {title: a, cause: b, consequence: c, action: d, response: e}
  en: {title: a, cause: b, consequence: c, action: d, response: e}
`

func TestParseRefuses(t *testing.T) {
	if _, err := Parse([]byte(goodModel)); err != nil {
		t.Fatal(err)
	}
	f := func(old, new, want string) {
		t.Helper()
		text := strings.Replace(goodModel, old, new, 1)
		if text == goodModel {
			t.Fatalf("%q is not in the model", old)
		}
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %q: %v, want an error with %q", new, err, want)
		}
		if err != nil && fengsui.CodeOf(err) != fengsui.Invalid {
			t.Errorf("with %q: code %v, want invalid", new, fengsui.CodeOf(err))
		}
	}
	f("deadBand:", "deadband:", "deadband")
	f("id: m", "id: a/b", "slash")
	f("version: 1", "version: 0", "version")
	f("kind: ladder", "kind: magic", "magic")
	f("rung: H,", "rung: HHH,", "HHH")
	f("{rung: H, level: yellow}, {rung: HH, level: red}", "{rung: HH, level: red}, {rung: H, level: yellow}", "order")
	f("level: yellow", "level: none", "needs a level")
	f("level: yellow", "level: pink", "pink")
	f("percent: 2", "percent: 60", "dead band")
	f("source: [{standard: s}]", "source: []", "where its numbers")
	f("en: {title: a", "en: {title: ''", "missing")
	f("kind: ladder", "kind: silence", "period")
	f("level: red}]", "level: red}]\nevidence: 65", "evidence")
}

// Detectors without limits of their own get those of their gas (GB/T 50493 by GBZ
// 2.1), warehouses the response of a heat detector.
func TestTradeDefaults(t *testing.T) {
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id, asset, unit string
		quantity        fengsui.Quantity
		h, hh           float64 // NaN: none
	}{
		{"ammonia_gas", "ammonia_store", "mg/m3", fengsui.Toxic, 20, 40},
		{"ammonia_gas", "ammonia_store", "PPM", fengsui.Toxic, 28, 56},
		{"coal_gas", "coal_gas_area", "ppm", fengsui.Toxic, 17, 34},
		{"warehouse_temperature", "warehouse", "℃", fengsui.Temperature, math.NaN(), 54},
	} {
		for i := range list {
			m := &list[i]
			p := &fengsui.Point{Quantity: c.quantity, Unit: c.unit, RangeHigh: 100}
			if m.Kind != Ladder || !m.judges(p, c.asset) {
				continue
			}
			limits, ok := m.limits(p)
			h, hh := m.rung("H"), m.rung("HH")
			if m.ID != c.id || !ok || limits[h].at != c.h && !(math.IsNaN(c.h) && math.IsNaN(limits[h].at)) || limits[hh].at != c.hh {
				t.Errorf("%s in %s is judged by %s at %v, want %s at %g and %g", c.asset, c.unit, m.ID, limits, c.id, c.h, c.hh)
			}
		}
	}
}

// The limits come from the point; gas models fill in GB/T 50493 where it has none
// and the unit fits.
func TestLimits(t *testing.T) {
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	model := func(id string) *Model {
		for i := range list {
			if list[i].ID == id {
				return &list[i]
			}
		}
		t.Fatalf("no model %s", id)
		return nil
	}
	f := func(id string, p fengsui.Point, rung string, at, back float64) {
		t.Helper()
		m := model(id)
		limits, ok := m.limits(&p)
		if !ok {
			t.Errorf("%s: the point has no limits", id)
			return
		}
		if l := limits[m.rung(rung)]; l.at != at || l.back != back {
			t.Errorf("%s %s: in at %g, out at %g, want %g and %g", id, rung, l.at, l.back, at, back)
		}
	}
	lel := fengsui.Point{Unit: "%LEL", RangeHigh: 100}
	f("gas_combustible", lel, "H", 25, 23)
	f("gas_combustible", lel, "HH", 50, 48)
	own := fengsui.Point{Unit: "%LEL", RangeHigh: 100, H: num(20), HH: num(40)}
	f("gas_combustible", own, "H", 20, 18)
	f("gas_toxic", fengsui.Point{Unit: "%OEL", RangeHigh: 300}, "HH", 200, 194)
	o2 := fengsui.Point{Unit: "%vol", RangeHigh: 30}
	f("gas_oxygen", o2, "L", 19.5, 19.7)
	f("gas_oxygen", o2, "H", 23.5, 23.3)
	tank := fengsui.Point{Unit: "m", RangeHigh: 12, L: num(1), H: num(10)}
	f("tank_level", tank, "H", 10, 9.76) // risk-models §6
	f("tank_level", tank, "L", 1, 1.24)
	// A dead band never makes the return impossible: an alarm at 10 of 0..1000.
	f("gas_toxic", fengsui.Point{Unit: "mg/m3", RangeHigh: 1000, H: num(10)}, "H", 10, 5)
	// Nor does it reach the other side.
	f("tank_level", fengsui.Point{RangeHigh: 100, L: num(50), H: num(51)}, "H", 51, 50.5)

	if _, ok := model("gas_toxic").limits(&fengsui.Point{Unit: "mg/m3", RangeHigh: 100}); ok {
		t.Error("a toxic point in mg/m3 got limits that depend on its gas")
	}
}
