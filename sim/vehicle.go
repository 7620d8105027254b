package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"fengsui"
	"fengsui/adapter/jt808"
)

// Vehicle is a simulated vehicle with its terminal: it drives to and fro between its
// firm and the port, or another firm, along a smooth road of its own.
type Vehicle struct {
	Number  string // of its terminal
	Plate   string
	Colour  string // of the plate, as the registry has it
	Class   string
	Name    string
	Limit   float64 // km/h
	Firm    *Firm
	Edition jt808.Edition

	colour  jt808.PlateColour
	phone   jt808.Phone
	code    jt808.AuthCode // once it is registered
	r       *rand.Rand
	w       *fleetWords
	road    [4][2]float64 // control points of a cubic Bézier, longitude and latitude
	length  float64       // of the road, m
	at      float64       // m from the firm
	back    bool
	speed   float64 // km/h
	heading float64
	dwell   float64 // s that it still stands
	mileage float64 // km
	fuel    float64 // L
	now     map[string]float64
}

// fleetWords is what vehicles are made of, and how often something goes wrong: on
// average every so many seconds of driving, for so many seconds.
type fleetWords struct {
	Port    [2]float64
	Box     [4]float64 // west, south, east, north
	Classes []struct {
		Class, PlateColour, Name string
		Share                    int
		Colour                   jt808.PlateColour
		Limit, Fuel              float64
	}
	Maker, Model, Plate string
	Hours               struct {
		Day                  [2]int
		DwellDay, DwellNight float64 // s, on average
	}
	Faults map[string]struct{ Every, For float64 }
}

//go:embed fleet.json
var fleetJSON []byte

// GenerateVehicles makes n vehicles of a district's firms, from number first on; the
// same seed and number make the same vehicle.
func GenerateVehicles(d *District, first, n int) ([]*Vehicle, error) {
	w := &fleetWords{}
	if err := json.Unmarshal(fleetJSON, w); err != nil {
		return nil, fmt.Errorf("read the words of the simulated vehicles: %w", err)
	}
	share := 0
	for _, c := range w.Classes {
		share += c.Share
	}
	var list []*Vehicle
	for i := first; i < first+n; i++ {
		r := rand.New(rand.NewPCG(d.Seed, uint64(i)))
		at, k := r.IntN(share), 0
		for at >= w.Classes[k].Share {
			at -= w.Classes[k].Share
			k++
		}
		c := w.Classes[k]
		v := &Vehicle{
			Number: fmt.Sprintf("100%08d", i), Plate: fmt.Sprintf("%s%05d", w.Plate, i%100_000), Colour: c.PlateColour, Class: c.Class, Name: c.Name, Limit: c.Limit,
			Firm: d.Firms[r.IntN(len(d.Firms))], Edition: []jt808.Edition{jt808.Edition2019, jt808.Edition2013, jt808.Edition2011}[i%3],
			colour: c.Colour, r: r, w: w, mileage: r.Float64() * 200_000, fuel: c.Fuel * (0.3 + 0.7*r.Float64()), now: map[string]float64{},
		}
		var err error
		if v.phone, err = jt808.PhoneOf(v.Number, v.Edition); err != nil {
			return nil, err
		}
		to := w.Port
		if r.IntN(3) == 0 {
			f := d.Firms[r.IntN(len(d.Firms))]
			to = [2]float64{f.Lon, f.Lat}
		}
		v.build(to)
		v.at, v.dwell = r.Float64()*v.length, r.Float64()*60
		v.heading = v.course()
		list = append(list, v)
	}
	return list, nil
}

// Code is how its firm calls the vehicle.
func (v *Vehicle) Code() string { return "V-" + v.Number[len(v.Number)-5:] }

// build lays the road.
func (v *Vehicle) build(to [2]float64) {
	from := [2]float64{v.Firm.Lon, v.Firm.Lat}
	bend := func() float64 { return (v.r.Float64() - 0.5) * 0.06 }
	within := func(p [2]float64) [2]float64 {
		b := v.w.Box
		return [2]float64{min(max(p[0], b[0]), b[2]), min(max(p[1], b[1]), b[3])}
	}
	v.road[0], v.road[3] = from, to
	for i := range 2 {
		s := float64(i+1) / 3
		v.road[i+1] = within([2]float64{from[0] + (to[0]-from[0])*s + bend(), from[1] + (to[1]-from[1])*s + bend()})
	}
	last := v.place(0)
	for i := 1; i <= 64; i++ {
		next := v.place(float64(i) / 64)
		v.length += metres(last, next)
		last = next
	}
	v.length = max(v.length, 500)
}

// place is the point of the road at a share of its curve.
func (v *Vehicle) place(s float64) (p [2]float64) {
	u := 1 - s
	for k := range p {
		p[k] = u*u*u*v.road[0][k] + 3*u*u*s*v.road[1][k] + 3*u*s*s*v.road[2][k] + s*s*s*v.road[3][k]
	}
	return p
}

func metres(a, b [2]float64) float64 {
	const degree = 111_320.0
	return math.Hypot((b[0]-a[0])*degree*math.Cos(a[1]*math.Pi/180), (b[1]-a[1])*degree)
}

// course is where the vehicle heads, degrees from north.
func (v *Vehicle) course() float64 {
	s := v.at / v.length
	a, b := v.place(max(s-0.005, 0)), v.place(min(s+0.005, 1))
	if v.back {
		a, b = b, a
	}
	deg := math.Atan2((b[0]-a[0])*math.Cos(a[1]*math.Pi/180), b[1]-a[1]) * 180 / math.Pi
	return math.Mod(deg+360, 360)
}

// step lets dt seconds pass; quiet keeps new faults away.
func (v *Vehicle) step(dt float64, at time.Time, quiet bool) {
	for name, left := range v.now {
		if v.now[name] = left - dt; left <= dt {
			delete(v.now, name)
		}
	}
	if v.dwell > 0 {
		v.dwell, v.speed = v.dwell-dt, 0
		return
	}
	if !quiet {
		for _, name := range faultNames {
			f := v.w.Faults[name]
			if v.now[name] <= 0 && v.r.Float64() < dt/f.Every {
				v.now[name] = max(f.For, dt)
			}
		}
	}
	left := v.length - v.at
	if v.back {
		left = v.at
	}
	// Free speed with a wave of traffic, less where the road ends.
	want := v.Limit * (0.72 + 0.15*math.Sin(v.at/1500))
	if v.now["speeding"] > 0 {
		want = v.Limit * 1.25
	}
	want = min(want, 5+left/10)
	v.speed += max(-8*dt, min(want-v.speed, 4*dt)) // km/h a second, braking and pulling away
	way := v.speed / 3.6 * dt
	if way >= left {
		way, v.speed = left, 0
		v.dwell = v.stand(at)
	}
	if v.back {
		v.at -= way
	} else {
		v.at += way
	}
	v.heading = v.course()
	v.mileage += way / 1000
	if v.fuel -= way / 1000 * 0.3; v.fuel < 20 {
		v.fuel = 400
	}
	if v.dwell > 0 {
		v.back = !v.back
	}
}

// faultNames are in an order: the dice fall the same for the same seed.
var faultNames = []string{"speeding", "fatigue", "emergency", "tunnel", "garbage", "reconnect"}

// stand is how long it stands at an end: longer at night.
func (v *Vehicle) stand(at time.Time) float64 {
	mean := v.w.Hours.DwellNight
	if h := at.In(fengsui.Civil).Hour(); h >= v.w.Hours.Day[0] && h < v.w.Hours.Day[1] {
		mean = v.w.Hours.DwellDay
	}
	return mean * (0.5 + v.r.Float64())
}

// report is what the terminal says of a moment.
func (v *Vehicle) report(at time.Time) jt808.Position {
	p := v.place(v.at / v.length)
	r := jt808.Position{
		Status: jt808.Positioned | 1<<19, Latitude: uint32(p[1]*1e6 + 0.5), Longitude: uint32(p[0]*1e6 + 0.5), Altitude: 5,
		Speed: uint16(v.speed*10 + 0.5), Course: uint16(v.heading), Time: jt808.TimeOf(fengsui.At(at)),
	}
	if v.dwell <= 0 || v.dwell > 60 {
		r.Status |= 1 // ACC; off for the last minute of a stop
	}
	if v.speed > v.Limit {
		r.Alarm |= 1 << 1
	}
	if v.now["fatigue"] > 0 {
		r.Alarm |= 1 << 2
	}
	if v.now["emergency"] > 0 {
		r.Alarm |= 1
	}
	km := uint32(v.mileage * 10)
	fuel, speed := uint16(v.fuel*10), r.Speed
	r.Items = jt808.Items(nil).Append(0x01, byte(km>>24), byte(km>>16), byte(km>>8), byte(km)).
		Append(0x02, byte(fuel>>8), byte(fuel)).Append(0x03, byte(speed>>8), byte(speed)).Append(0x30, 25).Append(0x31, 14)
	if v.now["fatigue"] > 0 {
		r.Items = r.Items.Append(0x18, 0, 1, 80)
	}
	return r
}

// frame writes a message as the terminal does.
func (v *Vehicle) frame(dst []byte, serial uint16, m jt808.Message) ([]byte, int, error) {
	h := jt808.Header{ID: m.ID(), Phone: v.phone, Serial: serial}
	if v.Edition == jt808.Edition2019 {
		h.Version = 1
	}
	body, err := m.AppendBody(nil, v.Edition)
	if err != nil {
		return dst, 0, err
	}
	return jt808.AppendFrames(dst, h, body)
}
