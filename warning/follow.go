package warning

import (
	"context"
	"time"

	"fengsui"
	"fengsui/store"
)

// followEvery is how often at most Follow looks at the journal.
const followEvery = 500 * time.Millisecond

// Follow takes up what other processes of the platform say of the clock, until ctx
// ends: that it is held, so that Held and Release work in each of them, and that an
// officer released it, so that the steps go on where they are carried out.
func (e *Engine) Follow(ctx context.Context) error {
	head, seen := int64(-1), int64(0) // seen: the newest row about the clock
	for {
		if now := e.db.Head(); now != head {
			row, err := e.clockRow(ctx)
			switch {
			case err == nil:
				head = now
				if row.Pos > seen {
					seen = row.Pos
					e.heed(ctx, row)
				}
			case ctx.Err() == nil && fengsui.CodeOf(err) != fengsui.Unavailable:
				return err
			}
		}
		next := time.NewTimer(followEvery)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return context.Cause(ctx)
		}
	}
}

// clockRow is the newest journal row about the clock; without one its Pos is 0.
func (e *Engine) clockRow(ctx context.Context) (store.Entry, error) {
	list, _, err := e.db.Entries(ctx, fengsui.Everything(), store.Filter{Object: clockRef.ID, Kind: clockRef.Kind, Newest: true, Limit: 1})
	if err != nil || len(list) == 0 {
		return store.Entry{}, err
	}
	return list[0], nil
}

// heed does what a row about the clock says.
func (e *Engine) heed(ctx context.Context, row store.Entry) {
	r := e.clock.read()
	switch {
	case row.Act == actClockHeld && r.doubt == "":
		newest, err := e.db.Newest(ctx)
		if err != nil {
			newest = row.At
		}
		e.clock.hold(row.Why, row.At, newest)
	case row.Act == actClockReleased && r.doubt != "" && r.told:
		e.clock.release(fengsui.At(e.clock.wall()))
		e.clock.settle()
		e.log.Info("an officer released the escalation clock", "reason", r.doubt)
	}
}
