package risk

import (
	"fengsui"
)

// source is what points hang on: the device that a point names, or else its
// enterprise. When a source with at least two key points falls silent as a whole,
// or a Presence says that it is lost, there is one finding about the source
// instead of one for each point. A silent point counts as the source's silence
// while the source has said nothing either, since the point was overdue by one
// period.
type source struct {
	device     bool // otherwise an enterprise
	num        int64
	enterprise int64 // num

	heard fengsui.Millis // last live sample of any of its points
	back  fengsui.Millis // when it came back: the timers of its points begin there
	lost  bool           // a Presence said so, and nothing came since
	keys  int            // key points on it
	t     track          // m is nil while it has no key point

	want    int8 // in the tick under way
	touched bool
}

type sourceKey struct {
	device bool
	num    int64
}

func (s *source) subject() fengsui.Subject {
	if s.device {
		return fengsui.SubjectOf("device", s.num)
	}
	return fengsui.SubjectOf("enterprise", s.num)
}

// source finds or makes a source.
func (j *judge) source(device bool, num, enterprise int64) *source {
	k := sourceKey{device, num}
	s := j.sources[k]
	if s == nil {
		s = &source{device: device, num: num, t: newTrack(nil)}
		j.addSource(s)
	}
	s.enterprise = enterprise
	return s
}

func (j *judge) addSource(s *source) {
	j.sources[sourceKey{s.device, s.num}] = s
	j.order = append(j.order, s)
	sh := &j.shards[s.num&(shards-1)]
	sh.sources = append(sh.sources, s)
}

// spoke says that the source is there.
func (j *judge) spoke(s *source, now fengsui.Millis) {
	s.heard = now
	j.shards[s.num&(shards-1)].dirty = true
	if s.lost || s.t.cur >= 0 {
		s.lost, s.back, s.t.cur = false, now, -1
		j.touchSource(s)
	}
}

func (j *judge) touchSource(s *source) {
	j.shards[s.num&(shards-1)].dirty = true
	if !s.touched {
		s.touched = true
		j.touchedSources = append(j.touchedSources, s)
	}
}

// presence takes what a gateway says about a source of its own. An enterprise
// that is lost takes with it the points that name no device. What was so a while ago
// says nothing of now: silence itself will.
func (j *judge) presence(rec *fengsui.Record, x fengsui.Presence, now fengsui.Millis) {
	if rec.Resent || rec.Received-x.At.Add(rec.ClockOffset) > lateAfter {
		return
	}
	num, device, enterprise := x.Device, true, rec.Enterprise
	if num == 0 {
		num = rec.Device
	}
	if num == 0 {
		num, device = rec.Enterprise, false
	}
	if device {
		dev := j.district.Device(num)
		if dev == nil {
			j.stats.Unknown++
			return
		}
		if ent := j.district.Enterprises[dev.Enterprise]; ent != nil {
			enterprise = ent.Num
		}
	} else if j.district.Enterprise(num) == nil {
		j.stats.Unknown++
		return
	}
	s := j.source(device, num, enterprise)
	if x.Online {
		j.spoke(s, now)
		return
	}
	s.lost = true
	if s.t.m != nil && s.keys > 0 {
		s.t.cur = int8(len(s.t.m.Ladder) - 1)
	}
	j.touchSource(s)
}

// heard takes a sample's arrival into a silence track; it reports whether the
// rung changed. A sample without a value ends no fault.
func (t *track) heard(value bool) bool {
	if t.cur < 0 {
		return false
	}
	cur := t.cur
	fault := t.m.rung("fault")
	switch {
	case value || fault < 0 || cur < fault:
		t.cur = -1
	default:
		t.cur = fault
	}
	return t.cur != cur
}

// period is how often a point must come by a model of silence: as the point says,
// at most as the model allows.
func (m *Model) period(p *fengsui.Point) fengsui.Millis {
	if p.Every > 0 {
		return fengsui.Millis(min(p.Every, m.Every))
	}
	return fengsui.Millis(m.Every)
}

// base is the moment from which a period is counted when the last sample came at
// last. After a gap in ticks everyone has one period to come back.
func (j *judge) base(last, every fengsui.Millis) fengsui.Millis {
	if j.grace > 0 {
		return max(last, j.grace+every)
	}
	return last
}

// missed is the gravest rung whose number of periods is over: strictly, since
// exactly at the limit is no breach. A fault is when samples come and none is a
// value.
func (m *Model) missed(every, sinceHeard, sinceSeen fengsui.Millis) int8 {
	r := int8(-1)
	for i := range m.Ladder {
		ago := sinceHeard
		if m.Ladder[i].Name == "fault" {
			ago = sinceSeen
		}
		if ago > every*fengsui.Millis(m.Ladder[i].Missed) {
			r = int8(i)
		}
	}
	return r
}

// silences judges silence at a tick: H17, each key parameter at least every five
// minutes, a laggard is seen and counted. A point that never spoke is not
// connected yet and is not judged.
func (j *judge) silences(place fengsui.Place, received fengsui.Millis) {
	now := j.clock
	for _, s := range j.order {
		s.want = -1
		if s.lost && s.t.m != nil {
			s.want = int8(len(s.t.m.Ladder) - 1)
		}
	}
	for _, p := range j.watch {
		if p.heard == 0 || p.src.lost && !p.device {
			continue // a lost source speaks for its points
		}
		t := &p.tracks[p.silence]
		if now-p.seen <= p.patience && t.told == t.cur {
			continue
		}
		every := t.m.period(p.def)
		word := max(p.heard, p.src.back)
		if p.device {
			word = max(word, p.src.heard) // whatever any of its points says is its word
		}
		heard := j.base(word, every)
		r := t.m.missed(every, now-heard, now-j.base(max(p.seen, p.src.back), every))
		fault := r >= 0 && t.m.Ladder[r].Name == "fault"
		if src := p.src; src.t.m != t.m && src.t.told == -1 && !p.device {
			src.t = newTrack(t.m)
		}
		switch {
		case p.device:
			if r != t.cur {
				t.cur = r
				j.dirty(p)
			}
		case r > t.cur && !fault && p.src.keys >= 2 && p.src.heard <= heard+every && p.src.t.m == t.m:
			p.src.want = max(p.src.want, r)
		case r > t.cur:
			t.cur = r
			j.dirty(p)
		}
		if s := t.stands(0); s != t.told {
			since := word
			if fault {
				since = p.seen
			}
			j.emit(t, s, fengsui.Finding{
				Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: received, Learnt: received,
				Value: seconds(now - since), Limit: t.allowed(fengsui.Span(every), s), Unit: "s",
			})
		}
	}
	for _, s := range j.order {
		cur := max(s.t.cur, s.want)
		if s.keys == 0 {
			cur = -1 // nobody waits for it any more
		}
		if cur != s.t.cur {
			s.t.cur = cur
			j.shards[s.num&(shards-1)].dirty = true
		}
		j.tellSource(s, place, received)
	}
}

// tellSource emits what the source's track has not said yet.
func (j *judge) tellSource(s *source, place fengsui.Place, received fengsui.Millis) {
	if s.t.m == nil {
		return
	}
	r := s.t.stands(0)
	if r == s.t.told || s.t.place == place {
		return
	}
	f := fengsui.Finding{Place: place, Subject: s.subject(), Enterprise: s.enterprise, At: received, Learnt: received, Unit: "s"}
	if s.heard > 0 {
		f.Value = seconds(max(0, j.clock-s.heard))
	}
	j.emit(&s.t, r, f)
	j.shards[s.num&(shards-1)].dirty = true
}

// pace judges at a tick how fast a point comes while it is in alarm: H17, after
// an alarm at least every ten seconds.
func (j *judge) pace(p *point, t *track) {
	m, now := t.m, j.clock
	every := fengsui.Millis(m.Every)
	late := now - j.base(max(p.heard, p.alarmAt), every)
	switch r := m.missed(every, late, late); {
	case !p.alarm:
		t.cur, t.wait = -1, 0
	case r >= 0:
		t.cur, t.wait = max(t.cur, r), 0
	case t.cur >= 0 && t.wait == 0:
		t.wait, t.since[0] = 1, now
	case t.cur >= 0 && now-t.since[0] >= fengsui.Millis(m.Off):
		t.cur, t.wait = -1, 0
	}
}

func seconds(m fengsui.Millis) float64 { return float64(m) / 1000 }
