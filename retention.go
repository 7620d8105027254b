package fengsui

import (
	"cmp"
	"slices"
)

// Retention (留存期限) is how long a kind of data is kept, and for how long it must be.
type Retention struct {
	Kind   string  `json:"kind"`             // log, archive, history, positions, evidence, files, records, sessions, strays, other
	Within string  `json:"within,omitempty"` // the kind that its bytes are counted with; empty: they are counted by themselves
	Key    string  `json:"key,omitempty"`    // of the configuration; empty: it cannot be set
	Keep   Span    `json:"keep"`             // 0: always
	Least  Span    `json:"least"`            // 0: nothing asks for any
	Law    []Least `json:"law" nullable:"false"`
	Here   bool    `json:"here"` // it lies on the disk of the data directory
}

// Least is what a law or standard asks for.
type Least struct {
	Source Bilingual `json:"source"`
	Keep   Span      `json:"keep"`
	Check  bool      `json:"check"` // edition or article have not been held against the text: whoever accepts the platform does
}

// Measure is how much there was of a kind of data at a time.
type Measure struct {
	Kind  string // as in Retention, or MeasureFree
	At    Millis
	Bytes int64
	Came  int64 // bytes that came in a day; -1: the difference to an earlier Measure says it
}

// MeasureFree is what was free on the disk of the data directory.
const MeasureFree = "free"

// PaceOver is over how long the pace is taken, PaceLeast what must have passed before
// there is one.
const (
	PaceOver  = Span(7 * day)
	PaceLeast = Span(day / 24)

	day = 24 * 60 * 60 * 1000
)

// Kept is how much there is of a kind of data, and how much there will be.
type Kept struct {
	Retention
	Bytes  int64  `json:"bytes"`
	PerDay int64  `json:"perDayBytes"` // that came in, over the last seven days at most
	Full   int64  `json:"fullBytes"`   // once it is kept for its whole time, at this pace; 0: it is kept always
	At     Millis `json:"at"`          // of the measurement; 0: there is none yet
}

// Forecast says of each kind how much there is and will be, and in how many days room
// bytes on the disk of the data directory are used up: every kind there grows by what
// comes in until it is kept for its whole time, and everything else on that disk as it
// did. 0: they are not, or it is too early to tell. Measures are of one process, oldest
// first.
func Forecast(rules []Retention, measures []Measure, room int64) (kept []Kept, fullDays float64) {
	first, last := map[string]Measure{}, map[string]Measure{}
	for _, m := range measures {
		if _, ok := first[m.Kind]; !ok {
			first[m.Kind] = m
		}
		last[m.Kind] = m
	}
	// grown is what a kind grew by in a day, whatever was deleted meanwhile.
	grown := func(kind string) (float64, bool) {
		a, b := first[kind], last[kind]
		if past := Span(b.At - a.At); past >= PaceLeast {
			return float64(b.Bytes-a.Bytes) * day / float64(past), true
		}
		return 0, false
	}
	kept = make([]Kept, 0, len(rules))
	lost, known := grown(MeasureFree)
	lost = -lost
	for _, r := range rules {
		k := Kept{Retention: r}
		if m, ok := last[r.Kind]; ok && r.Within == "" {
			k.Bytes, k.PerDay, k.At = m.Bytes, max(0, m.Came), m.At
			net, paced := grown(r.Kind)
			if m.Came < 0 && paced {
				k.PerDay = int64(max(0, net))
			}
			if r.Keep > 0 {
				k.Full = max(k.Bytes, int64(float64(k.PerDay)*float64(r.Keep)/day))
			}
			if r.Here {
				lost -= net
			}
		}
		kept = append(kept, k)
	}
	if !known {
		return kept, 0
	}
	return kept, fullIn(kept, float64(room), max(0, lost))
}

// fullIn says in how many days room is used up, when kinds grow until they are full and
// the rest by others bytes a day for ever.
func fullIn(kept []Kept, room, others float64) float64 {
	type grows struct{ pace, until float64 } // bytes a day; days, or -1: for ever
	var list []grows
	pace := others
	for _, k := range kept {
		if !k.Here || k.PerDay <= 0 || k.Full > 0 && k.Full <= k.Bytes {
			continue
		}
		g := grows{float64(k.PerDay), -1}
		if k.Full > 0 {
			g.until = float64(k.Full-k.Bytes) / g.pace
			list = append(list, g)
		}
		pace += g.pace
	}
	slices.SortFunc(list, func(a, b grows) int { return cmp.Compare(a.until, b.until) })
	at := 0.0
	for _, g := range list {
		if need := pace * (g.until - at); need >= room {
			break
		} else {
			room -= need
		}
		at = g.until
		pace -= g.pace
	}
	if pace < 1 { // a byte a day: nothing but what floating point leaves over
		return 0
	}
	return at + max(0, room)/pace
}
