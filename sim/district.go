// Package sim is the simulated field: a seeded district whose enterprises send
// by the real protocols, like anyone else, and a script of incidents. It knows
// nothing of the platform but its public doors (the software interface and, for
// the people who answer, the API). What it sends is invented and the same for
// the same seed.
package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"fengsui"
)

// District is a simulated district.
type District struct {
	Seed   uint64
	Firms  []*Firm
	Desk   []Contact // the people of the control room
	Shifts []fengsui.Shift
}

// Firm is one simulated enterprise.
type Firm struct {
	Code, CreditCode, Name, Short string
	Sector                        fengsui.Sector
	Zone                          string // code of its zone or street
	Lon, Lat                      float64
	Gateway                       string
	Assets                        []Asset
	Points                        []*Point
	Contacts                      []Contact
}

// Asset is one thing that is watched, where it stands.
type Asset struct {
	Code, Kind, Name string
	Lon, Lat         float64
	Attrs            map[string]string
}

// Contact is one person of a firm.
type Contact struct{ Name, Duty, Phone, Email string }

// Point is a measured quantity with the process behind it.
type Point struct {
	fengsui.Point
	AssetCode string

	base, swing, noise float64 // the ordinary course: base + swing·sin + noise, in the point's unit
	period, phase      float64 // of the swing, seconds and radians
}

type names struct {
	Prefixes, Words []string
	Sectors         []struct {
		Code   fengsui.Sector
		Share  int
		Kinds  []string
		Layout string
		Hazard *struct { // its major hazard, in one piece
			Name   string
			Grades []string // GB 18218-2018, by turns
		}
	}
	Desk struct {
		Contacts []struct{ Name, Duty string }
		Shifts   []fengsui.Shift
	}
	Zones, Media []string
	Gases        []struct {
		Name, Unit  string
		Quantity    fengsui.Quantity
		High, H, HH float64
	}
	Tank, GasArea, Unit, Gateway                      string
	Level, Temperature, Pressure, Flow, Concentration string
	Contacts                                          []struct{ Name, Duty string }
}

//go:embed district.json
var districtJSON []byte

// Generate makes a district of n enterprises and about points monitoring points,
// reporting every so many milliseconds.
func Generate(seed uint64, n, points int, every fengsui.Span) (*District, error) {
	var w names
	if err := json.Unmarshal(districtJSON, &w); err != nil {
		return nil, fmt.Errorf("read the names of the simulated district: %w", err)
	}
	r := rand.New(rand.NewPCG(seed, 0x666e6773))
	share := 0
	for _, s := range w.Sectors {
		share += s.Share
	}
	d := &District{Seed: seed, Shifts: w.Desk.Shifts}
	for i, c := range w.Desk.Contacts {
		d.Desk = append(d.Desk, Contact{Name: c.Name, Duty: c.Duty, Phone: fmt.Sprintf("022-6500%04d", i+1), Email: fmt.Sprintf("desk.%d@operator.example", i+1)})
	}
	for i := range n {
		at, k := i*share/n, 0
		for at >= w.Sectors[k].Share {
			at -= w.Sectors[k].Share
			k++
		}
		s := w.Sectors[k]
		word := w.Words[i%len(w.Words)]
		short := w.Prefixes[i/len(w.Words)%len(w.Prefixes)] + word
		f := &Firm{
			Code:       fmt.Sprintf("TJBH%05d", i+1),
			CreditCode: creditCode(r, i),
			Short:      short,
			Name:       short + s.Kinds[r.IntN(len(s.Kinds))],
			Sector:     s.Code,
			Zone:       w.Zones[r.IntN(len(w.Zones))],
			Lon:        117.55 + r.Float64()*0.3,
			Lat:        38.75 + r.Float64()*0.4,
			Gateway:    fmt.Sprintf("GW-%03d", i+1),
		}
		for j, c := range w.Contacts {
			f.Contacts = append(f.Contacts, Contact{
				Name: short + c.Name, Duty: c.Duty,
				Phone: fmt.Sprintf("022-6600%04d", (i*2+j)%10000),
				Email: fmt.Sprintf("%s.%d@enterprise.example", f.Code, j+1),
			})
		}
		want := points*(i+1)/n - points*i/n
		f.fill(&w, r, s.Layout, want, every)
		if h := s.Hazard; h != nil {
			f.Assets = append(f.Assets, Asset{Code: "MH-1", Kind: "major_hazard", Name: short + h.Name, Attrs: map[string]string{"grade": h.Grades[i%len(h.Grades)]}})
		}
		for j := range f.Assets { // in rows of six, about 60 m apart
			f.Assets[j].Lon, f.Assets[j].Lat = f.Lon+float64(j%6-2)*0.0007, f.Lat-float64(j/6+1)*0.0006
		}
		d.Firms = append(d.Firms, f)
	}
	return d, nil
}

// fill gives a firm its assets and points.
func (f *Firm) fill(w *names, r *rand.Rand, layout string, want int, every fengsui.Span) {
	for n := 1; len(f.Points) < want; n++ {
		switch {
		case layout == "tank_farm" && n%3 != 0:
			code, name := fmt.Sprintf("TK-%d", 100+n), fmt.Sprintf("%s%d# %s", w.Tank, n, w.Media[r.IntN(len(w.Media))])
			f.Assets = append(f.Assets, Asset{Code: code, Kind: "tank", Name: name})
			f.add(want, every, code, Point{Point: limits(fmt.Sprintf("LI-%d", 100+n), name+w.Level, fengsui.LevelOf, "m", 0, 15, 1, 2, 12, 13.5), base: 7, swing: 3, noise: 0.01, period: 5400}, r)
			f.add(want, every, code, Point{Point: limits(fmt.Sprintf("TI-%d", 100+n), name+w.Temperature, fengsui.Temperature, "℃", -20, 120, none, none, 40, 55), base: 24, swing: 4, noise: 0.1, period: 86400}, r)
			f.add(want, every, code, Point{Point: limits(fmt.Sprintf("PI-%d", 100+n), name+w.Pressure, fengsui.Pressure, "kPa", -2, 10, -1.5, -1, 5, 7), base: 1.2, swing: 0.6, noise: 0.05, period: 7200}, r)
		case layout == "workshop" && n%2 == 0:
			code, name := fmt.Sprintf("U-%d", 100+n), fmt.Sprintf("%s%d", w.Unit, n)
			f.Assets = append(f.Assets, Asset{Code: code, Kind: "process_unit", Name: name})
			f.add(want, every, code, Point{Point: limits(fmt.Sprintf("TIC-%d", 100+n), name+w.Temperature, fengsui.Temperature, "℃", 0, 300, none, none, 180, 200), base: 140, swing: 6, noise: 0.5, period: 3600}, r)
			f.add(want, every, code, Point{Point: limits(fmt.Sprintf("PIC-%d", 100+n), name+w.Pressure, fengsui.Pressure, "MPa", 0, 10, 1, 1.5, 6.5, 8), base: 4, swing: 0.4, noise: 0.02, period: 3600}, r)
			f.add(want, every, code, Point{Point: limits(fmt.Sprintf("FIC-%d", 100+n), name+w.Flow, fengsui.Flow, "m3/h", 0, 500, none, none, none, none), base: 220, swing: 25, noise: 3, period: 2400}, r)
		default:
			g := w.Gases[n%len(w.Gases)]
			code, name := fmt.Sprintf("GA-%d", 100+n), fmt.Sprintf("%s%d", w.GasArea, n)
			f.Assets = append(f.Assets, Asset{Code: code, Kind: "gas_area", Name: name})
			for k := range 2 {
				f.add(want, every, code, Point{Point: limits(fmt.Sprintf("GT-%d%c", 100+n, 'A'+k), name+g.Name+w.Concentration, g.Quantity, g.Unit, 0, g.High, none, none, g.H, g.HH), base: g.H * 0.04, swing: g.H * 0.02, noise: g.H * 0.01, period: 4000}, r)
			}
		}
	}
}

func (f *Firm) add(want int, every fengsui.Span, asset string, p Point, r *rand.Rand) {
	if len(f.Points) >= want {
		return
	}
	p.AssetCode, p.Every, p.Key = asset, every, true
	p.phase = r.Float64() * 6.28
	p.period *= 0.7 + 0.6*r.Float64()
	f.Points = append(f.Points, &p)
}

// none stands for "no such limit" in limits.
const none = -1e9

func limits(code, name string, q fengsui.Quantity, unit string, low, high, ll, l, h, hh float64) fengsui.Point {
	at := func(v float64) *float64 {
		if v == none {
			return nil
		}
		return &v
	}
	return fengsui.Point{Code: code, Name: name, Quantity: q, Unit: unit, RangeLow: low, RangeHigh: high, LL: at(ll), L: at(l), H: at(h), HH: at(hh)}
}

// creditCode makes a code whose check digit is right (GB 32100-2015) and whose
// body, number i, no real unit has: registration area 120116, organisation code
// from SIM.
func creditCode(r *rand.Rand, i int) string {
	body := fmt.Sprintf("91120116MA%05d", i)
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body += string(alphabet[r.IntN(10)]) + string(alphabet[10+r.IntN(20)])
	for j := range alphabet {
		if code := body + alphabet[j:j+1]; fengsui.CheckCreditCode(code) == nil {
			return code
		}
	}
	panic("a credit code always has a check digit")
}
