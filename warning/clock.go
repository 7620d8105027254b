package warning

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	maxJump   = 5 * time.Minute // wall and monotonic clock may differ by so much
	maxBehind = 5 * time.Second // the wall clock may lie so far behind the newest journal row
	redWaits  = 5 * time.Minute // so long a clock in doubt holds red steps
	lookEvery = time.Minute     // how often a sleeping loop compares the clocks
	retry     = time.Second     // after the store was away
	putOff    = time.Minute     // after a warning could not be carried out
	batchSize = 500             // warnings of a level in one transaction: about 0.1 s of the one writer
)

// Why the wall clock is in doubt (DESIGN §5.4).
const (
	wallJumped = "wall_jump"      // it and the monotonic clock are more than maxJump apart
	wallBehind = "behind_journal" // it lies behind the newest journal row
)

// clock compares the wall clock with the monotonic one. While the two agree, the
// wall clock is the time; in doubt it is the monotonic one, counted from the last
// good moment, until an officer releases it.
type clock struct {
	wall func() time.Time

	mu    sync.Mutex // guards what follows
	base  fengsui.Millis
	start time.Time // monotonic; the time by it is base + what passed since
	doubt string
	since fengsui.Millis // when the doubt arose
	told  bool           // the journal has it
	busy  bool           // a release is being committed: the newest row is about to change
	freed int            // releases so far
	least fengsui.Millis // the wall clock counts as no less: the newest row was waited for in vain
	waits time.Time      // since when the newest row lies ahead; zero: it does not
}

// reading is one look at the clock.
type reading struct {
	now   fengsui.Millis
	doubt string
	since fengsui.Millis
	told  bool
	floor fengsui.Level // what is due below it waits
}

func newClock(wall func() time.Time) *clock {
	return &clock{wall: wall, base: fengsui.At(wall()), start: time.Now()}
}

func (c *clock) read() reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readLocked()
}

func (c *clock) readLocked() reading {
	mono, wall := c.mono(), fengsui.At(c.wall())
	if jump := fengsui.Millis(maxJump.Milliseconds()); c.doubt == "" && (wall-mono > jump || mono-wall > jump) {
		c.doubt, c.since, c.told = wallJumped, mono, false
	}
	switch {
	case c.doubt == "":
		return reading{now: max(wall, c.least), floor: fengsui.Blue}
	case mono < c.since.Add(fengsui.SpanOf(redWaits)):
		return reading{mono, c.doubt, c.since, c.told, fengsui.Red + 1}
	}
	return reading{mono, c.doubt, c.since, c.told, fengsui.Red}
}

// releases is how often the clock was released, for against.
func (c *clock) releases() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.freed
}

// against is read, with the newest journal row as a witness. What was the newest before a
// release is none: it is by the time that was given up.
func (c *clock) against(newest fengsui.Millis, releases int) reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.readLocked()
	if r.doubt == "" && !c.busy && c.freed == releases && newest-fengsui.At(c.wall()) > fengsui.Millis(maxBehind.Milliseconds()) {
		if c.mono() < newest {
			c.base, c.start = newest, time.Now()
		}
		c.doubt, c.since, c.told = wallBehind, c.mono(), false
		r = c.readLocked()
	}
	return r
}

// mono is the time by the monotonic clock.
func (c *clock) mono() fengsui.Millis { return c.base.Add(fengsui.SpanOf(time.Since(c.start))) }

// awaits says whether steps wait for the wall clock to come to the newest row, which lies
// a little ahead. Another process whose clock runs ahead may write all the time: after
// maxBehind steps go on by its time, and as long as it is ahead they wait no more; begun
// says that they go on so from now.
func (c *clock) awaits(newest fengsui.Millis) (wait, begun bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case fengsui.At(c.wall()) >= newest:
		c.waits, c.least = time.Time{}, 0
		return false, false
	case c.waits.IsZero():
		c.waits = time.Now()
	}
	if time.Since(c.waits) < maxBehind {
		return true, false
	}
	begun = c.least == 0
	c.least = newest
	return false, begun
}

// hold takes up a doubt that an earlier run left behind.
func (c *clock) hold(doubt string, since, newest fengsui.Millis) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doubt, c.since, c.told = doubt, since, true
	c.base, c.start = newest, time.Now()
}

func (c *clock) sayTold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = true
}

// release makes the wall clock the time again, as of a row that is being
// committed until settle.
func (c *clock) release(wall fengsui.Millis) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.start, c.doubt, c.busy, c.least, c.waits = wall, time.Now(), "", true, 0, time.Time{}
	c.freed++
}

func (c *clock) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
}

// clockRef is what journal rows about the clock are about.
var clockRef = fengsui.Ref{Kind: "clock", ID: "clock"}

const (
	actClockHeld     = "clock_held"
	actClockReleased = "clock_released"
)

type clockState struct {
	Doubt string         `json:"doubt"`
	Since fengsui.Millis `json:"since"`
	Wall  fengsui.Millis `json:"wall"` // what the wall clock says
	Mono  fengsui.Millis `json:"mono"` // what time it is by the monotonic clock
}

// Held reports whether steps are held because the wall clock is in doubt, and
// why: "wall_jump" or "behind_journal".
func (e *Engine) Held() (bool, string) {
	r := e.clock.read()
	return r.doubt != "", r.doubt
}

// Ready says why what falls due is not carried out, nil when it is.
func (e *Engine) Ready() error {
	if held, why := e.Held(); held {
		return fmt.Errorf("steps are held: %s", why)
	}
	if stands := e.stands.Load(); stands != nil {
		return fmt.Errorf("steps cannot be carried out: %w", *stands)
	}
	return nil
}

// Release lets the held steps go on by the wall clock as it is now.
func (e *Engine) Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, why string) error {
	if err := s.Allow(fengsui.ActRelease, fengsui.None); err != nil {
		return err
	}
	r := e.clock.read()
	if r.doubt == "" {
		return fengsui.Errorf(fengsui.Conflict, "clock_not_held", "the clock is not held: there is nothing to release")
	}
	wall := fengsui.At(e.clock.wall())
	done := false
	err := e.db.Change(ctx, func(tx *store.Tx) error {
		err := tx.Record(fengsui.Change{
			Of: clockRef, Act: actClockReleased, By: by, At: wall, Why: why,
			Before: clockState{r.doubt, r.since, wall, r.now},
		})
		if err == nil {
			// While nobody else can write: the next row is by the new time.
			e.clock.release(wall)
			done = true
		}
		return err
	})
	if err != nil && done {
		e.clock.hold(r.doubt, r.since, r.now)
	}
	e.clock.settle()
	return err
}

// Run carries out what falls due until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	resumed := false
	for {
		var next fengsui.Millis
		var head int64
		var err error
		if !resumed {
			err = e.resume(ctx)
			resumed = err == nil
		}
		if resumed {
			next, head, err = e.tick(ctx)
		}
		switch {
		case ctx.Err() != nil:
			e.stands.Store(nil) // another process may carry steps out now
			return nil
		case err == nil:
			if e.stands.Swap(nil) != nil {
				e.log.Info("escalation clock goes on")
			}
			e.sleep(ctx, head, next)
		case resumed || fengsui.CodeOf(err) == fengsui.Unavailable:
			if e.stands.Swap(&err) == nil { // once, not once a second
				e.log.Error("escalation clock stands still", "err", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(retry):
			}
		default:
			e.stands.Store(&err)
			return err
		}
	}
}

// resume checks that every policy that runs is there, and takes up a held clock.
func (e *Engine) resume(ctx context.Context) error {
	err := e.db.View(ctx, func(tx *store.Tx) error {
		open, err := openUnder(tx)
		for _, key := range open {
			if _, missing := e.law.of(tx, key); missing != nil {
				return missing
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	row, err := e.clockRow(ctx)
	if err != nil || row.Act != actClockHeld {
		return err
	}
	newest, err := e.db.Newest(ctx)
	if err == nil {
		e.clock.hold(row.Why, row.At, newest)
	}
	return err
}

// tick carries out all that is due. It says when to look again, 0 for never,
// and which journal position it has seen.
func (e *Engine) tick(ctx context.Context) (next fengsui.Millis, head int64, err error) {
	for {
		head = e.db.Head() // before looking: what is committed later wakes the loop
		releases := e.clock.releases()
		newest, err := e.db.Newest(ctx)
		if err != nil {
			return 0, head, err
		}
		r := e.clock.against(newest, releases)
		if r.doubt != "" && !r.told {
			if err := e.tellHeld(ctx, r); err != nil {
				return 0, head, err
			}
		} else if r.doubt != "" {
			// Somebody may have released it in another process.
			row, err := e.clockRow(ctx)
			if err != nil {
				return 0, head, err
			}
			if row.Act == actClockReleased {
				e.heed(ctx, row)
				r = e.clock.read()
			}
		}
		wait, begun := false, false
		if r.doubt == "" {
			wait, begun = e.clock.awaits(newest)
		}
		if begun {
			e.log.Warn("another process writes with a clock that is ahead of this one's: steps go by it", "by", fengsui.SpanOf(time.Until(newest.Time())))
		}
		switch {
		case wait:
			return newest, head, nil
		case r.floor > fengsui.Red:
			return r.since.Add(fengsui.SpanOf(redWaits)), head, nil
		case r.doubt == "":
			r.now = max(r.now, newest)
		}
		at, err := e.earliest(ctx)
		if err != nil {
			return 0, head, err
		}
		next = 0
		for l := r.floor; l <= fengsui.Red; l++ {
			next = earlier(next, at[l])
		}
		if next == 0 || next > r.now {
			return next, head, nil
		}
		if err := e.batch(ctx, at); err != nil {
			return 0, head, err
		}
	}
}

// sleep waits until the time has come, the journal moved, or the clocks came
// apart.
func (e *Engine) sleep(ctx context.Context, head int64, until fengsui.Millis) {
	for {
		r := e.clock.read()
		if r.doubt != "" && !r.told {
			return
		}
		left := lookEvery
		if until > 0 {
			left = min(left, fengsui.Span(until-r.now).Duration())
		}
		if left <= 0 {
			return
		}
		wait, cancel := context.WithTimeout(ctx, left)
		_, err := e.db.Wait(wait, head)
		cancel()
		if err == nil || ctx.Err() != nil {
			return
		}
	}
}

// tellHeld journals that steps are held and tells the duty desk.
func (e *Engine) tellHeld(ctx context.Context, r reading) error {
	err := e.db.Change(ctx, func(tx *store.Tx) error {
		s := fengsui.Step{ID: fengsui.NewID(), Kind: stepClockHeld, Number: 1, DueAt: r.now, FiredAt: r.now, To: []fengsui.Told{}}
		for _, p := range e.district().Holders(fengsui.AsDuty, nil, "") {
			s.To = add(s.To, p.ID, fengsui.AsDuty)
		}
		return tx.Record(fengsui.Change{
			Of: clockRef, Act: actClockHeld, By: fengsui.Platform(stage), At: r.now, Why: r.doubt, Tell: []fengsui.Step{s},
			After: clockState{r.doubt, r.since, fengsui.At(e.clock.wall()), r.now},
		})
	})
	if err == nil {
		e.clock.sayTold()
		e.log.Error("wall clock in doubt: steps are held until an officer releases them", "reason", r.doubt)
	}
	return err
}

// due says for each level when the next thing falls due, 0 for never.
type due [fengsui.Red + 1]fengsui.Millis

func (e *Engine) earliest(ctx context.Context) (at due, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(selectEarliest)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l fengsui.Level
			var wake fengsui.Millis
			if err := rows.Scan(&l, &wake); err != nil {
				return err
			}
			at[l] = earlier(at[l], wake)
		}
		return rows.Err()
	})
	return at, err
}

// earlier is the earlier of two moments, of which 0 is never.
func earlier(a, b fengsui.Millis) fengsui.Millis {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

var errIdle = errors.New("warning: nothing is due")

// batch carries out at most batchSize of what is due, red first.
func (e *Engine) batch(ctx context.Context, at due) error {
	err := e.db.Change(ctx, func(tx *store.Tx) error {
		t := e.turn(tx)
		list, holds, err := t.due(at)
		if err != nil {
			return err
		}
		if len(list)+len(holds) == 0 {
			return errIdle
		}
		for _, h := range holds {
			err := t.tx.Apart(func() error { return t.lapse(h) })
			if err == nil {
				continue
			}
			if err := t.failed(h.warning, err, putOffHold, t.now.Add(fengsui.SpanOf(putOff)), h.model, h.subject); err != nil {
				return err
			}
		}
		for _, w := range list {
			err := t.tx.Apart(func() error { return t.carryOut(w) })
			if err == nil {
				continue
			}
			if err := t.failed(w.ID, err, putOffWarning, t.now.Add(fengsui.SpanOf(putOff)), w.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errIdle) {
		return nil
	}
	return err
}

// due reads what is due, red first. at says which levels are worth a look.
func (t *turn) due(at due) (list []*row, holds []*held, err error) {
	for l := fengsui.Red; l >= t.floor && len(list) < batchSize; l-- {
		if at[l] == 0 || at[l] > t.now {
			continue
		}
		rows, err := t.tx.Query(selectWake, l)
		if err != nil {
			return nil, nil, err
		}
		some, err := all(rows, scanWarning)
		if err != nil {
			return nil, nil, err
		}
		for _, w := range some {
			if w.wake <= t.now {
				list = append(list, w)
			}
		}
	}
	rows, err := t.tx.Query(selectHoldDue, t.now, t.floor)
	if err != nil {
		return nil, nil, err
	}
	holds, err = all(rows, scanHeld)
	return list, holds, err
}

// failed puts off what could not be carried out, so that one warning does not
// stop the clocks of all others. A context that ended fails the whole batch.
func (t *turn) failed(id fengsui.ID, cause error, query string, args ...any) error {
	if err := context.Cause(t.tx.Context()); err != nil {
		return err
	}
	t.e.log.Error("due step cannot be carried out, trying again in a minute", "warning", id, "err", cause)
	if _, err := t.tx.Exec(query, args...); err != nil {
		return err
	}
	return t.tx.Record(fengsui.Change{
		Of: fengsui.Ref{Kind: "warning", ID: id}, Act: "clock_failed", By: fengsui.Platform(stage), At: t.now, Why: cause.Error(), Warning: id,
	})
}

// carryOut does what is due for one warning.
func (t *turn) carryOut(w *row) error {
	c, err := t.take(w)
	if err != nil {
		return err
	}
	done, err := c.fire()
	if err != nil {
		return err
	}
	if !done {
		// The policy's file was changed without a new version: follow it.
		if err := c.record("clock_set", fengsui.Platform(stage), "", seen{}); err != nil {
			return err
		}
	}
	return c.save()
}

// fire carries out what is due: the clock first, then a hold that ran out, then
// shelving. It reports whether there was anything.
func (c *change) fire() (done bool, err error) {
	w := c.w
	if w.End != fengsui.Open || w.Level < c.floor {
		return false, nil
	}
	for _, s := range c.overdue() {
		done = true
		if err := c.record(string(s.Kind), fengsui.Platform(stage), "", seen{}, s); err != nil {
			return done, err
		}
	}
	if w.HoldMeasured != fengsui.None && w.HoldUntil > 0 && w.HoldUntil <= c.now {
		done = true
		if err := c.holdOver(); err != nil {
			return done, err
		}
	}
	if w.ShelvedUntil > 0 && w.ShelvedUntil <= c.now {
		done = true
		w.ShelvedUntil = 0
		err = c.record("unshelved", fengsui.Platform(stage), "", seen{})
	}
	return done, err
}

// overdue moves the clock past what is due and gives the steps, to be recorded.
func (c *change) overdue() []fengsui.Step {
	if c.w.Level < c.floor {
		return nil
	}
	var list []fengsui.Step
	for _, d := range c.policy.Due(c.w.Level, c.w.Clock, c.now) {
		to := c.rule.Notice.To
		if d.Kind == fengsui.StepSupervise {
			to = c.rule.Supervise.By
		}
		s := c.step(d.Kind, d.Number, d.At, c.reach(to))
		s.Missed = d.Missed
		c.w.Clock = c.w.Clock.Done(d)
		list = append(list, s)
	}
	return list
}

// holdOver ends a hold of an open warning: if the condition is active above the
// level still, it is raised again, citing the verdict.
func (c *change) holdOver() error {
	v := c.w.release()
	if c.w.Condition == fengsui.Active && c.w.Measured > c.w.Level {
		return c.upgrade(c.w.Measured, why(v), seen{Verdict: v})
	}
	return c.record("hold_over", fengsui.Platform(stage), why(v), seen{Verdict: v})
}

// release lets go of the hold and gives the verdict that it came from.
func (w *row) release() *cite {
	v := w.verdict
	w.HoldUntil, w.HoldMeasured, w.verdict = 0, fengsui.None, nil
	return v
}

func why(v *cite) string {
	if v == nil {
		return ""
	}
	return v.Why
}

// save writes the warning with its due times.
func (c *change) save() error {
	c.w.schedule(c.policy)
	if c.w.sameButClock(&c.old) {
		return c.w.updateClock(c.tx, c.old.Version)
	}
	return c.w.update(c.tx, c.old.Version)
}

// schedule sets when something next falls due.
func (w *row) schedule(p *fengsui.Escalation) {
	w.DueAt, w.wake = 0, 0
	if w.End != fengsui.Open {
		return
	}
	w.DueAt = earlier(p.Next(w.Level, w.Clock), w.HoldUntil)
	w.wake = earlier(w.DueAt, w.ShelvedUntil)
}
