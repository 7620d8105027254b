package evidence

import (
	"context"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	// Files of warnings that were raised before a time and follow another, oldest first.
	sqlOld = `SELECT DISTINCT warning, enterprise, zone, sector, peak, raised_at FROM evidence_curve
	WHERE gone_at = 0 AND done_at > 0 AND raised_at < $1 AND (raised_at > $2 OR raised_at = $2 AND warning > $3) ORDER BY raised_at, warning LIMIT 100`
	sqlGone = `UPDATE evidence_curve SET gone_at = $2 WHERE warning = $1 AND gone_at = 0 AND done_at > 0`

	expireEvery = time.Hour
)

// expire deletes the curves of warnings that ended longer ago than they are kept for,
// now and again, until ctx ends.
func (k *Keeper) expire(ctx context.Context) error {
	if k.c.Keep == 0 {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	for {
		if err := k.expireAll(ctx); err != nil {
			return err
		}
		select {
		case <-time.After(expireEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (k *Keeper) expireAll(ctx context.Context) error {
	until := now().Add(-k.c.Keep)
	var after fengsui.Millis
	var last fengsui.ID
	for {
		var list []store.Entry // where each belongs
		err := k.c.DB.View(ctx, func(tx *store.Tx) error {
			rows, err := tx.Query(sqlOld, until, after, last)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var e store.Entry
				if err := rows.Scan(&e.Warning, &e.Enterprise, &e.Zone, &e.Sector, &e.Peak, &after); err != nil {
					return err
				}
				last = e.Warning
				list = append(list, e)
			}
			return rows.Err()
		})
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			w, err := k.c.Warning(ctx, list[i].Warning)
			if err == nil && (w.EndedAt == 0 || w.EndedAt >= until) {
				continue
			}
			if err != nil && fengsui.CodeOf(err) != fengsui.NotFound {
				return err
			}
			if err := k.remove(ctx, &list[i]); err != nil {
				return err
			}
		}
	}
}

// remove deletes the curve of a warning. Killed between a file and the row it deletes
// what is left.
func (k *Keeper) remove(ctx context.Context, e *store.Entry) error {
	for _, part := range []string{before, after} {
		if err := k.c.Blob.Delete(ctx, blobKey(e.Warning, part)); err != nil && fengsui.CodeOf(err) != fengsui.NotFound {
			return err
		}
	}
	return k.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(sqlGone, e.Warning, now()); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "curve", ID: e.Warning}, Act: "curve_expired", By: fengsui.Platform("evidence"), Warning: e.Warning,
			After: map[string]fengsui.Span{"kept": k.c.Keep}, Enterprise: e.Enterprise, Zone: e.Zone, Sector: e.Sector, Level: e.Peak})
	})
}
