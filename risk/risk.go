package risk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	shards = 64

	// gapAfter is the longest pause between ticks that counts as time gone by.
	gapAfter fengsui.Millis = 5000

	saveEvery = 5 * time.Second

	// Findings are gathered at most so long, and so many, while the log has more.
	gatherTime = 200 * time.Millisecond
	gatherMost = 500
	waitLeast  = 100 * time.Millisecond
	waitMost   = 5 * time.Second
)

// Log is what the evaluator reads.
type Log interface {
	Reader(from fengsui.Place) Reader          // records strictly after from
	Passed(reader string, place fengsui.Place) // they may be trimmed
	Tail() fengsui.Place
}

// Reader reads the log in order.
type Reader interface {
	Next(ctx context.Context) (Batch, error) // blocks until there is one
	Close()
}

// Batch is one message of the log: record i has Place{Seq, First + i}.
type Batch struct {
	Seq     uint64
	First   uint32
	Records [][]byte
}

// Config is what an Evaluator needs. All but Logger must be set.
type Config struct {
	DB       *store.DB
	Log      Log
	District func() *fengsui.District
	// Apply turns findings into changes inside the evaluator's own transaction. It
	// may be called again with findings that it was given before.
	Apply     func(context.Context, *store.Tx, []fengsui.Finding) error
	Models    []Model
	Partition int
	Logger    *slog.Logger
}

// Stats counts what an evaluator did since it began.
type Stats struct {
	Records  int64 // without ticks
	Samples  int64
	Late     int64 // samples that were put aside as late
	Unknown  int64 // samples and presences of what the district does not know any more
	Bad      int64 // records that could not be read
	Findings int64
}

// Evaluator judges one partition of the log.
type Evaluator struct {
	c      Config
	models []Model

	// mu is held while a record is judged and by those who ask; never across I/O.
	// What follows is written by Run alone.
	mu       sync.RWMutex
	district *fengsui.District
	points   map[int64]*point
	sources  map[sourceKey]*source
	order    []*source // as they came
	shards   [shards]shard
	watch    []*point // those whose silence is judged
	attend   []*point // those that ticks have something to do for
	place    fengsui.Place
	done     fengsui.Place  // place, once its findings are applied
	received fengsui.Millis // of the last record or tick
	perBatch float64        // samples in a batch, a running mean
	stats    Stats

	clock    fengsui.Millis // the models' time: ticks added up
	lastTick fengsui.Millis
	grace    fengsui.Millis // clock when ticks went on after a gap

	late      map[lateKey]*lateBatch
	lateOrder []*lateBatch // by first receipt
	lateCount int

	// Not saved yet. Only Run touches these.
	out      []fengsui.Finding
	lateRows []lateRow
	epoch    int64
	saved    fengsui.Place
	savedAt  time.Time

	// Scratch.
	stamp          int64
	buf, aside     []fengsui.Sample
	pts            []*point
	touched        []touch
	touchedSources []*source
	blob           []byte
}

type shard struct {
	points  []*point
	sources []*source
	dirty   bool
}

// touch is a track that changed in the record under way.
type touch struct {
	p *point
	t *track
}

// New makes an Evaluator. It starts nothing.
func New(c Config) (*Evaluator, error) {
	switch {
	case c.DB == nil || c.Log == nil || c.District == nil || c.Apply == nil:
		return nil, errors.New("risk: DB, Log, District and Apply must be set")
	case len(c.Models) == 0:
		return nil, errors.New("risk: there is no model")
	}
	ids := map[string]bool{}
	for i := range c.Models {
		if err := c.Models[i].Check(); err != nil {
			return nil, err
		}
		if ids[c.Models[i].ID] {
			return nil, fmt.Errorf("risk: two models are called %q", c.Models[i].ID)
		}
		ids[c.Models[i].ID] = true
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Evaluator{c: c, models: slices.Clone(c.Models)}
	e.reset()
	return e, nil
}

// reset forgets all state.
func (e *Evaluator) reset() {
	e.points, e.sources, e.late = map[int64]*point{}, map[sourceKey]*source{}, map[lateKey]*lateBatch{}
	e.order, e.watch, e.attend, e.lateOrder, e.lateCount = nil, nil, nil, nil, 0
	e.shards = [shards]shard{}
	e.out, e.lateRows = nil, nil
	e.touched, e.touchedSources = nil, nil
	e.place, e.saved = fengsui.Place{}, fengsui.Place{}
	e.clock, e.lastTick, e.grace, e.received = 0, 0, 0, 0
	e.district = e.c.District()
}

// Models are the models in force.
func (e *Evaluator) Models() []Model { return e.models }

// Run takes the partition over and judges until ctx ends. It returns ErrLost when
// another evaluator takes over, and the log's NotFound when the log no longer
// holds what comes after the place: going on would pass over data that nobody
// judged. Everything else it waits out.
func (e *Evaluator) Run(ctx context.Context) error {
	if err := e.persist(ctx, "take partition over", e.load); err != nil {
		return err
	}
	e.savedAt = time.Now()
	e.c.Log.Passed("risk", e.place)
	for {
		err := e.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return e.leave(ctx)
		case errors.Is(err, ErrLost), fengsui.CodeOf(err) == fengsui.NotFound:
			return err
		}
		e.c.Logger.Error("log cannot be read", "err", err)
		if err := pause(ctx, waitMost); err != nil {
			return e.leave(ctx)
		}
	}
}

// leave saves what was judged when the evaluator is asked to stop.
func (e *Evaluator) leave(ctx context.Context) error {
	if e.place != e.saved {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := e.save(last); err != nil {
			e.c.Logger.Warn("state not saved on leaving, it is judged again", "err", err)
		}
	}
	return context.Cause(ctx)
}

// follow judges the log from the place on.
func (e *Evaluator) follow(ctx context.Context) error {
	r := e.c.Log.Reader(e.place)
	defer r.Close()
	var found time.Time // when the findings in hand began
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return err
		}
		before := len(e.out)
		e.judge(b)
		if before == 0 && len(e.out) > 0 {
			found = time.Now()
		}
		// A commit saves the state of every shard that moved, many megabytes in a large
		// district: what the log holds by now goes into the same one, or evaluation
		// would fall behind the faster the more it finds.
		if len(e.out) > 0 && len(e.out) < gatherMost && e.place.Less(e.c.Log.Tail()) && time.Since(found) < gatherTime {
			continue
		}
		if len(e.out) == 0 {
			e.settle()
			if time.Since(e.savedAt) < saveEvery {
				continue
			}
		}
		if err := e.commit(ctx); err != nil {
			return err
		}
	}
}

// commit saves, however long it takes: evaluation waits with its place unmoved
// and its findings in hand.
func (e *Evaluator) commit(ctx context.Context) error {
	if err := e.persist(ctx, "save findings and place", e.save); err != nil {
		return err
	}
	e.mu.Lock()
	e.stats.Findings += int64(len(e.out))
	e.mu.Unlock()
	e.settle()
	for k := range e.shards {
		e.shards[k].dirty = false
	}
	clear(e.out) // lets go of the evidence
	e.out, e.lateRows = e.out[:0], nil
	e.saved, e.savedAt = e.place, time.Now()
	e.c.Log.Passed("risk", e.place)
	return nil
}

// settle notes that what was judged so far is also applied.
func (e *Evaluator) settle() {
	e.mu.Lock()
	e.done = e.place
	e.mu.Unlock()
}

// Done is the place up to which the log is judged and every finding applied. What
// is saved for a restart may lie behind it.
func (e *Evaluator) Done() fengsui.Place {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.done
}

// persist repeats what may fail while the store is away.
func (e *Evaluator) persist(ctx context.Context, what string, f func(context.Context) error) error {
	for wait, tries := waitLeast, 1; ; tries++ {
		err := f(ctx)
		switch {
		case err == nil:
			if tries > 1 {
				e.c.Logger.Info("evaluation goes on", "tries", tries)
			}
			return nil
		case errors.Is(err, ErrLost):
			return ErrLost
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case tries == 1 || tries%60 == 0:
			e.c.Logger.Error("evaluation waits", "for", what, "tries", tries, "err", err)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, waitMost)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// judge takes one batch.
func (e *Evaluator) judge(b Batch) {
	if d := e.c.District(); d != e.district {
		e.mu.Lock()
		e.redistrict(d)
		e.mu.Unlock()
	}
	before := e.stats.Samples
	for i, raw := range b.Records {
		place := fengsui.Place{Seq: b.Seq, Index: b.First + uint32(i)}
		if !e.place.Less(place) {
			continue
		}
		rec, err := fengsui.ReadRecord(raw)
		e.mu.Lock()
		if err == nil {
			err = e.record(place, &rec)
		}
		if err != nil {
			e.stats.Bad++
		}
		e.place = place
		e.mu.Unlock()
		if err != nil {
			e.c.Logger.Warn("log record left out", "seq", place.Seq, "index", place.Index, "err", err)
		}
	}
	e.mu.Lock()
	e.perBatch += (float64(e.stats.Samples-before) - e.perBatch) / 16
	e.mu.Unlock()
}

// record judges one record.
func (e *Evaluator) record(place fengsui.Place, rec *fengsui.Record) error {
	if e.lastTick == 0 {
		e.lastTick, e.clock = rec.Received, max(e.clock, rec.Received)
	}
	if rec.Tick {
		e.tick(place, rec.Received)
	} else {
		var err error
		e.buf, err = rec.Samples(e.buf[:0])
		if err != nil {
			return err
		}
		e.signals(place, rec)
	}
	e.received = rec.Received
	return nil
}

// tick lets time pass. The models' clock goes by the ticks and leaves gaps out.
func (e *Evaluator) tick(place fengsui.Place, received fengsui.Millis) {
	from := len(e.out)
	gone := received - e.lastTick
	e.lastTick = received
	if gone >= 0 && gone <= gapAfter {
		e.clock += gone
	} else {
		e.grace = e.clock
	}
	e.attend = slices.DeleteFunc(e.attend, func(p *point) bool {
		e.attendTo(p, place, received)
		p.attended = p.restless()
		return !p.attended
	})
	e.silences(place, received)
	e.judgeLates(place)
	// The worst first, and always in the same order.
	slices.SortFunc(e.out[from:], func(a, b fengsui.Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Model, b.Model))
	})
}

// attendTo does for one point what time alone brings about.
func (e *Evaluator) attendTo(p *point, place fengsui.Place, received fengsui.Millis) {
	e.dirty(p)
	for i := range p.tracks {
		t := &p.tracks[i]
		if t.m.Kind != Ladder || t.orphan {
			continue
		}
		at, changed := t.elapse(e.clock)
		if !changed {
			at = p.goodAt
		}
		e.tell(p, t, place, at, received)
	}
	p.alarmed(e.clock)
	for i := range p.tracks {
		t := &p.tracks[i]
		f := fengsui.Finding{Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: received, Learnt: received}
		switch {
		case t.orphan && t.told != -1:
			f.Value = p.good
			e.emit(t, -1, f)
		case t.m.Kind == Pace && !t.orphan:
			e.pace(p, t)
			if r := t.stands(0); r != t.told {
				f.Value, f.Limit, f.Unit = seconds(e.clock-p.heard), t.allowed(t.m.Every, r), "s"
				e.emit(t, r, f)
			}
		}
	}
}

// signals judges what one delivery said.
func (e *Evaluator) signals(place fengsui.Place, rec *fengsui.Record) {
	now := e.clock + min(max(rec.Received-e.lastTick, 0), gapAfter)
	e.stats.Records++
	e.stats.Samples += int64(len(e.buf))
	if !e.lookUp() {
		slices.SortStableFunc(e.buf, byTime)
		e.lookUp()
	}
	e.aside = e.aside[:0]
	for i := range e.buf {
		s := &e.buf[i]
		p := e.pts[i]
		if p == nil {
			e.stats.Unknown++
			continue
		}
		own := owned(s, rec.Received, rec.ClockOffset)
		if rec.Resent || rec.Received-own > lateAfter {
			e.aside = append(e.aside, *s)
			continue
		}
		e.live(p, s, own, place, rec.Received, now)
	}
	for i := range rec.Events {
		if p := e.point(rec.Events[i].Point); p != nil && !rec.Resent {
			e.spoke(p.src, now)
		}
	}
	for _, x := range rec.Presences {
		e.presence(rec, x, now)
	}
	if len(e.aside) > 0 {
		e.stats.Late += int64(len(e.aside))
		r := lateRow{key: lateKey{rec.Enterprise, rec.Device}, place: place, received: rec.Received, clock: now, offset: rec.ClockOffset, block: fengsui.AppendSamples(nil, e.aside)}
		e.lateRows = append(e.lateRows, r)
		e.keepLate(r, e.aside)
	}
	for _, x := range e.touched {
		x.t.queued = false
		e.tell(x.p, x.t, place, x.p.goodAt, rec.Received)
		e.restless(x.p)
	}
	for _, s := range e.touchedSources {
		s.touched = false
		e.tellSource(s, place, rec.Received)
	}
	e.touched, e.touchedSources = e.touched[:0], e.touchedSources[:0]
}

// lookUp finds the points of the samples in buf. It reports false when a point's
// samples are not in the order of their own time.
func (e *Evaluator) lookUp() bool {
	e.stamp++
	e.pts = e.pts[:0]
	ordered := true
	for i := range e.buf {
		p := e.point(e.buf[i].Point)
		e.pts = append(e.pts, p)
		if p == nil {
			continue
		}
		if p.stamp == e.stamp && e.buf[i].At < p.scan {
			ordered = false
		}
		p.stamp, p.scan = e.stamp, e.buf[i].At
	}
	return ordered
}

// live judges one live sample.
func (e *Evaluator) live(p *point, s *fengsui.Sample, own fengsui.Millis, place fengsui.Place, received, now fengsui.Millis) {
	e.dirty(p)
	p.latest, p.received, p.heard = *s, received, now
	e.spoke(p.src, now)
	value := usable(s.Quality)
	if value {
		p.seen, p.goodAt, p.good = now, own, s.Value
		p.remember(s)
	}
	for i := range p.tracks {
		t := &p.tracks[i]
		switch {
		case t.m.Kind == Silence:
			if t.heard(value) {
				e.touch(p, t)
			}
		case t.m.Kind != Ladder:
		case !value:
			t.unusable()
		case t.step(s.Value, own, now):
			p.alarmed(now)
			e.changed(p, t, own, received, place)
		case t.lateTo != 0 && own >= t.lateTo:
			t.lateTo = 0
			e.touch(p, t)
		case t.wait != 0:
			e.restless(p)
		}
	}
}

func (e *Evaluator) touch(p *point, t *track) {
	if !t.queued {
		t.queued = true
		e.touched = append(e.touched, touch{p, t})
	}
}

// changed takes a change of the measured rung inside a record. A rise above what
// was told becomes the record's finding at once, and the highest wins; what holds
// at the end of the record is told by tell.
func (e *Evaluator) changed(p *point, t *track, own, received fengsui.Millis, place fengsui.Place) {
	e.touch(p, t)
	if t.lateTo != 0 && own >= t.lateTo {
		t.lateTo = 0
	}
	if t.m.level(t.cur) <= t.m.level(t.told) || t.lateTo != 0 {
		return
	}
	if t.place == place {
		// A lower rung of the same record: the higher one takes its place.
		e.out = slices.DeleteFunc(e.out, func(f fengsui.Finding) bool {
			return f.Place == place && f.Model == t.m.ID && f.Subject == p.subject()
		})
	}
	e.say(p, t, t.cur, place, own, received, p.good)
}

// tell emits what stands now unless it was said already, and at most once a
// place.
func (e *Evaluator) tell(p *point, t *track, place fengsui.Place, at, received fengsui.Millis) {
	r := t.stands(p.goodAt)
	if r == t.told || t.place == place {
		return
	}
	value := p.good
	if t.lateTo > p.goodAt {
		at, value = t.lateTo, t.lateVal
	}
	e.say(p, t, r, place, at, received, value)
}

// say emits a ladder's or a point's silence finding.
func (e *Evaluator) say(p *point, t *track, rung int8, place fengsui.Place, at, received fengsui.Millis, value float64) {
	f := fengsui.Finding{Place: place, Subject: p.subject(), Enterprise: p.enterprise, At: at, Learnt: received, Value: value}
	if t.m.Kind == Ladder {
		f.Limit, f.Unit, f.Evidence = t.limit(rung), p.def.Unit, p.evidence(t.m.Evidence)
	} else {
		f.Value, f.Limit, f.Unit = 0, t.allowed(fengsui.Span(t.m.period(p.def)), rung), "s" // it speaks again
	}
	e.emit(t, rung, f)
}

// emit makes a finding: the track's subject is now at a rung, -1 for returned.
func (e *Evaluator) emit(t *track, rung int8, f fengsui.Finding) *fengsui.Finding {
	f.Partition, f.Model, f.Version, f.Sector = e.c.Partition, t.m.ID, t.m.Version, t.m.Sector
	if f.Level = t.m.level(rung); rung >= 0 {
		f.Rung = t.m.Ladder[rung].Name
	}
	t.told, t.place = rung, f.Place
	e.out = append(e.out, f)
	return &e.out[len(e.out)-1]
}

// limit is the limit of a rung, or for a return that of the rung told last.
func (t *track) limit(rung int8) float64 {
	if rung < 0 {
		rung = t.told
	}
	if rung < 0 || int(rung) >= len(t.limits) || t.limits[rung].at != t.limits[rung].at {
		return 0
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

func (e *Evaluator) dirty(p *point) { e.shards[p.num&(shards-1)].dirty = true }

func (p *point) subject() fengsui.Subject { return fengsui.SubjectOf("point", p.num) }

// Latest is a point's newest live value; ok is false when it never spoke.
func (e *Evaluator) Latest(num int64) (l fengsui.Latest, ok bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.latest(num)
}

// LatestOf are the newest live values of those points that ever spoke.
func (e *Evaluator) LatestOf(nums []int64) []fengsui.Latest {
	e.mu.RLock()
	defer e.mu.RUnlock()
	list := make([]fengsui.Latest, 0, len(nums))
	for _, num := range nums {
		if l, ok := e.latest(num); ok {
			list = append(list, l)
		}
	}
	return list
}

func (e *Evaluator) latest(num int64) (fengsui.Latest, bool) {
	p := e.points[num]
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

// Lag is how far evaluation is behind the log: the samples that wait, estimated
// from the messages that wait, and the age of the newest record judged. What is
// judged but not applied yet waits too.
func (e *Evaluator) Lag() (samples int64, behind time.Duration) {
	tail := e.c.Log.Tail()
	e.mu.RLock()
	defer e.mu.RUnlock()
	if !e.done.Less(tail) {
		return 0, 0
	}
	if at := max(e.received, e.lastTick); at > 0 {
		behind = max(0, time.Since(at.Time()))
	}
	return max(1, int64(e.perBatch*float64(tail.Seq-e.done.Seq))), behind
}

// Stats are the counts since the evaluator was made.
func (e *Evaluator) Stats() Stats {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.stats
}
