package risk

import (
	"context"

	"fengsui/store"
)

// Reached is the message of the log up to which everything is judged, applied and saved,
// in every partition; 0 before the first.
func Reached(ctx context.Context, db *store.DB) (seq int64, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(MIN(seq), 0) FROM risk_place`).Scan(&seq)
	})
	return seq, err
}
