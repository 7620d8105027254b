// Package store keeps the records: in SQLite, in WAL mode with full sync, or in
// PostgreSQL with synchronous commit. Nobody but this package knows which of the two:
// there is one SQL text, and one conformance suite runs over both.
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
// Writers wait for each other (one at a time, in order of arrival, across all
// processes on one database); readers see a snapshot and wait for nobody. A commit
// returns after the data is synced. While the database is locked or away, its disk
// fails, or its file is not where it was, writers are told Unavailable and nothing is
// changed; readers go on with what is open. When PostgreSQL goes while it commits, it
// is asked afterwards what became of the transaction; only when it does not come back
// either within 5 s is a writer told that nobody knows (store_in_doubt).
//
// A statement that failed ends its transaction, which then does not commit, whatever
// the function returns. What Apart runs is the exception: it fails by itself.
//
// Follow hands the journal to a reader by position; its place and what it makes of
// the rows are one transaction. Over PostgreSQL store owns one goroutine, which learns
// what other processes wrote and ends with Close; over SQLite none.
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
	return Tables{Stage: "store", FS: sub, Kept: []string{"journal_place", "reader"}}
}

// engine is what SQLite and PostgreSQL do differently.
type engine interface {
	// migrate brings the stages' tables to their newest version, or those that to names
	// no further than it says; nil: all to the newest.
	migrate(ctx context.Context, stages []Tables, to map[string]int64) error
	// alone keeps other processes from the tables until release is called, or says that
	// some work with them.
	alone(ctx context.Context) (release func(), err error)
	// shape reads which tables there are, those that others refer to first.
	shape(ctx context.Context, tx *sql.Tx) ([]table, error)
	// unhurried lets a transaction take as long as it takes.
	unhurried(ctx context.Context, tx *sql.Tx) error
	// begin starts a transaction that no other writer of any process runs beside.
	begin(ctx context.Context) (writing, error)
	// commit makes a transaction last. What it answers is unavailable or final already.
	commit(ctx context.Context, w writing) error
	// view starts a snapshot that cannot write.
	view(ctx context.Context) (*sql.Tx, error)
	// away says that an error is no answer: the database is locked, full or gone.
	away(err error) bool
	// found says why nothing can be kept at the moment, as far as is known without
	// asking the database.
	found() error
	// args turns arguments into what the driver takes.
	args(args []any) []any
	// prepares says that a statement is worth preparing for each transaction.
	prepares() bool
	// size is how many bytes the records take.
	size(ctx context.Context) (int64, error)
	// watch starts to tell of journal positions that others wrote.
	watch(head int64, told func(pos int64)) error
	close() error
}

// migrate brings stages' tables to their newest version, or as far as to says; read is
// how it reads their migrations.
func migrate(ctx context.Context, d goose.Dialect, db *sql.DB, stages []Tables, to map[string]int64, read func(fs.FS) fs.FS) error {
	for _, t := range stages {
		version, bound := to[t.Stage]
		if to != nil && (!bound || version == 0) {
			continue // it was not there at that time
		}
		p, err := goose.NewProvider(d, db, read(t.FS), goose.WithTableName(versions+t.Stage), goose.WithDisableGlobalRegistry(true))
		switch {
		case err != nil:
		case bound:
			_, err = p.UpTo(ctx, version)
		default:
			_, err = p.Up(ctx)
		}
		if err != nil {
			return fmt.Errorf("migrate %s: %w", t.Stage, err)
		}
	}
	return nil
}

// writing is a writer's transaction.
type writing struct {
	*sql.Tx
	number int64 // by which PostgreSQL tells afterwards what became of it
	row    []any // the last journal row, for sqlRecorded; nil: none
}

// DB is an open store.
type DB struct {
	engine
	turn chan struct{} // holds one: the writer of this process whose turn it is; others wait in order of arrival, at most patience
	kept map[string]bool

	mu    sync.Mutex
	head  int64         // guarded by mu: newest journal position
	moved chan struct{} // guarded by mu: closed when head moves
}

// Open opens or creates the store at a place and brings every stage's tables to their
// newest version. Migrations that are marked additive are made while older programs work
// with the tables; others are refused as long as a process does. A database that a newer
// program has changed so that this one cannot read it is refused (decision 0015). A place
// is the path of an SQLite file, or a URL of PostgreSQL 12 or newer, postgres://user@host/database?key=value, whose keys are those of libpq and:
//
//	statement_timeout  of writers 30s, of readers 10min
//	lock_timeout       how long a writer waits for those of other processes, 5s
//	idle_in_transaction_session_timeout
//	                   after which a writer that hangs loses its turn, 3s
//	fsync_off=accept   run on a server that does not sync; what it acknowledged
//	                   may be lost
//	listen=off         no other process writes: nothing is learnt of its rows
func Open(ctx context.Context, place string, stages ...Tables) (*DB, error) {
	open := openSQLite
	if IsURL(place) {
		open = openPostgres
	}
	e, err := open(ctx, place)
	if err != nil {
		return nil, err
	}
	d := &DB{engine: e, turn: make(chan struct{}, 1), kept: map[string]bool{}, moved: make(chan struct{})}
	stages = append([]Tables{own()}, stages...)
	for _, t := range stages {
		for _, k := range t.Kept {
			d.kept[k] = true
		}
	}
	if err := d.upgrade(ctx, stages); err != nil {
		d.Close()
		return nil, err
	}
	err = d.View(ctx, func(tx *Tx) error { return tx.QueryRow(sqlHead).Scan(&d.head) })
	if err == nil {
		err = e.watch(d.head, d.reach)
	}
	if err == nil {
		err = d.note(ctx, stages)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return d, nil
}

// IsURL tells a place in PostgreSQL from an SQLite file.
func IsURL(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

const sqlHead = `SELECT COALESCE(MAX(pos),0) FROM journal`

// Close ends the store. Transactions under way are rolled back.
func (d *DB) Close() error { return d.close() }

// reach wakes who waits for a journal position.
func (d *DB) reach(pos int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if pos > d.head { // the next writer may have been here first
		d.head = pos
		close(d.moved)
		d.moved = make(chan struct{})
	}
}

// Ready says why nothing can be written or read at the moment, as far as can be told
// without writing.
func (d *DB) Ready(ctx context.Context) error {
	if err := d.found(); err != nil {
		return err
	}
	_, err := d.Newest(ctx)
	return err
}

// Size is how many bytes the records take where they are kept.
func (d *DB) Size(ctx context.Context) (int64, error) {
	n, err := d.size(ctx)
	if err != nil {
		return 0, d.unavailable(ctx, fmt.Errorf("size of the records: %w", err))
	}
	return n, nil
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

// errAway says that the database did not keep a transaction, or cannot be asked.
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
	w, err := d.begin(ctx)
	if err != nil {
		return d.unavailable(ctx, err)
	}
	defer w.Rollback() // after a commit it does nothing
	tx := &Tx{ctx: ctx, db: d, tx: w.Tx, write: true, journal: journal}
	if err := guarded(tx); err != nil {
		return d.unavailable(ctx, err)
	}
	if err := fn(tx); err != nil {
		return d.unavailable(ctx, err)
	}
	if tx.failed != nil {
		return d.unavailable(ctx, fmt.Errorf("store: a statement failed and the function went on: %w", tx.failed))
	}
	if journal && tx.pos == 0 {
		return errSilent
	}
	if journal {
		fault.Point(fault.InChange)
	}
	if err := d.found(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w.row = tx.row
	if err := d.commit(ctx, w); err != nil {
		return err
	}
	if journal {
		fault.Point(fault.AfterChange)
		d.reach(tx.pos)
	}
	return nil
}

// View runs fn on a snapshot; fn cannot write.
func (d *DB) View(ctx context.Context, fn func(*Tx) error) error {
	sqlTx, err := d.view(ctx)
	if err != nil {
		return d.unavailable(ctx, err)
	}
	defer sqlTx.Rollback()
	return d.unavailable(ctx, fn(&Tx{ctx: ctx, db: d, tx: sqlTx}))
}

// unavailable turns "the database is locked or gone" into a sentence; every other
// error passes as it is, and so does one of whoever gave up.
func (d *DB) unavailable(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && fengsui.CodeOf(err) != fengsui.Unavailable && d.away(err) {
		return errors.Join(errAway, err)
	}
	return err
}

// Unique reports whether err is a broken unique index.
func Unique(err error) bool { return uniqueSQLite(err) || uniquePostgres(err) }

// Tx is a transaction. It belongs to one goroutine and ends with the function
// that was given it.
type Tx struct {
	ctx     context.Context
	db      *DB
	tx      *sql.Tx
	write   bool
	journal bool
	pos     int64
	row     []any                // the last journal row, for sqlRecorded
	failed  error                // the first statement's that failed
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
	args = t.db.args(args)
	var r sql.Result
	st, err := t.prepared(query)
	if st != nil {
		r, err = st.ExecContext(t.ctx, args...)
	} else if err == nil {
		r, err = t.tx.ExecContext(t.ctx, query, args...)
	}
	if err != nil {
		return 0, t.fail(err)
	}
	return r.RowsAffected()
}

// fail notes that a statement failed.
func (t *Tx) fail(err error) error {
	if t.failed == nil && err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.failed = err
	}
	return err
}

// Apart runs fn so that it can fail without the rest of the transaction: after an error,
// a statement's too, nothing that fn wrote or recorded is there, and the others go on. A
// database that is away fails all of them.
func (t *Tx) Apart(fn func() error) error {
	savepoint := func(statement string) error {
		_, err := t.tx.ExecContext(t.ctx, statement)
		return t.fail(err)
	}
	if err := savepoint("SAVEPOINT apart"); err != nil {
		return err
	}
	pos, row, failed := t.pos, t.row, t.failed
	t.failed = nil
	err := fn()
	if err == nil {
		err = t.failed // fn went on after it
	}
	if err != nil {
		if undone := savepoint("ROLLBACK TO SAVEPOINT apart"); undone != nil {
			return errors.Join(err, undone)
		}
		t.pos, t.row = pos, row
	}
	if t.failed == nil || !t.db.away(t.failed) {
		t.failed = failed
	}
	if released := savepoint("RELEASE SAVEPOINT apart"); released != nil {
		return errors.Join(err, released)
	}
	return err
}

// prepared keeps the statements of a transaction, so that a batch does not parse
// the same text for every row. database/sql closes them with the transaction. It gives
// nil in a snapshot, which asks once, and where the driver keeps them itself.
func (t *Tx) prepared(query string) (*sql.Stmt, error) {
	if !t.write || !t.db.prepares() {
		return nil, nil
	}
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
	rows, err := t.tx.QueryContext(t.ctx, query, t.db.args(args)...)
	return rows, t.fail(err)
}

// QueryRow runs a query for one row.
func (t *Tx) QueryRow(query string, args ...any) Row {
	if err := t.check(query); err != nil {
		return Row{err: err}
	}
	st, err := t.prepared(query)
	if err != nil {
		return Row{err: t.fail(err)}
	}
	if args = t.db.args(args); st != nil {
		return Row{tx: t, row: st.QueryRowContext(t.ctx, args...)}
	}
	return Row{tx: t, row: t.tx.QueryRowContext(t.ctx, query, args...)}
}

// Row is the answer to QueryRow.
type Row struct {
	tx  *Tx
	row *sql.Row
	err error
}

// Scan copies the row's columns; without a row it returns sql.ErrNoRows.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.tx.fail(r.row.Scan(dest...))
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
	err := t.QueryRow(`INSERT INTO number (series, last) VALUES ($1, 1) ON CONFLICT (series) DO UPDATE SET last = number.last + 1 RETURNING last`, series).Scan(&n)
	return n, err
}

func nowMillis() fengsui.Millis { return fengsui.At(time.Now()) }
