package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Renew brings a store that holds an earlier export of the same records to a newer one,
// and fills one that is empty, as Import does. All rows of both are read, and those that
// differ are written, so it takes the time of an export and not that of an import. The
// journal says whose records they are: where that of the store is not the beginning of
// the export's, nothing is touched.
//
// Either all of the export is there afterwards or what was there before.
func Renew(ctx context.Context, place string, r io.Reader, stages ...Tables) (Contents, error) {
	return bring(ctx, place, r, stages, true)
}

// renew makes a table hold what comes. Of the rows only those that differ are kept in
// memory.
func (e *reading) renew(ctx context.Context, tx *sql.Tx, from, to table, args func([]any) []any) (Content, error) {
	some, err := holds(ctx, tx, to.Name)
	if err == nil && some && len(to.key) == 0 {
		// Nothing says which row is which.
		_, err = tx.ExecContext(ctx, `DELETE FROM `+quote(to.Name))
		some = false
	}
	if err != nil {
		return Content{}, err
	}
	if !some {
		return e.fill(ctx, tx, from, to, args)
	}
	d := &difference{from: from, to: to, kinds: kindsOf(from, to)}
	for _, k := range to.key {
		d.key = append(d.key, slices.Index(from.Columns, k))
	}
	c, err := d.find(ctx, tx, e)
	if err == nil {
		err = d.write(ctx, tx, args)
	}
	if err != nil {
		return c, fmt.Errorf("table %s: %w", to.Name, err)
	}
	return c, nil
}

// difference is what a table lacks of an export, and has too much.
type difference struct {
	from, to table
	kinds    []string
	key      []int // columns of the primary key, in its order, by their place in from

	gone, changed, fresh [][]any // whole rows
}

var errOther = errors.New("the store's journal is not the beginning of the export's: it holds the records of another platform; name a database that is empty")

// find reads both in the order of the key.
func (d *difference) find(ctx context.Context, tx *sql.Tx, e *reading) (c Content, err error) {
	order := quoted(d.to.key)
	rows, err := tx.QueryContext(ctx, `SELECT `+quoted(d.from.Columns)+` FROM `+quote(d.to.Name)+` ORDER BY `+order)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	var has []any // the next row that is there; nil: none
	next := func() error {
		has = nil
		if !rows.Next() {
			return rows.Err()
		}
		values := make([]any, len(d.from.Columns))
		to := make([]any, len(values))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return err
		}
		has = d.fit(values)
		return nil
	}
	if err := next(); err != nil {
		return c, err
	}
	c, err = e.rows(d.from, func(values []any) error {
		values = d.fit(values)
		for has != nil && d.compare(has, values) < 0 {
			d.gone = append(d.gone, has)
			if err := next(); err != nil {
				return err
			}
		}
		if has == nil || d.compare(has, values) > 0 {
			d.fresh = append(d.fresh, values)
			return nil
		}
		if !slices.EqualFunc(has, values, equalValue) {
			if d.to.Name == "journal" && !d.same(has, values, "at", "kind", "object", "act") {
				return errOther // what was erased in a row leaves these
			}
			d.changed = append(d.changed, values)
		}
		return next()
	})
	for err == nil && has != nil {
		d.gone = append(d.gone, has)
		err = next()
	}
	if err == nil && d.to.Name == "journal" && len(d.gone) > 0 {
		err = errOther
	}
	return c, errors.Join(err, rows.Close())
}

func (d *difference) fit(values []any) []any {
	for i, v := range values {
		values[i] = fit(v, d.kinds[i])
	}
	return values
}

// same says whether two rows agree in some columns.
func (d *difference) same(a, b []any, columns ...string) bool {
	for _, name := range columns {
		if i := slices.Index(d.from.Columns, name); !equalValue(a[i], b[i]) {
			return false
		}
	}
	return true
}

// compare orders rows as both engines order keys: numbers, and text by its bytes.
func (d *difference) compare(a, b []any) int {
	for _, i := range d.key {
		if n := compareValue(a[i], b[i]); n != 0 {
			return n
		}
	}
	return 0
}

func compareValue(a, b any) int {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y)
		}
	case []byte:
		if y, ok := b.([]byte); ok {
			return bytes.Compare(x, y)
		}
	}
	return strings.Compare(fmt.Sprintf("%T %v", a, a), fmt.Sprintf("%T %v", b, b))
}

// equalValue says whether two values are one in an export.
func equalValue(a, b any) bool {
	x, err1 := appendValue(nil, a)
	y, err2 := appendValue(nil, b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// write deletes, changes and inserts, in this order: what is new may take the unique
// name of what is gone.
func (d *difference) write(ctx context.Context, tx *sql.Tx, args func([]any) []any) error {
	where := func(first int) string {
		var list []string
		for i, k := range d.to.key {
			list = append(list, fmt.Sprintf("%s = $%d", quote(k), first+i))
		}
		return ` WHERE ` + strings.Join(list, " AND ")
	}
	keys := func(row []any) (list []any) {
		for _, i := range d.key {
			list = append(list, row[i])
		}
		return list
	}
	for _, row := range d.gone {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+quote(d.to.Name)+where(1), args(keys(row))...); err != nil {
			return err
		}
	}
	var set []string
	for i, name := range d.from.Columns {
		set = append(set, fmt.Sprintf("%s = $%d", quote(name), i+1))
	}
	update := `UPDATE ` + quote(d.to.Name) + ` SET ` + strings.Join(set, ", ") + where(len(set)+1)
	for _, row := range d.changed {
		if _, err := tx.ExecContext(ctx, update, args(append(slices.Clone(row), keys(row)...))...); err != nil {
			return err
		}
	}
	f := newFiller(ctx, tx, d.from, d.to, args)
	for _, row := range d.fresh {
		if err := f.add(row); err != nil {
			return err
		}
	}
	return f.end()
}
