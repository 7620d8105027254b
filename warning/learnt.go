package warning

import (
	"context"

	"fengsui"
	"fengsui/store"
)

// Learnt says when the platform had the newest signal of a warning with an own time, 0
// when there is none.
func (e *Engine) Learnt(ctx context.Context, id fengsui.ID, at fengsui.Millis) (learnt fengsui.Millis, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(MAX(learnt), 0) FROM finding WHERE warning = $1 AND warning <> '' AND at = $2`, id, at).Scan(&learnt)
	})
	return learnt, err
}

// Overdue says whether something is due and not carried out yet.
func (e *Engine) Overdue(ctx context.Context) (due bool, err error) {
	at, err := e.earliest(ctx)
	now := e.clock.read().now
	for _, when := range at {
		due = due || when > 0 && when <= now
	}
	return due, err
}
