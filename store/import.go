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
func Import(ctx context.Context, place string, r io.Reader, stages ...Tables) (Contents, error) {
	return bring(ctx, place, r, stages, false)
}

// bring makes a store hold what an export holds: an empty one, or with renew one that
// holds an earlier copy (Renew).
func bring(ctx context.Context, place string, r io.Reader, stages []Tables, renew bool) (c Contents, err error) {
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
	if renew {
		if some, err := holds(ctx, w.Tx, "journal"); err != nil {
			return c, err
		} else if !some {
			renew = false // then nothing else may be there either
		}
	}
	var read []Content
	for _, from := range e.Tables {
		i := slices.IndexFunc(list, func(t table) bool { return t.Name == from.Name })
		if i < 0 || !sameNames(list[i].Columns, from.Columns) {
			return c, fmt.Errorf("import records: the table %s of the export is not the one that its version makes", from.Name)
		}
		bring := e.fill
		if renew {
			bring = e.renew
		}
		n, err := bring(ctx, w.Tx, from, list[i], eng.args)
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

// holds says whether a table has rows.
func holds(ctx context.Context, tx *sql.Tx, table string) (bool, error) {
	var some int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+quote(table)+` LIMIT 1) x`).Scan(&some)
	return some > 0, err
}

// fill brings the rows of a table in.
func (e *reading) fill(ctx context.Context, tx *sql.Tx, from, to table, args func([]any) []any) (Content, error) {
	some, err := holds(ctx, tx, to.Name)
	if err != nil {
		return Content{}, err
	}
	if some {
		return Content{}, fmt.Errorf("the table %s holds rows already: name a database that is empty", to.Name)
	}
	f := newFiller(ctx, tx, from, to, args)
	c, err := e.rows(from, f.add)
	if err == nil {
		err = f.end()
	}
	if err != nil {
		return c, fmt.Errorf("table %s: %w", to.Name, err)
	}
	return c, nil
}

// filler inserts rows in lots.
type filler struct {
	ctx   context.Context
	tx    *sql.Tx
	args  func([]any) []any
	kinds []string // of the columns
	lot   int      // rows
	begin string
	whole string // the statement of a full lot
	held  []any
}

func newFiller(ctx context.Context, tx *sql.Tx, from, to table, args func([]any) []any) *filler {
	f := &filler{ctx: ctx, tx: tx, args: args, kinds: kindsOf(from, to)}
	f.lot = max(1, maxParams/len(f.kinds))
	f.begin = `INSERT INTO ` + quote(to.Name) + ` (` + quoted(from.Columns) + `) VALUES `
	f.whole = f.begin + places(f.lot, len(f.kinds))
	return f
}

// kindsOf are the types of the columns, in the order of from, as to declares them.
func kindsOf(from, to table) []string {
	kinds := make([]string, len(from.Columns))
	for i, name := range from.Columns {
		kinds[i] = to.types[slices.Index(to.Columns, name)]
	}
	return kinds
}

func (f *filler) add(values []any) error {
	for i, v := range values {
		f.held = append(f.held, fit(v, f.kinds[i]))
	}
	if len(f.held) == f.lot*len(f.kinds) {
		return f.put(f.whole)
	}
	return nil
}

func (f *filler) end() error {
	if len(f.held) == 0 {
		return nil
	}
	return f.put(f.begin + places(len(f.held)/len(f.kinds), len(f.kinds)))
}

func (f *filler) put(text string) error {
	_, err := f.tx.ExecContext(f.ctx, text, f.args(f.held)...)
	f.held = f.held[:0]
	return err
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
