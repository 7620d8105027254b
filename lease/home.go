package lease

import (
	"context"
	"database/sql"
	"errors"

	"fengsui"
	"fengsui/store"
)

// Belong says that these records go with a log, by the log's identity, and refuses
// when they go with another: two platforms on one database would judge two logs and
// take each other's places for their own. The first to ask decides.
func Belong(ctx context.Context, db *store.DB, log string) error {
	is, err := home(ctx, db)
	if errors.Is(err, sql.ErrNoRows) {
		err = db.Keep(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO lease_home (id, log) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`, log)
			return err
		})
		if err == nil {
			is, err = home(ctx, db)
		}
	}
	if err == nil && is != log {
		err = fengsui.Errorf(fengsui.Conflict, "other_platform", "the records in this database belong to another platform: they go with the log %q, and this one has the log %q; give each platform a database of its own, or every process of one platform the same bus.url", is, log)
	}
	return err
}

func home(ctx context.Context, db *store.DB) (log string, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT log FROM lease_home WHERE id = 1`).Scan(&log)
	})
	return log, err
}

// Forget takes away which log these records go with, and every holder: for records that
// were restored or moved, before a platform runs on them.
func Forget(ctx context.Context, db *store.DB) error {
	return db.Keep(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM lease_home`); err != nil {
			return err
		}
		// Epochs only ever rise: a process that still runs somewhere stays shut out.
		_, err := tx.Exec(`UPDATE lease SET epoch = epoch + 1, holder = '', note = ''`)
		return err
	})
}
