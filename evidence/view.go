package evidence

import (
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"fengsui"
	"fengsui/store"
)

var (
	columns = store.Columns{Enterprise: "enterprise", Zone: "zone", Sector: "sector", Peak: "peak"}

	errNone  = fengsui.Errorf(fengsui.NotFound, "no_curve", "there is no such curve")
	errLater = fengsui.Errorf(fengsui.NotFound, "curve_later", "this curve is not copied yet: the part before a warning is there within a minute, the part after it 31 minutes later, both after history is back if it is away")
)

// Curve lists the parts of a warning's curve, before then after. One that is not
// copied yet has At 0. A warning that is not about a point has none.
func (k *Keeper) Curve(ctx context.Context, s fengsui.Scope, warning fengsui.ID) (list []fengsui.File, err error) {
	where, args := store.Scoped(s, columns, []any{warning})
	err = k.c.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT part, size, sha256, done_at FROM evidence_curve WHERE warning = $1`+where+` ORDER BY from_at`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			f := fengsui.File{Type: "text/csv", By: fengsui.Platform("evidence").Name}
			if err := rows.Scan(&f.Name, &f.Size, &f.SHA256, &f.At); err != nil {
				return err
			}
			list = append(list, f)
		}
		return rows.Err()
	})
	if err == nil && len(list) == 0 {
		err = errNone
	}
	return list, err
}

// Open opens a part, before or after, as CSV. The caller closes it.
func (k *Keeper) Open(ctx context.Context, s fengsui.Scope, warning fengsui.ID, part string) (io.ReadCloser, error) {
	where, args := store.Scoped(s, columns, []any{warning, part})
	var done, gone fengsui.Millis
	err := k.c.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT done_at, gone_at FROM evidence_curve WHERE warning = $1 AND part = $2`+where, args...).Scan(&done, &gone)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errNone
	case err != nil:
		return nil, err
	case done == 0:
		return nil, errLater
	case gone > 0:
		return nil, fengsui.Errorf(fengsui.NotFound, "curve_gone", "this curve was deleted on %s: the time for which curves are kept (retention.evidence) was over", gone.Time().In(fengsui.Civil).Format(time.DateOnly))
	}
	file, err := k.c.Blob.Get(ctx, blobKey(warning, part))
	if err != nil {
		return nil, err
	}
	zip, err := gzip.NewReader(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open curve %s of %s: %w", part, warning, err)
	}
	return &unzipped{zip, file}, nil
}

// unzipped closes the file behind a gzip reader.
type unzipped struct {
	*gzip.Reader
	file io.Closer
}

func (u *unzipped) Close() error { return errors.Join(u.Reader.Close(), u.file.Close()) }
