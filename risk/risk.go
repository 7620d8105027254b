package risk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	// saveEvery is how often a checkpoint begins: a crash costs the judging of so
	// much of the log again.
	saveEvery = 5 * time.Second

	// Findings are gathered as long as the last commit took, at most so long and so
	// many, while the log has more.
	gatherTime = 50 * time.Millisecond
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

// Config is what an Evaluator needs. All but Logger and one of Models and Set must
// be set.
type Config struct {
	DB       *store.DB
	Log      Log
	District func() *fengsui.District
	// Apply turns findings into changes inside the evaluator's own transaction. It
	// may be called again with findings that it was given before.
	Apply  func(context.Context, *store.Tx, []fengsui.Finding) error
	Models []Model
	// Set stands in for Models: the models in force, which people change while Run
	// judges (A18).
	Set       func() *ModelSet
	Partition int
	Logger    *slog.Logger
}

// Evaluator judges one partition of the log and keeps what it concludes.
type Evaluator struct {
	*judge
	c    Config
	done fengsui.Place // guarded by mu: place, once its findings are applied

	// Only Run touches these.
	set        *ModelSet // by which is judged
	epoch      int64
	generation int64 // of the newest checkpoint begun
	saved      fengsui.Place
	savedAt    time.Time     // when the newest checkpoint began
	took       time.Duration // the last commit
	under      *checkpoint   // being written, nil for none
	blobs      [shards][]byte
}

// New makes an Evaluator. It starts nothing.
func New(c Config) (*Evaluator, error) {
	if c.Set == nil {
		fixed := &ModelSet{Models: c.Models}
		c.Set = func() *ModelSet { return fixed }
	}
	set := c.Set()
	switch {
	case c.DB == nil || c.Log == nil || c.District == nil || c.Apply == nil:
		return nil, errors.New("risk: DB, Log, District and Apply must be set")
	case len(set.Models) == 0:
		return nil, errors.New("risk: there is no model")
	}
	ids := map[string]bool{}
	for i := range set.Models {
		if err := set.Models[i].Check(); err != nil {
			return nil, err
		}
		if ids[set.Models[i].ID] {
			return nil, fmt.Errorf("risk: two models are called %q", set.Models[i].ID)
		}
		ids[set.Models[i].ID] = true
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Evaluator{c: c, set: set, judge: newJudge(c.Partition, slices.Clone(set.Models), c.District(), c.Logger)}, nil
}

// Run takes the partition over and judges until ctx ends. It returns ErrLost when
// another evaluator takes over, and the log's NotFound when the log no longer
// holds what comes after the place: going on would pass over data that nobody
// judged. Everything else it waits out.
func (e *Evaluator) Run(ctx context.Context) error {
	if err := e.persist(ctx, "take partition over", e.load); err != nil {
		return err
	}
	e.savedAt = time.Now()
	e.c.Log.Passed("risk", e.saved)
	writing, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		e.collect(true)
	}()
	for {
		err := e.follow(writing)
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
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := e.save(last); err != nil {
		e.c.Logger.Warn("state not saved on leaving, it is judged again", "err", err)
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
			return errors.Join(err, e.commit(ctx))
		}
		if d, set := e.c.District(), e.c.Set(); d != e.district || set != e.set {
			// What was judged by the old one need not be judged again by the new one.
			if err := e.commit(ctx); err != nil {
				return err
			}
			e.begin(ctx)
			if set != e.set {
				e.set = set
				e.judgeBy(set.Models)
			}
			if d != e.district {
				e.use(d)
			}
		}
		before := len(e.out)
		e.take(b)
		if before == 0 && len(e.out) > 0 {
			found = time.Now()
		}
		// A commit takes its turn among the writers of the store and waits for the
		// disk: what the log holds by now goes into the same one, or evaluation would
		// fall behind the faster the more it finds.
		if len(e.out) > 0 && len(e.out) < gatherMost && e.place.Less(e.c.Log.Tail()) && time.Since(found) < min(e.took, gatherTime) {
			continue
		}
		if err := e.commit(ctx); err != nil {
			return err
		}
		if err := e.collect(false); err != nil {
			return err
		}
		switch {
		case e.lateBytes > lateUnsaved:
			// What came late is held until a checkpoint has it: the log waits.
			if err := e.checkpoint(ctx); err != nil {
				return err
			}
		case time.Since(e.savedAt) >= saveEvery:
			e.begin(ctx)
		}
	}
}

// commit applies the findings in hand, however long it takes: evaluation waits
// with its place unmoved.
func (e *Evaluator) commit(ctx context.Context) error {
	if len(e.out) > 0 {
		began := time.Now()
		if err := e.persist(ctx, "apply findings", e.apply); err != nil {
			return err
		}
		e.took = time.Since(began)
	}
	e.mu.Lock()
	e.stats.Findings += int64(len(e.out))
	e.done = e.place
	e.mu.Unlock()
	clear(e.out) // lets go of the evidence
	e.out = e.out[:0]
	return nil
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
				e.c.Logger.Info("the store is back", "for", what, "tries", tries)
			}
			return nil
		case errors.Is(err, ErrLost):
			return ErrLost
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case tries == 1 || tries%60 == 0:
			e.c.Logger.Error("the store is awaited", "for", what, "tries", tries, "err", err)
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
