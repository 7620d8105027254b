// Package store keeps the records: SQLite in WAL mode with full sync.
//
// There is one way to write. Change runs a function in one transaction and
// refuses to commit unless the function recorded a journal row; so audit, live
// feed, pushes and uplink, all readers of the one journal by position, can never
// miss a change or see one that did not happen. Keep is for machine state that
// is nobody's act; it touches only the tables that a stage declared for it, and
// no journal.
//
// There is one way to read: with a fengsui.Scope, which only this package turns
// into SQL (Scoped).
//
// Writers wait for each other (one at a time, in order of arrival); readers see
// a snapshot and wait for nobody. A commit returns after the data is synced. While
// the database is locked, its disk fails, or its file is not where it was, writers
// are told Unavailable and nothing is changed; readers go on with what is open.
//
// Follow hands the journal to a reader by position; its place and what it makes of
// the rows are one transaction. store owns no goroutines of its own.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fengsui"
	"fengsui/fault"
)

// Tables is what one stage keeps: its numbered migrations (goose SQL files at
// the root of FS) and the names of the tables that Keep may touch.
type Tables struct {
	Stage string
	FS    fs.FS
	Kept  []string
}

//go:embed migrations/*.sql
var migrations embed.FS

// Own is the store's own journal. Open applies it before the stages'.
func own() Tables {
	sub, _ := fs.Sub(migrations, "migrations")
	return Tables{Stage: "store", FS: sub, Kept: []string{"journal_place"}}
}

// DB is an open store.
type DB struct {
	write *sql.DB // one connection
	read  *sql.DB
	turn  chan struct{} // holds one: the writer whose turn it is; others wait in order of arrival, at most patience
	kept  map[string]bool
	stays *sql.Conn // always open, see home
	home  *home

	mu    sync.Mutex
	head  int64         // guarded by mu: newest journal position
	moved chan struct{} // guarded by mu: closed when head moves
}

// Open opens or creates the store at path and brings every stage's tables to
// their newest version.
func Open(ctx context.Context, path string, stages ...Tables) (*DB, error) {
	sync := "FULL"
	if fault.On(fault.NoSync) {
		sync = "OFF"
	}
	if err := prepare(path); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	// mode=rw: a connection that finds no file must not make an empty one in its
	// place. busy_timeout first: the other pragmas may meet a lock. WAL before
	// synchronous: its meaning depends on the journal mode.
	dsn := "file:" + path + "?mode=rw&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + sync + ")&_pragma=foreign_keys(1)&_pragma=temp_store(2)"
	h := &home{path: path}
	w, err := h.pool(dsn + "&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	w.SetMaxOpenConns(1)
	r, err := h.pool(dsn + "&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	r.SetMaxOpenConns(9) // one of them stays
	r.SetMaxIdleConns(8)
	d := &DB{write: w, read: r, turn: make(chan struct{}, 1), kept: map[string]bool{}, moved: make(chan struct{}), home: h}
	for _, t := range append([]Tables{own()}, stages...) {
		p, err := goose.NewProvider(goose.DialectSQLite3, w, t.FS, goose.WithTableName("version_"+t.Stage), goose.WithDisableGlobalRegistry(true))
		if err == nil {
			_, err = p.Up(ctx)
		}
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("migrate %s: %w", t.Stage, err)
		}
		for _, k := range t.Kept {
			d.kept[k] = true
		}
	}
	if d.stays, err = r.Conn(ctx); err == nil {
		err = d.stays.QueryRowContext(ctx, `SELECT COALESCE(MAX(pos),0) FROM journal`).Scan(&d.head)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("read journal head: %w", err)
	}
	if err := h.settle(); err != nil {
		d.Close()
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return d, nil
}

// Close ends the store. Transactions under way are rolled back.
func (d *DB) Close() error {
	var err error
	if d.stays != nil {
		err = d.stays.Close()
	}
	return errors.Join(err, d.read.Close(), d.write.Close())
}

// Change runs fn in one transaction and commits it if fn returned nil and
// recorded at least one journal row.
func (d *DB) Change(ctx context.Context, fn func(*Tx) error) error {
	return d.run(ctx, true, fn)
}

// Keep runs fn in one transaction that may write only tables declared as Kept
// and records nothing.
func (d *DB) Keep(ctx context.Context, fn func(*Tx) error) error {
	return d.run(ctx, false, fn)
}

var errSilent = errors.New("store: a change without a journal row does not commit")

// patience is how long a writer waits for its turn. Together with busy_timeout it
// bounds what a caller waits while the database is locked.
const patience = 5 * time.Second

var errAway = fengsui.Errorf(fengsui.Unavailable, "store_away", "the records cannot be written at the moment; nothing was changed, please try again")

func (d *DB) run(ctx context.Context, journal bool, fn func(*Tx) error) error {
	long := time.NewTimer(patience)
	defer long.Stop()
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-long.C:
		return errAway
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	sqlTx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(err)
	}
	defer sqlTx.Rollback() // after a commit it does nothing
	tx := &Tx{ctx: ctx, db: d, tx: sqlTx, write: true, journal: journal}
	if err := fn(tx); err != nil {
		return unavailable(err)
	}
	if journal && tx.pos == 0 {
		return errSilent
	}
	if journal {
		fault.Point(fault.InChange)
	}
	if err := d.home.found(); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return unavailable(fmt.Errorf("commit: %w", err))
	}
	if journal {
		fault.Point(fault.AfterChange)
	}
	if tx.pos > 0 {
		d.mu.Lock()
		d.head = max(d.head, tx.pos) // the next writer may have been here first
		close(d.moved)
		d.moved = make(chan struct{})
		d.mu.Unlock()
	}
	return nil
}

// View runs fn on a snapshot; fn cannot write.
func (d *DB) View(ctx context.Context, fn func(*Tx) error) error {
	sqlTx, err := d.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return unavailable(err)
	}
	defer sqlTx.Rollback()
	return unavailable(fn(&Tx{ctx: ctx, db: d, tx: sqlTx}))
}

// unavailable turns "the database is locked or gone" into a sentence; every
// other error passes as it is.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return errors.Join(errAway, err)
		}
	}
	return err
}

// Unique reports whether err is a broken unique index.
func Unique(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// Tx is a transaction. It belongs to one goroutine and ends with the function
// that was given it.
type Tx struct {
	ctx     context.Context
	db      *DB
	tx      *sql.Tx
	write   bool
	journal bool
	pos     int64
	stmts   map[string]*sql.Stmt // by text
}

// Context is the context of the call that opened the transaction.
func (t *Tx) Context() context.Context { return t.ctx }

var target = regexp.MustCompile(`(?is)^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+([a-z_0-9]+)`)

// check keeps Keep to its tables.
func (t *Tx) check(query string) error {
	if t.journal || !t.write {
		return nil // a snapshot's connection refuses writes itself
	}
	one := !strings.Contains(query, ";") // of several statements only the first is seen here
	if m := target.FindStringSubmatch(query); one && m != nil && t.db.kept[strings.ToLower(m[1])] {
		return nil
	}
	if s := strings.ToUpper(strings.TrimSpace(query)); one && strings.HasPrefix(s, "SELECT") {
		return nil
	}
	return fmt.Errorf("store: Keep may not run %q: declare the table as kept or use Change", query)
}

// Exec runs a statement and says how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	if err := t.check(query); err != nil {
		return 0, err
	}
	st, err := t.prepared(query)
	if err != nil {
		return 0, err
	}
	r, err := st.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// prepared keeps the statements of a transaction, so that a batch does not parse
// the same text for every row. database/sql closes them with the transaction.
func (t *Tx) prepared(query string) (*sql.Stmt, error) {
	st := t.stmts[query]
	if st == nil {
		var err error
		if st, err = t.tx.PrepareContext(t.ctx, query); err != nil {
			return nil, err
		}
		if t.stmts == nil {
			t.stmts = map[string]*sql.Stmt{}
		}
		t.stmts[query] = st
	}
	return st, nil
}

// Query runs a query; the caller closes the rows.
func (t *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	if err := t.check(query); err != nil {
		return nil, err
	}
	return t.tx.QueryContext(t.ctx, query, args...)
}

// QueryRow runs a query for one row.
func (t *Tx) QueryRow(query string, args ...any) Row {
	if err := t.check(query); err != nil {
		return Row{err: err}
	}
	if !t.write { // a snapshot asks once
		return Row{row: t.tx.QueryRowContext(t.ctx, query, args...)}
	}
	st, err := t.prepared(query)
	if err != nil {
		return Row{err: err}
	}
	return Row{row: st.QueryRowContext(t.ctx, args...)}
}

// Row is the answer to QueryRow.
type Row struct {
	row *sql.Row
	err error
}

// Scan copies the row's columns; without a row it returns sql.ErrNoRows.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.row.Scan(dest...)
}

// Wait returns the newest journal position once it is above after.
func (d *DB) Wait(ctx context.Context, after int64) (int64, error) {
	for {
		d.mu.Lock()
		head, moved := d.head, d.moved
		d.mu.Unlock()
		if head > after {
			return head, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return head, context.Cause(ctx)
		}
	}
}

// Head is the newest journal position.
func (d *DB) Head() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.head
}

// Next gives the next number of a named series, which is never reused even when
// what it was given to is gone. It belongs in a Change.
func (t *Tx) Next(series string) (int64, error) {
	if !t.journal {
		return 0, errors.New("store: Next outside Change")
	}
	var n int64
	err := t.tx.QueryRowContext(t.ctx, `INSERT INTO number (series, last) VALUES ($1, 1) ON CONFLICT (series) DO UPDATE SET last = number.last + 1 RETURNING last`, series).Scan(&n)
	return n, err
}

func nowMillis() fengsui.Millis { return fengsui.At(time.Now()) }
