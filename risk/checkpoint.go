package risk

import (
	"context"
	"errors"
	"time"

	"fengsui"
	"fengsui/store"
)

// chunk is how many bytes of state one transaction of a checkpoint writes: the
// writers of findings get their turn in between.
const chunk = 512 << 10

// checkpoint is the state at one place, taken in one go while every finding up to
// the place is applied, and on its way to the store. It is written in short
// transactions under a new generation; the last one makes it the one that counts.
// Until then the generation before it is whole.
type checkpoint struct {
	generation         int64
	place              fengsui.Place
	clock, tick, grace fengsui.Millis
	shards             []int // those that changed; their bytes are in Evaluator.blobs
	lates              []lateRow
	lateBytes          int
	done               chan error // holds the one outcome
}

// begin starts to write a checkpoint, unless one is under way or there is nothing
// new. There must be no findings in hand. Run waits for it, by collect.
func (e *Evaluator) begin(ctx context.Context) {
	if e.under != nil || e.place == e.saved {
		return
	}
	e.snapshot()
	go func(c *checkpoint) { c.done <- e.write(ctx, c) }(e.under)
}

// collect takes up how a checkpoint went that is under way. It waits for it if
// asked to.
func (e *Evaluator) collect(wait bool) error {
	c := e.under
	if c == nil {
		return nil
	}
	if !wait && len(c.done) == 0 {
		return nil
	}
	err := <-c.done
	e.under = nil
	if err != nil {
		for _, k := range c.shards {
			e.shards[k].dirty = true
		}
		e.lateRows, e.lateBytes = append(c.lates, e.lateRows...), e.lateBytes+c.lateBytes
		return err
	}
	e.saved = c.place
	e.c.Log.Passed("risk", e.saved)
	return nil
}

// save applies the findings in hand and writes a checkpoint, and waits for both.
func (e *Evaluator) save(ctx context.Context) error {
	if err := e.commit(ctx); err != nil {
		return err
	}
	return e.checkpoint(ctx)
}

// checkpoint writes what is not saved yet and waits for it.
func (e *Evaluator) checkpoint(ctx context.Context) error {
	if err := e.collect(true); errors.Is(err, ErrLost) {
		return err
	}
	e.begin(ctx)
	return e.collect(true)
}

// snapshot encodes what changed since the newest checkpoint.
func (e *Evaluator) snapshot() {
	e.generation++
	c := &checkpoint{
		generation: e.generation, place: e.place, clock: e.clock, tick: e.lastTick, grace: e.grace,
		lates: e.lateRows, lateBytes: e.lateBytes, done: make(chan error, 1),
	}
	for k := range e.shards {
		if e.shards[k].dirty {
			e.blobs[k] = e.appendState(e.blobs[k][:0], k)
			e.shards[k].dirty = false
			c.shards = append(c.shards, k)
		}
	}
	e.under, e.lateRows, e.lateBytes, e.savedAt = c, nil, 0, time.Now()
}

// write writes a checkpoint, however long it takes. It touches nothing that
// judging touches.
func (e *Evaluator) write(ctx context.Context, c *checkpoint) error {
	shards, lates := c.shards, c.lates
	for len(shards)+len(lates) > 0 {
		n, m, size := 0, 0, 0
		for ; n < len(shards) && size < chunk; n++ {
			size += len(e.blobs[shards[n]])
		}
		for ; m < len(lates) && size < chunk; m++ {
			size += len(lates[m].block) + len(lates[m].words)
		}
		if err := e.part(ctx, func(tx *store.Tx) error { return e.writeParts(tx, c.generation, shards[:n], lates[:m]) }); err != nil {
			return err
		}
		shards, lates = shards[n:], lates[m:]
	}
	return e.part(ctx, func(tx *store.Tx) error { return e.flip(tx, c) })
}

// part runs one transaction of a checkpoint, guarded by the epoch.
func (e *Evaluator) part(ctx context.Context, f func(*store.Tx) error) error {
	return e.persist(ctx, "write checkpoint", func(ctx context.Context) error {
		return e.c.DB.Keep(ctx, func(tx *store.Tx) error {
			if err := held(tx.Exec(sqlHold, e.c.Partition, e.epoch)); err != nil {
				return err
			}
			return f(tx)
		})
	})
}

func (e *Evaluator) writeParts(tx *store.Tx, generation int64, shards []int, lates []lateRow) error {
	for _, k := range shards {
		if _, err := tx.Exec(sqlSaveShard, e.c.Partition, k, generation, stateVersion, e.blobs[k]); err != nil {
			return err
		}
	}
	for _, r := range lates {
		if r.done {
			continue
		}
		if _, err := tx.Exec(sqlSaveLate, e.c.Partition, int64(r.place.Seq), r.place.Index, r.key.enterprise, r.key.device, r.received, r.clock, r.offset, r.block, r.words); err != nil {
			return err
		}
	}
	return nil
}

// flip makes a checkpoint the one that counts, and lets go of what it replaces.
func (e *Evaluator) flip(tx *store.Tx, c *checkpoint) error {
	seq, index := int64(c.place.Seq), c.place.Index
	if _, err := tx.Exec(sqlFlip, c.generation, seq, index, c.clock, c.tick, c.grace, e.c.Partition); err != nil {
		return err
	}
	if _, err := tx.Exec(sqlDropOld, e.c.Partition, c.generation); err != nil {
		return err
	}
	for _, r := range c.lates {
		if !r.done {
			continue
		}
		if _, err := tx.Exec(sqlDropLate, e.c.Partition, r.key.enterprise, r.key.device, int64(r.place.Seq), r.place.Index); err != nil {
			return err
		}
	}
	_, err := tx.Exec(sqlForget, e.c.Partition, seq, index)
	return err
}
