package fengsui

import (
	"strings"
	"testing"
)

func TestCheckCreditCode(t *testing.T) {
	f := func(code string, ok bool) {
		t.Helper()
		if err := CheckCreditCode(code); (err == nil) != ok {
			t.Errorf("CheckCreditCode(%q) = %v, want ok %v", code, err, ok)
		}
	}
	f("91350100M000100Y43", true) // the example of GB 32100-2015, annex
	f("91350100M000100Y44", false)
	f("91350100M000100Y4", false)
	f("91350100M000100YI3", false) // I is never used
	f("", false)
}

func TestPointCheck(t *testing.T) {
	v := func(x float64) *float64 { return &x }
	f := func(p Point, want string) {
		t.Helper()
		p.Code = "LI-1"
		err := p.Check()
		if got := ""; want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			if err != nil {
				got = err.Error()
			}
			t.Errorf("Check(%+v) = %q, want %q", p, got, want)
		}
	}
	f(Point{RangeLow: 0, RangeHigh: 12, LL: v(1), L: v(2), H: v(10), HH: v(11)}, "")
	f(Point{RangeLow: 0, RangeHigh: 12, LL: v(0), HH: v(12)}, "") // limits may lie on the range
	f(Point{RangeLow: 0, RangeHigh: 100, H: v(25), HH: v(50)}, "")
	f(Point{RangeLow: 12, RangeHigh: 12}, "must rise")
	f(Point{RangeLow: 0, RangeHigh: 12, H: v(11), HH: v(11)}, "HH of LI-1")
	f(Point{RangeLow: 0, RangeHigh: 12, L: v(-1)}, "L of LI-1")
	f(Point{RangeLow: 0, RangeHigh: 12, HH: v(13)}, "not lie above the range")
}

// TestHolders holds A12: the regulator comes from the sector, may be several,
// and for hazchem is the bureau itself.
func TestHolders(t *testing.T) {
	bureau := &Party{ID: "b", Kind: Bureau, Code: "b", Sectors: []Sector{"hazchem", "pipeline"}}
	reform := &Party{ID: "r", Kind: Regulator, Code: "r", Sectors: []Sector{"pipeline"}}
	zone := &Party{ID: "z", Kind: Zone, Code: "z"}
	firm := &Party{ID: "e", Kind: Firm, Code: "e"}
	e := &Enterprise{ID: "e", Num: 1, Code: "E1", Zone: "z", Sector: "hazchem"}
	d := NewDistrict([]*Party{bureau, reform, zone, firm}, []*Enterprise{e}, nil, nil, nil)
	f := func(c Capacity, s Sector, want string) {
		t.Helper()
		got := ""
		for _, p := range d.Holders(c, e, s) {
			got += string(p.ID)
		}
		if got != want {
			t.Errorf("Holders(%s, %s) = %q, want %q", c, s, got, want)
		}
	}
	f(AsEnterprise, "hazchem", "e")
	f(AsZone, "hazchem", "z")
	f(AsRegulator, "hazchem", "b")
	f(AsRegulator, "pipeline", "rb")
	f(AsRegulator, "trade", "") // the source names none
	f(AsBureau, "trade", "b")
	f(AsMunicipal, "trade", "")
}
