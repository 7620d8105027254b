package store

import (
	"context"
	"log/slog"
	"time"

	"fengsui"
)

const (
	// batch is how many journal rows a reader gets at once: enough to go through a
	// flood quickly, few enough that the acts of people do not wait for what it
	// writes.
	batch = 100

	// awayPause is how long a reader rests while the store is away.
	awayPause = time.Second

	sqlPlace     = `SELECT COALESCE((SELECT pos FROM journal_place WHERE reader = $1), 0)`
	sqlSavePlace = `INSERT INTO journal_place (reader, pos) VALUES ($1,$2) ON CONFLICT (reader) DO UPDATE SET pos = excluded.pos`
)

// Reader follows the journal by position under a name that is its own.
type Reader struct {
	Name string
	Log  *slog.Logger

	// Read looks at rows, oldest first, at most 100, outside a transaction. What it
	// returns is run in the transaction of Keep that saves the place behind them, so
	// both are there or neither is: rows may be read twice, but are kept once.
	Read func(ctx context.Context, rows []Entry) (keep func(*Tx) error, err error)

	// Kept is called after each such transaction.
	Kept func()
}

// Follow hands the journal to a reader, from its saved place on, until ctx ends or
// the reader fails. It sleeps while there is nothing new, and waits for a store that
// is away.
func (d *DB) Follow(ctx context.Context, r Reader) error {
	away := false
	for {
		kept, err := d.handOut(ctx, r)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if fengsui.CodeOf(err) != fengsui.Unavailable {
			return err
		}
		if kept > 0 || !away {
			away = true
			r.Log.Warn("the store is away and the journal's reader waits for it", "reader", r.Name, "err", err)
		}
		pause := time.NewTimer(awayPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return context.Cause(ctx)
		}
	}
}

// handOut is Follow up to the first failure; kept is how many batches went well.
func (d *DB) handOut(ctx context.Context, r Reader) (kept int, err error) {
	place := int64(0)
	if err := d.View(ctx, func(tx *Tx) error { return tx.QueryRow(sqlPlace, r.Name).Scan(&place) }); err != nil {
		return 0, err
	}
	for ; ; kept++ {
		if _, err := d.Wait(ctx, place); err != nil {
			return kept, err
		}
		rows, _, err := d.Entries(ctx, fengsui.Everything(), Filter{After: place, Limit: batch})
		if err != nil {
			return kept, err
		}
		keep, err := r.Read(ctx, rows)
		if err != nil {
			return kept, err
		}
		last := rows[len(rows)-1].Pos // Wait has seen a row behind place
		err = d.Keep(ctx, func(tx *Tx) error {
			if err := keep(tx); err != nil {
				return err
			}
			_, err := tx.Exec(sqlSavePlace, r.Name, last)
			return err
		})
		if err != nil {
			return kept, err
		}
		place = last
		r.Kept()
	}
}
