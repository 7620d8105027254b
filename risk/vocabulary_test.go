package risk

import (
	"slices"
	"testing"

	"fengsui"
)

// Who writes a formula is told what it may be made of: the functions, and the points of
// their own scope by kind of asset, quantity and unit (A18, A05).
func TestVocabulary(t *testing.T) {
	on := func(num int64, firm, asset fengsui.ID, code string, q fengsui.Quantity, unit string) *fengsui.Point {
		return &fengsui.Point{ID: fengsui.ID(code), Num: num, Enterprise: firm, Asset: asset, Code: code, Name: "name of " + code, Quantity: q, Unit: unit}
	}
	d := fengsui.NewDistrict(nil,
		[]*fengsui.Enterprise{{ID: "chem", Num: 1, Code: "C", Sector: "hazchem"}, {ID: "fire", Num: 2, Code: "F", Sector: "fire"}},
		[]*fengsui.Asset{{ID: "t1", Enterprise: "chem", Code: "T1", Kind: "tank"}, {ID: "t2", Enterprise: "chem", Code: "T2", Kind: "tank"}, {ID: "u", Enterprise: "fire", Code: "U", Kind: "process_unit"}}, nil,
		[]*fengsui.Point{on(1, "chem", "t2", "LI-2", fengsui.LevelOf, "m"), on(2, "chem", "t1", "LI-1", fengsui.LevelOf, "m"), on(3, "chem", "t1", "TI-1", fengsui.Temperature, "℃"),
			on(4, "fire", "u", "PI-1", fengsui.Pressure, "MPa"), on(5, "chem", "", "X-1", fengsui.Flow, "m3/h")})
	i := openInventory(t, openQuick(t), newMemLog())
	i.c.District = func() *fengsui.District { return d }
	level := fengsui.PointGroup{Asset: "tank", Quantity: fengsui.LevelOf, Unit: "m", Points: 2, Code: "LI-1", Name: "name of LI-1"}
	warm := fengsui.PointGroup{Asset: "tank", Quantity: fengsui.Temperature, Unit: "℃", Points: 1, Code: "TI-1", Name: "name of TI-1"}
	press := fengsui.PointGroup{Asset: "process_unit", Quantity: fengsui.Pressure, Unit: "MPa", Points: 1, Code: "PI-1", Name: "name of PI-1"}
	for _, c := range []struct {
		p    person
		want []fengsui.PointGroup
	}{{bureau, []fengsui.PointGroup{level, press, warm}}, {chem, []fengsui.PointGroup{level, warm}}, {fire, []fengsui.PointGroup{press}}} {
		v, err := i.Vocabulary(t.Context(), c.p.s)
		if err != nil || v.Total != len(c.want) || !slices.Equal(v.Points, c.want) {
			t.Errorf("%s is told %+v, %v", c.p.by.Name, v.Points, err)
		}
		if want := []fengsui.FormulaFunction{{Name: "abs", Args: 1}, {Name: "ceil", Args: 1}, {Name: "floor", Args: 1}, {Name: "max", Args: 2}, {Name: "min", Args: 2}, {Name: "sqrt", Args: 1}}; !slices.Equal(v.Functions, want) {
			t.Errorf("functions %v", v.Functions)
		}
		if v.Cost != MaxCost || v.Inputs != maxInputs || v.Bytes != maxFormula {
			t.Errorf("limits %+v", v)
		}
	}
	_, err := i.Vocabulary(t.Context(), duty.s)
	refusal(t, "who writes none", err, fengsui.Forbidden, "may_not")
}

// What a formula costs is known before it is kept, whatever else is wrong with its model.
func TestFormulaWeighed(t *testing.T) {
	i := openInventory(t, openQuick(t), newMemLog())
	model := func(change func(*Model)) string {
		return written(t, bare(FormulaOf, func(m *Model) {
			m.ID, m.Sector, m.Window, m.Unit = "mix", "hazchem", fengsui.Span(minute), "m"
			m.Formula = &Formula{Expr: "max(a, b) - 1", Inputs: []Input{{Code: "a", Zh: "甲", En: "a"}, {Code: "b", Zh: "乙", En: "b"}}}
			m.Inputs = []Role{{Code: "a", Suffix: "1"}, {Code: "b", Suffix: "2"}}
			m.Ladder = []Rung{on("H", fengsui.Orange, 0.5)}
			change(m)
		}))
	}
	check := func(change func(*Model)) fengsui.ModelCheck {
		t.Helper()
		c, err := i.Check(t.Context(), bureau.s, model(change))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := check(func(*Model) {})
	if !c.OK || c.Formula == nil || c.Formula.Condition || c.Formula.Cost == 0 || c.Formula.Cost > 10 || c.Formula.Most != MaxCost {
		t.Errorf("a good one: %+v %+v", c, c.Formula)
	}
	if more := check(func(m *Model) { m.Formula.Expr = "max(a, b) - 1 > min(a, b) * 2" }); more.Formula == nil || !more.Formula.Condition || more.Formula.Cost <= c.Formula.Cost {
		t.Errorf("a longer one: %+v", more.Formula)
	}
	if bad := check(func(m *Model) { m.Ladder = nil }); bad.OK || bad.Formula == nil || bad.Formula.Cost != c.Formula.Cost {
		t.Errorf("without a rung: %+v %+v", bad, bad.Formula)
	}
	if bad := check(func(m *Model) { m.Formula.Expr = "max(a" }); bad.OK || bad.Formula != nil || len(bad.Problems) != 1 {
		t.Errorf("one that cannot be read: %+v %+v", bad.Formula, bad.Problems)
	}
	// Its own fault is told beside that of a model that is not finished yet.
	if bad := check(func(m *Model) { m.Formula.Expr, m.Source = "a + c", nil }); len(bad.Problems) != 2 || bad.Problems[0].Reason != "model_source" || bad.Problems[1].Path != "formula.expr" || bad.Problems[1].Within == nil || *bad.Problems[1].Within != (fengsui.Spot{Line: 1, Column: 5}) {
		t.Errorf("two faults: %+v", bad.Problems)
	}
	if none, err := i.Check(t.Context(), bureau.s, written(t, tank(1, nil))); err != nil || none.Formula != nil {
		t.Errorf("a model without: %+v, %v", none.Formula, err)
	}
}
