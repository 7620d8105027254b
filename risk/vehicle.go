package risk

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"fengsui"
)

// resolveDevice joins a device's state to the district as it is now, as resolve
// does for a point.
func (j *judge) resolveDevice(p *point, d *fengsui.District) {
	var def *fengsui.Point
	var asset *fengsui.Asset
	dev := d.Device(p.num)
	p.src, p.fences, p.cap, p.class = nil, nil, 0, ""
	if dev != nil {
		if ent := d.Enterprises[dev.Enterprise]; ent != nil {
			def = &fengsui.Point{Num: dev.Num, Enterprise: dev.Enterprise, Asset: dev.Asset, Code: dev.Code}
			p.enterprise, p.src = ent.Num, j.source(true, dev.Num, ent.Num)
		}
		asset = d.Assets[dev.Asset]
	}
	kind := ""
	if asset != nil {
		kind, p.class = asset.Kind, asset.Attrs["class"]
		if v, err := strconv.ParseFloat(asset.Attrs["speed_limit"], 64); err == nil && v > 0 {
			p.cap = v
		}
		for _, id := range slices.Sorted(maps.Keys(d.Fences)) {
			if f := d.Fences[id]; f.Watches(asset) {
				p.fences = append(p.fences, f)
			}
		}
	}
	j.retrack(p, def, kind, dev)
	p.def, p.asset = def, kind
	if p.silence = slices.IndexFunc(p.tracks, func(t track) bool { return t.m.Kind == Silence && !t.orphan }); p.silence >= 0 {
		m := p.tracks[p.silence].m
		p.patience = m.period(def) * fengsui.Millis(m.Ladder[0].Missed)
		j.watch = append(j.watch, p)
	}
	j.restless(p)
}

// about reports whether the model judges devices, this one among them, or points
// where dev is nil.
func (m *Model) about(dev *fengsui.Device) bool {
	s := &m.Scope
	if !s.Devices || dev == nil {
		return s.Devices == (dev != nil)
	}
	return len(s.Protocols) == 0 || slices.ContainsFunc(s.Protocols, func(p string) bool { return dev.Keys[p] != "" })
}

// deviceOf finds a device by its num, nil when the district does not know it.
func (j *judge) deviceOf(num int64) *point {
	p := j.devices.find(num)
	if p == nil {
		if j.district.Device(num) == nil {
			return nil
		}
		p = &point{num: num, device: true, seen: j.clock}
		j.add(p)
		j.resolve(p, j.district)
	}
	if p.def == nil {
		return nil
	}
	return p
}

// word is an event or a position that is to be judged.
type word struct {
	p   *point
	own fengsui.Millis
	e   *fengsui.Event    // nil for a position
	x   *fengsui.Position // nil for an event
}

// words judges the live events and positions of a record in the order of their own
// time and gives those that came late.
func (j *judge) words(place fengsui.Place, rec *fengsui.Record, now fengsui.Millis) (late fengsui.Record) {
	late = fengsui.Record{Received: rec.Received, Device: rec.Device}
	isLate := func(own fengsui.Millis) bool { return rec.Resent || rec.Received-own > lateAfter }
	var live []word
	for i := range rec.Events {
		e := &rec.Events[i]
		p := j.point(e.Point)
		if e.Point == 0 {
			p = j.deviceOf(rec.Device)
		}
		switch own := ownedEvent(e, rec.Received, rec.ClockOffset); {
		case p == nil:
		case isLate(own):
			kept := *e
			kept.Text = "" // the log has it
			late.Events = append(late.Events, kept)
		default:
			live = append(live, word{p: p, own: own, e: e})
		}
	}
	for i := range rec.Positions {
		x := &rec.Positions[i]
		p := j.deviceOf(x.Device)
		switch own := x.At.Add(rec.ClockOffset); {
		case p == nil:
			j.stats.Unknown++
		case isLate(own):
			p.placed(x, rec.Received)
			j.dirty(p)
			kept := *x
			kept.Extra = nil // the log has it
			late.Positions = append(late.Positions, kept)
		default:
			live = append(live, word{p: p, own: own, x: x})
		}
	}
	slices.SortStableFunc(live, func(a, b word) int { return cmp.Compare(a.own, b.own) })
	for _, w := range live {
		j.dirty(w.p)
		j.spoke(w.p.src, now)
		if w.e != nil {
			j.event(w, place, rec.Received, now)
		} else {
			j.position(w, place, rec.Received, now)
		}
	}
	return late
}

// event judges an event.
func (j *judge) event(w word, place fengsui.Place, received, now fengsui.Millis) {
	p := w.p
	if p.device {
		j.present(p, now)
	}
	for i := range p.tracks {
		t := &p.tracks[i]
		switch {
		case t.orphan || t.g == nil:
		case t.m.Kind == Event:
			if t.hear(w.e, now) {
				t.g.value, t.g.at = t.g.codesOn(), max(t.g.at, w.own)
				j.turned(p, t, t.signal(t.rungs(), w.own, now), w.own, place, received)
			}
		case t.m.Kind == Count && w.e.On && slices.Contains(t.m.Codes, w.e.Code):
			t.g.mark(dot{at: now}, now-fengsui.Millis(t.m.Window))
			j.weigh(p, t, float64(len(t.g.marks)), w.own, place, received, now)
		}
	}
}

// hear takes an event into an event track; it reports whether it is one of its
// codes.
func (t *track) hear(e *fengsui.Event, now fengsui.Millis) bool {
	rung, bit := t.m.code(e.Code)
	if rung < 0 {
		return false
	}
	if e.On {
		t.g.on |= bit
		t.g.said[rung] = now
	} else {
		t.g.on &^= bit
	}
	return true
}

// present says that a device has a word of its own: a silence of it is over.
func (j *judge) present(p *point, now fengsui.Millis) {
	p.heard, p.seen = now, now
	if p.silence >= 0 && p.tracks[p.silence].heard(true) {
		j.touch(p, &p.tracks[p.silence])
	}
}

// position judges where a device is. Without a fix it is a word, and no value.
func (j *judge) position(w word, place fengsui.Place, received, now fengsui.Millis) {
	p := w.p
	j.present(p, now)
	p.placed(w.x, received)
	if w.x.Fix {
		p.goodAt, p.good = w.own, w.x.Speed
	}
	for i := range p.tracks {
		t := &p.tracks[i]
		switch {
		case t.orphan || t.m.Kind != Speed && t.m.Kind != Fenced:
		case !w.x.Fix:
			t.unusable()
		default:
			if v, ok := t.moved(p, w.x); ok {
				j.weigh(p, t, v, w.own, place, received, now)
			}
		}
	}
}

// placed keeps the latest position, late or not: a map shows it.
func (p *point) placed(x *fengsui.Position, received fengsui.Millis) {
	if p.fix != nil && x.At < p.fix.At {
		return
	}
	fix := *x
	fix.Extra = nil // the log has it
	p.fix, p.received = &fix, received
}

// moved measures a position: for a speed the percent above the lowest limit that
// holds for the vehicle there, for fences the metres beyond. It has no value where
// nothing limits the device.
func (t *track) moved(p *point, x *fengsui.Position) (float64, bool) {
	if t.m.Kind == Fenced {
		return beyond(p.fences, x)
	}
	limit := t.m.Limit
	if v, ok := t.m.Classes[p.class]; ok {
		limit = v
	}
	if p.cap > 0 {
		limit = p.cap
	}
	for _, f := range p.fences {
		if f.Rule == fengsui.Slow && (limit == 0 || f.SpeedLimit < limit) && f.Contains(x.Lon, x.Lat) {
			limit = f.SpeedLimit
		}
	}
	if t.g.cap = limit; limit <= 0 {
		return 0, false
	}
	return (x.Speed/limit - 1) * 100, true
}

// beyond is how far a position breaks the rules of fences, in metres, negative
// while it keeps them: into any that it must keep out of, or out of all those that
// it must keep in.
func beyond(fences []*fengsui.Fence, x *fengsui.Position) (float64, bool) {
	out, in := negInf, posInf
	for _, f := range fences {
		d := f.Distance(x.Lon, x.Lat)
		if f.Contains(x.Lon, x.Lat) {
			d = -d
		}
		switch f.Rule {
		case fengsui.KeepOut:
			out = max(out, -d)
		case fengsui.KeepIn:
			in = min(in, d)
		}
	}
	if in != posInf {
		out = max(out, in)
	}
	return out, out != negInf
}

// LatestPosition is where a device was last, when the platform had it and the
// highest level that any model measures for the device. ok is false when it never
// said where it is.
func (j *judge) LatestPosition(num int64) (x fengsui.Position, received fengsui.Millis, level fengsui.Level, ok bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	p := j.devices.find(num)
	if p == nil || p.fix == nil {
		return fengsui.Position{}, 0, fengsui.None, false
	}
	return *p.fix, p.received, p.level(), true
}
