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

// point is one point that has spoken, or a device that said something of its own:
// where it is, an event. Its times are the models' unless named otherwise.
type point struct {
	num        int64
	device     bool           // num is a device's; def then has what a device shares with a point
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

	fix    *fengsui.Position // of a device: the latest
	fences []*fengsui.Fence  // of a device: those that watch it
	cap    float64           // of a device: its own speed limit, km/h; 0 for none
	class  string            // of a device: its vehicle class (V10)
	feeds  []feed            // what its value is an input of
	crowds []feed            // models of neighbours that it is one of

	firm   *firmState       // num is an enterprise's; nil for others
	raised []fengsui.Millis // when it came into a finding that counts in an index, oldest first

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
		case t.m.Kind == IndexOf && !t.orphan: // ticks look at it by themselves
		case t.orphan && t.told != -1, t.wait != 0 && t.m.Kind.ladder(), t.g != nil && t.ebbs():
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
func (j *judge) resolve(p *point, d *fengsui.District) {
	if p.firm != nil {
		j.resolveFirm(p, d)
		return
	}
	if p.device {
		j.resolveDevice(p, d)
		j.join(p)
		return
	}
	defer j.join(p)
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
		} else if p.enterprise, src = ent.Num, j.source(false, ent.Num, ent.Num); def.Device != "" {
			if dev := d.Devices[def.Device]; dev != nil {
				src = j.source(true, dev.Num, ent.Num)
			}
		}
	}
	related := j.relate(p, def, asset)
	if !same(p.def, def) || p.asset != asset || p.tracks == nil || p.def == nil || related {
		j.retrack(p, def, asset, nil)
	}
	p.def, p.asset, p.src = def, asset, src
	if p.silence = slices.IndexFunc(p.tracks, func(t track) bool { return t.m.Kind == Silence && !t.orphan }); p.silence >= 0 {
		m := p.tracks[p.silence].m
		p.patience = m.period(def) * fengsui.Millis(m.Ladder[0].Missed)
		src.keys++
		if src.t.m == nil {
			src.t.m = m
		}
		j.watch = append(j.watch, p)
	}
	j.restless(p)
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

// retrack gives the point the tracks of the models that judge it; dev is set for
// a device.
func (j *judge) retrack(p *point, def *fengsui.Point, asset string, dev *fengsui.Device) {
	old := p.tracks
	p.tracks = make([]track, 0, len(old))
	keep, single := 0, map[Kind]bool{}
	for i := range j.models {
		m := &j.models[i]
		if def == nil || (m.Kind == IndexOf) != (p.firm != nil) || !m.about(dev) || !m.judges(def, asset) || single[m.Kind] {
			continue
		}
		if p.firm != nil && len(m.Scope.Sectors) > 0 && !slices.Contains(m.Scope.Sectors, p.firm.sector) {
			continue
		}
		var limits []limit
		var inputs []int64
		ok := true
		switch m.Kind {
		case Ladder:
			limits, ok = m.limits(def)
		case Silence, Pace:
			single[m.Kind] = true // silence is silence: the first model has it
		case Relation, FormulaOf:
			inputs = j.inputs(m, def)
			ok = inputs != nil && inputs[0] == def.Num
			limits = m.fixed()
		case Neighbours:
			inputs = j.crowd(m, def, asset)
			ok = inputs != nil && inputs[0] == def.Num
			limits = m.fixed()
		default:
			limits = m.fixed()
		}
		if !ok {
			continue
		}
		t := newTrack(m)
		if k := slices.IndexFunc(old, func(t track) bool { return t.m.ID == m.ID }); k >= 0 {
			t = old[k]
			old = slices.Delete(old, k, k+1)
			t.m, t.orphan = m, false
		}
		if m.Kind.ladder() {
			t.retarget(limits)
			if dev == nil {
				keep = max(keep, m.Evidence)
			}
		}
		switch {
		case !m.Kind.measures():
			t.g = nil
		case t.g == nil:
			t.g = &gauge{}
		}
		if t.g != nil {
			t.g.inputs = inputs
		}
		p.tracks = append(p.tracks, t)
	}
	for _, t := range old {
		if t.told != -1 {
			p.tracks = append(p.tracks, orphan(t.m, t.told))
		}
	}
	p.resize(keep)
	p.alarmed(j.clock)
	j.shards[p.num&(shards-1)].dirty = true
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
func (j *judge) restless(p *point) {
	if !p.attended && p.restless() {
		p.attended = true
		j.attend = append(j.attend, p)
	}
}

// redistrict resolves everything after the district changed.
func (j *judge) redistrict(d *fengsui.District) {
	j.district = d
	j.watch = j.watch[:0]
	j.gather()
	for _, s := range j.sources {
		s.keys = 0
	}
	for k := range j.shards {
		sh := &j.shards[k]
		sh.points = slices.DeleteFunc(sh.points, func(p *point) bool {
			j.resolve(p, d)
			// A point that is gone and has nothing more to say is forgotten.
			dead := p.def == nil && !p.attended
			if dead {
				j.setOf(p).put(p.num, nil)
				sh.dirty = true
			}
			return dead
		})
	}
}

// point finds a point by its num, nil when the district does not know it.
func (j *judge) point(num int64) *point {
	if p := j.points.find(num); p != nil {
		if p.def == nil {
			return nil
		}
		return p
	}
	if j.district.Point(num) == nil {
		return nil
	}
	p := &point{num: num, seen: j.clock}
	j.add(p)
	j.resolve(p, j.district)
	if p.def == nil {
		return nil
	}
	return p
}

// join puts a point to its enterprise's firm.
func (j *judge) join(p *point) {
	if p.def == nil {
		return
	}
	if f := j.firmOf(p.enterprise); f != nil {
		f.firm.points = append(f.firm.points, p)
	}
}

// setOf is the set that has the point: devices and enterprises have nums of their
// own.
func (j *judge) setOf(p *point) *pointSet {
	if p.firm != nil {
		return &j.firms
	}
	if p.device {
		return &j.devices
	}
	return &j.points
}

func (j *judge) add(p *point) {
	j.setOf(p).put(p.num, p)
	sh := &j.shards[p.num&(shards-1)]
	sh.points = append(sh.points, p)
}

// adopt takes a shard's state in, as it was saved.
func (j *judge) adopt(s shardState) {
	for _, p := range s.points {
		if j.setOf(p).find(p.num) == nil {
			j.add(p)
		}
	}
	for _, src := range s.sources {
		if j.sources[sourceKey{src.device, src.num}] == nil {
			j.addSource(src)
		}
	}
}

// pointSet finds points by num. The store gives nums once and densely: those it
// gives in practice are a slice's indices.
type pointSet struct {
	dense []*point
	rest  map[int64]*point
}

// maxDense bounds the slice to 8 MB, whatever num a state names.
const maxDense = 1 << 20

func (s *pointSet) find(num int64) *point {
	if uint64(num) < uint64(len(s.dense)) {
		return s.dense[num]
	}
	return s.rest[num]
}

// put sets a num's point, nil for none.
func (s *pointSet) put(num int64, p *point) {
	switch {
	case uint64(num) < maxDense:
		if n := int(num) + 1 - len(s.dense); n > 0 {
			s.dense = append(s.dense, make([]*point, n)...)
		}
		s.dense[num] = p
	case p == nil:
		delete(s.rest, num)
	default:
		if s.rest == nil {
			s.rest = map[int64]*point{}
		}
		s.rest[num] = p
	}
}
