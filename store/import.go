package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxParams is how many values one INSERT of an import carries: SQLite takes 32,766.
const maxParams = 2000

// Import fills an empty store with an export, of whichever engine that was. The store
// is then at the versions of the export; Open brings it forward. It is refused when
// there are rows in the store already, or when a newer program made the export.
//
// Either all rows are there afterwards or none.
func Import(ctx context.Context, place string, r io.Reader, stages ...Tables) (c Contents, err error) {
	e, err := readExport(r)
	if err != nil {
		return c, err
	}
	stages = append([]Tables{own()}, stages...)
	if err := e.known(stages); err != nil {
		return c, err
	}
	open := openSQLite
	if IsURL(place) {
		open = openPostgres
	}
	eng, err := open(ctx, place)
	if err != nil {
		return c, err
	}
	defer eng.close()
	if err := eng.migrate(ctx, stages, e.Versions); err != nil {
		return c, err
	}
	w, err := eng.begin(ctx)
	if err != nil {
		return c, err
	}
	defer w.Rollback()
	if err := eng.unhurried(ctx, w.Tx); err != nil {
		return c, err
	}
	list, err := eng.shape(ctx, w.Tx)
	if err != nil {
		return c, err
	}
	var read []Content
	for _, from := range e.Tables {
		i := slices.IndexFunc(list, func(t table) bool { return t.Name == from.Name })
		if i < 0 || !sameNames(list[i].Columns, from.Columns) {
			return c, fmt.Errorf("import records: the table %s of the export is not the one that its version makes", from.Name)
		}
		n, err := e.fill(ctx, w.Tx, from, list[i], eng.args)
		if err != nil {
			return c, fmt.Errorf("import records: %w", err)
		}
		read = append(read, n)
	}
	if c, err = e.end(read); err != nil {
		return c, fmt.Errorf("import records: %w", err)
	}
	return c, eng.commit(ctx, w)
}

// known refuses an export of a newer program.
func (e *reading) known(stages []Tables) error {
	for stage, version := range e.Versions {
		i := slices.IndexFunc(stages, func(t Tables) bool { return t.Stage == stage })
		if i < 0 || stages[i].Newest() < version {
			return fmt.Errorf("the records were written by a newer fengsui (%s is at version %d there): use that program or a newer one", stage, version)
		}
	}
	return nil
}

func sameNames(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// fill brings the rows of a table in.
func (e *reading) fill(ctx context.Context, tx *sql.Tx, from, to table, args func([]any) []any) (Content, error) {
	var some int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+quote(to.Name)+` LIMIT 1) x`).Scan(&some); err != nil {
		return Content{}, err
	}
	if some > 0 {
		return Content{}, fmt.Errorf("the table %s holds rows already: name a database that is empty", to.Name)
	}
	kinds := make([]string, len(from.Columns))
	for i, name := range from.Columns {
		kinds[i] = to.types[slices.Index(to.Columns, name)]
	}
	lot := max(1, maxParams/len(kinds)) // rows
	begin := `INSERT INTO ` + quote(to.Name) + ` (` + quoted(from.Columns) + `) VALUES `
	whole := begin + places(lot, len(kinds))
	var held []any
	put := func() error {
		text := whole
		if n := len(held) / len(kinds); n < lot {
			text = begin + places(n, len(kinds))
		}
		_, err := tx.ExecContext(ctx, text, args(held)...)
		held = held[:0]
		return err
	}
	c, err := e.rows(from, func(values []any) error {
		for i, v := range values {
			held = append(held, fit(v, kinds[i]))
		}
		if len(held) == lot*len(kinds) {
			return put()
		}
		return nil
	})
	if err == nil && len(held) > 0 {
		err = put()
	}
	if err != nil {
		return c, fmt.Errorf("table %s: %w", to.Name, err)
	}
	return c, nil
}

// fit makes a value what the column's type takes: SQLite may give bytes as text.
func fit(v any, kind string) any {
	switch x := v.(type) {
	case string:
		if kind == "bytea" {
			return []byte(x)
		}
	case []byte:
		if kind == "text" {
			return string(x)
		}
	}
	return v
}

// places is ($1,$2),($3,$4) for so many rows of so many columns.
func places(rows, columns int) string {
	var b strings.Builder
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// leap is how far Leap goes: more than a district registers between two backups.
const leap = 1 << 20

// Leap passes over the next million numbers of every series. It belongs into the
// change that takes a store up again from an older copy: what was given a number after
// the copy is gone, while the log still names it, and numbers are never given twice.
func (t *Tx) Leap() error {
	if !t.journal {
		return errors.New("store: Leap outside Change")
	}
	_, err := t.Exec(`UPDATE number SET last = last + $1`, leap)
	return err
}
