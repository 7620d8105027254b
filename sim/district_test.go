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
	// GB 18218-2018: whoever stores hazardous chemicals has a major hazard of some grade.
	grades := map[string]int{}
	for _, f := range d.Firms {
		own := 0
		for _, a := range f.Assets {
			if a.Kind == "major_hazard" {
				own++
				grades[a.Attrs["grade"]]++
			}
		}
		if want := f.Sector == "hazchem"; (own == 1) != want {
			t.Errorf("%s of %s has %d major hazards", f.Code, f.Sector, own)
		}
	}
	if len(grades) != 4 {
		t.Errorf("grades of major hazards: %v", grades)
	}
	// Somebody is on duty at any hour.
	contacts := make([]fengsui.Contact, len(d.Desk))
	for i, c := range d.Desk {
		contacts[i] = fengsui.Contact{Name: c.Name, Duty: c.Duty, Phone: c.Phone}
	}
	roster := fengsui.Roster{Shifts: d.Shifts}
	if err := roster.Check(contacts); err != nil {
		t.Error(err)
	}
	for hour := range 24 {
		if at := fengsui.DayOf(1_790_000_000_000) + fengsui.Millis(hour)*3600_000; len(roster.OnDuty(at)) == 0 {
			t.Errorf("nobody is on duty at %d o'clock", hour)
		}
	}
	again, _ := Generate(1, 200, 5000, 10_000)
	if again.Firms[77].Points[3].Ordinary(500) != d.Firms[77].Points[3].Ordinary(500) || again.Firms[77].CreditCode != d.Firms[77].CreditCode {
		t.Error("the same seed must make the same district")
	}
}
