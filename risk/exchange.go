package risk

import (
	"slices"

	"fengsui"
)

// judgeBy judges what comes next by another set of models, as a release or a
// retirement makes it. A model goes on from where its version before was: what it
// has begun to see and what it has told are carried over by the names of its rungs.
// A rung that is gone, or stands for another level now, is told anew with the next
// tick, and what a model told that is no longer there is taken back. Nothing may be
// in hand: it is called between two records.
func (j *judge) judgeBy(models []Model) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.judgeWith(slices.Clone(models))
	for k := range j.shards {
		sh := &j.shards[k]
		for _, p := range sh.points {
			for i := range p.tracks {
				p.tracks[i].carry(j.models)
			}
			var dev *fengsui.Device
			if p.device {
				dev = j.district.Device(p.num)
			}
			j.retrack(p, p.def, p.asset, dev)
		}
		for _, s := range sh.sources {
			if s.t.m != nil {
				s.t.carry(j.models)
				sh.dirty = true
			}
		}
	}
	j.redistrict(j.district)
}

// carry moves a track to its model's other version, if there is one.
func (t *track) carry(models []Model) {
	k := slices.IndexFunc(models, func(m Model) bool { return m.ID == t.m.ID })
	if k < 0 {
		return
	}
	old := *t
	m := &models[k]
	to := func(rung int8) int8 { // where a rung of the old ladder is now
		if rung < 0 || int(rung) >= len(old.m.Ladder) {
			return rung
		}
		return m.toldRung(old.m.Ladder[rung].Name)
	}
	t.m, t.limits = m, nil
	t.cur, t.lateCur, t.told = max(-1, to(old.cur)), max(-1, to(old.lateCur)), to(old.told)
	if t.told >= 0 && m.level(t.told) != old.m.level(old.told) {
		t.told = gone
	}
	if old.g != nil {
		t.g = old.g.carried(old.m, m)
	}
	t.on, t.wait, t.since, t.own = 0, 0, [4]fengsui.Millis{}, [4]fengsui.Millis{}
	for i := range min(len(old.m.Ladder), len(old.since)) {
		if at := to(int8(i)); at >= 0 {
			t.on |= old.on >> i & 1 << at
			t.wait |= old.wait >> i & 1 << at
			t.since[at], t.own[at] = old.since[i], old.own[i]
		}
	}
}

// carried is a gauge for another version of its model: the events that are on are
// known by their codes. A model of another kind begins anew.
func (g *gauge) carried(from, to *Model) *gauge {
	if from.Kind != to.Kind {
		return nil
	}
	next := *g
	next.on, next.said = 0, [4]fengsui.Millis{}
	for i := range from.Ladder {
		for _, c := range from.Ladder[i].codes() {
			_, bit := from.code(c)
			if rung, to := to.code(c); rung >= 0 && g.on&bit != 0 {
				next.on |= to
				next.said[rung] = max(next.said[rung], g.said[i])
			}
		}
	}
	return &next
}
