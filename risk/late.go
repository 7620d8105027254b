package risk

import (
	"cmp"
	"slices"

	"fengsui"
)

// Late data (DESIGN §5.2).
const (
	lateAfter   fengsui.Millis = 10 * 60_000 // behind receipt: more than this is late
	lateQuiet   fengsui.Millis = 30_000      // a device's batch ends when nothing more came for so long
	lateLimit   fengsui.Millis = 10 * 60_000 // and at the latest so long after it began
	lateDevice                 = 100_000     // samples and words of one device; more: judged early
	lateAll                    = 1_000_000   // of them in all; more: the oldest batches are judged early
	lateUnsaved                = 64 << 20    // bytes of them that no checkpoint has: more, and one is waited for
)

type lateKey struct{ enterprise, device int64 }

// lateSample is a sample with its corrected own time.
type lateSample struct {
	fengsui.Sample
	own fengsui.Millis
}

// lateWord is an event or a position with its corrected own time and its sender.
type lateWord struct {
	own    fengsui.Millis
	device int64             // num
	e      *fengsui.Event    // nil for a position
	x      *fengsui.Position // nil for an event
}

// lateBatch is what one device sent late and nobody judged yet.
type lateBatch struct {
	key         lateKey
	first, last fengsui.Millis // the models' time of the first and the last receipt
	received    fengsui.Millis // the last receipt by the intake's clock
	samples     []lateSample
	words       []lateWord
	urgent      bool // one of its words raises red by itself: nothing is waited for
}

// lateRow is what of one record came late on its way to risk_late; done stands for
// taking the device's rows up to the place out again.
type lateRow struct {
	key      lateKey
	done     bool
	place    fengsui.Place
	received fengsui.Millis
	clock    fengsui.Millis
	offset   fengsui.Span
	block    []byte // the samples
	words    []byte // the events and positions as a record, nothing for none
}

// owned is a sample's corrected own time: own time plus what the sender's clock
// lacks, or the receipt when the clock cannot be used.
func owned(s *fengsui.Sample, received fengsui.Millis, offset fengsui.Span) fengsui.Millis {
	if s.Quality&fengsui.WrongClock != 0 {
		return received
	}
	return s.At.Add(offset)
}

// ownedEvent is an event's corrected own time. No clock runs as far ahead as one that
// leads receipt by more than what counts as late.
func ownedEvent(e *fengsui.Event, received fengsui.Millis, offset fengsui.Span) fengsui.Millis {
	if own := e.At.Add(offset); own <= received+lateAfter {
		return own
	}
	return received
}

// keepLate puts aside what of a record came late: its samples, and words, a record
// with the events and positions, the sender and its clock.
func (j *judge) keepLate(r lateRow, samples []fengsui.Sample, words *fengsui.Record) {
	b := j.late[r.key]
	if b == nil {
		b = &lateBatch{key: r.key, first: r.clock}
		j.late[r.key] = b
		j.lateOrder = append(j.lateOrder, b)
	}
	b.last, b.received = r.clock, r.received
	for i := range samples {
		s := &samples[i]
		b.samples = append(b.samples, lateSample{*s, owned(s, r.received, r.offset)})
	}
	for i := range words.Events {
		e := words.Events[i]
		w := lateWord{own: ownedEvent(&e, r.received, r.offset), device: words.Device, e: &e}
		b.words = append(b.words, w)
		b.urgent = b.urgent || j.grave(&w)
	}
	for i := range words.Positions {
		x := words.Positions[i]
		b.words = append(b.words, lateWord{own: x.At.Add(r.offset), device: x.Device, x: &x})
	}
	j.lateCount += len(samples) + len(words.Events) + len(words.Positions)
}

// grave reports whether a word is an event that a model puts at red. Whoever pressed
// the button where there was no network has waited long enough.
func (j *judge) grave(w *lateWord) bool {
	p := j.whose(w)
	return p != nil && w.e.On && slices.ContainsFunc(p.tracks, func(t track) bool {
		if t.orphan || t.m.Kind != Event {
			return false
		}
		rung, _ := t.m.code(w.e.Code)
		return rung >= 0 && t.m.level(rung) == fengsui.Red
	})
}

// whose finds what a word is about, nil when the district does not know it.
func (j *judge) whose(w *lateWord) *point {
	if w.e != nil && w.e.Point != 0 {
		return j.point(w.e.Point)
	}
	return j.deviceOf(w.device)
}

// judgeLates judges at a tick the batches that are complete.
func (j *judge) judgeLates(place fengsui.Place) {
	j.lateOrder = slices.DeleteFunc(j.lateOrder, func(b *lateBatch) bool {
		count := len(b.samples) + len(b.words)
		due := j.lateCount > lateAll || b.urgent || j.clock-b.last >= lateQuiet || j.clock-b.first >= lateLimit || count > lateDevice
		if !due || !j.judgeLate(b, place) {
			return false
		}
		j.lateCount -= count
		delete(j.late, b.key)
		j.lateRows = append(j.lateRows, lateRow{key: b.key, done: true, place: place})
		return true
	})
}

// judgeLate judges a batch in own-time order in fresh state. It declines while
// one of its points or devices had a finding at this very place: a subject has one
// finding per place.
func (j *judge) judgeLate(b *lateBatch, place fengsui.Place) bool {
	had := func(p *point) bool {
		return p != nil && slices.ContainsFunc(p.tracks, func(t track) bool { return t.place == place })
	}
	slices.SortStableFunc(b.words, func(x, y lateWord) int { return cmp.Compare(x.own, y.own) })
	for i := range b.words {
		if had(j.whose(&b.words[i])) {
			return false
		}
	}
	s := b.samples
	slices.SortStableFunc(s, func(x, y lateSample) int {
		return cmp.Or(cmp.Compare(x.Point, y.Point), cmp.Compare(x.own, y.own))
	})
	var from, to fengsui.Millis
	for i := range s {
		if i == 0 {
			from, to = s[i].own, s[i].own
		}
		from, to = min(from, s[i].own), max(to, s[i].own)
		if i > 0 && s[i].Point == s[i-1].Point {
			continue
		}
		if had(j.point(s[i].Point)) {
			return false
		}
	}
	for len(s) > 0 {
		n := 1
		for n < len(s) && s[n].Point == s[0].Point {
			n++
		}
		if p := j.point(s[0].Point); p != nil {
			for i := range p.tracks {
				if t := &p.tracks[i]; !t.orphan && (t.m.Kind == Ladder || t.m.Kind == Rate || t.m.Kind == Stuck) {
					j.judgeLateTrack(b, p, t, s[:n], place, from, to)
				}
			}
			j.restless(p)
		}
		s = s[n:]
	}
	j.judgeLateTogether(b, place, from, to)
	j.judgeLateWords(b, place)
	return true
}

// judgeLateTogether judges the relations and formulas all of whose inputs came in a
// batch: those of one own time together, like those of one record when they come
// live. What an input of another sender was at the time is not known any more.
func (j *judge) judgeLateTogether(b *lateBatch, place fengsui.Place, from, to fengsui.Millis) {
	all := map[int64][]lateSample{}
	var owners []due
	for s := b.samples; len(s) > 0; {
		n := 1
		for n < len(s) && s[n].Point == s[0].Point {
			n++
		}
		all[s[0].Point] = s[:n]
		if p := j.point(s[0].Point); p != nil {
			for _, f := range p.feeds {
				if f.owner == p.num { // without the owner, its first input, it has no value
					owners = append(owners, due(f))
				}
			}
		}
		s = s[n:]
	}
	for _, x := range owners {
		p := j.point(x.owner)
		live := p.track(x.model.ID)
		if live == nil || live.orphan || live.g == nil || slices.ContainsFunc(live.g.inputs, func(num int64) bool { return all[num] == nil }) {
			continue
		}
		var merged []lateSample
		for _, num := range live.g.inputs {
			merged = append(merged, all[num]...)
		}
		slices.SortStableFunc(merged, func(x, y lateSample) int { return cmp.Compare(x.own, y.own) })
		j.judgeLateRelation(b, p, live, merged, place, from, to)
		j.restless(p)
	}
}

// judgeLateRelation runs one relation or formula over the late samples of its inputs.
func (j *judge) judgeLateRelation(b *lateBatch, p *point, live *track, s []lateSample, place fengsui.Place, from, to fengsui.Millis) {
	r := &lateRun{p: p, live: live, t: newTrack(live.m), peak: -1}
	r.t.retarget(live.limits)
	var last [maxInputs]struct {
		own   fengsui.Millis // 0: no value yet, or none that can be used
		value float64
	}
	var evidence []fengsui.Sample // the newest values of the owner
	var top []fengsui.Sample      // those at the peak
	var judged fengsui.Millis
	for i := range s {
		n := slices.Index(live.g.inputs, s[i].Point)
		last[n].own = 0
		if usable(s[i].Quality) {
			last[n].own, last[n].value = s[i].own, s[i].Value
			if n == 0 {
				evidence = append(evidence, s[i].Sample)
			}
		}
		if i+1 < len(s) && s[i+1].own == s[i].own {
			continue
		}
		var in [maxInputs]float64
		ok := true
		for k := range live.g.inputs {
			ok = ok && last[k].own != 0 && s[i].own-last[k].own <= fengsui.Millis(live.m.Window)
			in[k] = last[k].value
		}
		v := 0.0
		if ok {
			v, ok = live.m.combined(in[:len(live.g.inputs)])
		}
		if !ok {
			r.t.unusable()
			continue
		}
		judged = s[i].own
		before := r.peak
		r.ripen(judged)
		r.took(r.t.step(v, judged, judged), judged, v, 0)
		if r.peak != before {
			top = evidence[max(0, len(evidence)-live.m.Evidence):]
		}
	}
	// What was about to be raised when the samples ended goes on holding.
	if at, changed := r.t.elapse(b.received); changed {
		r.took(true, at, r.shown, 0)
		top = evidence[max(0, len(evidence)-live.m.Evidence):]
	}
	if r.peak < 0 {
		return
	}
	j.emit(live, r.peak, fengsui.Finding{
		Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: r.at, Learnt: b.received,
		Late: true, GapFrom: from, GapTo: to,
		Value: r.value, Limit: live.limit(r.peak), Unit: live.m.unit(p.def), Evidence: slices.Clone(top),
	})
	live.lateTo, live.lateCur, live.lateVal = judged, r.t.cur, r.shown
	j.dirty(p)
}

// judgeLateTrack runs one model over one point's late samples. What it would have
// raised becomes one late finding at the highest level; the condition as it
// stands now follows with the next tick: the live one, or the end of the batch as
// long as nothing newer came.
func (j *judge) judgeLateTrack(b *lateBatch, p *point, live *track, s []lateSample, place fengsui.Place, from, to fengsui.Millis) {
	t := newTrack(live.m)
	t.retarget(live.limits)
	if live.g != nil {
		t.g = &gauge{}
	}
	peak, peakAt, value, now := int8(-1), fengsui.Millis(0), 0.0, 0.0
	end, last := 0, -1 // samples up to the peak, the last value
	for i := range s {
		if !usable(s[i].Quality) {
			t.unusable()
			continue
		}
		v, ok := s[i].Value, true
		if t.g != nil {
			v, ok = t.sample(v, s[i].own)
		}
		if !ok {
			continue
		}
		if at, changed := t.elapse(s[i].own); changed && t.m.level(t.cur) > t.m.level(peak) {
			peak, peakAt, end, value = t.cur, at, last+1, now
		}
		last, now = i, v
		if t.step(v, s[i].own, s[i].own) && t.m.level(t.cur) > t.m.level(peak) {
			peak, peakAt, end, value = t.cur, s[i].own, i+1, v
		}
	}
	if last < 0 {
		return
	}
	// What was about to be raised when the samples ended goes on holding.
	if at, changed := t.elapse(b.received); changed && t.m.level(t.cur) > t.m.level(peak) {
		peak, peakAt, end, value = t.cur, at, last+1, now
	}
	if peak < 0 {
		return
	}
	var evidence []fengsui.Sample
	for i := end - 1; i >= 0 && len(evidence) < t.m.Evidence; i-- {
		if usable(s[i].Quality) {
			evidence = append(evidence, s[i].Sample)
		}
	}
	slices.Reverse(evidence)
	j.emit(live, peak, fengsui.Finding{
		Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: peakAt, Learnt: b.received,
		Late: true, GapFrom: from, GapTo: to,
		Value: value, Limit: live.limit(peak), Unit: t.m.unit(p.def), Evidence: evidence,
	})
	live.lateTo, live.lateCur, live.lateVal = s[last].own, t.cur, now
	j.dirty(p)
}

// lateRun is one track over what a batch has for it.
type lateRun struct {
	p     *point
	live  *track
	t     track
	peak  int8
	at    fengsui.Millis // of the peak
	value float64        // at the peak
	shown float64        // at the end
	cap   float64        // at the peak, of a speed
	from  fengsui.Millis
	to    fengsui.Millis
	codes uint32 // of an event: a bit for each that the batch spoke of
}

// end is the rung at which the batch leaves the subject. What an event model heard live
// and the batch does not speak of goes on.
func (r *lateRun) end() int8 {
	if r.live.m.Kind != Event || r.live.g.on&^r.codes == 0 {
		return r.t.cur
	}
	t := newTrack(r.live.m)
	t.limits, t.on = r.live.limits, r.t.on
	for i := range t.m.Ladder {
		if r.live.on>>i&1 != 0 && r.live.g.on&^r.codes&t.m.mask(int8(i)) != 0 {
			t.on |= 1 << i
		}
	}
	t.settle()
	return t.cur
}

// took takes up one late word.
func (r *lateRun) took(changed bool, own fengsui.Millis, v, limit float64) {
	r.shown = v
	if changed && r.t.m.level(r.t.cur) > r.t.m.level(r.peak) {
		r.peak, r.at, r.value, r.cap = r.t.cur, own, v, limit
	}
}

// ripen completes what was about to change and had its time by a moment, as ticks do
// between two live words. It is called before what is said at that moment.
func (r *lateRun) ripen(now fengsui.Millis) {
	limit := 0.0
	if r.t.g != nil {
		limit = r.t.g.cap
	}
	if at, changed := r.t.elapse(now); changed {
		r.took(true, at, r.shown, limit)
	}
}

// judgeLateWords judges a batch's events and positions in own-time order in fresh
// state, however many records they came in: a terminal sends what it kept in several,
// or each for itself. What would have been raised becomes one late finding at the
// highest level, and the end of it stands until a newer live word.
func (j *judge) judgeLateWords(b *lateBatch, place fengsui.Place) {
	var runs []*lateRun
	run := func(p *point, live *track, own fengsui.Millis) *lateRun {
		for _, r := range runs {
			if r.live == live {
				r.to = own
				r.ripen(own)
				return r
			}
		}
		r := &lateRun{p: p, live: live, t: newTrack(live.m), peak: -1, from: own, to: own}
		r.t.g = &gauge{}
		r.t.retarget(live.limits)
		runs = append(runs, r)
		return r
	}
	for i := range b.words {
		w := &b.words[i]
		p := j.whose(w)
		if p == nil {
			continue
		}
		for k := range p.tracks {
			live := &p.tracks[k]
			if live.orphan || live.g == nil {
				continue
			}
			switch kind := live.m.Kind; {
			case w.e != nil && kind == Event:
				if rung, bit := live.m.code(w.e.Code); rung >= 0 {
					r := run(p, live, w.own)
					r.codes |= bit
					r.t.hear(w.e, w.own)
					r.took(r.t.signal(r.t.rungs(), w.own, w.own), w.own, r.t.g.codesOn(), 0)
				}
			case w.e != nil && kind == Count && w.e.On && slices.Contains(live.m.Codes, w.e.Code):
				r := run(p, live, w.own)
				r.t.g.mark(dot{at: w.own}, w.own-fengsui.Millis(live.m.Window))
				v := float64(len(r.t.g.marks))
				r.took(r.t.step(v, w.own, w.own), w.own, v, 0)
			case w.x != nil && !w.x.Fix && (kind == Speed || kind == Fenced):
				run(p, live, w.own).t.unusable()
			case w.x != nil && (kind == Speed || kind == Fenced):
				r := run(p, live, w.own)
				if v, ok := r.t.moved(p, w.x); ok {
					changed := r.t.step(v, w.own, w.own)
					if kind == Speed {
						v = w.x.Speed
					}
					r.took(changed, w.own, v, r.t.g.cap)
				}
			}
		}
	}
	for _, r := range runs {
		// What was about to be raised when the words ended goes on holding, unless
		// something live says how it went on.
		if r.live.asOf(r.p.goodAt) <= r.to {
			r.ripen(b.received)
		}
		end := r.end()
		if r.peak < 0 && (r.live.m.Kind != Event || end == r.live.cur) {
			continue
		}
		if r.peak >= 0 {
			f := fengsui.Finding{
				Place: place, Subject: r.p.subject(), Enterprise: r.p.enterprise, At: r.at, Learnt: b.received,
				Late: true, GapFrom: r.from, GapTo: r.to, Value: r.value, Unit: r.live.m.unit(r.p.def),
			}
			r.t.g.cap = r.cap
			f.Limit = r.t.limit(r.peak)
			j.emit(r.live, r.peak, f)
		}
		r.live.lateTo, r.live.lateCur, r.live.lateVal = r.to, end, r.shown
		j.dirty(r.p)
		j.restless(r.p)
	}
}
