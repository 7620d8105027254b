package risk

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"

	"fengsui"
)

const (
	shards = 64

	// gapAfter is the longest pause between ticks that counts as time gone by.
	gapAfter fengsui.Millis = 5000
)

// judge is the state of all models over one partition of the log, and what they
// conclude from the next record. It knows no store: whoever has records can judge
// them. One goroutine feeds it.
type judge struct {
	partition int
	models    []Model
	indexes   []*Model // of models
	logger    *slog.Logger

	// mu is held while a record is judged and by those who ask; never across I/O.
	// What follows is written by the goroutine that judges.
	mu       sync.RWMutex
	district *fengsui.District
	points   pointSet
	devices  pointSet                        // those that said something of their own
	assets   map[fengsui.ID][]*fengsui.Point // by asset, of the district assetsOf, for models with inputs
	assetsOf *fengsui.District
	firms    pointSet                        // enterprises, while there are indexes
	firmList []*point                        // of the district as it is now
	holdings map[fengsui.ID][]*fengsui.Asset // by enterprise, of the district heldOf, for the base of indexes
	heldOf   *fengsui.District
	sources  map[sourceKey]*source
	order    []*source // as they came
	shards   [shards]shard
	watch    []*point // those whose silence is judged
	attend   []*point // those that ticks have something to do for
	place    fengsui.Place
	received fengsui.Millis // of the last record or tick
	perBatch float64        // samples in a batch, a running mean
	stats    Stats

	clock    fengsui.Millis // the models' time: ticks added up
	lastTick fengsui.Millis
	grace    fengsui.Millis // clock when ticks went on after a gap

	late      map[lateKey]*lateBatch
	lateOrder []*lateBatch // by first receipt
	lateCount int

	replay replay

	// What was concluded, for whoever feeds the judge to take.
	out       []fengsui.Finding
	lateRows  []lateRow
	lateBytes int // of lateRows

	// Scratch.
	stamp          int64
	buf, aside     []fengsui.Sample
	pts            []*point
	touched        []touch
	touchedSources []*source
	moved          []moved
	movedBack      []moved // the other half of moved's buffer
	due            []due
}

type shard struct {
	points  []*point
	sources []*source
	dirty   bool // changed since it was last written
}

// touch is a track that changed in the record under way.
type touch struct {
	p *point
	t *track
}

// Stats counts what an evaluator did since it began.
type Stats struct {
	Records  int64 // without ticks
	Samples  int64
	Late     int64 // samples, events and positions that were put aside as late
	Unknown  int64 // samples and presences of what the district does not know any more
	Bad      int64 // records that could not be read
	Findings int64
}

// newJudge makes a judge that has seen nothing.
func newJudge(partition int, models []Model, d *fengsui.District, logger *slog.Logger) *judge {
	j := &judge{partition: partition, logger: logger}
	j.judgeWith(models)
	j.reset(d)
	return j
}

// reset forgets all state.
func (j *judge) reset(d *fengsui.District) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.points, j.devices, j.firms, j.sources, j.late = pointSet{}, pointSet{}, pointSet{}, map[sourceKey]*source{}, map[lateKey]*lateBatch{}
	j.order, j.watch, j.attend, j.lateOrder, j.lateCount = nil, nil, nil, nil, 0
	j.shards = [shards]shard{}
	j.out, j.lateRows, j.lateBytes, j.replay = nil, nil, 0, replay{}
	j.touched, j.touchedSources, j.moved, j.movedBack, j.due = nil, nil, nil, nil, nil
	j.firmList = nil
	j.place, j.clock, j.lastTick, j.grace, j.received = fengsui.Place{}, 0, 0, 0, 0
	j.district = d
}

// use judges what comes next by a new snapshot of the district.
func (j *judge) use(d *fengsui.District) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.redistrict(d)
}

// take judges one batch; records up to the place are passed over.
func (j *judge) take(b Batch) {
	before := j.stats.Samples
	for i, raw := range b.Records {
		place := fengsui.Place{Seq: b.Seq, Index: b.First + uint32(i)}
		if !j.place.Less(place) {
			continue
		}
		rec, err := fengsui.ReadRecord(raw)
		j.mu.Lock()
		j.replay.turn(place)
		if err == nil {
			err = j.record(place, &rec)
		}
		j.insist()
		if err != nil {
			j.stats.Bad++
		}
		j.place = place
		j.mu.Unlock()
		if err != nil {
			j.logger.Warn("log record left out", "seq", place.Seq, "index", place.Index, "err", err)
		}
	}
	j.mu.Lock()
	j.perBatch += (float64(j.stats.Samples-before) - j.perBatch) / 16
	j.mu.Unlock()
}

// record judges one record.
func (j *judge) record(place fengsui.Place, rec *fengsui.Record) error {
	if j.lastTick == 0 {
		j.lastTick, j.clock = rec.Received, max(j.clock, rec.Received)
	}
	if rec.Tick {
		j.tick(place, rec.Received)
	} else {
		var err error
		j.buf, err = rec.Samples(j.buf[:0])
		if err != nil {
			return err
		}
		j.signals(place, rec)
	}
	j.received = rec.Received
	return nil
}

// tick lets time pass. The models' clock goes by the ticks and leaves gaps out.
func (j *judge) tick(place fengsui.Place, received fengsui.Millis) {
	from, before := len(j.out), j.clock
	gone := received - j.lastTick
	j.lastTick = received
	if gone >= 0 && gone <= gapAfter {
		j.clock += gone
	} else {
		j.grace = j.clock
	}
	j.attend = slices.DeleteFunc(j.attend, func(p *point) bool {
		j.attendTo(p, place, received)
		p.attended = p.restless()
		return !p.attended
	})
	j.silences(place, received)
	j.judgeLates(place)
	j.settle(place, received, j.clock)
	j.weighFirms(place, received, before/60_000 != j.clock/60_000)
	// The worst first, and always in the same order.
	slices.SortFunc(j.out[from:], func(a, b fengsui.Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Model, b.Model))
	})
}

// attendTo does for one point what time alone brings about.
func (j *judge) attendTo(p *point, place fengsui.Place, received fengsui.Millis) {
	j.dirty(p)
	for i := range p.tracks {
		t := &p.tracks[i]
		if !t.m.Kind.ladder() || t.orphan || t.m.Kind == IndexOf {
			continue
		}
		at, changed := t.elapse(j.clock)
		switch {
		case t.m.Kind == Neighbours:
			at = max(at, j.thin(t, received))
		case t.g != nil:
			at = max(at, t.ebb(received, j.clock))
		}
		if !changed && at == 0 {
			at = t.asOf(p.goodAt)
		}
		j.tell(p, t, place, at, received)
	}
	p.alarmed(j.clock)
	for i := range p.tracks {
		t := &p.tracks[i]
		f := fengsui.Finding{Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: received, Learnt: received}
		switch {
		case t.orphan && t.told != -1:
			f.Value = p.good
			j.emit(t, -1, f)
		case t.m.Kind == Pace && !t.orphan:
			j.pace(p, t)
			if r := t.stands(0); r != t.told {
				f.Value, f.Limit, f.Unit = seconds(j.clock-p.heard), t.allowed(t.m.Every, r), "s"
				j.emit(t, r, f)
			}
		}
	}
}

// signals judges what one delivery said.
func (j *judge) signals(place fengsui.Place, rec *fengsui.Record) {
	now := j.clock + min(max(rec.Received-j.lastTick, 0), gapAfter)
	j.stats.Records++
	j.stats.Samples += int64(len(j.buf))
	if !j.lookUp() {
		slices.SortStableFunc(j.buf, byTime)
		j.lookUp()
	}
	j.aside = j.aside[:0]
	for i := range j.buf {
		s := &j.buf[i]
		p := j.pts[i]
		if p == nil {
			j.stats.Unknown++
			continue
		}
		own := owned(s, rec.Received, rec.ClockOffset)
		if rec.Resent || rec.Received-own > lateAfter {
			j.aside = append(j.aside, *s)
			continue
		}
		j.live(p, s, own, place, rec.Received, now)
	}
	var words fengsui.Record // those that came late
	if len(rec.Events)+len(rec.Positions) > 0 {
		words = j.words(place, rec, now)
	}
	j.judgeDue(place, rec.Received, now)
	for _, x := range rec.Presences {
		j.presence(rec, x, now)
	}
	spoken := len(words.Events) + len(words.Positions)
	if n := len(j.aside) + spoken; n > 0 {
		j.stats.Late += int64(n)
		r := lateRow{key: lateKey{rec.Enterprise, rec.Device}, place: place, received: rec.Received, clock: now, offset: rec.ClockOffset, block: fengsui.AppendSamples([]byte{}, j.aside), words: []byte{}}
		if spoken > 0 {
			r.words = fengsui.AppendRecord(nil, &words)
		}
		j.lateRows = append(j.lateRows, r)
		j.lateBytes += len(r.block) + len(r.words)
		j.keepLate(r, j.aside, &words)
	}
	j.settle(place, rec.Received, now)
}

// lookUp finds the points of the samples in buf. It reports false when a point's
// samples are not in the order of their own time.
func (j *judge) lookUp() bool {
	j.stamp++
	j.pts = j.pts[:0]
	ordered := true
	for i := range j.buf {
		p := j.point(j.buf[i].Point)
		j.pts = append(j.pts, p)
		if p == nil {
			continue
		}
		if p.stamp == j.stamp && j.buf[i].At < p.scan {
			ordered = false
		}
		p.stamp, p.scan = j.stamp, j.buf[i].At
	}
	return ordered
}

// live judges one live sample.
func (j *judge) live(p *point, s *fengsui.Sample, own fengsui.Millis, place fengsui.Place, received, now fengsui.Millis) {
	j.dirty(p)
	p.latest, p.received, p.heard = *s, received, now
	j.spoke(p.src, now)
	value := usable(s.Quality)
	if value {
		p.seen, p.goodAt, p.good = now, own, s.Value
		p.remember(s)
		for _, f := range p.feeds {
			j.due = append(j.due, due(f))
		}
	}
	for i := range p.tracks {
		t := &p.tracks[i]
		switch {
		case t.m.Kind == Silence:
			if t.heard(value) {
				j.touch(p, t)
			}
		case t.g != nil:
			j.gauged(p, t, s, own, place, received, now)
		case t.m.Kind != Ladder:
		case !value:
			t.unusable()
		case t.step(s.Value, own, now):
			p.alarmed(now)
			j.changed(p, t, own, received, place)
		case t.lateTo != 0 && own >= t.lateTo:
			t.lateTo = 0
			j.touch(p, t)
		case t.wait != 0:
			j.restless(p)
		}
	}
}

func (j *judge) touch(p *point, t *track) {
	if !t.queued {
		t.queued = true
		j.touched = append(j.touched, touch{p, t})
	}
}

// changed takes a change of the measured rung inside a record. A rise above what
// was told becomes the record's finding at once, and the highest wins; what holds
// at the end of the record is told by tell.
func (j *judge) changed(p *point, t *track, own, received fengsui.Millis, place fengsui.Place) {
	j.touch(p, t)
	if t.lateTo != 0 && own >= t.lateTo {
		t.lateTo = 0
	}
	if t.m.level(t.cur) <= t.m.level(t.told) || t.lateTo != 0 {
		return
	}
	if t.place == place {
		// A lower rung of the same record: the higher one takes its place.
		j.out = slices.DeleteFunc(j.out, func(f fengsui.Finding) bool {
			return f.Place == place && f.Model == t.m.ID && f.Subject == p.subject()
		})
	}
	j.say(p, t, t.cur, place, own, received, t.reading(p))
}

// tell emits what stands now unless it was said already, and at most once a
// place.
func (j *judge) tell(p *point, t *track, place fengsui.Place, at, received fengsui.Millis) {
	r := t.stands(p.goodAt)
	if r == t.told || t.place == place {
		return
	}
	value := t.reading(p)
	if t.lateTo > t.asOf(p.goodAt) {
		at, value = t.lateTo, t.lateVal
	}
	j.say(p, t, r, place, at, received, value)
}

// say emits a ladder's or a point's silence finding.
func (j *judge) say(p *point, t *track, rung int8, place fengsui.Place, at, received fengsui.Millis, value float64) {
	f := fengsui.Finding{Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: at, Learnt: received, Value: value}
	if t.m.Kind.ladder() {
		f.Limit, f.Unit, f.Evidence = t.limit(rung), t.m.unit(p.def), p.evidence(t.m.Evidence)
		if t.m.Kind == Neighbours {
			f.Parts = j.crowdParts(t)
		}
	} else {
		f.Value, f.Limit, f.Unit = 0, t.allowed(fengsui.Span(t.m.period(p.def)), rung), "s" // it speaks again
	}
	j.emit(t, rung, f)
}

// emit makes a finding: the track's subject is now at a rung, -1 for returned. Of
// a record whose findings are applied already it takes up what was told instead.
func (j *judge) emit(t *track, rung int8, f fengsui.Finding) {
	if j.replay.mute {
		if r, ok := j.replay.recall(t.m.ID, f.Subject); ok {
			j.move(t, &f)
			t.told, t.place = t.m.toldOf(&r), r.place
		}
		return
	}
	f.Partition, f.Model, f.Version, f.Sector = j.partition, t.m.ID, t.m.Version, t.m.Sector
	if f.Level = t.m.level(rung); rung >= 0 {
		f.Rung = t.m.Ladder[rung].Name
	}
	j.move(t, &f)
	t.told, t.place = rung, f.Place
	j.out = append(j.out, f)
}

// limit is the limit of a rung, or for a return that of the rung told last.
func (t *track) limit(rung int8) float64 {
	if rung < 0 {
		rung = t.told
	}
	if rung < 0 || int(rung) >= len(t.limits) || t.limits[rung].at != t.limits[rung].at {
		return 0
	}
	if t.m.Kind == IndexOf {
		return *t.m.Ladder[rung].At
	}
	if t.m.Kind == Speed {
		return t.g.cap * (1 + t.limits[rung].at/100)
	}
	return t.limits[rung].at
}

// allowed is the silence in seconds that a rung allows; a return names that of
// the rung told last.
func (t *track) allowed(every fengsui.Span, rung int8) float64 {
	if rung < 0 {
		rung = t.told
	}
	if rung < 0 {
		return 0
	}
	return seconds(fengsui.Millis(every)) * float64(t.m.Ladder[rung].Missed)
}

func (j *judge) dirty(p *point) { j.shards[p.num&(shards-1)].dirty = true }

func (p *point) subject() fengsui.Subject {
	if p.firm != nil {
		return fengsui.SubjectOf("enterprise", p.num)
	}
	if p.device {
		return fengsui.SubjectOf("device", p.num)
	}
	return fengsui.SubjectOf("point", p.num)
}

// Latest is a point's newest live value; ok is false when it never spoke.
func (j *judge) Latest(num int64) (l fengsui.Latest, ok bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.latest(num)
}

// LatestOf are the newest live values of those points that ever spoke.
func (j *judge) LatestOf(nums []int64) []fengsui.Latest {
	j.mu.RLock()
	defer j.mu.RUnlock()
	list := make([]fengsui.Latest, 0, len(nums))
	for _, num := range nums {
		if l, ok := j.latest(num); ok {
			list = append(list, l)
		}
	}
	return list
}

func (j *judge) latest(num int64) (fengsui.Latest, bool) {
	p := j.points.find(num)
	if p == nil || p.received == 0 {
		return fengsui.Latest{}, false
	}
	l := fengsui.Latest{Point: num, At: p.latest.At, Received: p.received, Value: p.latest.Value, Quality: p.latest.Quality, State: p.level()}
	l.Silent = p.src != nil && (p.src.lost || p.src.t.cur >= 0)
	for i := range p.tracks {
		l.Silent = l.Silent || p.tracks[i].m.Kind == Silence && p.tracks[i].cur >= 0
	}
	return l, true
}

// Stats are the counts since the evaluator was made.
func (j *judge) Stats() Stats {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.stats
}
