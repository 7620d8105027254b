// Package ingest is the one door: who is it, is it sane, is it new, keep it,
// hand it on (H16, H17, N10; DESIGN §5.1, §5.2, §5.5, §5.6).
//
// Take returns after the delivery is in the log, which is when a sender may be
// told so. Items that are not sane are refused one by one or kept with a mark
// and named in the receipt; what comes from a point that nobody knows is put
// aside (quarantine), and its alarms go to the duty desk at once. A delivery
// with an idempotency key is kept once in 7 days: a repeat hears the first
// answer, the same key with another body is a conflict. Only when the log says
// that it does not know whether it kept something can a repeat be in it twice.
//
// Order is that of the calls: whoever waits for Take before the next one has its
// order kept. When the log, the district or the evaluator is away or behind,
// Take refuses with Unavailable and keeps nothing.
//
// Several processes may have a door to one log (Config.After, Config.Ticks). Each
// follows it, and keeps something under a key only when no other door's record lies
// behind what it has seen: a key is in the log once, whichever doors it is used at.
//
// The door asks memory alone: the district, the answers and the nonces. Run
// reads these back from Dir and from the log behind them, and Take waits for
// that; afterwards Run writes a tick a second into the log, the answers to Dir
// and the quarantine to the store, and owns the goroutines for it. What a kill
// can take away of the quarantine is the counting of its last second; events in
// it are in the log and come back from there.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/bus"
	"fengsui/fault"
	"fengsui/store"
)

// Log is the durable log, as far as the door needs it.
type Log interface {
	Append(ctx context.Context, record []byte) (fengsui.Place, error)
	Reader(from fengsui.Place) *bus.Reader
	Tail() fengsui.Place
}

// Config says what the door stands between. Zero bounds mean their defaults.
type Config struct {
	Log      Log
	District func() *fengsui.District
	DB       *store.DB // the quarantine's
	Dir      string    // where the answers are kept between runs

	// Lag says how far the evaluator is behind; nil: never.
	Lag func() (samples int64, behind time.Duration)
	// Alarm tells the duty desk of a raised event of an unknown point. It is
	// called again until it returns nil, and after a kill perhaps once more.
	Alarm func(ctx context.Context, s fengsui.Stray) error

	// Ticks says whether this door writes the models' clock into the log: of several
	// doors one does. nil: this one.
	Ticks func() bool
	// After is Append where other processes append to the same log: it refuses with
	// Conflict when a record that is not ours lies between seen and where this one would
	// stand. The door then follows the log, and a key that was used at another door is
	// known here before anything is kept under it. nil: nobody else appends.
	After func(ctx context.Context, record []byte, seen fengsui.Place) (fengsui.Place, error)

	StrayKeep   time.Duration // what nobody registered goes so long after it was last heard; 0: never
	SlowSamples int64         // evaluator's lag above which Take takes its time; 2,000,000
	MaxSamples  int64         // ... above which it refuses; 60,000,000
	MaxBehind   time.Duration // the same in time; 2 min
	AnswerBytes int64         // disk for the answers of 7 days; 2 GiB, about 200 deliveries a second, and no more. Beyond it the oldest are forgotten, and it is said
	Logger      *slog.Logger
}

// Door is the one door. It is an adapter.Sink and knows the nonces for push.
type Door struct {
	c      Config
	log    *slog.Logger
	book   *book
	nonces nonces
	clocks clocks
	codes  codeLists
	strays quarantine
	ready  chan struct{}  // closed once what was before is known again
	late   sync.WaitGroup // appends under the fault early-answer
	pool   sync.Pool      // *job

	taken, samples, events, presences   atomic.Int64
	positions                           atomic.Int64
	repeats, conflicts, refused, marked atomic.Int64
	unavailable, ticks, missed, astray  atomic.Int64
}

// startWait is how long Take waits for the door to open before it refuses.
const startWait = 5 * time.Second

// appendWait bounds one append: a log that does not answer is away.
const appendWait = 30 * time.Second

// New makes a Door. It reads what Dir holds; Run does the rest.
func New(c Config) (*Door, error) {
	if c.Log == nil || c.District == nil || c.DB == nil || c.Dir == "" {
		return nil, errors.New("ingest: Config needs Log, District, DB and Dir")
	}
	if c.SlowSamples == 0 {
		c.SlowSamples = 2_000_000
	}
	if c.MaxSamples == 0 {
		c.MaxSamples = 60_000_000
	}
	if c.MaxBehind == 0 {
		c.MaxBehind = 2 * time.Minute
	}
	if c.AnswerBytes == 0 {
		c.AnswerBytes = maxBook
	}
	c.AnswerBytes = min(c.AnswerBytes, maxBook)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Ticks == nil {
		c.Ticks = func() bool { return true }
	}
	d := &Door{c: c, log: c.Logger, ready: make(chan struct{})}
	d.strays.wake = make(chan struct{}, 1)
	var err error
	if d.book, err = openBook(c.Dir, c.AnswerBytes, c.Logger); err != nil {
		return nil, err
	}
	return d, nil
}

// Counts is what went through the door since its start.
type Counts struct {
	Deliveries int64 // kept
	Samples    int64
	Events     int64
	Presences  int64
	Positions  int64
	Repeats    int64 // answered from memory
	Conflicts  int64 // a key used for two bodies
	Refused    int64 // items
	Marked     int64 // items kept with a mark
	Strayed    int64 // items put aside
	Away       int64 // deliveries sent away with Unavailable
	Ticks      int64
	NoTicks    int64 // ticks that the log did not take
	Alarms     int64 // of unknown points, told
	AlarmsLost int64 // not told one by one, for too many waited, but together as one; the quarantine has them
	Answers    int64 // idempotency keys remembered
	Forgotten  int64 // idempotency keys given up before their 7 days
}

// Counts are the door's counters.
func (d *Door) Counts() Counts {
	answers, forgotten := d.book.counts()
	return Counts{
		Deliveries: d.taken.Load(), Samples: d.samples.Load(), Events: d.events.Load(), Presences: d.presences.Load(), Positions: d.positions.Load(),
		Repeats: d.repeats.Load(), Conflicts: d.conflicts.Load(), Refused: d.refused.Load(), Marked: d.marked.Load(),
		Strayed: d.astray.Load(), Away: d.unavailable.Load(), Ticks: d.ticks.Load(), NoTicks: d.missed.Load(),
		Alarms: d.strays.told.Load(), AlarmsLost: d.strays.lost.Load(), Answers: answers, Forgotten: forgotten,
	}
}

var (
	errStarting = fengsui.Errorf(fengsui.Unavailable, "starting", "the platform is starting; nothing was kept, send it again in a few seconds")
	errDistrict = fengsui.Errorf(fengsui.Unavailable, "district_away", "the platform does not know its enterprises yet; nothing was kept, send it again in a few seconds")
	errBehind   = fengsui.Errorf(fengsui.Unavailable, "behind", "the platform is behind with judging what it has; nothing was kept, send it again later")
	errAway     = fengsui.Errorf(fengsui.Unavailable, "log_away", "the log gave no answer; send it again under the same idempotency key")
	errReused   = fengsui.Errorf(fengsui.Conflict, "key_reused", "this idempotency key was used for another body; take a new key for each batch")
)

// Ready says whether Take can work: nil, or why not.
func (d *Door) Ready() error {
	select {
	case <-d.ready:
	default:
		return errStarting
	}
	if x := d.c.District(); x == nil || len(x.Enterprises) == 0 {
		return errDistrict
	}
	return nil
}

// open waits a moment for the door to open.
func (d *Door) open(ctx context.Context) error {
	select {
	case <-d.ready:
		return nil
	default:
	}
	wait := time.NewTimer(startWait)
	defer wait.Stop()
	select {
	case <-d.ready:
		return nil
	case <-wait.C:
		return errStarting
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Nonce is nil the first time that a key uses a nonce within 10 minutes, and
// Conflict ("replayed") from then on.
func (d *Door) Nonce(ctx context.Context, keyID, nonce string, at fengsui.Millis) error {
	if err := d.open(ctx); err != nil {
		return err
	}
	return d.nonces.use(nonceHash(keyID, nonce), at)
}

// Take keeps a delivery.
func (d *Door) Take(ctx context.Context, v *adapter.Delivery) (adapter.Receipt, error) {
	r, err := d.take(ctx, v)
	switch {
	case err != nil && fengsui.CodeOf(err) == fengsui.Unavailable:
		d.unavailable.Add(1)
	case err != nil && fengsui.CodeOf(err) == fengsui.Conflict:
		d.conflicts.Add(1)
	case r.Repeat:
		d.repeats.Add(1)
	}
	return r, err
}

func (d *Door) take(ctx context.Context, v *adapter.Delivery) (none adapter.Receipt, err error) {
	if err := d.open(ctx); err != nil {
		return none, err
	}
	district := d.c.District()
	if district == nil || len(district.Enterprises) == 0 {
		return none, errDistrict
	}
	from, err := senderOf(district, v)
	if err != nil {
		return none, err
	}
	if v.Idempotency == "" {
		r, _, _, err := d.keep(ctx, district, from, v, 0)
		return r, err
	}
	hash := keyHash(v.Adapter, from.num(), v.Idempotency)
	for {
		f, answer, err := d.book.claim(hash, v.BodyHash)
		if err != nil {
			return none, err
		}
		if answer != nil {
			r, err := readAnswer(answer)
			r.Repeat = true
			return r, err
		}
		if f.mine {
			return d.first(ctx, f, district, from, v)
		}
		select {
		case <-f.done: // kept, and the book knows; or not, and it is our turn
		case <-ctx.Done():
			return none, context.Cause(ctx)
		}
	}
}

// first keeps the first delivery under a key, on behalf of all that wait for it.
func (d *Door) first(ctx context.Context, f claimed, district *fengsui.District, from sender, v *adapter.Delivery) (adapter.Receipt, error) {
	settled := false
	defer func() {
		if !settled {
			d.book.abandon(f)
		}
	}()
	r, answer, place, err := d.keep(ctx, district, from, v, f.hash)
	if err != nil {
		return adapter.Receipt{}, err
	}
	if r.Repeat {
		return r, nil
	}
	settled = true
	if d.c.After != nil {
		place = fengsui.Place{} // what lies before it may not be followed yet
	}
	d.book.settle(f, answer, place, nonceOf(v))
	return r, nil
}

func nonceOf(v *adapter.Delivery) nonce {
	if v.Nonce == "" {
		return nonce{}
	}
	return nonce{hash: nonceHash(v.KeyID, v.Nonce), at: v.Received}
}

// keep sifts a delivery and appends what is left of it. key is the hash of its
// idempotency key, 0 for none; another door may have answered it meanwhile.
func (d *Door) keep(ctx context.Context, district *fengsui.District, from sender, v *adapter.Delivery, key uint64) (r adapter.Receipt, answer []byte, place fengsui.Place, err error) {
	if err := d.hold(ctx); err != nil {
		return r, nil, place, err
	}
	j, _ := d.pool.Get().(*job)
	if j == nil {
		j = &job{}
	}
	defer d.pool.Put(j)
	if r, err = d.sift(j, district, from, v); err != nil {
		return r, nil, place, err
	}
	answer = appendAnswer(nil, &r)
	j.out.Answer = answer
	j.record = fengsui.AppendRecord(j.record[:0], &j.out)
	if len(j.record) > fengsui.MaxRecord {
		return r, nil, place, fengsui.Errorf(fengsui.Invalid, "too_large", "the delivery is too large to be kept as one; send several")
	}
	var untold *hold // an alarm that was not told is read again after a kill
	if slices.ContainsFunc(j.strays, stray.alarms) {
		untold = d.book.hold()
		defer d.book.letGo(untold)
	}
	if fault.On(fault.EarlyAnswer) {
		record := append([]byte(nil), j.record...)
		d.late.Go(func() {
			time.Sleep(5 * time.Millisecond) // a sync on a slow disk: on a fast one a kill seldom comes between
			if _, err := d.append(context.WithoutCancel(ctx), record); err != nil {
				d.log.Error("delivery lost after its answer", "err", err)
			}
		})
	} else if d.c.After != nil && key != 0 {
		before, err := d.appendOnce(ctx, j.record, key, v.BodyHash)
		if err != nil || before != nil {
			if err == nil {
				r, err = readAnswer(before)
				r.Repeat = true
			}
			return r, before, place, err
		}
	} else if place, err = d.append(ctx, j.record); err != nil {
		return r, nil, place, err
	}
	fault.Leak()
	d.taken.Add(1)
	d.samples.Add(int64(j.samples))
	d.events.Add(int64(len(j.out.Events)))
	d.presences.Add(int64(len(j.out.Presences)))
	d.positions.Add(int64(len(j.out.Positions)))
	d.refused.Add(int64(j.refused))
	d.marked.Add(int64(j.marked))
	if len(j.strays) > 0 {
		d.astray.Add(int64(len(j.strays)))
		d.strays.add(from.enterprise, v, j.strays, untold)
	}
	return r, answer, place, nil
}

// append writes a record. A sender that hangs up does not stop it: the answer
// that it then asks for again is the one that stands in the log.
func (d *Door) append(ctx context.Context, record []byte) (fengsui.Place, error) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), appendWait, errAway)
	defer cancel()
	return d.c.Log.Append(ctx, record)
}

// appendOnce writes a record unless the log has one under its key; then it gives the
// answer that stands there.
func (d *Door) appendOnce(ctx context.Context, record []byte, key, body uint64) (before []byte, err error) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), appendWait, errAway)
	defer cancel()
	for {
		seen, stepped, a, there, err := d.book.known(key)
		switch {
		case err != nil:
			return nil, err
		case there && uint32(a.body) != uint32(body):
			return nil, errReused
		case there:
			return a.answer, nil
		}
		_, err = d.c.After(ctx, record, seen)
		if fengsui.CodeOf(err) != fengsui.Conflict || err == nil {
			return nil, err
		}
		select {
		case <-stepped:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// hold slows senders down while the evaluator is behind, and refuses when it is
// too far behind. The evaluator's memory is bounded without this; its delay is
// not.
func (d *Door) hold(ctx context.Context) error {
	if d.c.Lag == nil {
		return nil
	}
	samples, behind := d.c.Lag()
	if samples > d.c.MaxSamples || behind > d.c.MaxBehind {
		return errBehind
	}
	if samples <= d.c.SlowSamples {
		return nil
	}
	wait := time.NewTimer(time.Duration(min(samples/d.c.SlowSamples, 20)) * 50 * time.Millisecond)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Times of Run.
const (
	tickEvery  = time.Second
	turnEvery  = 15 * time.Second // bounds what is read again from the log after a kill
	flushEvery = time.Second
	tidyEvery  = time.Minute
)

// Run opens the door and does what must go on while it is open, until ctx ends.
func (d *Door) Run(ctx context.Context) error {
	place, err := d.recall(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("read the log for answers: %w", err)
	}
	select {
	case <-d.ready: // it was open before
	default:
		close(d.ready)
	}
	var wg sync.WaitGroup
	if d.c.After != nil {
		wg.Go(func() { d.follow(ctx, place) })
	}
	wg.Go(func() { d.tick(ctx) })
	wg.Go(func() { d.turn(ctx) })
	wg.Go(func() { d.flush(ctx) })
	wg.Go(func() { d.alarm(ctx) })
	wg.Wait()
	d.late.Wait()
	return nil
}

// recall reads from the log what the book does not have yet, and says up to where.
func (d *Door) recall(ctx context.Context) (at fengsui.Place, err error) {
	from := d.book.restored()
	for _, n := range d.book.recent() {
		d.nonces.restore(n)
	}
	tail := d.c.Log.Tail()
	if tail.Less(from) {
		d.log.Warn("the log ends before the place that the answers were saved at, it is read from its start", "saved", from.Seq, "tail", tail.Seq)
		from = fengsui.Place{}
	}
	// An unknown index at the tail means that only the number of the last
	// message is known.
	if !from.Less(tail) || from.Seq == tail.Seq && tail.Index == ^uint32(0) {
		return from, nil
	}
	start, records := time.Now(), 0
	reader := d.c.Log.Reader(from)
	defer func() { reader.Close() }()
	for {
		batch, err := reader.Next(ctx)
		if fengsui.CodeOf(err) == fengsui.NotFound && from != (fengsui.Place{}) {
			d.log.Warn("the log has lost what came after the saved answers, keys of that time are not known", "saved", from.Seq, "err", err)
			reader.Close()
			from = fengsui.Place{}
			reader = d.c.Log.Reader(from)
			continue
		}
		if err != nil {
			return at, err
		}
		at = d.each(&batch, d.remember)
		records += len(batch.Records)
		if batch.Seq >= tail.Seq {
			d.log.Info("answers read back from the log", "records", records, "took", time.Since(start))
			return at, nil
		}
	}
}

// follow remembers what other doors answer, until ctx ends. Unless it keeps up nothing
// is kept here under a key.
func (d *Door) follow(ctx context.Context, from fengsui.Place) {
	d.book.moved(from)
	for ctx.Err() == nil {
		reader := d.c.Log.Reader(from)
		var err error
		for err == nil {
			var batch bus.Batch
			if batch, err = reader.Next(ctx); err == nil {
				from = d.each(&batch, d.enter)
			}
		}
		reader.Close()
		if ctx.Err() != nil {
			return
		}
		d.log.Error("the log cannot be followed; nothing is kept under an idempotency key until it can", "seq", from.Seq, "err", err)
		again := time.NewTimer(tickEvery)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
		}
	}
}

// each hands the records of a batch to f, and gives the last one's place.
func (d *Door) each(batch *bus.Batch, f func(*fengsui.Record, fengsui.Place)) (place fengsui.Place) {
	for i, b := range batch.Records {
		place = fengsui.Place{Seq: batch.Seq, Index: batch.First + uint32(i)}
		r, err := fengsui.ReadRecord(b)
		if err != nil {
			d.log.Error("log record cannot be read", "seq", place.Seq, "index", place.Index, "err", err)
			d.book.moved(place)
			continue
		}
		f(&r, place)
	}
	return place
}

// remember takes over what a record of the log says about its sender, and what of it
// was astray.
func (d *Door) remember(r *fengsui.Record, place fengsui.Place) {
	astray := func(e fengsui.Event) bool { return e.Point == unknownPoint }
	if !slices.ContainsFunc(r.Events, astray) {
		d.enter(r, place)
		return
	}
	untold := d.book.hold()
	defer d.book.letGo(untold)
	d.enter(r, place)
	for i := range r.Events {
		if astray(r.Events[i]) {
			district := d.c.District()
			if district == nil {
				continue
			}
			if e := district.Enterprise(r.Enterprise); e != nil || r.Sender != "" {
				d.strays.add(e, &adapter.Delivery{}, []stray{strayOf(&r.Events[i], r.Received)}, untold)
			}
		}
	}
}

// enter takes over what a record of the log answers.
func (d *Door) enter(r *fengsui.Record, place fengsui.Place) {
	if r.Tick {
		d.book.moved(place)
		return
	}
	n := nonce{}
	if r.Nonce != "" {
		n = nonce{hash: nonceHash(r.KeyID, r.Nonce), at: r.Received}
		d.nonces.restore(n)
	}
	if r.Idempotency != "" {
		// A record's answer lies in the log's own memory.
		answer := append([]byte(nil), r.Answer...)
		d.book.restore(keyHash(r.Adapter, r.Enterprise, r.Idempotency), r.BodyHash, answer, place, n)
	} else {
		d.book.moved(place)
	}
}

// tick writes the intake's clock into the log, in silence too: models know time
// from it alone.
func (d *Door) tick(ctx context.Context) {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	var record []byte
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if !d.c.Ticks() {
			continue
		}
		record = fengsui.AppendRecord(record[:0], &fengsui.Record{Tick: true, Received: fengsui.At(time.Now())})
		place, err := d.c.Log.Append(ctx, record)
		switch {
		case err == nil:
			d.ticks.Add(1)
			if d.c.After == nil {
				d.book.moved(place)
			}
			if failing {
				d.log.Info("the log takes ticks again", "missed", d.missed.Load())
			}
			failing = false
		case ctx.Err() != nil:
			return
		default:
			d.missed.Add(1)
			if !failing {
				d.log.Error("the log takes no ticks", "err", err)
			}
			failing = true
		}
	}
}

// turn saves the answers from time to time, and once more at the end.
func (d *Door) turn(ctx context.Context) {
	t := time.NewTicker(turnEvery)
	defer t.Stop()
	for open := true; open; {
		select {
		case <-ctx.Done():
			open = false
		case <-t.C:
		}
		if err := d.book.turn(fengsui.At(time.Now())); err != nil {
			d.log.Error("answers could not be saved, they stay in memory", "err", err)
		}
	}
}
