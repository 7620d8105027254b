package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fengsui/fault"
)

// inFile is the engine of a store in an SQLite file.
type inFile struct {
	write, read *sql.DB   // write has one connection
	stays       *sql.Conn // always open, see home
	home        *home
}

func openSQLite(ctx context.Context, path string) (engine, error) {
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
	f := &inFile{home: &home{path: path}}
	var err error
	if f.write, err = f.home.pool(dsn + "&_txlock=immediate"); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	f.write.SetMaxOpenConns(1)
	if f.read, err = f.home.pool(dsn + "&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), f.write.Close())
	}
	f.read.SetMaxOpenConns(9) // one of them stays
	f.read.SetMaxIdleConns(8)
	return f, nil
}

func (f *inFile) migrate(ctx context.Context, stages []Tables, to map[string]int64) error {
	return migrate(ctx, goose.DialectSQLite3, f.write, stages, to, func(f fs.FS) fs.FS { return f })
}

// alone has nothing to do: nobody else works with the file.
func (f *inFile) alone(context.Context) (func(), error) { return func() {}, nil }

func (f *inFile) shape(ctx context.Context, tx *sql.Tx) ([]table, error) {
	return shape(ctx, tx, sqlShapeSQLite, sqlRefersSQLite)
}

func (f *inFile) unhurried(context.Context, *sql.Tx) error { return nil }

func (f *inFile) begin(ctx context.Context) (w writing, err error) {
	w.Tx, err = f.write.BeginTx(ctx, nil)
	return w, err
}

func (f *inFile) commit(_ context.Context, w writing) error {
	err := w.Commit()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("commit: %w", err)
	if f.away(err) {
		return errors.Join(errAway, err)
	}
	return err
}

func (f *inFile) view(ctx context.Context) (*sql.Tx, error) {
	return f.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
}

func (f *inFile) away(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return true
	}
	return false
}

func uniqueSQLite(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func (f *inFile) found() error { return f.home.found() }

func (f *inFile) args(args []any) []any { return args }

func (f *inFile) prepares() bool { return true }

func (f *inFile) size(context.Context) (int64, error) { return f.home.size() }

// watch notes which files are open; nobody else writes to them.
func (f *inFile) watch(int64, func(int64)) (err error) {
	if f.stays, err = f.read.Conn(context.Background()); err != nil {
		return err
	}
	pos := int64(0)
	if err := f.stays.QueryRowContext(context.Background(), sqlHead).Scan(&pos); err != nil {
		return err
	}
	return f.home.settle()
}

func (f *inFile) close() error {
	var err error
	if f.stays != nil {
		err = f.stays.Close()
	}
	return errors.Join(err, f.read.Close(), f.write.Close())
}
