package risk

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"fengsui"
)

// A measure is how a number comes out of signals: every kind below but Ladder has
// one, and the same machine of limits, hold times, dead band and off-delay judges
// what comes out of all of them (ladder.go). Their limits stand in the model.
const (
	Rate      Kind = "rate"     // slope of a point's values over a window, unit/min
	Stuck     Kind = "stuck"    // how long a point's value has not moved, min
	Count     Kind = "count"    // events within a window
	Event     Kind = "event"    // what a device or a point says in a code
	Speed     Kind = "speed"    // km/h of a device, against the limit that holds where it is
	Fenced    Kind = "fence"    // metres beyond fences
	Relation  Kind = "relation" // difference, ratio or balance of points of one asset
	FormulaOf Kind = "formula"  // a CEL expression over points of one asset

	// These judge what other models find.
	Entries    Kind = "entries"    // how often a rung was entered within a window
	Neighbours Kind = "neighbours" // how many points of one asset are at a rung, or entered it within a window
	IndexOf    Kind = "index"      // an enterprise's risk index, 0 to 100 (index.go)
)

// ladder reports whether the machine of limits judges the kind.
func (k Kind) ladder() bool { return k != Silence && k != Pace }

// measures reports whether the kind has a measure of its own.
func (k Kind) measures() bool { return k.ladder() && k != Ladder }

// Op is what a relation makes of its inputs.
type Op string

const (
	Difference Op = "difference" // the first less the second
	Ratio      Op = "ratio"      // the first by the second; by zero it has no value
	Balance    Op = "balance"    // the sum of all, each by its weight: in less out
)

// Role is an input of a model: the first point by code, on the asset of the first
// role's point, that is of the quantity and whose code ends in the suffix. Points
// of a relation have one unit; those of a formula the units that it names.
type Role struct {
	Code     string           `yaml:"code" json:"code"` // as a formula names it
	Quantity fengsui.Quantity `yaml:"quantity" json:"quantity,omitempty"`
	Suffix   string           `yaml:"suffix" json:"suffix,omitempty"`
	Weight   float64          `yaml:"weight" json:"weight,omitempty"` // of a balance
}

const (
	maxMarks = 64 // a gauge remembers so many; events beyond them count as so many
	maxCodes = 32 // of one event model

	// rateMarks is into how many steps a window of rate is cut: of values that
	// come faster only the first of a step is kept, and the newest.
	rateMarks = 30
)

// gauge is what a measure remembers and what it measured last.
type gauge struct {
	value float64
	at    fengsui.Millis // corrected own time of value; 0: there is none yet
	cap   float64        // speed: the limit in force, km/h

	marks []dot          // rate: own times, count: the models', oldest first
	still float64        // stuck: the value that it has not moved from
	since fengsui.Millis // and since which own time; 0: none yet

	on   uint32            // event: a bit for each of the model's codes that is on
	said [4]fengsui.Millis // by rung: when one of its codes was said last, the models' time

	inputs []int64 // relation, formula: nums of the points, by role
	stamp  int64   // of the record that judged it last
}

type dot struct {
	at    fengsui.Millis
	value float64
}

// asOf is the own time of what the track was judged by last, live being that of
// its point.
func (t *track) asOf(live fengsui.Millis) fengsui.Millis {
	if t.g != nil {
		return t.g.at
	}
	return live
}

// reading is the number that the track was judged by last.
func (t *track) reading(p *point) float64 {
	switch {
	case t.g == nil, t.m.Kind == Speed:
		return p.good
	}
	return t.g.value
}

// unit is what a finding's value and limit are in.
func (m *Model) unit(p *fengsui.Point) string {
	switch m.Kind {
	case Ladder:
		return p.Unit
	case Rate:
		return p.Unit + "/min"
	case Stuck:
		return "min"
	case Speed:
		return "km/h"
	case Fenced:
		return "m"
	case Relation, FormulaOf:
		return m.Unit
	}
	return ""
}

// fixed are the limits that stand in the model.
func (m *Model) fixed() []limit {
	list := make([]limit, len(m.Ladder))
	for i, r := range m.Ladder {
		l := limit{high: true, hold: r.Hold}
		if m.Kind == IndexOf {
			// A band begins at its score: risk-models §3 has >=.
			l.at = math.Nextafter(*r.At, negInf)
			l.back = l.at - m.DeadBand.Absolute
		} else if m.Kind != Event {
			l.high, l.at, l.back = r.Name[0] == 'H', *r.At, *r.At+m.DeadBand.Absolute
			if l.high {
				l.back = *r.At - m.DeadBand.Absolute
			}
		}
		list[i] = l
	}
	return list
}

// gauged takes a sample into a measure of one point alone. A value that cannot be
// used ends no alarm and begins none.
func (j *judge) gauged(p *point, t *track, s *fengsui.Sample, own fengsui.Millis, place fengsui.Place, received, now fengsui.Millis) {
	if t.m.Kind != Rate && t.m.Kind != Stuck {
		return
	}
	if !usable(s.Quality) {
		t.unusable()
		return
	}
	if v, ok := t.sample(s.Value, own); ok {
		j.weigh(p, t, v, own, place, received, now)
	}
}

// sample measures by a value of the track's own point.
func (t *track) sample(v float64, own fengsui.Millis) (float64, bool) {
	if t.m.Kind == Rate {
		return t.g.slope(v, own, fengsui.Millis(t.m.Window))
	}
	g := t.g
	if g.since == 0 || own < g.since || math.Abs(v-g.still) > t.m.Tolerance {
		g.still, g.since = v, own
	}
	return seconds(own-g.since) / 60, true
}

// slope takes a value in and is the slope of the least-squares line through the
// values of the window, by own time and a minute. There is none while they cover
// less than half of it: after a start, and after a gap. What comes out of order is
// left out.
func (g *gauge) slope(v float64, own, window fengsui.Millis) (float64, bool) {
	n := len(g.marks)
	if n > 0 && own <= g.marks[n-1].at {
		return 0, false
	}
	old := 0
	for old < n && g.marks[old].at < own-window {
		old++
	}
	g.marks = slices.Delete(g.marks, 0, old)
	n = len(g.marks)
	sumT, sumV, sumTT, sumTV := 0.0, v, 0.0, 0.0 // with now as time zero
	for _, m := range g.marks {
		t := seconds(m.at-own) / 60
		sumT, sumV, sumTT, sumTV = sumT+t, sumV+m.value, sumTT+t*t, sumTV+t*m.value
	}
	if n == 0 || own-g.marks[n-1].at >= window/rateMarks {
		if n == maxMarks {
			g.marks = slices.Delete(g.marks, 0, 1)
		}
		g.marks = append(g.marks, dot{own, v})
	}
	if n == 0 || own-g.marks[0].at < window/2 {
		return 0, false
	}
	c := float64(n + 1)
	slope := (c*sumTV - sumT*sumV) / (c*sumTT - sumT*sumT)
	slope = math.Round(slope*1e9) / 1e9 // exactly at a limit is no breach, whatever the last bit says
	return slope, !math.IsNaN(slope) && !math.IsInf(slope, 0)
}

// weigh judges what a measure says.
func (j *judge) weigh(p *point, t *track, v float64, own fengsui.Millis, place fengsui.Place, received, now fengsui.Millis) {
	t.g.value, t.g.at = v, max(t.g.at, own)
	j.dirty(p)
	j.turned(p, t, t.step(v, own, now), own, place, received)
}

// turned takes up what a measure's number or an event brought about.
func (j *judge) turned(p *point, t *track, changed bool, own fengsui.Millis, place fengsui.Place, received fengsui.Millis) {
	switch {
	case changed:
		j.changed(p, t, own, received, place)
		if f := j.firmOf(p.enterprise); f != nil && t.m.Kind == Event { // an index may count it though it has no level
			f.firm.stirred = true
			j.dirty(f)
		}
	case t.lateTo != 0 && own >= t.lateTo:
		t.lateTo = 0
		j.touch(p, t)
	}
	j.restless(p)
}

// ebbs reports whether time alone changes what the measure says.
func (t *track) ebbs() bool {
	return (t.m.Kind == Count || t.m.Kind == Entries || t.m.Kind == Neighbours) && (len(t.g.marks) > 0 || t.m.Kind == Neighbours && t.g.value > 0) || t.m.Lasts > 0 && (t.g.on != 0 || t.lateTo != 0 && t.lateCur >= 0)
}

// ebb lets time pass for a measure: events leave the window, and one that never
// says that it is over ends by itself. It returns the moment when that changed the
// rung, or 0.
func (t *track) ebb(received, now fengsui.Millis) fengsui.Millis {
	g, changed := t.g, false
	switch {
	case (t.m.Kind == Count || t.m.Kind == Entries) && len(g.marks) > 0:
		g.trim(now - fengsui.Millis(t.m.Window))
		g.value, g.at = float64(len(g.marks)), max(g.at, received)
		changed = t.step(g.value, received, now)
	case t.m.Kind == Event && t.m.Lasts > 0:
		lasts := fengsui.Millis(t.m.Lasts)
		if t.lateTo != 0 && received-t.lateTo >= lasts {
			t.lateTo = 0
		}
		before := g.on
		for i := range t.m.Ladder {
			if now-g.said[i] >= lasts {
				g.on &^= t.m.mask(int8(i))
			}
		}
		if g.on != before {
			g.value, g.at = g.codesOn(), max(g.at, received)
			changed = t.signal(t.rungs(), received, now)
		}
	}
	if !changed {
		return 0
	}
	return received
}

// trim lets go of the marks before a moment.
func (g *gauge) trim(before fengsui.Millis) {
	n := 0
	for n < len(g.marks) && g.marks[n].at < before {
		n++
	}
	g.marks = slices.Delete(g.marks, 0, n)
}

// code finds an event's code in a model: its rung, and its bit among all codes.
func (m *Model) code(code string) (rung int8, bit uint32) {
	n := 0
	for i := range m.Ladder {
		for _, c := range m.Ladder[i].codes() {
			if c == code {
				return int8(i), 1 << n
			}
			n++
		}
	}
	return -1, 0
}

// mask has the bits of a rung's codes.
func (m *Model) mask(rung int8) (mask uint32) {
	n := 0
	for i := range m.Ladder {
		for range m.Ladder[i].codes() {
			if int8(i) == rung {
				mask |= 1 << n
			}
			n++
		}
	}
	return mask
}

// codes are the events that a rung stands for: its name, if it lists none.
func (r *Rung) codes() []string {
	if len(r.Codes) == 0 {
		return []string{r.Name}
	}
	return r.Codes
}

// rungs has a bit for each rung of which a code is on.
func (t *track) rungs() (on uint8) {
	for i := range t.m.Ladder {
		if t.g.on&t.m.mask(int8(i)) != 0 {
			on |= 1 << i
		}
	}
	return on
}

// codesOn is how many of an event model's codes are on.
func (g *gauge) codesOn() float64 { return float64(bits.OnesCount32(g.on)) }

// feed is a model that a point's value is an input of, and the point, by num, that
// its findings are about.
type feed struct {
	owner int64
	model *Model
}

// due is a relation or formula to be judged when its record is through: what a
// record says together is judged together.
type due feed

// inputs are the nums of a model's inputs on the asset of a point, by role; nil
// when one is not there.
func (j *judge) inputs(m *Model, def *fengsui.Point) []int64 {
	nums, unit := make([]int64, len(m.Inputs)), ""
	for i, r := range m.Inputs {
		for _, p := range j.onAsset(def.Asset) {
			if !r.fits(p) || slices.Contains(nums[:i], p.Num) {
				continue
			}
			if m.Kind == FormulaOf {
				if u := m.Formula.Inputs[i].Unit; u != "" && !strings.EqualFold(u, p.Unit) {
					continue
				}
			} else if i > 0 && p.Unit != unit {
				continue
			}
			nums[i], unit = p.Num, p.Unit
			break
		}
		if nums[i] == 0 {
			return nil
		}
	}
	return nums
}

// onAsset are the points of an asset by code.
func (j *judge) onAsset(asset fengsui.ID) []*fengsui.Point {
	if asset == "" {
		return nil
	}
	if j.assetsOf != j.district {
		j.assetsOf, j.assets = j.district, map[fengsui.ID][]*fengsui.Point{}
		for _, p := range j.district.Points {
			if p.Asset != "" {
				j.assets[p.Asset] = append(j.assets[p.Asset], p)
			}
		}
		for _, list := range j.assets {
			slices.SortFunc(list, func(a, b *fengsui.Point) int { return strings.Compare(a.Code, b.Code) })
		}
	}
	return j.assets[asset]
}

// relate finds what the point's value is an input of. It reports whether the point
// is the one that such a model's findings are about, or was: its inputs may be
// others now.
func (j *judge) relate(p *point, def *fengsui.Point, asset string) bool {
	p.feeds, p.crowds = nil, nil
	was := slices.ContainsFunc(p.tracks, func(t track) bool { return t.g != nil && len(t.g.inputs) > 0 })
	if def == nil || def.Asset == "" {
		return was
	}
	for i := range j.models {
		m := &j.models[i]
		if m.Kind == Neighbours && m.judges(def, asset) {
			if nums := j.crowd(m, def, asset); nums != nil {
				p.crowds = append(p.crowds, feed{nums[0], m})
				was = was || nums[0] == p.num
			}
		}
		if m.Kind != Relation && m.Kind != FormulaOf || !m.takes(def) {
			continue
		}
		if nums := j.inputs(m, def); slices.Contains(nums, p.num) {
			if owner := j.district.Point(nums[0]); owner != nil && m.judges(owner, asset) {
				p.feeds = append(p.feeds, feed{nums[0], m})
				was = was || nums[0] == p.num
			}
		}
	}
	return was
}

// takes reports whether a point could be one of the model's inputs.
func (m *Model) takes(p *fengsui.Point) bool {
	return slices.ContainsFunc(m.Inputs, func(r Role) bool { return r.fits(p) })
}

func (r *Role) fits(p *fengsui.Point) bool {
	return (r.Quantity == "" || r.Quantity == p.Quantity) && strings.HasSuffix(p.Code, r.Suffix)
}

// judgeDue judges the relations and formulas that the record had something for.
// While one of their inputs is missing, older than the window or no value, they
// have none: what was raised stands, nothing begins.
func (j *judge) judgeDue(place fengsui.Place, received, now fengsui.Millis) {
	for _, x := range j.due {
		p := j.point(x.owner)
		if p == nil {
			continue
		}
		t := p.track(x.model.ID)
		if t == nil || t.orphan || t.g == nil || t.g.stamp == j.stamp {
			continue
		}
		t.g.stamp = j.stamp
		if v, own, ok := j.combine(t, now); ok {
			j.weigh(p, t, v, own, place, received, now)
		} else {
			t.unusable()
			j.dirty(p)
		}
	}
	j.due = j.due[:0]
}

// combine is what a relation or formula says now, and the own time of its newest
// input.
func (j *judge) combine(t *track, now fengsui.Millis) (v float64, own fengsui.Millis, ok bool) {
	m := t.m
	var in [maxInputs]float64
	for i, num := range t.g.inputs {
		p := j.points.find(num)
		if p == nil || p.goodAt == 0 || now-p.seen > fengsui.Millis(m.Window) || !usable(p.latest.Quality) {
			return 0, 0, false
		}
		in[i], own = p.good, max(own, p.goodAt)
	}
	v, ok = m.combined(in[:len(t.g.inputs)])
	return v, own, ok
}

// combined is what a relation or formula makes of its inputs.
func (m *Model) combined(in []float64) (v float64, ok bool) {
	switch {
	case m.Kind == FormulaOf:
		return m.Formula.Value(in)
	case m.Op == Difference:
		v = in[0] - in[1]
	case m.Op == Ratio:
		v = in[0] / in[1]
	default:
		for i, r := range m.Inputs {
			v += r.Weight * in[i]
		}
	}
	return v, finite(v)
}

// wrong says what of a model does not fit its kind, or nothing: with the reason and
// the path of the refusal.
func (m *Model) wrong() (reason, path, why string) {
	switch devices := m.Scope.Devices; {
	case devices && m.Kind != Event && m.Kind != Count && m.Kind != Silence && m.Kind != Speed && m.Kind != Fenced && m.Kind != Entries:
		return "model_scope", "scope.devices", "a device has no values to be judged by a " + string(m.Kind)
	case !devices && (m.Kind == Speed || m.Kind == Fenced):
		return "model_scope", "scope", "only devices move: write scope: {devices: true}"
	case !devices && len(m.Scope.Protocols) > 0:
		return "model_scope", "scope.protocols", "protocols are those of devices: write devices: true beside them"
	case devices && (len(m.Scope.Quantities)+len(m.Scope.Units) > 0 || m.Scope.Key):
		return "model_scope", "scope", "a device has no quantity, unit or key: they choose points"
	}
	if (m.Kind == IndexOf) != (m.Index != nil) {
		return "model_terms", "index", "an index, and no other kind, has the terms of an index"
	}
	if (m.Kind == Entries || m.Kind == Neighbours) != (m.Of != nil) || m.Of != nil && len(m.Of.Rungs) == 0 {
		return "model_of", "of", "entries and neighbours, and no other kind, name the rungs that they look at, of"
	}
	if m.With != nil && (m.Kind != Neighbours || len(m.With.Models) == 0 || len(m.With.Rungs) == 0) {
		return "model_of", "with", "only neighbours need another one with them: name its models and the rungs that they must be at"
	}
	if s := &m.Scope; m.Kind == IndexOf {
		if len(s.Quantities)+len(s.Assets)+len(s.Except)+len(s.Units)+len(s.Protocols) > 0 || s.Key || s.Devices {
			return "model_scope", "scope", "an index judges enterprises: its scope is sectors alone"
		}
		if why := m.Index.wrong(); why != "" {
			return "model_terms", "index", why
		}
	} else if len(s.Sectors) > 0 {
		return "model_scope", "scope.sectors", "only an index has sectors in its scope"
	}
	timed := m.Kind == Rate || m.Kind == Count || m.Kind == Relation || m.Kind == FormulaOf || m.Kind == Entries || m.Kind == Neighbours
	switch {
	case timed && (m.Window <= 0 || m.Window > maxWindow):
		return "model_window", "window", "it needs a window of up to a day"
	case !timed && m.Window != 0:
		return "model_window", "window", "a " + string(m.Kind) + " has no window"
	case m.Lasts < 0 || m.Lasts != 0 && m.Kind != Event:
		return "model_codes", "lasts", "only an event lasts"
	case !(m.Tolerance >= 0) || m.Tolerance != 0 && m.Kind != Stuck:
		return "model_limits", "tolerance", "only what is stuck has a tolerance, in the point's unit and not negative"
	case (m.Kind == Count) != (len(m.Codes) > 0) || len(m.Codes) > maxCodes:
		return "model_codes", "codes", "a count, and no other kind, needs the codes of its events"
	case m.Kind != Speed && (m.Limit != 0 || len(m.Classes) > 0) || !(m.Limit >= 0 && m.Limit <= maxLimit):
		return "model_limits", "limit", "only a speed has a limit in km/h; those of other kinds stand in the ladder"
	}
	for _, v := range m.Classes {
		if !(v > 0 && v <= maxLimit) {
			return "model_limits", "classes", "the limit of a class is none in km/h"
		}
	}
	switch n := len(m.Inputs); {
	case m.Kind == FormulaOf && (m.Formula == nil || len(m.Formula.Inputs) != n):
		return "model_inputs", "formula", "it needs a formula, and a point for each of the formula's inputs"
	case m.Kind == Relation && (m.Op == Difference || m.Op == Ratio) && n != 2, m.Kind == Relation && m.Op == Balance && (n < 2 || n > maxInputs):
		return "model_inputs", "inputs", "a difference and a ratio have two inputs, a balance two or more"
	case m.Kind == Relation && m.Op != Difference && m.Op != Ratio && m.Op != Balance:
		return "model_inputs", "op", "its op is one of difference, ratio and balance"
	case m.Kind != Relation && (m.Op != "" || n > 0 && m.Kind != FormulaOf):
		return "model_inputs", "inputs", "only relations and formulas have inputs, only relations an op"
	}
	for i, r := range m.Inputs {
		switch {
		case r.Quantity == "" && r.Suffix == "":
			return "model_inputs", fmt.Sprint("inputs.", i), "an input needs a quantity or a suffix of codes"
		case m.Kind == FormulaOf && r.Code != m.Formula.Inputs[i].Code:
			return "model_inputs", fmt.Sprint("inputs.", i), "its inputs must have the formula's codes, in their order"
		case (m.Op == Balance) != (r.Weight != 0) || !finite(r.Weight):
			return "model_inputs", fmt.Sprint("inputs.", i), "the inputs of a balance, and no others, have weights"
		}
	}
	codes := map[string]bool{}
	for i := range m.Ladder {
		r, rung := &m.Ladder[i], fmt.Sprint("ladder.", i)
		number := m.Kind.measures() && m.Kind != Event
		switch {
		case number && r.Name == "":
			return "model_rungs", rung + ".rung", "a rung has no name"
		case number != (r.At != nil):
			return "model_limits", rung + ".at", "its rungs need limits, at, where the model has a measure, and none elsewhere: a point's own limits hold there"
		case r.At != nil && !finite(*r.At):
			return "model_limits", rung + ".at", "a limit is no number"
		case (m.Kind == Count || m.Kind == Entries || m.Kind == Neighbours) && !(*r.At >= 0 && *r.At < maxMarks):
			return "model_limits", rung + ".at", "more than 63 events of a window are not counted"
		case (m.Kind == Count || m.Kind == Entries || m.Kind == Neighbours) && strings.HasPrefix(r.Name, "L"):
			return "model_rungs", rung + ".rung", "a count has no lower limits: nothing may be what happened"
		case m.Kind != Event && len(r.Codes) > 0:
			return "model_codes", rung + ".codes", "only the rungs of an event have codes"
		case m.Kind == IndexOf && (r.Name != r.Level.String() || !(*r.At > 0 && *r.At <= maxIndex)):
			return "model_terms", rung, "a rung of an index is called by its level and begins above 0, up to 100"
		case m.Kind == IndexOf && i > 0 && *r.At <= *m.Ladder[i-1].At:
			return "model_limits", rung + ".at", "a graver rung needs a limit further out"
		case number && m.Kind != IndexOf && i > 0 && m.Ladder[i-1].Name[:1] == r.Name[:1] && (*r.At > *m.Ladder[i-1].At) != (r.Name[0] == 'H'):
			return "model_limits", rung + ".at", "a graver rung needs a limit further out"
		case m.Kind == Event && (r.Name == "" || len(r.Name) > 64):
			return "model_rungs", rung + ".rung", "a rung of an event needs a name of up to 64 bytes"
		case m.Kind == Event:
			for _, c := range r.codes() {
				if c == "" || len(c) > 64 || codes[c] {
					return "model_codes", rung + ".codes", "a code of an event is empty, there twice or has more than 64 bytes"
				}
				codes[c] = true
			}
		}
	}
	if len(codes) > maxCodes {
		return "model_codes", "ladder", "it has more than 32 codes: make two models of it"
	}
	return "", "", ""
}

const (
	maxWindow = fengsui.Span(24 * 3600 * 1000)
	maxLimit  = 400 // km/h
)

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
