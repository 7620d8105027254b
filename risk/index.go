package risk

import (
	"cmp"
	"math"
	"slices"

	"fengsui"
)

// Index (综合评定) says how an enterprise's risk is summed up from the findings that
// stand on its points and from what is done there: min(100, base + active + duration and
// repeats + offline + work). All numbers are the model's. What an index itself finds is never part of one.
type Index struct {
	Base     Base     `yaml:"base" json:"base"`
	Active   Active   `yaml:"active" json:"active"`
	Duration Duration `yaml:"duration" json:"duration"`
	Repeats  Repeats  `yaml:"repeats" json:"repeats"`
	Offline  Offline  `yaml:"offline" json:"offline"`
	Work     Work     `yaml:"work" json:"work"`
}

// Base is what an enterprise is, whatever is measured: the highest score that an
// attribute of its assets of a kind gives.
type Base struct {
	Asset  string             `yaml:"asset" json:"asset,omitempty"`   // asset kind
	Attr   string             `yaml:"attr" json:"attr,omitempty"`     // key of the attribute
	Scores map[string]float64 `yaml:"scores" json:"scores,omitempty"` // by its value
	None   float64            `yaml:"none" json:"none"`               // nothing is registered
}

// Active adds up the points and devices that are in a finding, each by its heaviest.
type Active struct {
	Weights []Weight `yaml:"weights" json:"weights" nullable:"false"` // the first that fits counts; what none fits counts nothing
	Cap     float64  `yaml:"cap" json:"cap"`
}

// Weight is what a finding counts. Empty lists match all.
type Weight struct {
	Kinds      []Kind             `yaml:"kinds" json:"kinds,omitempty" nullable:"false"` // of the model
	Rungs      []string           `yaml:"rungs" json:"rungs,omitempty" nullable:"false"` // it is at one; of an offline point: it has one of these limits
	Levels     []fengsui.Level    `yaml:"levels" json:"levels,omitempty" nullable:"false"`
	Quantities []fengsui.Quantity `yaml:"quantities" json:"quantities,omitempty" nullable:"false"`
	Score      float64            `yaml:"score" json:"score"`
}

// Duration counts how long the oldest of what is active has stood.
type Duration struct {
	Free    fengsui.Span `yaml:"free" json:"free"`
	PerHour float64      `yaml:"perHour" json:"perHour"`
	Cap     float64      `yaml:"cap" json:"cap"` // of duration and repeats together
}

// Repeats counts how often a point was raised in a window, beyond a number.
type Repeats struct {
	Window fengsui.Span `yaml:"window" json:"window"` // at most a day
	Beyond int          `yaml:"beyond" json:"beyond"`
	Each   float64      `yaml:"each" json:"each"`
	Cap    float64      `yaml:"cap" json:"cap"`
}

// Offline counts the weight of the points that are silent among all whose silence is
// judged and that spoke once.
type Offline struct {
	Factor  float64  `yaml:"factor" json:"factor"` // when all are silent
	Weights []Weight `yaml:"weights" json:"weights" nullable:"false"`
	Cap     float64  `yaml:"cap" json:"cap"`
}

// Work counts what goes on at an enterprise, as its own systems say it in events:
// special work that is open, starting up and shutting down, the day's commitment.
type Work struct {
	Items []WorkItem `yaml:"items" json:"items,omitempty" nullable:"false"`
	Cap   float64    `yaml:"cap" json:"cap"`
}

// WorkItem counts once, however many points stand at one of the rungs of an event
// model; a level they need not have. One that is missing counts while no point stands
// at any, of those that the model ever heard from: who has no such system has said
// nothing against himself.
type WorkItem struct {
	Model   string   `yaml:"model" json:"model"` // ID
	Rungs   []string `yaml:"rungs" json:"rungs" nullable:"false"`
	Missing bool     `yaml:"missing" json:"missing,omitempty"`
	Score   float64  `yaml:"score" json:"score"`
}

// firmState is what a point has that stands for an enterprise: its tracks are those of
// indexes.
type firmState struct {
	sector  fengsui.Sector
	assets  []*fengsui.Asset
	points  []*point // that spoke, and devices, of the district as it is now
	stirred bool     // a finding of it changed since it was weighed last
}

const maxIndex = 100 // an index is a score from 0 to 100

// wrong says what of an index cannot be, or nothing.
func (x *Index) wrong() string {
	scores := []float64{x.Base.None, x.Active.Cap, x.Duration.Cap, x.Repeats.Each, x.Repeats.Cap, x.Offline.Factor, x.Offline.Cap, x.Work.Cap}
	for _, v := range x.Base.Scores {
		scores = append(scores, v)
	}
	for _, w := range slices.Concat(x.Active.Weights, x.Offline.Weights) {
		scores = append(scores, w.Score)
	}
	for _, w := range x.Work.Items {
		scores = append(scores, w.Score)
	}
	if slices.ContainsFunc(scores, func(v float64) bool { return !(v >= 0 && v <= maxIndex) }) {
		return "a score or cap of an index lies between 0 and 100"
	}
	switch {
	case len(x.Active.Weights) == 0:
		return "an index needs weights of what is active"
	case !(x.Duration.PerHour >= 0) || !finite(x.Duration.PerHour):
		return "the duration of an index counts so much an hour, not less than 0"
	case x.Duration.Free < 0 || x.Repeats.Window < 0 || x.Repeats.Window > maxWindow:
		return "the repeats of an index are counted in a window of up to a day"
	case x.Repeats.Beyond < 0 || x.Repeats.Beyond >= maxMarks:
		return "repeats are counted beyond 0 to 63"
	case x.Repeats.Each > 0 && x.Repeats.Window == 0:
		return "the repeats of an index need a window"
	case len(x.Base.Scores) > 0 && (x.Base.Asset == "" || x.Base.Attr == ""):
		return "the base of an index needs the kind of asset and the attribute that give its scores"
	}
	for _, w := range x.Work.Items {
		if w.Model == "" || len(w.Rungs) == 0 {
			return "what an index counts as work names the event model and the rungs that say it"
		}
	}
	for _, w := range x.Active.Weights {
		if slices.Contains(w.Kinds, IndexOf) {
			return "an index is never part of an index"
		}
	}
	return ""
}

// weight is what a finding at a rung counts.
func (a *Active) weight(m *Model, rung int8, def *fengsui.Point) float64 {
	for i := range a.Weights {
		if w := &a.Weights[i]; w.fits(def) && (len(w.Kinds) == 0 || slices.Contains(w.Kinds, m.Kind)) &&
			(len(w.Rungs) == 0 || slices.Contains(w.Rungs, m.Ladder[rung].Name)) && (len(w.Levels) == 0 || slices.Contains(w.Levels, m.level(rung))) {
			return w.Score
		}
	}
	return 0
}

func (w *Weight) fits(def *fengsui.Point) bool {
	return len(w.Quantities) == 0 || def != nil && slices.Contains(w.Quantities, def.Quantity)
}

// weight is what an offline point counts.
func (o *Offline) weight(def *fengsui.Point) float64 {
	has := map[string]bool{"LL": def.LL != nil, "L": def.L != nil, "H": def.H != nil, "HH": def.HH != nil}
	for i := range o.Weights {
		if w := &o.Weights[i]; w.fits(def) && (len(w.Rungs) == 0 || slices.ContainsFunc(w.Rungs, func(r string) bool { return has[r] })) {
			return w.Score
		}
	}
	return 0
}

// judgeWith takes a set of models.
func (j *judge) judgeWith(models []Model) {
	j.models, j.indexes, j.heldOf = models, nil, nil
	for i := range models {
		if models[i].Kind == IndexOf {
			j.indexes = append(j.indexes, &models[i])
		}
	}
}

// firmOf finds or makes an enterprise's firm; nil while there is no index.
func (j *judge) firmOf(num int64) *point {
	p := j.firms.find(num)
	if p == nil && num != 0 && len(j.indexes) > 0 {
		p = &point{num: num, firm: &firmState{}, enterprise: num, seen: j.clock, silence: -1}
		j.add(p)
		j.resolve(p, j.district)
	}
	return p
}

// gather makes the firms of a new snapshot, or of other models, ready for what
// belongs to them to be resolved.
func (j *judge) gather() {
	j.firmList = j.firmList[:0]
	var nums []int64
	for k := range j.shards {
		for _, p := range j.shards[k].points {
			if p.firm != nil {
				p.firm.points = p.firm.points[:0]
			}
			nums = append(nums, p.enterprise)
		}
	}
	if len(j.indexes) == 0 {
		return
	}
	slices.Sort(nums)
	for _, num := range slices.Compact(nums) {
		if j.firms.find(num) == nil && num != 0 {
			p := &point{num: num, firm: &firmState{}, enterprise: num, seen: j.clock, silence: -1}
			j.add(p) // resolved with the others
		}
	}
}

// resolveFirm joins a firm to the district as it is now.
func (j *judge) resolveFirm(p *point, d *fengsui.District) {
	var def *fengsui.Point
	p.firm.assets = nil
	if ent := d.Enterprise(p.num); ent != nil && len(j.indexes) > 0 {
		def = &fengsui.Point{Num: ent.Num, Enterprise: ent.ID, Code: ent.Code}
		p.firm.sector = ent.Sector
		p.firm.assets = j.held(ent.ID)
		j.firmList = append(j.firmList, p)
	}
	j.retrack(p, def, "", nil)
	p.def = def
	j.restless(p)
}

// held are an enterprise's assets of the kinds that give an index its base.
func (j *judge) held(enterprise fengsui.ID) []*fengsui.Asset {
	if j.heldOf != j.district {
		j.heldOf, j.holdings = j.district, map[fengsui.ID][]*fengsui.Asset{}
		for _, a := range j.district.Assets {
			if slices.ContainsFunc(j.indexes, func(m *Model) bool { return m.Index.Base.Asset == a.Kind }) {
				j.holdings[a.Enterprise] = append(j.holdings[a.Enterprise], a)
			}
		}
	}
	return j.holdings[enterprise]
}

// moved is a track that told something in the record under way.
type moved struct {
	t          *track
	was        int8 // the rung told before the record
	subject    fengsui.Subject
	enterprise int64
	late       bool
}

// move notes that a track is about to tell another rung.
func (j *judge) move(t *track, f *fengsui.Finding) {
	if !t.noted && t.m.Kind != IndexOf {
		t.noted = true
		j.moved = append(j.moved, moved{t, t.told, f.Subject, f.Enterprise, f.Late})
	}
}

// settle tells what was touched, and what follows for other models from what was
// told, until nothing more does. Whether a finding was told once or in steps
// within a record makes no difference.
func (j *judge) settle(place fengsui.Place, received, now fengsui.Millis) {
	for len(j.touched)+len(j.touchedSources)+len(j.moved) > 0 {
		for _, x := range j.touched {
			x.t.queued = false
			j.tell(x.p, x.t, place, x.t.asOf(x.p.goodAt), received)
			j.restless(x.p)
		}
		for _, s := range j.touchedSources {
			s.touched = false
			j.tellSource(s, place, received)
		}
		j.touched, j.touchedSources = j.touched[:0], j.touchedSources[:0]
		list := j.moved
		j.moved = j.movedBack[:0]
		for i := range list {
			list[i].t.noted = false
			j.follow(&list[i], place, received, now)
		}
		j.movedBack = list
	}
}

// follow takes up that a track has told another rung.
func (j *judge) follow(x *moved, place fengsui.Place, received, now fengsui.Millis) {
	t := x.t
	t.stand(now)
	if p := j.firmOf(x.enterprise); p != nil {
		p.firm.stirred = true
		j.dirty(p)
	}
	kind, num := x.subject.Split()
	var p *point
	switch kind {
	case "point":
		p = j.points.find(num)
	case "device":
		p = j.devices.find(num)
	}
	if p == nil || x.late {
		return
	}
	if x.was == -1 && t.told >= 0 && slices.ContainsFunc(j.indexes, func(m *Model) bool { return m.Index.Active.weight(t.m, t.told, p.def) > 0 }) {
		p.raised = slices.DeleteFunc(p.raised, func(at fengsui.Millis) bool { return at < now-fengsui.Millis(maxWindow) })
		if len(p.raised) == maxMarks {
			p.raised = slices.Delete(p.raised, 0, 1)
		}
		p.raised = append(p.raised, now)
		j.dirty(p)
	}
	j.entered(p, x, place, received, now)
}

// stand keeps since when the track has stood in a finding.
func (t *track) stand(now fengsui.Millis) {
	switch {
	case t.told == -1:
		t.stood = 0
	case t.stood == 0:
		t.stood = now
	}
}

// weighFirms judges at a tick the enterprises of which a finding changed, and once a
// minute all: a duration grows by itself.
func (j *judge) weighFirms(place fengsui.Place, received fengsui.Millis, minute bool) {
	for _, p := range j.firmList {
		open := minute || p.firm.stirred
		for i := range p.tracks {
			t := &p.tracks[i]
			open = open || !t.orphan && (t.wait != 0 || t.stands(0) != t.told)
		}
		if !open {
			continue
		}
		p.firm.stirred = false
		j.dirty(p)
		for i := range p.tracks {
			t := &p.tracks[i]
			if t.orphan {
				continue
			}
			v, parts := j.sum(p.firm, t.m.Index)
			t.g.value, t.g.at = v, received
			t.step(v, j.clock, j.clock)
			if r := t.stands(0); r != t.told && t.place != place {
				j.emit(t, r, fengsui.Finding{Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: received, Learnt: received,
					Value: v, Limit: t.limit(r), Parts: parts})
			}
		}
	}
}

// sum is an index and its parts, the largest first.
func (j *judge) sum(f *firmState, x *Index) (float64, []fengsui.Part) {
	var parts []fengsui.Part
	// add takes a term in whose weights count up to a cap; it gives what they count.
	add := func(list []fengsui.Part, factor, most float64) float64 {
		slices.SortFunc(list, func(a, b fengsui.Part) int { return bySubject(a.Subject, b.Subject) })
		whole := 0.0
		for i := range list {
			whole += list[i].Weight * factor
		}
		counts := min(whole, most)
		for i := range list {
			if p := &list[i]; p.Weight > 0 && whole > 0 {
				p.Score = p.Weight * factor * counts / whole
				parts = append(parts, *p)
			}
		}
		return counts
	}
	base := x.Base.None
	registered := false
	for _, a := range f.assets {
		if v, ok := x.Base.Scores[a.Attrs[x.Base.Attr]]; ok && a.Kind == x.Base.Asset {
			if !registered {
				base = v
			}
			registered, base = true, max(base, v)
		}
	}
	sum := add([]fengsui.Part{{Term: fengsui.TermBase, Weight: base}}, 1, maxIndex)
	var active, repeats []fengsui.Part
	for _, p := range f.points {
		if top, ok := p.heaviest(x); ok {
			active = append(active, top)
		}
		if n := p.raisedSince(j.clock-fengsui.Millis(x.Repeats.Window)) - x.Repeats.Beyond; n > 0 {
			repeats = append(repeats, fengsui.Part{Term: fengsui.TermRepeats, Subject: p.subject(), Count: n + x.Repeats.Beyond, Weight: float64(n) * x.Repeats.Each})
		}
	}
	sum += add(active, 1, x.Active.Cap)
	stood := 0.0
	if len(active) > 0 {
		oldest := slices.MinFunc(active, func(a, b fengsui.Part) int {
			return cmp.Or(cmp.Compare(a.Since, b.Since), bySubject(a.Subject, b.Subject))
		})
		oldest.Term, oldest.Score = fengsui.TermDuration, 0
		oldest.Weight = max(0, seconds(j.clock-oldest.Since-fengsui.Millis(x.Duration.Free))) / 3600 * x.Duration.PerHour
		stood = add([]fengsui.Part{oldest}, 1, x.Duration.Cap)
	}
	sum += stood + add(repeats, 1, min(x.Repeats.Cap, max(0, x.Duration.Cap-stood)))
	silent, all := j.silent(f, &x.Offline)
	if all > 0 {
		sum += add(silent, x.Offline.Factor/all, x.Offline.Cap)
	}
	var work []fengsui.Part
	for i := range x.Work.Items {
		if part, ok := f.doing(&x.Work.Items[i]); ok {
			work = append(work, part)
		}
	}
	sum += add(work, 1, x.Work.Cap)
	for i := range parts {
		if sum > 0 {
			parts[i].Share = parts[i].Score / sum
		}
	}
	slices.SortStableFunc(parts, func(a, b fengsui.Part) int { return cmp.Compare(b.Score, a.Score) })
	return math.Round(min(sum, maxIndex)*1e9) / 1e9, named(parts)
}

// named keeps as many parts as a finding names; the others become the last.
func named(parts []fengsui.Part) []fengsui.Part {
	if len(parts) <= fengsui.MaxParts {
		return parts
	}
	rest := fengsui.Part{Term: parts[fengsui.MaxParts-1].Term}
	for _, p := range parts[fengsui.MaxParts-1:] {
		rest.Count++
		rest.Weight, rest.Score, rest.Share = rest.Weight+p.Weight, rest.Score+p.Score, rest.Share+p.Share
	}
	return append(parts[:fengsui.MaxParts-1:fengsui.MaxParts-1], rest)
}

// bySubject has subjects of a kind by num.
func bySubject(a, b fengsui.Subject) int {
	x, m := a.Split()
	y, n := b.Split()
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(m, n))
}

// heaviest is the finding on a point that counts most; it stands as long as the
// oldest that counts.
func (p *point) heaviest(x *Index) (top fengsui.Part, ok bool) {
	since := fengsui.Millis(0)
	for i := range p.tracks {
		t := &p.tracks[i]
		if t.told < 0 || int(t.told) >= len(t.m.Ladder) {
			continue
		}
		w := x.Active.weight(t.m, t.told, p.def)
		if w == 0 {
			continue
		}
		if since == 0 || t.stood < since {
			since = t.stood
		}
		if w > top.Weight {
			top = fengsui.Part{Term: fengsui.TermActive, Subject: p.subject(), Model: t.m.ID, Rung: t.m.Ladder[t.told].Name, Level: t.m.level(t.told), Weight: w}
		}
	}
	top.Since = since
	return top, top.Weight > 0
}

// doing says whether an item of work counts, and where it was said first.
func (f *firmState) doing(w *WorkItem) (part fengsui.Part, ok bool) {
	spoke := false
	part = fengsui.Part{Term: fengsui.TermWork, Model: w.Model, Weight: w.Score}
	for _, p := range f.points {
		t := p.track(w.Model)
		if t == nil || t.orphan || t.g == nil || t.g.at == 0 && t.lateTo == 0 {
			continue
		}
		spoke = true
		for i := range t.m.Ladder {
			r := &t.m.Ladder[i]
			if !t.at(int8(i)) || !slices.Contains(w.Rungs, r.Name) {
				continue
			}
			if part.Count++; part.Count == 1 || bySubject(p.subject(), part.Subject) < 0 {
				part.Subject, part.Rung, part.Level, part.Since = p.subject(), r.Name, r.Level, t.g.said[i]
			}
			break
		}
	}
	if w.Missing {
		missing := fengsui.Part{Term: fengsui.TermMissing, Model: w.Model, Rung: w.Rungs[0], Weight: w.Score}
		return missing, spoke && part.Count == 0
	}
	return part, part.Count > 0
}

// at reports whether an event track is at a rung, graver ones or not.
func (t *track) at(rung int8) bool {
	if t.lateTo > t.asOf(0) {
		return t.lateCur == rung
	}
	return t.on>>rung&1 != 0
}

// raisedSince is how often the point was raised since a moment.
func (p *point) raisedSince(at fengsui.Millis) (n int) {
	for _, x := range p.raised {
		if x >= at {
			n++
		}
	}
	return n
}

// silent are the points of a firm in a finding of silence, their own or that of
// what they hang on, and the weight of all whose silence is judged.
func (j *judge) silent(f *firmState, o *Offline) (list []fengsui.Part, all float64) {
	for _, p := range f.points {
		if p.device || p.silence < 0 || p.heard == 0 {
			continue
		}
		w := o.weight(p.def)
		all += w
		t := &p.tracks[p.silence]
		if t.told < 0 && p.src != nil && p.src.t.m != nil {
			t = &p.src.t
		}
		if t.told >= 0 && int(t.told) < len(t.m.Ladder) {
			list = append(list, fengsui.Part{Term: fengsui.TermOffline, Subject: p.subject(), Model: t.m.ID, Rung: t.m.Ladder[t.told].Name, Level: t.m.level(t.told), Since: t.stood, Weight: w})
		}
	}
	return list, all
}
