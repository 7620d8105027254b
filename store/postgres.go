package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"golang.org/x/sys/unix"

	"fengsui"
)

const (
	// Advisory locks of the database: of the writer whose turn it is, of who brings the
	// tables to their newest version, and, shared, of each process that works with them. The numbers only have to differ from
	// those of other programs in the same database.
	lockTurn    = 0x66656e67_00000001
	lockMigrate = 0x66656e67_00000002
	lockUse     = 0x66656e67_00000003

	channel = "fengsui_journal" // of NOTIFY

	// hung is how long a writer may do nothing in its transaction. Others wait for it
	// less than patience, and less than a term of their leases.
	hung = 3 * time.Second

	// askEvery is how often other processes' rows are asked for where no
	// notification comes, and how long a lost connection rests.
	askEvery = time.Second
)

// errDoubt says that the database went away while it committed and that nobody could
// ask it since.
var errDoubt = fengsui.Errorf(fengsui.Unavailable, "store_in_doubt", "the records went away while they were written; look whether it is there before you repeat it")

// onServer is the engine of a store in PostgreSQL.
//
// Writers of all processes take one advisory lock when they begin and hold it until
// they have committed. So a transaction sees what all before it committed, as in
// SQLite; it cannot fail to serialize and is never run twice; and the next journal
// position is one above the last, in the order of commits, without holes
// (docs/decisions/0007).
type onServer struct {
	config      *pgx.ConnConfig // of a connection that reads
	write, read *sql.DB         // write has one connection
	listens     bool

	stop context.CancelFunc // ends the watch
	wait sync.WaitGroup
}

func openPostgres(ctx context.Context, place string) (engine, error) {
	config, err := pgx.ParseConfig(place)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	param := config.RuntimeParams
	accept, listen := param["fsync_off"], param["listen"]
	delete(param, "fsync_off")
	delete(param, "listen")
	if accept != "" && accept != "accept" || listen != "" && listen != "off" {
		return nil, errors.New("open store: in the URL fsync_off can only be accept, and listen only off")
	}
	if param["application_name"] == "" {
		param["application_name"] = "fengsui"
	}
	// A commit returns after it is on disk, whatever the server's usual way is.
	param["synchronous_commit"] = "on"
	param["standard_conforming_strings"] = "on"
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = patience
	}
	// A server that is cut off answers nothing and refuses nothing: the kernel gives
	// such a connection up, idle or not.
	config.DialFunc = (&net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: patience, Interval: time.Second, Count: 3},
		Control: func(network, _ string, c syscall.RawConn) (err error) {
			if strings.HasPrefix(network, "tcp") {
				err = c.Control(func(fd uintptr) {
					_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(patience.Milliseconds()))
				})
			}
			return err
		},
	}).DialContext
	with := func(add map[string]string) *pgx.ConnConfig {
		c := config.Copy()
		for k, v := range add {
			if _, set := param[k]; !set {
				c.RuntimeParams[k] = v
			}
		}
		return c
	}
	wait, hung := fmt.Sprint(patience.Milliseconds()), fmt.Sprint(hung.Milliseconds())
	s := &onServer{listens: listen == "", config: with(map[string]string{"statement_timeout": "600000", "idle_in_transaction_session_timeout": "600000"})}
	s.write = stdlib.OpenDB(*with(map[string]string{"statement_timeout": "30000", "lock_timeout": wait, "idle_in_transaction_session_timeout": hung}))
	s.write.SetMaxOpenConns(1)
	s.read = stdlib.OpenDB(*s.config)
	s.read.SetMaxOpenConns(8)
	s.read.SetMaxIdleConns(8)
	if err := s.fit(ctx, accept != ""); err != nil {
		s.close()
		return nil, fmt.Errorf("open store in database %s at %s: %w", config.Database, config.Host, err)
	}
	return s, nil
}

// fit refuses a server on which the promises do not stand.
func (s *onServer) fit(ctx context.Context, unsynced bool) error {
	var version int64
	var fsync, encoding string
	err := s.read.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::bigint, current_setting('fsync'), current_setting('server_encoding')`).Scan(&version, &fsync, &encoding)
	switch {
	case err != nil:
		return err
	case version < 120000:
		return fmt.Errorf("the server's version is %d, and must be 120000 or newer", version)
	case encoding != "UTF8":
		return fmt.Errorf("the database's encoding is %s, and must be UTF8: create it WITH ENCODING 'UTF8'", encoding)
	case fsync != "on" && !unsynced:
		return errors.New("the server runs with fsync=off and may lose what it acknowledged: set fsync=on, or fsync_off=accept in the URL")
	}
	return nil
}

func (s *onServer) migrate(ctx context.Context, stages []Tables, to map[string]int64) error {
	c := s.config.Copy()
	c.RuntimeParams["statement_timeout"], c.RuntimeParams["lock_timeout"] = "0", "0" // an index takes as long as it takes
	c.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	db := stdlib.OpenDB(*c)
	defer db.Close()
	alone, err := db.Conn(ctx) // processes that start together take turns
	if err != nil {
		return err
	}
	defer alone.Close()
	if _, err := alone.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lockMigrate); err != nil {
		return err
	}
	return migrate(ctx, goose.DialectPostgres, db, stages, to, func(f fs.FS) fs.FS { return translated{f} })
}

func (s *onServer) alone(ctx context.Context) (release func(), err error) {
	c := s.config.Copy()
	c.RuntimeParams["lock_timeout"] = fmt.Sprint(patience.Milliseconds())
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	release = func() { conn.Close(context.WithoutCancel(ctx)) }
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, lockUse); err != nil {
		release()
		if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "55P03" { // lock_not_available
			err = errUsed
		}
		return nil, err
	}
	return release, nil
}

func (s *onServer) shape(ctx context.Context, tx *sql.Tx) ([]table, error) {
	return shape(ctx, tx, sqlShapePostgres, sqlRefersPostgres)
}

func (s *onServer) unhurried(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`)
	return err
}

func (s *onServer) begin(ctx context.Context) (writing, error) {
	// Whoever gives up must not cut a commit in two: run looks at ctx before it.
	tx, err := s.write.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return writing{}, err
	}
	var none any
	var number int64
	if err := tx.QueryRowContext(ctx, `SELECT pg_advisory_xact_lock($1), txid_current()`, lockTurn).Scan(&none, &number); err != nil {
		return writing{}, errors.Join(err, tx.Rollback())
	}
	return writing{Tx: tx, number: number}, nil
}

func (s *onServer) commit(ctx context.Context, w writing) error {
	if w.row != nil {
		if _, err := w.ExecContext(ctx, `NOTIFY `+channel); err != nil {
			err = fmt.Errorf("commit: %w", err)
			if s.away(err) {
				return errors.Join(errAway, err)
			}
			return err
		}
	}
	err := w.Commit()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("commit: %w", err)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.SeverityUnlocalized == "ERROR" || errors.Is(err, pgx.ErrTxCommitRollback) {
		if s.away(err) {
			return errors.Join(errAway, err)
		}
		return err
	}
	return s.outcome(context.WithoutCancel(ctx), w, err)
}

// outcome asks what became of a transaction whose answer was lost. A server that came
// back from a crash gives numbers again that it had not written down: then "committed"
// is another transaction's, and the journal row alone proves that it is ours. What wrote
// none is in doubt.
func (s *onServer) outcome(ctx context.Context, w writing, lost error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for {
		var is string
		rows := 0
		conn, err := pgx.ConnectConfig(ctx, s.config)
		if err == nil {
			err = conn.QueryRow(ctx, `SELECT COALESCE(txid_status($1), 'unknown')`, w.number).Scan(&is)
			if err == nil && w.row != nil {
				err = conn.QueryRow(ctx, sqlRecorded, s.args(w.row)...).Scan(&rows)
			}
			conn.Close(ctx)
		}
		switch {
		case err == nil && is == "committed" && rows > 0:
			return nil
		case err == nil && is == "committed" && w.row == nil:
			return errors.Join(errDoubt, lost)
		case err == nil && (is == "committed" || is == "aborted"):
			return errors.Join(errAway, lost)
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return errors.Join(errDoubt, lost)
		}
	}
}

func (s *onServer) view(ctx context.Context) (*sql.Tx, error) {
	return s.read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

func (s *onServer) away(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "55P03", // lock_not_available: other processes write, see lock_timeout
			"57014",          // query_canceled: see statement_timeout
			"25P03",          // idle_in_transaction_session_timeout
			"25006",          // read_only_sql_transaction: it has become a standby
			"40001", "40P01": // serialization_failure, deadlock_detected: somebody else writes our tables
			return true
		}
		switch e.Code[:min(2, len(e.Code))] {
		case "08", "53", "58": // connection, resources, system
			return true
		case "57": // operator: shutdown, crash, starting up
			return true
		}
		return e.SeverityUnlocalized == "FATAL" || e.SeverityUnlocalized == "PANIC"
	}
	_, network := errors.AsType[net.Error](err)
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	return network || connect || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

func uniquePostgres(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "23505" // unique_violation
}

func (s *onServer) found() error { return nil }

// args makes of arguments what database/sql makes of them for SQLite: named types
// become plain ones, truth becomes 0 or 1. PostgreSQL keeps no text with a NUL or with
// broken UTF-8 in it; U+FFFD takes their place, so that a device's odd name cannot stop
// whoever would keep it.
func (s *onServer) args(args []any) []any {
	list := make([]any, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			v = a // the driver says what is wrong with it
		}
		switch x := v.(type) {
		case bool:
			v = int64(0)
			if x {
				v = int64(1)
			}
		case string:
			if !utf8.ValidString(x) || strings.IndexByte(x, 0) >= 0 {
				v = strings.ReplaceAll(strings.ToValidUTF8(x, "\uFFFD"), "\x00", "\uFFFD")
			}
		}
		list[i] = v
	}
	return list
}

func (s *onServer) prepares() bool { return false } // pgx keeps them for the connection

func (s *onServer) size(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT pg_database_size(current_database())`).Scan(&n)
	return n, err
}

func (s *onServer) watch(_ int64, told func(int64)) error {
	if !s.listens {
		return nil
	}
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	s.wait.Go(func() {
		for ctx.Err() == nil {
			s.listen(ctx, told) // until the connection is lost
			rest := time.NewTimer(askEvery)
			select {
			case <-rest.C:
			case <-ctx.Done():
				rest.Stop()
			}
		}
	})
	return nil
}

// listen tells of new positions as they are notified, and looks each second whether a
// notification was missed.
func (s *onServer) listen(ctx context.Context, told func(int64)) {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return
	}
	// As long as this connection lives, everybody knows that we work with the tables.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock_shared($1)`, lockUse); err != nil {
		return
	}
	for {
		pos := int64(0)
		if conn.QueryRow(ctx, sqlHead).Scan(&pos) != nil {
			return
		}
		told(pos)
		at, cancel := context.WithTimeout(ctx, askEvery)
		_, err := conn.WaitForNotification(at)
		cancel()
		if err != nil && (ctx.Err() != nil || !pgconn.Timeout(err)) {
			return
		}
	}
}

func (s *onServer) close() error {
	if s.stop != nil {
		s.stop()
		s.wait.Wait()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// translated are migrations as PostgreSQL takes them. They are written for SQLite and
// nearly portable: its INTEGER has 64 bits, its text is compared by bytes, and what
// stands between the lines "-- +sqlite Begin" and "-- +sqlite End" moves rows that no
// database of PostgreSQL is old enough to have.
type translated struct{ fs.FS }

var (
	sqliteOnly  = regexp.MustCompile(`(?ms)^-- \+sqlite Begin.*?^-- \+sqlite End[^\n]*\n`)
	sqliteTypes = strings.NewReplacer(" INTEGER", " BIGINT", " TEXT", ` TEXT COLLATE "C"`)
)

// Open opens a file; goose reads migrations and nothing else.
func (t translated) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return translation{f, strings.NewReader(sqliteTypes.Replace(sqliteOnly.ReplaceAllString(string(b), "")))}, nil
}

type translation struct {
	fs.File
	text *strings.Reader
}

// Read reads the translation.
func (t translation) Read(b []byte) (int, error) { return t.text.Read(b) }
