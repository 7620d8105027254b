package sim

import (
	"testing"

	"fengsui"
)

func TestGenerate(t *testing.T) {
	d, err := Generate(1, 200, 5000, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Firms) != 200 {
		t.Fatalf("firms = %d, want 200", len(d.Firms))
	}
	points, codes, credit := 0, map[string]bool{}, map[string]bool{}
	for _, f := range d.Firms {
		if err := fengsui.CheckCreditCode(f.CreditCode); err != nil {
			t.Error(err)
		}
		if codes[f.Name] || credit[f.CreditCode] {
			t.Errorf("%s (%s) comes twice", f.Name, f.CreditCode)
		}
		codes[f.Name], credit[f.CreditCode] = true, true
		own := map[string]bool{}
		for _, p := range f.Points {
			points++
			if own[p.Code] {
				t.Errorf("%s has point %s twice", f.Code, p.Code)
			}
			own[p.Code] = true
			if err := p.Check(); err != nil {
				t.Error(err)
			}
			for _, s := range []float64{0, 1e3, 1e5} {
				v := p.Ordinary(s)
				if p.H != nil && v > *p.H || p.L != nil && v < *p.L {
					t.Errorf("%s %s is %g at %g s: the ordinary course must stay inside its limits", f.Code, p.Code, v, s)
				}
			}
		}
	}
	if points != 5000 {
		t.Errorf("points = %d, want 5000", points)
	}
	again, _ := Generate(1, 200, 5000, 10_000)
	if again.Firms[77].Points[3].Ordinary(500) != d.Firms[77].Points[3].Ordinary(500) || again.Firms[77].CreditCode != d.Firms[77].CreditCode {
		t.Error("the same seed must make the same district")
	}
}
