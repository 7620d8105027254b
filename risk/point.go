package risk

import (
	"math"
	"slices"

	"fengsui"
)

var (
	negInf = math.Inf(-1)
	posInf = math.Inf(1)
)

// point is one point that has spoken. Its times are the models' unless named
// otherwise.
type point struct {
	num        int64
	def        *fengsui.Point // nil: gone from the district
	asset      string         // kind of its asset
	enterprise int64          // num
	src        *source
	tracks     []track

	silence  int            // index of the track of silence, -1 for none
	patience fengsui.Millis // nothing is missed before it is over

	heard    fengsui.Millis // last live sample, of whatever quality
	seen     fengsui.Millis // last live sample that was a value
	latest   fengsui.Sample
	received fengsui.Millis // of latest, the intake's time
	goodAt   fengsui.Millis // corrected own time of the last value
	good     float64        // the last value
	alarm    bool           // a ladder is entered
	alarmAt  fengsui.Millis // since when

	ring []fengsui.Sample // the last values, own time as sent
	next int              // where the next one goes
	keep int              // how many the models want

	attended bool  // in Evaluator.attend
	stamp    int64 // of the record under way
	scan     fengsui.Millis
}

// remember puts a value into the ring of evidence.
func (p *point) remember(s *fengsui.Sample) {
	if len(p.ring) < p.keep {
		p.ring = append(p.ring, *s)
		return
	}
	if p.keep == 0 {
		return
	}
	p.ring[p.next] = *s
	if p.next++; p.next == p.keep {
		p.next = 0
	}
}

// evidence is the last n values in own time order.
func (p *point) evidence(n int) []fengsui.Sample {
	list := append(slices.Clone(p.ring[p.next:]), p.ring[:p.next]...)
	if len(list) > n {
		list = list[len(list)-n:]
	}
	slices.SortStableFunc(list, byTime)
	return list
}

// resize makes the ring hold keep values.
func (p *point) resize(keep int) {
	if keep == p.keep {
		return
	}
	list := append(slices.Clone(p.ring[p.next:]), p.ring[:p.next]...)
	if len(list) > keep {
		list = list[len(list)-keep:]
	}
	p.ring, p.next, p.keep = slices.Grow(list, keep-len(list)), 0, keep
}

// level is the highest that any model measures.
func (p *point) level() fengsui.Level {
	l := fengsui.None
	for i := range p.tracks {
		t := &p.tracks[i]
		l = max(l, t.m.level(t.stands(p.goodAt)))
	}
	return l
}

// restless reports whether ticks have something to do for the point.
func (p *point) restless() bool {
	for i := range p.tracks {
		t := &p.tracks[i]
		switch {
		case t.orphan && t.told != -1, t.wait != 0 && t.m.Kind == Ladder:
			return true
		case t.m.Kind == Pace && (p.alarm || t.cur >= 0):
			return true
		case t.m.Kind != Silence && t.stands(p.goodAt) != t.told:
			return true
		}
	}
	return false
}

// usable reports whether a sample counts as a value. One that does not is never
// judged, neither as an alarm nor as normal.
func usable(q fengsui.Quality) bool {
	return q.Trust() != fengsui.Bad && q&fengsui.OutOfRange == 0
}

func byTime(a, b fengsui.Sample) int {
	switch {
	case a.At < b.At:
		return -1
	case a.At > b.At:
		return 1
	}
	return 0
}

// resolve joins the point's state to the district as it is now. What a model no
// longer judges becomes an orphan: if it was in a finding, the next tick says
// that it is no longer measured.
func (e *Evaluator) resolve(p *point, d *fengsui.District) {
	def := d.Point(p.num)
	var asset string
	var src *source
	if def != nil {
		if a := d.Assets[def.Asset]; a != nil {
			asset = a.Kind
		}
		ent := d.Enterprises[def.Enterprise]
		if ent == nil {
			def = nil
		} else if p.enterprise, src = ent.Num, e.source(false, ent.Num, ent.Num); def.Device != "" {
			if dev := d.Devices[def.Device]; dev != nil {
				src = e.source(true, dev.Num, ent.Num)
			}
		}
	}
	if !same(p.def, def) || p.asset != asset || p.tracks == nil || p.def == nil {
		e.retrack(p, def, asset)
	}
	p.def, p.asset, p.src = def, asset, src
	if p.silence = slices.IndexFunc(p.tracks, func(t track) bool { return t.m.Kind == Silence && !t.orphan }); p.silence >= 0 {
		m := p.tracks[p.silence].m
		p.patience = m.period(def) * fengsui.Millis(m.Ladder[0].Missed)
		src.keys++
		if src.t.m == nil {
			src.t.m = m
		}
		e.watch = append(e.watch, p)
	}
	e.restless(p)
}

// same reports whether two snapshots of a point say the same.
func same(a, b *fengsui.Point) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	for _, l := range [][2]**float64{{&x.LL, &y.LL}, {&x.L, &y.L}, {&x.H, &y.H}, {&x.HH, &y.HH}} {
		if (*l[0] == nil) != (*l[1] == nil) || *l[0] != nil && **l[0] != **l[1] {
			return false
		}
		*l[0], *l[1] = nil, nil
	}
	return x == y
}

// retrack gives the point the tracks of the models that judge it.
func (e *Evaluator) retrack(p *point, def *fengsui.Point, asset string) {
	old := p.tracks
	p.tracks = make([]track, 0, len(old))
	keep, single := 0, map[Kind]bool{}
	for i := range e.models {
		m := &e.models[i]
		if def == nil || !m.judges(def, asset) || single[m.Kind] {
			continue
		}
		var limits []limit
		if m.Kind == Ladder {
			ok := false
			if limits, ok = m.limits(def); !ok {
				continue
			}
		} else {
			single[m.Kind] = true // silence is silence: the first model has it
		}
		t := newTrack(m)
		if j := slices.IndexFunc(old, func(t track) bool { return t.m.ID == m.ID }); j >= 0 {
			t = old[j]
			old = slices.Delete(old, j, j+1)
			t.m, t.orphan = m, false
		}
		if m.Kind == Ladder {
			t.retarget(limits)
			keep = max(keep, m.Evidence)
		}
		p.tracks = append(p.tracks, t)
	}
	for _, t := range old {
		if t.told != -1 {
			o := newTrack(t.m)
			o.told, o.orphan, o.lo, o.hi = t.told, true, negInf, posInf
			p.tracks = append(p.tracks, o)
		}
	}
	p.resize(keep)
	p.alarmed(e.clock)
	e.shards[p.num&(shards-1)].dirty = true
}

// alarmed keeps the moment since which a ladder is entered.
func (p *point) alarmed(now fengsui.Millis) {
	alarm := false
	for i := range p.tracks {
		t := &p.tracks[i]
		alarm = alarm || t.m.Kind == Ladder && t.cur >= 0
	}
	if alarm && !p.alarm {
		p.alarmAt = now
	}
	p.alarm = alarm
}

// restless puts the point where ticks find it, if they have to.
func (e *Evaluator) restless(p *point) {
	if !p.attended && p.restless() {
		p.attended = true
		e.attend = append(e.attend, p)
	}
}

// redistrict resolves everything after the district changed.
func (e *Evaluator) redistrict(d *fengsui.District) {
	e.district = d
	e.watch = e.watch[:0]
	for _, s := range e.sources {
		s.keys = 0
	}
	for k := range e.shards {
		sh := &e.shards[k]
		sh.points = slices.DeleteFunc(sh.points, func(p *point) bool {
			e.resolve(p, d)
			// A point that is gone and has nothing more to say is forgotten.
			dead := p.def == nil && !p.attended
			if dead {
				delete(e.points, p.num)
				sh.dirty = true
			}
			return dead
		})
	}
}

// point finds a point by its num, nil when the district does not know it.
func (e *Evaluator) point(num int64) *point {
	if p := e.points[num]; p != nil {
		if p.def == nil {
			return nil
		}
		return p
	}
	if e.district.Point(num) == nil {
		return nil
	}
	p := &point{num: num, seen: e.clock}
	e.add(p)
	e.resolve(p, e.district)
	if p.def == nil {
		return nil
	}
	return p
}

func (e *Evaluator) add(p *point) {
	e.points[p.num] = p
	sh := &e.shards[p.num&(shards-1)]
	sh.points = append(sh.points, p)
}
