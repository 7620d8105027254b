package seal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"fengsui/store"
)

// query asks inside one transaction of a store. What it answers is read to its end, or
// closed, before the next question: PostgreSQL answers one after the other.
type query func(text string, args ...any) (*sql.Rows, error)

// viewPlace runs fn on a snapshot of a store, whether a platform runs on it or not.
func viewPlace(ctx context.Context, place string, fn func(query) error) error {
	return store.Look(ctx, place, func(tx *store.Tx) error { return fn(tx.Query) })
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

// each hands journal rows to fn; what a row holds is good until the next one.
func each(q query, fn func(*row) error, text string, args ...any) error {
	rows, err := q(text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var raw [colEnd]sql.RawBytes
	var r row
	dest := make([]any, colEnd)
	for i := range raw {
		dest[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i, b := range raw {
			r[i] = b
		}
		if err := fn(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r *row) clone() (c row) {
	for i, b := range r {
		c[i] = append([]byte{}, b...)
	}
	return c
}

// page is how many rows a cursor holds.
const page = 256

// cursor goes through a table in the order of its key, page by page, so that several
// go side by side in one transaction.
type cursor[T any] struct {
	q     query
	text  string         // asks for the rows behind the key $1, $2, ... in its order
	dest  func(*T) []any // where a row's columns go
	key   func(*T) []any
	after []any // the last key that was asked for

	rows []T // those that come
	more bool
	v    T
	ok   bool // v is a row
}

// list starts before the key first.
func list[T any](q query, text string, dest, key func(*T) []any, first ...any) cursor[T] {
	return cursor[T]{q: q, text: text + fmt.Sprintf(" LIMIT %d", page), dest: dest, key: key, after: first, more: true}
}

func (c *cursor[T]) next() error {
	if len(c.rows) == 0 && c.more {
		if err := c.read(); err != nil {
			return err
		}
	}
	if c.ok = len(c.rows) > 0; c.ok {
		c.v, c.rows = c.rows[0], c.rows[1:]
	}
	return nil
}

func (c *cursor[T]) read() error {
	rows, err := c.q(c.text, c.after...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(c.dest(&v)...); err != nil {
			return err
		}
		c.rows = append(c.rows, v)
	}
	if c.more = len(c.rows) == page; c.more {
		c.after = c.key(&c.rows[page-1])
	}
	return rows.Err()
}
