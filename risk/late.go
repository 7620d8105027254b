package risk

import (
	"cmp"
	"slices"

	"fengsui"
)

// Late data (DESIGN §5.2).
const (
	lateAfter  fengsui.Millis = 10 * 60_000 // behind receipt: more than this is late
	lateQuiet  fengsui.Millis = 30_000      // a device's batch ends when nothing more came for so long
	lateLimit  fengsui.Millis = 10 * 60_000 // and at the latest so long after it began
	lateDevice                = 100_000     // samples of one device; more: judged early
	lateAll                   = 1_000_000   // samples in all; more: the oldest batch is judged early
)

type lateKey struct{ enterprise, device int64 }

// lateSample is a sample with its corrected own time.
type lateSample struct {
	fengsui.Sample
	own fengsui.Millis
}

// lateBatch is what one device sent late and nobody judged yet.
type lateBatch struct {
	key         lateKey
	first, last fengsui.Millis // the models' time of the first and the last receipt
	received    fengsui.Millis // the last receipt by the intake's clock
	samples     []lateSample
}

// lateRow is one record's late samples on their way to risk_late; done stands for
// taking the device's rows up to the place out again.
type lateRow struct {
	key      lateKey
	done     bool
	place    fengsui.Place
	received fengsui.Millis
	clock    fengsui.Millis
	offset   fengsui.Span
	block    []byte
}

// owned is a sample's corrected own time: own time plus what the sender's clock
// lacks, or the receipt when the clock cannot be used.
func owned(s *fengsui.Sample, received fengsui.Millis, offset fengsui.Span) fengsui.Millis {
	if s.Quality&fengsui.WrongClock != 0 {
		return received
	}
	return s.At.Add(offset)
}

// keepLate puts a record's late samples aside.
func (j *judge) keepLate(r lateRow, samples []fengsui.Sample) {
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
	j.lateCount += len(samples)
}

// judgeLates judges at a tick the batches that are complete.
func (j *judge) judgeLates(place fengsui.Place) {
	over := j.lateCount > lateAll
	j.lateOrder = slices.DeleteFunc(j.lateOrder, func(b *lateBatch) bool {
		due := over || j.clock-b.last >= lateQuiet || j.clock-b.first >= lateLimit || len(b.samples) > lateDevice
		if !due || !j.judgeLate(b, place) {
			return false
		}
		over = false // the oldest goes, the next tick looks again
		j.lateCount -= len(b.samples)
		delete(j.late, b.key)
		j.lateRows = append(j.lateRows, lateRow{key: b.key, done: true, place: place})
		return true
	})
}

// judgeLate judges a batch in own-time order in fresh state. It declines while
// one of its points had a finding at this very place: a subject has one finding
// per place.
func (j *judge) judgeLate(b *lateBatch, place fengsui.Place) bool {
	s := b.samples
	slices.SortStableFunc(s, func(x, y lateSample) int {
		return cmp.Or(cmp.Compare(x.Point, y.Point), cmp.Compare(x.own, y.own))
	})
	from, to := s[0].own, s[0].own
	for i := range s {
		from, to = min(from, s[i].own), max(to, s[i].own)
		if i > 0 && s[i].Point == s[i-1].Point {
			continue
		}
		if p := j.point(s[i].Point); p != nil {
			for k := range p.tracks {
				if p.tracks[k].place == place {
					return false
				}
			}
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
