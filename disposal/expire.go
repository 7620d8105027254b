package disposal

import (
	"context"
	"errors"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	sqlOldFiles = `SELECT id, name, type, size, sha256, at, by_name FROM disposal_file
	WHERE gone_at = 0 AND at < $1 AND (at > $2 OR at = $2 AND id > $3) ORDER BY at, id LIMIT 100`
	sqlFileCases = `SELECT v.warning, c.enterprise, c.zone, c.sector FROM disposal_evidence v JOIN disposal_case c ON c.warning = v.warning WHERE v.file = $1`
	// Only as long as it is laid to as many cases as were looked at.
	sqlFileGone = `UPDATE disposal_file SET gone_at = $2 WHERE id = $1 AND gone_at = 0 AND (SELECT COUNT(*) FROM disposal_evidence WHERE file = $1) = $3`
	sqlLastGone = `SELECT id FROM disposal_file WHERE gone_at > 0 AND gone_at = (SELECT MAX(gone_at) FROM disposal_file WHERE gone_at > 0)`

	expireEvery = time.Hour
)

// Run deletes files that are older than they are kept for and whose warnings and outages
// ended as long ago, now and again, until ctx ends. What was uploaded and with which hash stays.
func (d *Desk) Run(ctx context.Context) error {
	if d.c.Keep == 0 {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	for {
		if err := d.expire(ctx); err != nil {
			return err
		}
		select {
		case <-time.After(expireEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (d *Desk) expire(ctx context.Context) error {
	if err := d.clear(ctx); err != nil {
		return err
	}
	until := now().Add(-d.c.Keep)
	var last fengsui.File
	for {
		var list []fengsui.File
		err := d.c.DB.View(ctx, func(tx *store.Tx) error {
			rows, err := tx.Query(sqlOldFiles, until, last.At, last.ID)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var f fengsui.File
				if err := rows.Scan(&f.ID, &f.Name, &f.Type, &f.Size, &f.SHA256, &f.At, &f.By); err != nil {
					return err
				}
				list = append(list, f)
			}
			return rows.Err()
		})
		if err != nil || len(list) == 0 {
			return err
		}
		last = list[len(list)-1]
		for _, f := range list {
			if err := d.expireFile(ctx, f, until); err != nil {
				return err
			}
		}
	}
}

// clear deletes the bytes of the file whose row was marked last: a kill, or a store of
// bytes that was away, may have come between.
func (d *Desk) clear(ctx context.Context) error {
	var list []fengsui.ID
	err := d.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(sqlLastGone)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id fengsui.ID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			list = append(list, id)
		}
		return rows.Err()
	})
	for _, id := range list {
		err = errors.Join(err, d.drop(ctx, id))
	}
	return err
}

// drop deletes a file's bytes, if they are there.
func (d *Desk) drop(ctx context.Context, id fengsui.ID) error {
	if err := d.c.Blob.Delete(ctx, blobKey(id)); err != nil && fengsui.CodeOf(err) != fengsui.NotFound {
		return err
	}
	return nil
}

var errLaid = errors.New("the file was laid to something meanwhile")

// expireFile deletes a file, unless something that it is laid to is open or has not been
// over for as long. The row is marked before the bytes go: what an act refers to from then
// on is refused, and what one refers to until then keeps them.
func (d *Desk) expireFile(ctx context.Context, f fengsui.File, until fengsui.Millis) error {
	c := fengsui.Change{Of: fengsui.Ref{Kind: "file", ID: f.ID}, Act: "file_expired", By: fengsui.Platform("disposal"), Before: f,
		After: map[string]fengsui.Span{"kept": d.c.Keep}}
	var cases []fengsui.ID
	err := d.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(sqlFileCases, f.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&c.Warning, &c.Enterprise, &c.Zone, &c.Sector); err != nil {
				return err
			}
			cases = append(cases, c.Warning)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	for _, id := range cases {
		over, peak, err := d.c.Over(ctx, id)
		if fengsui.CodeOf(err) == fengsui.NotFound {
			return nil // it stays as long as nobody knows whether that is over
		}
		if err != nil {
			return err
		}
		if over == 0 || over >= until {
			return nil
		}
		c.Level = max(c.Level, peak)
	}
	err = d.c.DB.Change(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(sqlFileGone, f.ID, now(), len(cases))
		if err != nil {
			return err
		}
		if n == 0 {
			return errLaid
		}
		return tx.Record(c)
	})
	if errors.Is(err, errLaid) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.drop(ctx, f.ID)
}
