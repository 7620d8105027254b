package seal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/mod/sumdb/tlog"
)

// query asks inside one transaction: the store's, or that of a file that we open
// to read.
type query func(text string, args ...any) (*sql.Rows, error)

// viewFile runs fn on a snapshot of a database file, whether a platform runs on it
// or not. Nothing is written.
func viewFile(ctx context.Context, path string, fn func(query) error) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err == nil {
		defer tx.Rollback()
		err = fn(func(text string, args ...any) (*sql.Rows, error) { return tx.QueryContext(ctx, text, args...) })
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// scan reads the first row; without one it returns sql.ErrNoRows.
func scan(q query, dest []any, text string, args ...any) error {
	rows, err := q(text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(rows.Err(), sql.ErrNoRows)
	}
	return rows.Scan(dest...)
}

func one[T any](q query, text string, args ...any) (v T, err error) {
	err = scan(q, []any{&v}, text, args...)
	return v, err
}

func hash(q query, id int64) (h tlog.Hash, err error) {
	b, err := one[[]byte](q, `SELECT hash FROM seal_hash WHERE id = $1`, id)
	if err != nil {
		return h, err
	}
	if len(b) != len(h) {
		return h, sql.ErrNoRows
	}
	return tlog.Hash(b), nil
}

// hashes reads the nodes that a proof asks for.
func hashes(q query) tlog.HashReader {
	return tlog.HashReaderFunc(func(ids []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(ids))
		for i, id := range ids {
			var err error
			if list[i], err = hash(q, id); err != nil {
				return nil, fmt.Errorf("node %d of the tree: %w", id, err)
			}
		}
		return list, nil
	})
}

// cursor goes through journal rows; what row holds is good until the next one.
type cursor struct {
	rows *sql.Rows
	raw  [colEnd]sql.RawBytes
	dest []any
	row  row
}

func open(q query, text string, args ...any) (*cursor, error) {
	rows, err := q(text, args...)
	if err != nil {
		return nil, err
	}
	c := &cursor{rows: rows, dest: make([]any, colEnd)}
	for i := range c.raw {
		c.dest[i] = &c.raw[i]
	}
	return c, nil
}

func (c *cursor) next() (bool, error) {
	if !c.rows.Next() {
		return false, c.rows.Err()
	}
	if err := c.rows.Scan(c.dest...); err != nil {
		return false, err
	}
	for i, b := range c.raw {
		c.row[i] = b
	}
	return true, nil
}

// each hands journal rows to fn.
func each(q query, fn func(*row) error, text string, args ...any) error {
	c, err := open(q, text, args...)
	if err != nil {
		return err
	}
	defer c.rows.Close()
	for {
		more, err := c.next()
		if !more || err != nil {
			return err
		}
		if err := fn(&c.row); err != nil {
			return err
		}
	}
}

func (r *row) clone() (c row) {
	for i, b := range r {
		c[i] = append([]byte{}, b...)
	}
	return c
}

// cursorOf goes through rows of another table.
type cursorOf[T any] struct {
	rows *sql.Rows
	dest func(*T) []any
	v    T
	ok   bool // v is a row
}

func list[T any](q query, dest func(*T) []any, text string, args ...any) (c cursorOf[T], err error) {
	c.dest = dest
	c.rows, err = q(text, args...)
	return c, err
}

func (c *cursorOf[T]) next() error {
	if c.ok = c.rows.Next(); !c.ok {
		return c.rows.Err()
	}
	var v T
	c.v = v
	return c.rows.Scan(c.dest(&c.v)...)
}
