package risk

import "fengsui"

// replay is what the store has of a stretch of the log that is judged again after
// a restart: from the saved state up to the last applied findings. There the judge
// is mute, and what was told is what the store says, not what is concluded now: by
// another district or other models that may differ. A track that measures another
// rung than it told says so at the first tick after the stretch.
type replay struct {
	until fengsui.Place // findings up to here are applied
	rows  []toldRow     // in the order of their places

	mute bool                // in the record under way
	now  []toldRow           // rows of the record under way
	due  map[toldKey]toldRow // those of now that nothing has taken up yet
}

// toldRow is one applied finding: its track's subject is at a rung, "" for
// returned.
type toldRow struct {
	toldKey
	place      fengsui.Place
	version    int   // of the model
	enterprise int64 // num
	rung       string
	level      int // of the rung as it was told, -1: not known
}

type toldKey struct {
	model   string
	subject fengsui.Subject
}

// turn comes to a record.
func (r *replay) turn(place fengsui.Place) {
	r.mute = !r.until.Less(place)
	n := 0
	for n < len(r.rows) && !place.Less(r.rows[n].place) {
		n++
	}
	if r.now, r.rows = r.rows[:n], r.rows[n:]; n == 0 {
		return
	}
	r.due = make(map[toldKey]toldRow, n)
	for _, x := range r.now {
		r.due[x.toldKey] = x
	}
}

// recall takes up what was told about a subject in the record under way.
func (r *replay) recall(model string, s fengsui.Subject) (toldRow, bool) {
	k := toldKey{model, s}
	x, ok := r.due[k]
	delete(r.due, k)
	return x, ok
}

// insist sets what was told in the record under way and is not concluded any more.
func (j *judge) insist() {
	for _, x := range j.replay.now {
		if _, ok := j.replay.recall(x.model, x.subject); ok {
			j.retell(x)
		}
	}
	j.replay.now = nil
}

func (j *judge) retell(x toldRow) {
	m := modelOf(j.models, x.model, x.version)
	told := m.toldOf(&x)
	kind, num := x.subject.Split()
	device := kind == "device" && m.Scope.Devices
	if kind == "device" && m.Kind == "" { // a model that is gone: who knows of it takes it back
		s := j.sources[sourceKey{true, num}]
		device = s == nil || s.t.m == nil || s.t.m.ID != m.ID
	}
	index := kind == "enterprise" && m.Kind == IndexOf
	if kind == "enterprise" && m.Kind == "" {
		s := j.sources[sourceKey{false, num}]
		index = s == nil || s.t.m == nil || s.t.m.ID != m.ID
	}
	if kind != "point" && !device && !index {
		s := j.source(kind == "device", num, x.enterprise)
		if s.t.m == nil || s.t.m.ID != m.ID {
			s.t = newTrack(m)
		}
		s.t.told, s.t.place = told, x.place
		s.t.stand(j.clock)
		j.shards[s.num&(shards-1)].dirty = true
		return
	}
	p := &point{num: num, device: device, enterprise: x.enterprise, seen: j.clock}
	if index {
		p.firm = &firmState{}
	}
	if old := j.setOf(p).find(num); old != nil {
		p = old
	} else {
		j.add(p)
		j.resolve(p, j.district)
	}
	t := p.track(m.ID)
	if t == nil {
		p.tracks = append(p.tracks, orphan(m, told))
		t = p.track(m.ID)
	}
	t.told, t.place = told, x.place
	t.stand(j.clock)
	j.dirty(p)
	j.restless(p)
}

// track is the point's track of a model, nil for none.
func (p *point) track(model string) *track {
	for i := range p.tracks {
		if p.tracks[i].m.ID == model {
			return &p.tracks[i]
		}
	}
	return nil
}

// toldOf is the rung that was told: one that stands for another level now is gone,
// so that it is told anew.
func (m *Model) toldOf(x *toldRow) int8 {
	r := m.toldRung(x.rung)
	if r >= 0 && x.level >= 0 && int(m.level(r)) != x.level {
		return gone
	}
	return r
}

// toldRung is the rung of a name that was told once: -1 for "returned", gone for
// one that the model has no more.
func (m *Model) toldRung(name string) int8 {
	if name == "" {
		return -1
	}
	if r := m.rung(name); r >= 0 {
		return r
	}
	return gone
}
