package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fengsui"
	"fengsui/blob"
	"fengsui/bus"
	"fengsui/lease"
	"fengsui/store"
)

// MoveCommand carries a platform that does not run over to other engines.
type MoveCommand struct {
	From string `help:"Configuration file of the platform as it is." type:"existingfile" optional:""`
	To   string `help:"Configuration file of the platform as it will be." type:"existingfile" required:""`
}

// Run moves, and prints what it did.
func (c *MoveCommand) Run(ctx context.Context) error {
	from, err := Load(c.From)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	to, err := Load(c.To)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	log, err := to.Logger()
	if err != nil {
		return err
	}
	return (&mover{from: from, to: to, out: os.Stdout, log: log}).move(ctx)
}

// mover copies what a platform keeps from the engines of one configuration to those of
// another, in either direction, and compares: records table by table and row by row,
// files and archives of the log by their sums, the history value by value. What is moved
// must be empty where it goes; a move that was cut short is repeated, and goes on. The
// origin keeps what it had. Until the last line nothing there or here says that it moved.
type mover struct {
	from, to Config
	out      io.Writer
	log      *slog.Logger

	tail uint64 // newest message of the log
}

// places are where a configuration keeps what can be moved, in the order of the move.
type places struct{ files, log, records, history string }

func (c *Config) places() places {
	dir := func(sub string) string {
		path := filepath.Join(c.Data, sub)
		if whole, err := filepath.Abs(path); err == nil {
			path = whole
		}
		return path
	}
	p := places{files: cmp.Or(c.Blob.URL, dir("blob")), log: cmp.Or(c.Bus.URL, dir("bus")), records: c.Store.URL}
	if p.records == "" {
		p.records = dir(filepath.Base(recordsFile(c.Data)))
	}
	if c.History.On {
		p.history = cmp.Or(c.History.WriteURL, c.History.URL, dir("history"))
	}
	return p
}

func (p places) list() []string { return []string{p.files, p.log, p.records, p.history} }

func (m *mover) move(ctx context.Context) error {
	from, to := m.from.places(), m.to.places()
	unlock, err := m.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.sameKeys(); err != nil {
		return err
	}
	type step struct {
		name     string
		from, to string
		run      func(context.Context) (string, error)
	}
	steps := []step{
		{"log", from.log, to.log, m.archiveLog},
		{"files", from.files, to.files, m.files},
		{"log", from.log, to.log, m.openLog},
		{"history", from.history, to.history, m.history},
		{"records", from.records, to.records, m.records},
		{"rest", from.data(m.from), to.data(m.to), m.rest},
	}
	moved := 0
	for _, s := range steps {
		if s.from == s.to || s.from == "" || s.to == "" {
			continue
		}
		began := time.Now()
		what, err := s.run(ctx)
		if err != nil {
			return fmt.Errorf("move %s: %w; the platform can still be started as it was, and the move repeated", s.name, err)
		}
		moved++
		fmt.Fprintf(m.out, "%-8s %s, %s\n", s.name, what, time.Since(began).Round(time.Millisecond))
	}
	if moved == 0 {
		return errors.New("both configurations name the same places: there is nothing to move")
	}
	if err := m.leave(from, to); err != nil {
		return err
	}
	fmt.Fprintln(m.out, "moved: start the platform with the new configuration. What was moved is still where it was, and will not be started from there: the file MOVED says so.")
	return nil
}

// data is the directory of a configuration, whole.
func (places) data(c Config) string {
	if whole, err := filepath.Abs(c.Data); err == nil {
		return whole
	}
	return c.Data
}

// lock takes both data directories, so that no platform runs on either.
func (m *mover) lock() (unlock func(), err error) {
	from, err := openData(m.from.Data)
	if err != nil {
		return nil, err
	}
	if (places{}).data(m.from) == (places{}).data(m.to) {
		return func() { from.close() }, nil
	}
	to, err := openData(m.to.Data)
	if err != nil {
		from.close()
		return nil, err
	}
	return func() { to.close(); from.close() }, nil
}

// sameKeys refuses a destination that could not open what the origin sealed.
func (m *mover) sameKeys() error {
	for _, k := range []struct{ key, from, to string }{
		{"master_key_file", m.from.MasterKeyFile, m.to.MasterKeyFile}, {"seal_key_file", m.from.sealKeyFile(), m.to.sealKeyFile()},
	} {
		from, err := os.ReadFile(filepath.Clean(k.from))
		if errors.Is(err, fs.ErrNotExist) && k.key == "seal_key_file" {
			continue // nothing was sealed yet
		}
		if err != nil {
			return fmt.Errorf("%s of the origin: %w", k.key, err)
		}
		to, err := os.ReadFile(filepath.Clean(k.to))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(bytes.TrimSpace(from), bytes.TrimSpace(to)) {
			return fmt.Errorf("%s: the file %s of the new configuration must hold the same key as %s: copy it there", k.key, k.to, k.from)
		}
		if err != nil {
			return fmt.Errorf("%s of the destination: %w", k.key, err)
		}
	}
	return nil
}

// logOf opens the log of a configuration over an archive; nothing in it is trimmed.
func (m *mover) logOf(ctx context.Context, c Config, archive blob.Store) (*bus.Log, error) {
	return bus.Open(ctx, c.busConfig(filepath.Join(c.Data, "bus"), archive, nil, func() bool { return false }, m.log))
}

// archiveLog brings the whole log of the origin into its archives, which move as files.
func (m *mover) archiveLog(ctx context.Context) (string, error) {
	to, err := m.logOf(ctx, m.to, nil)
	if err != nil {
		return "", fmt.Errorf("destination: %w", err)
	}
	there := to.Tail().Seq
	if err := to.Close(); err != nil {
		return "", err
	}
	files, err := m.from.openBlob(ctx)
	if err != nil {
		return "", err
	}
	log, err := m.logOf(ctx, m.from, files)
	if err != nil {
		return "", err
	}
	messages, last, err := log.ArchiveAll(ctx)
	if err := errors.Join(err, log.Close()); err != nil {
		return "", err
	}
	// A move that was cut short has left the end of it there, and nothing else.
	if there != 0 && there != last {
		return "", fmt.Errorf("the destination's log is not empty: it ends with message %d", there)
	}
	m.tail = last
	return fmt.Sprintf("%d messages up to %d are in archives", messages, last), nil
}

// openLog opens the destination's log behind its archives.
func (m *mover) openLog(ctx context.Context) (string, error) {
	files, err := m.to.openBlob(ctx)
	if err != nil {
		return "", err
	}
	// It complains that it ends before its archives: that is what we want of it.
	log, err := (&mover{log: slog.New(slog.DiscardHandler)}).logOf(ctx, m.to, files)
	if err != nil {
		return "", err
	}
	tail := log.Tail().Seq
	if err := log.Close(); err != nil {
		return "", err
	}
	if tail != m.tail {
		return "", fmt.Errorf("the destination's log ends with message %d and the origin's with %d", tail, m.tail)
	}
	return fmt.Sprintf("goes on behind message %d", tail), nil
}

// files copies the files key by key and reads each back.
func (m *mover) files(ctx context.Context) (string, error) {
	from, err := m.from.openBlob(ctx)
	if err != nil {
		return "", err
	}
	to, err := m.to.openBlob(ctx)
	if err != nil {
		return "", err
	}
	items, err := from.List(ctx, "")
	if err != nil {
		return "", err
	}
	there, err := to.List(ctx, "")
	if err != nil {
		return "", err
	}
	known := map[string]bool{}
	for _, i := range items {
		known[i.Key] = true
	}
	for _, i := range there {
		if !known[i.Key] {
			return "", fmt.Errorf("the destination holds files that are not this platform's, %s for one: name an empty place", i.Key)
		}
	}
	var bytes int64
	for _, i := range items {
		n, err := copyBlob(ctx, from, to, i.Key)
		if err != nil {
			return "", fmt.Errorf("%s: %w", i.Key, err)
		}
		bytes += n
	}
	return fmt.Sprintf("%d with %d bytes, each read back", len(items), bytes), nil
}

func copyBlob(ctx context.Context, from, to blob.Store, key string) (int64, error) {
	r, err := from.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	size, sum, err := to.Put(ctx, key, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return 0, err
	}
	for _, s := range []blob.Store{from, to} { // what a disk gave once it must give again
		r, err := s.Get(ctx, key)
		if err != nil {
			return 0, err
		}
		h := sha256.New()
		_, err = io.Copy(h, r)
		if err := errors.Join(err, r.Close()); err != nil {
			return 0, err
		}
		if hex.EncodeToString(h.Sum(nil)) != sum {
			return 0, errors.New("what is read differs from what was copied")
		}
	}
	return size, nil
}

// records copies every table and compares it row by row.
func (m *mover) records(ctx context.Context) (string, error) {
	from, to := m.from.place(), m.to.place()
	r, w := io.Pipe()
	type exported struct {
		c   store.Contents
		err error
	}
	done := make(chan exported, 1)
	go func() {
		c, err := store.Export(ctx, from, w)
		w.CloseWithError(err)
		done <- exported{c, err}
	}()
	_, err := store.Import(ctx, to, r, tables()...)
	r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
	want := <-done
	if want.err != nil && !errors.Is(want.err, io.ErrClosedPipe) {
		return "", want.err
	}
	if err != nil {
		// Rows that are there already may be those of a move that was cut short.
		if want.c, want.err = store.Export(ctx, from, io.Discard); want.err != nil {
			return "", errors.Join(err, want.err)
		}
	}
	got, failed := store.Export(ctx, to, io.Discard)
	if failed != nil {
		return "", errors.Join(err, failed)
	}
	if why := differ(want.c, got); why != "" {
		return "", errors.Join(err, errors.New(why))
	}
	return fmt.Sprintf("%d rows of %d tables, journal up to %d, each row compared", got.Rows(), len(got.Tables), got.Head), nil
}

// differ says what is not equal in two exports.
func differ(want, got store.Contents) string {
	for i, t := range want.Tables {
		if i >= len(got.Tables) || got.Tables[i].Name != t.Name {
			return fmt.Sprintf("the destination lacks the table %s", t.Name)
		}
		if g := got.Tables[i]; g != t && !strings.HasPrefix(t.Name, "lease") { // who holds what stays behind
			return fmt.Sprintf("the table %s differs: %d rows were copied, %d are there", t.Name, t.Rows, g.Rows)
		}
	}
	if len(got.Tables) > len(want.Tables) {
		return fmt.Sprintf("the destination has %d tables too many", len(got.Tables)-len(want.Tables))
	}
	return ""
}

// restFiles are what else of a data directory goes with the platform.
var restFiles = []string{"ingest", "tls", filepath.Join("history", "place")}

// rest copies what has no engine: the book of idempotency keys, certificates, how far
// the history has come.
func (m *mover) rest(ctx context.Context) (string, error) {
	n := 0
	for _, sub := range restFiles {
		root := filepath.Join(m.from.Data, sub)
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			rel, err := filepath.Rel(m.from.Data, path)
			if err != nil {
				return err
			}
			b, err := os.ReadFile(filepath.Clean(path))
			if err != nil {
				return err
			}
			into := filepath.Join(m.to.Data, rel)
			if err := os.MkdirAll(filepath.Dir(into), 0o700); err != nil {
				return err
			}
			n++
			return replaceFile(into, b)
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d files", n), nil
}

// leave forgets who worked on the records, and notes in both directories what is no
// longer where it was.
func (m *mover) leave(from, to places) error {
	if from.records != to.records && store.IsURL(to.records) {
		db, err := store.Open(context.Background(), m.to.place(), tables()...)
		if err == nil {
			err = errors.Join(lease.Forget(context.Background(), db), db.Close())
		}
		if err != nil {
			return fmt.Errorf("move records: %w", err)
		}
	}
	var gone []string
	for i, p := range from.list() {
		if now := to.list()[i]; p != "" && now != "" && p != now {
			gone = append(gone, p)
		}
	}
	for _, data := range slices.Compact([]string{from.data(m.to), from.data(m.from)}) {
		before, err := movedAway(data)
		if err != nil {
			return err
		}
		all := slices.DeleteFunc(slices.Concat(before, gone), func(p string) bool { return slices.Contains(to.list(), p) })
		slices.Sort(all)
		text := strings.Join(slices.Compact(all), "\n") + "\n"
		if err := replaceFile(filepath.Join(data, movedFile), []byte(text)); err != nil {
			return fmt.Errorf("note what was moved: %w", err)
		}
	}
	return nil
}

// movedFile lists, a line each, the places from which a platform was moved away.
const movedFile = "MOVED"

func movedAway(data string) ([]string, error) {
	b, err := os.ReadFile(filepath.Join(data, movedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.FieldsFunc(string(b), func(r rune) bool { return r == '\n' }), err
}

// notMoved refuses to start on what was moved away: two platforms would warn.
func (c *Config) notMoved() error {
	gone, err := movedAway(c.Data)
	if err != nil {
		return err
	}
	for _, p := range c.places().list() {
		if p != "" && slices.Contains(gone, p) {
			return fengsui.Errorf(fengsui.Conflict, "moved", "this platform was moved away from %s; start it with the configuration that it was moved to, or remove the file %s in %s to begin again with what was here then", p, movedFile, c.Data)
		}
	}
	return nil
}
