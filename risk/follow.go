package risk

import "context"

// Follow judges beside the partition's holder, from the state that the holder saved
// last, for Latest and LatestPosition alone: what it concludes it forgets, and it
// writes nothing. It ends with ctx; Run may come after it, and it after Run.
func (e *Evaluator) Follow(ctx context.Context) {
	for ctx.Err() == nil {
		err := e.look(ctx)
		if err == nil {
			err = e.listen(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		// The log has let go of what comes next (the holder had judged it), or the store is away.
		e.c.Logger.Warn("following the log for latest values begins again", "err", err)
		if pause(ctx, waitMost) != nil {
			return
		}
	}
}

// listen judges what comes behind the place.
func (e *Evaluator) listen(ctx context.Context) error {
	r := e.c.Log.Reader(e.place)
	defer r.Close()
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return err
		}
		if set := e.c.Set(); set != e.set {
			e.set = set
			e.judgeBy(set.Models)
		}
		if d := e.c.District(); d != e.district {
			e.use(d)
		}
		e.take(b)
		e.mu.Lock()
		e.done = e.place
		e.mu.Unlock()
		clear(e.out)
		e.out, e.lateRows, e.lateBytes = e.out[:0], e.lateRows[:0], 0
	}
}
