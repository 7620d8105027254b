package risk

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"

	"fengsui"
)

// The state of one shard is
//
//	version, base, models: count, (id, version, rungs: count, (name, level)...)...,
//	points: count, point..., sources: count, source...
//
// Numbers are varints, moments zig-zag differences from the base, which is the
// models' time at which the shard was written, rungs a byte each (their index in
// the model), values eight bytes. Tracks at rest are left out. Version 1 had no
// names of rungs, no devices and no gauges; its rungs are indices of rungCodes.
// Version 2 had no levels of rungs, no enterprises and no times since when a finding
// stands.
const (
	stateVersion = 3

	rungNone byte = 255
	rungGone byte = 254
)

var errState = errors.New("risk: the model state is malformed")

// rungCodes are the rungs' bytes in version 1.
var rungCodes = []string{"L", "LL", "H", "HH", "late", "fault", "offline", "slow"}

const (
	flagPending = 1 << iota // rungs are on or about to change
	flagLate                // a late batch has the last word
	flagGauge               // what a measure remembers follows
	flagStood               // since when it has been in a finding
)

const (
	pointDevice  = 1 << iota // num is a device's
	pointFix                 // where it is follows
	pointFirm                // num is an enterprise's
	pointStirred             // of which a finding changed since it was weighed
	pointRaised              // when it was raised follows
)

type shardState struct {
	points  []*point
	sources []*source
}

// appendState appends the state of shard k.
func (j *judge) appendState(dst []byte, k int) []byte {
	sh := &j.shards[k]
	w := writer{b: append(dst, stateVersion), base: j.clock}
	w.int(int64(j.clock))
	ids := w.models(sh)
	w.uint(uint64(len(sh.points)))
	for _, p := range sh.points {
		w.point(p, ids)
	}
	w.uint(uint64(len(sh.sources)))
	for _, s := range sh.sources {
		w.source(s, ids)
	}
	return w.b
}

type writer struct {
	b    []byte
	base fengsui.Millis
}

func (w *writer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) float(v float64) {
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v))
}

// moment writes zero, "never", as itself.
func (w *writer) moment(m fengsui.Millis) {
	if m == 0 {
		w.b = append(w.b, 0)
		return
	}
	w.b = append(w.b, 1)
	w.int(int64(m - w.base))
}

// models writes the table of the models that the shard's tracks belong to.
func (w *writer) models(sh *shard) map[*Model]uint64 {
	ids := map[*Model]uint64{}
	var list []*Model
	add := func(m *Model) {
		if _, ok := ids[m]; !ok && m != nil {
			ids[m] = uint64(len(list))
			list = append(list, m)
		}
	}
	for _, p := range sh.points {
		for i := range p.tracks {
			if !p.tracks[i].resting() {
				add(p.tracks[i].m)
			}
		}
	}
	for _, s := range sh.sources {
		add(s.t.m)
	}
	w.uint(uint64(len(list)))
	for _, m := range list {
		w.uint(uint64(len(m.ID)))
		w.b = append(w.b, m.ID...)
		w.uint(uint64(m.Version))
		w.uint(uint64(len(m.Ladder)))
		for i := range m.Ladder {
			w.text(m.Ladder[i].Name)
			w.b = append(w.b, byte(m.Ladder[i].Level))
		}
	}
	return ids
}

func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) point(p *point, ids map[*Model]uint64) {
	flags := byte(0)
	if p.device {
		flags |= pointDevice
	}
	if p.fix != nil {
		flags |= pointFix
	}
	if p.firm != nil {
		flags |= pointFirm
		if p.firm.stirred {
			flags |= pointStirred
		}
	}
	if len(p.raised) > 0 {
		flags |= pointRaised
	}
	w.b = append(w.b, flags)
	w.int(p.num)
	w.int(p.enterprise)
	w.moment(p.heard)
	w.moment(p.seen)
	w.moment(p.received)
	w.sample(&p.latest)
	w.moment(p.goodAt)
	w.float(p.good)
	w.moment(p.alarmAt)
	alarm := byte(0)
	if p.alarm {
		alarm = 1
	}
	w.b = append(w.b, alarm)
	w.uint(uint64(len(p.ring)))
	for i := range p.ring { // oldest first
		w.sample(&p.ring[(p.next+i)%len(p.ring)])
	}
	n := 0
	for i := range p.tracks {
		if !p.tracks[i].resting() {
			n++
		}
	}
	w.uint(uint64(n))
	for i := range p.tracks {
		if t := &p.tracks[i]; !t.resting() {
			w.uint(ids[t.m])
			w.track(t)
		}
	}
	if x := p.fix; x != nil {
		w.moment(x.At)
		for _, v := range []float64{x.Lon, x.Lat, x.Altitude, x.Speed, x.Heading} {
			w.float(v)
		}
		fix := byte(0)
		if x.Fix {
			fix = 1
		}
		w.b = append(w.b, fix)
	}
	if len(p.raised) > 0 {
		w.uint(uint64(len(p.raised)))
		for _, at := range p.raised {
			w.moment(at)
		}
	}
}

func (w *writer) gauge(g *gauge, m *Model) {
	w.float(g.value)
	w.moment(g.at)
	w.float(g.cap)
	w.uint(uint64(len(g.marks)))
	for _, x := range g.marks {
		w.moment(x.at)
		w.float(x.value)
	}
	w.float(g.still)
	w.moment(g.since)
	w.uint(uint64(bits.OnesCount32(g.on)))
	n := 0
	for i := range m.Ladder {
		for _, c := range m.Ladder[i].codes() {
			if g.on>>n&1 != 0 {
				w.text(c)
				w.moment(g.said[i])
			}
			n++
		}
	}
}

func (w *writer) sample(s *fengsui.Sample) {
	w.moment(s.At)
	w.float(s.Value)
	w.b = append(w.b, byte(s.Quality))
}

func (w *writer) source(s *source, ids map[*Model]uint64) {
	flags := byte(0)
	if s.device {
		flags |= 1
	}
	if s.lost {
		flags |= 2
	}
	if s.t.m != nil {
		flags |= 4
	}
	w.b = append(w.b, flags)
	w.int(s.num)
	w.int(s.enterprise)
	w.moment(s.heard)
	w.moment(s.back)
	if s.t.m != nil {
		w.uint(ids[s.t.m])
		w.track(&s.t)
	}
}

func (t *track) resting() bool {
	return t.cur == -1 && t.told == -1 && t.on|t.wait == 0 && t.lateTo == 0 && (t.g == nil || t.g.at|t.g.since == 0 && len(t.g.marks) == 0)
}

func (w *writer) track(t *track) {
	flags := byte(0)
	if t.on|t.wait != 0 {
		flags |= flagPending
	}
	if t.lateTo != 0 {
		flags |= flagLate
	}
	if t.g != nil {
		flags |= flagGauge
	}
	if t.stood != 0 {
		flags |= flagStood
	}
	w.b = append(w.b, flags, t.code(t.cur), t.code(t.told))
	if flags&flagPending != 0 {
		mask := t.on | t.wait
		n := 0
		for i := range t.since {
			if mask&(1<<i) != 0 {
				n++
			}
		}
		w.uint(uint64(n))
		for i := range t.since {
			if mask&(1<<i) == 0 {
				continue
			}
			w.b = append(w.b, t.code(int8(i)), t.on>>i&1|t.wait>>i&1<<1)
			w.moment(t.since[i])
			w.moment(t.own[i])
		}
	}
	if flags&flagLate != 0 {
		w.moment(t.lateTo)
		w.b = append(w.b, t.code(t.lateCur))
		w.float(t.lateVal)
	}
	if flags&flagGauge != 0 {
		w.gauge(t.g, t.m)
	}
	if flags&flagStood != 0 {
		w.moment(t.stood)
	}
}

func (t *track) code(rung int8) byte {
	switch {
	case rung == -1:
		return rungNone
	case rung < 0 || int(rung) >= len(t.m.Ladder):
		return rungGone
	}
	return byte(rung)
}

// readState reads a shard. Models that are no longer there, or no longer have a
// rung, leave tracks that only know that something was told.
func readState(b []byte, models []Model) (shardState, error) {
	var s shardState
	if len(b) < 1 || b[0] < 1 || b[0] > stateVersion {
		return s, errState
	}
	r := reader{b: b[1:], version: b[0], rungs: map[*Model][]int8{}, others: map[*Model]uint64{}}
	r.base = fengsui.Millis(r.int())
	list := make([]*Model, r.count(2))
	for i := range list {
		id := string(r.take(r.uint()))
		version := r.uint()
		list[i] = modelOf(models, id, int(version&math.MaxInt32))
		r.names(list[i])
	}
	for range r.count(28) {
		s.points = append(s.points, r.point(list))
	}
	for range r.count(5) {
		s.sources = append(s.sources, r.source(list))
	}
	if r.bad || len(r.b) > 0 {
		return shardState{}, errState
	}
	return s, nil
}

// modelOf finds a model; one that is no longer there judges nothing.
func modelOf(models []Model, id string, version int) *Model {
	if i := slices.IndexFunc(models, func(m Model) bool { return m.ID == id }); i >= 0 {
		return &models[i]
	}
	return &Model{ID: id, Version: version}
}

// reader reads from the front of b; after the first fault it returns zeros.
type reader struct {
	b       []byte
	base    fengsui.Millis
	bad     bool
	version byte
	rungs   map[*Model][]int8 // what a rung's byte stands for now, by model
	others  map[*Model]uint64 // a bit for each of those bytes whose level is another now
}

// names reads the names of a model's rungs as it had them.
func (r *reader) names(m *Model) {
	if r.version == 1 {
		for _, name := range rungCodes {
			r.rungs[m] = append(r.rungs[m], m.rung(name))
		}
		return
	}
	r.rungs[m] = nil
	for i := range r.count(1) {
		rung := m.rung(string(r.take(r.uint())))
		r.rungs[m] = append(r.rungs[m], rung)
		if r.version > 2 && fengsui.Level(r.byte()) != m.level(rung) {
			r.others[m] |= 1 << (i & 63) // a model has four at most
		}
	}
}

func (r *reader) fail() { r.b, r.bad = nil, true }

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// float reads a value; none was ever saved that is not finite.
func (r *reader) float() float64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(b))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.fail()
		return 0
	}
	return v
}

func (r *reader) moment() fengsui.Millis {
	switch r.byte() {
	case 0:
		return 0
	case 1:
		return r.base + fengsui.Millis(r.int())
	}
	r.fail()
	return 0
}

// count reads how many items of at least size bytes follow.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > uint64(len(r.b)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) sample(num int64) fengsui.Sample {
	return fengsui.Sample{Point: num, At: r.moment(), Value: r.float(), Quality: fengsui.Quality(r.byte())}
}

func (r *reader) point(models []*Model) *point {
	flags := byte(0)
	if r.version > 1 {
		flags = r.byte()
	}
	p := &point{device: flags&pointDevice != 0, num: r.int(), enterprise: r.int(), heard: r.moment(), seen: r.moment(), received: r.moment()}
	p.latest = r.sample(p.num)
	p.goodAt, p.good, p.alarmAt = r.moment(), r.float(), r.moment()
	p.alarm = r.byte() == 1
	n := r.count(10)
	if n > 64 {
		r.fail()
		return p
	}
	p.keep = n
	for range n {
		p.ring = append(p.ring, r.sample(p.num))
	}
	for range r.count(4) {
		m := r.model(models)
		if m == nil {
			return p
		}
		t := newTrack(m)
		r.track(&t)
		p.tracks = append(p.tracks, t)
	}
	if flags&pointFirm != 0 {
		p.firm = &firmState{stirred: flags&pointStirred != 0}
		p.silence = -1
	}
	if flags&pointFix != 0 {
		p.fix = &fengsui.Position{Device: p.num, At: r.moment(), Lon: r.float(), Lat: r.float(), Altitude: r.float(), Speed: r.float(), Heading: r.float(), Fix: r.byte() == 1}
		if p.fix.Check() != nil {
			r.fail()
		}
	}
	if flags&pointRaised != 0 {
		n := r.count(2)
		if n > maxMarks {
			r.fail()
			return p
		}
		for range n {
			p.raised = append(p.raised, r.moment())
		}
	}
	return p
}

func (r *reader) gauge(m *Model) *gauge {
	g := &gauge{value: r.float(), at: r.moment(), cap: r.float()}
	n := r.count(9)
	if n > maxMarks {
		r.fail()
		return g
	}
	for range n {
		g.marks = append(g.marks, dot{r.moment(), r.float()})
	}
	g.still, g.since = r.float(), r.moment()
	for range r.count(2) {
		code, said := string(r.take(r.uint())), r.moment()
		if rung, bit := m.code(code); rung >= 0 && int(rung) < len(g.said) {
			g.on |= bit
			g.said[rung] = said
		}
	}
	return g
}

func (r *reader) model(models []*Model) *Model {
	if i := r.uint(); i < uint64(len(models)) {
		return models[i]
	}
	r.fail()
	return nil
}

func (r *reader) source(models []*Model) *source {
	flags := r.byte()
	s := &source{device: flags&1 != 0, lost: flags&2 != 0, num: r.int(), enterprise: r.int(), heard: r.moment(), back: r.moment(), t: newTrack(nil)}
	if flags&4 != 0 {
		if s.t.m = r.model(models); s.t.m != nil {
			r.track(&s.t)
		}
	}
	return s
}

func (r *reader) track(t *track) {
	flags := r.byte()
	t.cur = max(-1, r.rung(t.m)) // a rung that is gone measures nothing
	if told := r.b; len(told) > 0 && r.others[t.m]>>(told[0]&63)&1 != 0 && told[0] < 64 {
		r.byte()
		t.told = gone // it is told anew, at its level
	} else {
		t.told = r.rung(t.m)
	}
	if flags&flagPending != 0 {
		for range r.count(4) {
			i := r.rung(t.m)
			is := r.byte()
			since, own := r.moment(), r.moment()
			if i < 0 || int(i) >= len(t.since) {
				continue
			}
			t.on |= is & 1 << i
			t.wait |= is >> 1 & 1 << i
			t.since[i], t.own[i] = since, own
		}
	}
	if flags&flagLate != 0 {
		t.lateTo = r.moment()
		t.lateCur = max(-1, r.rung(t.m))
		t.lateVal = r.float()
	}
	if flags&flagGauge != 0 {
		t.g = r.gauge(t.m)
	}
	switch {
	case flags&flagStood != 0:
		t.stood = r.moment()
	case t.told != -1 && r.version < 3:
		t.stood = r.base
	}
}

func (r *reader) rung(m *Model) int8 {
	c := r.byte()
	if c == rungNone {
		return -1
	}
	if list := r.rungs[m]; int(c) < len(list) && list[c] >= 0 {
		return list[c]
	}
	return gone
}
