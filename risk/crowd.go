package risk

import (
	"slices"

	"fengsui"
)

// Of chooses what other models find: a rung of one of the models, by name.
type Of struct {
	Models []string `yaml:"models" json:"models,omitempty" nullable:"false"` // IDs; empty: every ladder of a point's own limits
	Rungs  []string `yaml:"rungs" json:"rungs" nullable:"false"`
}

// takes reports whether what a model finds is looked at.
func (o *Of) takes(m *Model) bool {
	if len(o.Models) == 0 {
		return m.Kind == Ladder
	}
	return slices.Contains(o.Models, m.ID) && !m.Kind.derived()
}

// holds reports whether a rung of a model is one of those.
func (o *Of) holds(m *Model, rung int8) bool {
	return rung >= 0 && int(rung) < len(m.Ladder) && slices.Contains(o.Rungs, m.Ladder[rung].Name)
}

// derived reports whether the kind judges what other models find.
func (k Kind) derived() bool { return k == Entries || k == Neighbours || k == IndexOf }

// entered takes up that a point's rung was entered or left: for the models that
// count how often it is, and for those that look at the points beside it. From one
// of the rungs to another of them is no entry.
func (j *judge) entered(p *point, x *moved, place fengsui.Place, received, now fengsui.Millis) {
	m := x.t.m
	for i := range p.tracks {
		t := &p.tracks[i]
		if t.m.Kind == Entries && !t.orphan && t.m.Of.takes(m) && t.m.Of.holds(m, x.t.told) && !t.m.Of.holds(m, x.was) {
			t.g.mark(dot{at: now}, now-fengsui.Millis(t.m.Window))
			j.weigh(p, t, float64(len(t.g.marks)), received, place, received, now)
		}
	}
	for _, c := range p.crowds {
		turns := func(o *Of) bool { return o != nil && o.takes(m) && o.holds(m, x.t.told) != o.holds(m, x.was) }
		of := turns(c.model.Of)
		if !of && !turns(c.model.With) {
			continue
		}
		owner := j.point(c.owner)
		if owner == nil {
			continue
		}
		t := owner.track(c.model.ID)
		if t == nil || t.orphan || t.g == nil {
			continue
		}
		if of && c.model.Of.holds(m, x.t.told) {
			t.g.mark(dot{now, float64(p.num)}, now-fengsui.Millis(t.m.Window))
		}
		j.weigh(owner, t, float64(len(j.beside(t))), received, place, received, now)
	}
}

// mark takes a mark in and lets go of those before a moment.
func (g *gauge) mark(x dot, before fengsui.Millis) {
	if len(g.marks) == maxMarks {
		g.marks = slices.Delete(g.marks, 0, 1)
	}
	g.marks = append(g.marks, x)
	g.trim(before)
}

// beside are the nums of a crowd's points that measure one of the rungs, or entered
// it within the window; none while the model wants another with them that is not.
func (j *judge) beside(t *track) (nums []int64) {
	if t.m.With != nil && !slices.ContainsFunc(t.g.inputs, func(num int64) bool { return j.at(num, t.m.With) }) {
		return nil
	}
	for _, num := range t.g.inputs {
		if j.at(num, t.m.Of) || slices.ContainsFunc(t.g.marks, func(x dot) bool { return int64(x.value) == num }) {
			nums = append(nums, num)
		}
	}
	return nums
}

// at reports whether a point measures one of some rungs now.
func (j *judge) at(num int64, o *Of) bool {
	p := j.points.find(num)
	return p != nil && slices.ContainsFunc(p.tracks, func(t track) bool { return o.takes(t.m) && o.holds(t.m, t.cur) })
}

// thin lets time pass for a crowd; it gives the moment when that changed the rung,
// or 0.
func (j *judge) thin(t *track, received fengsui.Millis) fengsui.Millis {
	if !t.ebbs() {
		return 0
	}
	t.g.trim(j.clock - fengsui.Millis(t.m.Window))
	t.g.value, t.g.at = float64(len(j.beside(t))), max(t.g.at, received)
	if !t.step(t.g.value, received, j.clock) {
		return 0
	}
	return received
}

// crowd are the nums of the points that a model of neighbours judges together with
// one: those of its asset, by code. The first is the one that its findings are
// about. It is nil where there are not two.
func (j *judge) crowd(m *Model, def *fengsui.Point, asset string) (nums []int64) {
	for _, p := range j.onAsset(def.Asset) {
		if m.judges(p, asset) {
			nums = append(nums, p.Num)
		}
	}
	if len(nums) < 2 {
		return nil
	}
	return nums
}

// crowdParts are the neighbours that a finding is made of, and what is with them.
func (j *judge) crowdParts(t *track) []fengsui.Part {
	part := func(num int64, term fengsui.Term, o *Of) fengsui.Part {
		part := fengsui.Part{Term: term, Subject: fengsui.SubjectOf("point", num)}
		if p := j.points.find(num); p != nil {
			for i := range p.tracks {
				if x := &p.tracks[i]; o.takes(x.m) && x.cur >= 0 && x.m.level(x.cur) >= part.Level {
					part.Model, part.Rung, part.Level = x.m.ID, x.m.Ladder[x.cur].Name, x.m.level(x.cur)
				}
			}
		}
		return part
	}
	var parts []fengsui.Part
	nums := j.beside(t)
	for _, num := range nums {
		p := part(num, fengsui.TermActive, t.m.Of)
		p.Weight, p.Score, p.Share = 1, 1, 1/float64(len(nums))
		parts = append(parts, p)
	}
	for _, num := range t.g.inputs {
		if t.m.With != nil && j.at(num, t.m.With) {
			parts = append(parts, part(num, fengsui.TermWork, t.m.With))
		}
	}
	return named(parts)
}
