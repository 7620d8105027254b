package risk

import (
	"math"
	"strings"
	"testing"
	"time"

	"fengsui"
)

func formula(expr string, codes ...string) *Formula {
	f := &Formula{Expr: expr}
	for _, c := range codes {
		f.Inputs = append(f.Inputs, Input{Code: c, Zh: "量", En: "input"})
	}
	return f
}

func TestFormula(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		expr string
		in   []float64 // a, b
		want float64
		ok   bool
	}{
		{"a + b * 2", []float64{1, 3}, 7, true},
		{"-a", []float64{1, 3}, -1, true},
		{"(a - b) / 4", []float64{10, 2}, 2, true},
		{"a > 10 && b < 0.5", []float64{11, 0.2}, 1, true},
		{"a > 10 && b < 0.5", []float64{9, 0.2}, 0, true},
		{"a > 10 ? b : -b", []float64{11, 3}, 3, true},
		{"min(a, b) + max(a, b) + abs(-1)", []float64{2, 5}, 8, true},
		{"sqrt(a) + floor(b) + ceil(b)", []float64{9, 1.5}, 6, true},
		{"a == 3 || b != 4", []float64{3, 4}, 1, true},
		// What is no number has no value, and hides in no comparison.
		{"a / b", []float64{1, 0}, 0, false},
		{"a / b > 3", []float64{1, 0}, 0, false},
		{"sqrt(a)", []float64{-1, 0}, 0, false},
		{"a * b", []float64{1e300, 1e300}, 0, false},
		{"a + b", []float64{nan, 1}, 0, false},
		{"a > 1", []float64{inf, 1}, 0, false},
		{"a != b", []float64{nan, 1}, 0, false},
		// The other side decides.
		{"b > 0 && a / b > 3", []float64{1, 0}, 0, true},
		{"a > 1 || b > 1", []float64{2, nan}, 1, true},
		{"a > 1 && b > 1", []float64{2, nan}, 0, false},
	} {
		f := formula(c.expr, "a", "b")
		if err := f.Compile(); err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		if got, ok := f.Value(c.in); got != c.want || ok != c.ok {
			t.Errorf("%s of %v: got %g, %v, want %g, %v", c.expr, c.in, got, ok, c.want, c.ok)
		}
	}
	if f := formula("a > 1", "a"); f.Compile() != nil || !f.Bool() || f.Cost() == 0 {
		t.Errorf("a condition: Bool %v, Cost %d", f.Bool(), f.Cost())
	}
}

// Rules that would stop the evaluator are refused when they are saved, at once.
func TestHostileFormula(t *testing.T) {
	deep := strings.Repeat("(", 900) + "a" + strings.Repeat(")", 900)
	for _, c := range []struct{ expr, says string }{
		{"[1,2,3].all(x, [1,2,3].all(y, [1,2,3].all(z, x+y+z > a)))", "uses"},
		{"[1,2,3].map(x, [1,2,3].map(y, x*y)).size() > 0", "uses"},
		{"[a, a][0]", "uses"},
		{"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa' + 'b' == 'c'", "no number"},
		{"'aaaaaaaaaaaaaaaaaaaaaaaa'.matches('(a+)+$')", "uses"},
		{"{'a': 1}.a > 0", "only numbers"},
		{"a.b", "only numbers"},
		{"size('x') > 1", "uses"},
		{"timestamp(0) > a", "uses"},
		{"dyn(a) > 1", "uses"},
		{"type(a) == double", "uses"},
		{"null == null", "no number"},
		{"c > 1", `names "c"`},
		{"液位 > 1", "cannot be read"},
		{"a >", "cannot be read"},
		{"a && true", "does not fit"},
		{"a + (a > 1)", "does not fit"},
		{"1e999 > a", "cannot be read"},
		{deep, "cannot be read"},
		{strings.Repeat("a+", 400) + "a", "cannot be read"},
		{strings.Repeat("a>1||", 300) + "a>1", "costs"},
		{strings.Repeat("max(a,", 70) + "a" + strings.Repeat(")", 70), "cannot be read"},
		{strings.Repeat("a+", 2000) + "a", "bytes"},
		{"", "bytes"},
	} {
		f := formula(c.expr, "a")
		began := time.Now()
		err := f.Compile()
		if fengsui.CodeOf(err) != fengsui.Invalid || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.60s: got %v, want a refusal that says %q", c.expr, err, c.says)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("%.60s: refused after %s", c.expr, d)
		}
	}
	for _, codes := range [][]string{nil, {"a", "a"}, {"A"}, {"in"}, {"液"}, {strings.Repeat("a", 33)}, make([]string, 33)} {
		if err := formula("1 > 0", codes...).Compile(); fengsui.CodeOf(err) != fengsui.Invalid || err == nil {
			t.Errorf("inputs %q: got %v, want a refusal", codes, err)
		}
	}
}

// FuzzFormula: whatever is written is refused or has a value, in bounded time.
func FuzzFormula(f *testing.F) {
	for _, s := range []string{"a + b * 2", "a > 10 && b < 0.5 ? min(a, b) : -abs(b)", "[1].all(x, x > 0)", "'a'+'b'", "a.b(c)[0]{}", "((((", "1/0 > 0", "0x7fffffffffffffff*a", "!!!!true", "-9223372036854775808 < b"} {
		f.Add(s, 1.5, -2.0)
	}
	f.Fuzz(func(t *testing.T, expr string, a, b float64) {
		began := time.Now()
		x := formula(expr, "a", "b")
		if x.Compile() == nil {
			if x.Cost() > MaxCost {
				t.Errorf("%q costs %d", expr, x.Cost())
			}
			if v, ok := x.Value([]float64{a, b}); ok && (math.IsNaN(v) || math.IsInf(v, 0) || x.Bool() && v != 0 && v != 1) {
				t.Errorf("%q of %g, %g is %g", expr, a, b, v)
			}
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("%q took %s", expr, d)
		}
	})
}

func BenchmarkFormula(b *testing.B) {
	for _, expr := range []string{"a > 10", "a > 10 && b < 0.5", "(a - b) / 4 > 2 || abs(b) > 20", "(a - b) / 4"} {
		b.Run(expr, func(b *testing.B) {
			f := formula(expr, "a", "b")
			if err := f.Compile(); err != nil {
				b.Fatal(err)
			}
			in := []float64{11, 0.2}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := f.Value(in); !ok {
					b.Fatal("no value")
				}
			}
		})
	}
}
