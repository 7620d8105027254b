package seal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	checkAfter = time.Minute // at the earliest after the start, which has enough to do
	checkAgain = time.Hour   // after one that could not be made
)

// watch verifies the whole journal from time to time. What it finds is a row of the
// journal, and Ready complains of it until a later one finds nothing.
func (s *Sealer) watch(ctx context.Context) error {
	if s.c.Every <= 0 {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	for wait := checkAfter; ; {
		last, err := s.Checked(ctx, fengsui.Everything())
		if err == nil {
			wait = max(wait, time.Until(last.At.Time().Add(s.c.Every)))
		}
		next := time.NewTimer(wait)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return context.Cause(ctx)
		}
		wait = s.c.Every
		if _, err := s.Check(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			s.c.Log.Error("the journal could not be verified and is tried again in an hour", "err", err)
			wait = min(wait, checkAgain)
		}
	}
}

// Check verifies the whole journal now, against the heads that were handed out as well,
// and keeps the result. It reads one snapshot beside whoever writes.
func (s *Sealer) Check(ctx context.Context) (fengsui.SealCheck, error) {
	began := time.Now()
	c := fengsui.SealCheck{At: fengsui.At(began)}
	var handed []Signed
	if s.c.Handed != nil {
		// Whoever altered the journal and its seal in the store did not alter these by that.
		var err error
		if handed, err = s.c.Handed(ctx); err != nil {
			return c, fmt.Errorf("heads that were handed out: %w", err)
		}
	}
	v := verifier{tell: func(f Fault) {
		if c.First == "" {
			c.First = f.String()
		}
	}}
	err := s.c.DB.View(ctx, func(tx *store.Tx) error {
		v.q = tx.Query
		return v.run(Check{Heads: handed})
	})
	if err != nil {
		return c, err
	}
	c.Took, c.Rows, c.Erased, c.Heads, c.Faults = fengsui.SpanOf(time.Since(began)), v.Rows, v.Erased, v.Heads, v.Faults
	if c.Faults > 0 {
		s.c.Log.Error("the journal is not what was sealed", "faults", c.Faults, "first", c.First)
	}
	return c, s.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO seal_check (at, took, compared, erased, heads, faults, said) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			c.At, c.Took, c.Rows, c.Erased, c.Heads, c.Faults, c.First); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: kindSeal, ID: fengsui.NewID()}, Act: actVerified, By: fengsui.Platform(reader), After: c})
	})
}

// What a verification is called in the journal.
const (
	kindSeal    = "seal"
	actVerified = "verified"
)

// Checked is the newest verification, all zero while there is none. It is of the whole
// district: a narrower scope sees none.
func (s *Sealer) Checked(ctx context.Context, scope fengsui.Scope) (c fengsui.SealCheck, err error) {
	if !scope.All {
		return c, nil
	}
	err = s.c.DB.View(ctx, func(tx *store.Tx) error {
		return scan(tx.Query, []any{&c.At, &c.Took, &c.Rows, &c.Erased, &c.Heads, &c.Faults, &c.First},
			`SELECT at, took, compared, erased, heads, faults, said FROM seal_check ORDER BY at DESC LIMIT 1`)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	return c, err
}
