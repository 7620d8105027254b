package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
)

// Script is what goes wrong. It repeats every Round seconds.
type Script struct {
	Round     float64
	Incidents []Incident
}

// Incident is one thing that goes wrong at one firm. Times are seconds from the
// round's start, or from After for what happens inside it.
type Incident struct {
	Name             string
	Firm             int    // index
	Point            string // code; empty: no value is bent
	After            float64
	Peak             float64
	Rise, Stay, Fall float64
	Silent           float64    // the gateway sends nothing for so long
	Cut              [2]float64 // the link is cut from..to: kept back, then sent as resent
	Slow             float64    // the firm sends only every so many seconds
	Answer           *Answer    // nil: nobody answers
}

// Answer is when the people of an enterprise and its regulator act.
type Answer struct {
	Verify, Handle, Report float64 // the enterprise
	Lower, Clear           float64 // the regulator, then the zone
	Words                  struct{ Verify, Handle, Report, Lower, Clear string }
}

//go:embed script.json
var scriptJSON []byte

// DemoScript is the script of the show.
func DemoScript() (Script, error) {
	var s Script
	if err := json.Unmarshal(scriptJSON, &s); err != nil {
		return s, fmt.Errorf("read the script of incidents: %w", err)
	}
	return s, nil
}

// moment is what the script says about one firm at a time of the run.
type moment struct {
	silent, cut bool
	slow        float64
}

// at looks up what is wrong at a firm, s seconds into the run.
func (sc *Script) at(firm int, s float64) moment {
	var m moment
	for _, in := range sc.running(firm, s) {
		t := in.into
		m.silent = m.silent || in.Silent > 0 && t < in.Silent
		m.cut = m.cut || in.Cut[1] > 0 && t >= in.Cut[0] && t < in.Cut[1]
		if in.Slow > 0 && t < in.Rise+in.Stay+in.Fall {
			m.slow = max(m.slow, in.Slow)
		}
	}
	return m
}

// value is a point's value s seconds into the run, incidents included.
func (sc *Script) value(firm int, p *Point, s float64) float64 {
	v := p.Ordinary(s)
	for _, in := range sc.running(firm, s) {
		if in.Point == p.Code {
			v = Course{in.Peak, in.Rise, in.Stay, in.Fall}.Bend(v, in.into)
		}
	}
	return v
}

type running struct {
	*Incident
	into float64 // seconds since it began
}

func (sc *Script) running(firm int, s float64) []running {
	var list []running
	for i := range sc.Incidents {
		in := &sc.Incidents[i]
		if in.Firm != firm || s < in.After {
			continue
		}
		into := s - in.After
		if sc.Round > 0 {
			into = math.Mod(s-in.After, sc.Round)
		}
		list = append(list, running{in, into})
	}
	return list
}
