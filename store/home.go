package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
)

// walSuffix is what SQLite appends to the database's name for its log.
const walSuffix = "-wal"

// home are the files that are open and the names they had. SQLite goes on with a
// file that was renamed, removed or unmounted: what it commits there nobody finds
// after a restart, so nothing is committed until the names lead there again.
type home struct {
	path    string
	db, wal fs.FileInfo
}

// found says that a name leads to a file no more, or to another one.
func (h *home) found() error {
	for _, f := range []struct {
		path string
		open fs.FileInfo
	}{{h.path, h.db}, {h.path + walSuffix, h.wal}} {
		at, err := os.Stat(f.path)
		if err == nil && !os.SameFile(at, f.open) {
			err = errors.New("another file has its name; put the one that is open back, or start the platform again")
		}
		if err != nil {
			return errors.Join(errAway, fmt.Errorf("the open database file %s is not in its place: %w", f.path, err))
		}
	}
	return nil
}

// size is how many bytes the database and its log take.
func (h *home) size() (n int64, err error) {
	for _, path := range []string{h.path, h.path + walSuffix} {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		n += info.Size()
	}
	return n, nil
}

// pool opens connections, and none to anything but the files that are open: what
// has their names meanwhile is another database, or an empty one.
func (h *home) pool(dsn string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{c, h}), nil
}

type connector struct {
	driver.Connector
	home *home
}

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil || c.home.db == nil { // the first ones say which files these are
		return conn, err
	}
	if err := c.home.found(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// settle notes which files are open. A connection that has read must stay open from
// here on: with the last one SQLite takes its log away.
func (h *home) settle() (err error) {
	if h.db, err = os.Stat(h.path); err == nil {
		h.wal, err = os.Stat(h.path + walSuffix)
	}
	return err
}

// prepare makes the file of a new database. An absent database beside its log is
// none: SQLite would throw the log away, and with it what was committed last.
func prepare(path string) error {
	at, err := os.Stat(path)
	if err == nil && at.Size() > 0 {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if log, err := os.Stat(path + walSuffix); err == nil && log.Size() > 0 {
		return fmt.Errorf("the database is gone while its log %s is there: put the database back beside it, or move the log away to begin anew", path+walSuffix)
	}
	if at != nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
