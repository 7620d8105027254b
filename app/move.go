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

// MoveCommand carries a platform over to other engines.
type MoveCommand struct {
	From  string        `help:"Configuration file of the platform as it is." type:"existingfile" optional:""`
	To    string        `help:"Configuration file of the platform as it will be." type:"existingfile" required:""`
	Pause time.Duration `help:"How long a platform that runs may stand still at the end; after that it goes on as it was." default:"5m"`
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
	return (&mover{from: from, to: to, file: c.To, pause: c.Pause, out: os.Stdout, log: log}).move(ctx)
}

// mover copies what a platform keeps from the engines of one configuration to those of
// another, in either direction, and compares: records table by table and row by row,
// files and archives of the log by their sums, the history value by value. What is moved
// must be empty where it goes, or an earlier copy; a move that was cut short is repeated,
// and goes on. The origin keeps what it had. Until the last line nothing there or here
// says that it moved.
//
// A platform that runs is copied while it does, and stands still for the last round alone,
// which copies what came meanwhile (decision 0014). What its history lacks by then the new
// one writes from the log.
type mover struct {
	from, to Config
	file     string        // of to
	pause    time.Duration // how long a platform may stand still
	out      io.Writer
	log      *slog.Logger

	run    *running             // nil: the platform does not run
	tail   uint64               // newest message of the log
	copied map[string]blob.Item // files of the origin that are there and were read back
	place  *fengsui.Place       // behind it lies what the history lacks; nil: nothing
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

// step is one kind of data. One that names the same place twice is left out.
type step struct {
	name     string
	from, to string
	run      func(context.Context) (string, error)
}

func (m *mover) move(ctx context.Context) error {
	from, to := m.from.places(), m.to.places()
	if slices.Equal(append(from.list(), from.data(m.from)), append(to.list(), to.data(m.to))) {
		return errors.New("both configurations name the same places: there is nothing to move")
	}
	if err := m.sameKeys(); err != nil {
		return err
	}
	m.run = dialRunning(m.from.Data)
	if m.run != nil {
		defer m.run.close()
	}
	var locks locks
	defer locks.free()
	same := from.data(m.from) == to.data(m.to)
	if m.run == nil || !same {
		if err := locks.take(m.to.Data); err != nil {
			return err
		}
	}
	if m.run == nil && !same {
		if err := locks.take(m.from.Data); err != nil {
			return err
		}
	}
	steps := []step{
		{"log", from.log, to.log, m.archiveLog},
		{"files", from.files, to.files, m.files},
		{"log", from.log, to.log, m.openLog},
		{"history", from.history, to.history, m.history},
		{"records", from.records, to.records, m.records},
		{"rest", from.data(m.from), to.data(m.to), m.rest},
	}
	if m.run == nil {
		if err := m.walk(ctx, steps...); err != nil {
			return err
		}
		if err := m.leave(from, to); err != nil {
			return err
		}
		fmt.Fprintln(m.out, "moved: start the platform with the new configuration. "+stays)
		return nil
	}

	ahead := []step{{"log", from.log, to.log, m.archiveAhead}, {"files", from.files, to.files, m.files}}
	fmt.Fprintln(m.out, "the platform runs, and is copied meanwhile:")
	if err := m.walk(ctx, append(append(ahead, steps[3], steps[4]), ahead...)...); err != nil {
		return err
	}
	began := time.Now()
	stood, err := standStill(ctx, m.from.Data, m.file)
	if err != nil {
		return err
	}
	defer stood.conn.Close() // then it goes on, in any case
	defer locks.free()
	fmt.Fprintln(m.out, "it stands still, and what came meanwhile is copied:")
	if err := locks.take(m.from.Data); err != nil {
		return err
	}
	last, cancel := context.WithTimeoutCause(ctx, m.pause, fmt.Errorf("the platform stood still for %s: what is to be copied takes longer; try when less is going on, or with a longer --pause", m.pause))
	defer cancel()
	if err := m.walk(last, append(steps[:3:3], steps[4:]...)...); err != nil {
		return err
	}
	if err := cmp.Or(m.markHistory(), stood.still()); err != nil {
		return fmt.Errorf("%w; %s", err, untouched)
	}
	if err := m.leave(from, to); err != nil {
		return err
	}
	locks.free()
	if err := stood.goOn(ctx); err != nil {
		return fmt.Errorf("everything is moved, but %w: start it with the new configuration", err)
	}
	fmt.Fprintf(m.out, "moved: the platform serves with the new configuration; it stood still for %s. Put %s in the place of the configuration that it is started with, before its next start. %s\n",
		time.Since(began).Round(10*time.Millisecond), m.file, stays)
	return nil
}

const (
	untouched = "the platform can still be started as it was, and the move repeated"
	stays     = "What was moved is still where it was, and will not be started from there: the file MOVED says so."
)

// walk takes steps one after the other.
func (m *mover) walk(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		if s.from == s.to || s.from == "" || s.to == "" {
			continue
		}
		began := time.Now()
		what, err := s.run(ctx)
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("move %s: %w; %s", s.name, err, untouched)
		}
		fmt.Fprintf(m.out, "%-8s %s, %s\n", s.name, what, time.Since(began).Round(time.Millisecond))
	}
	return nil
}

// data is the directory of a configuration, whole.
func (places) data(c Config) string {
	if whole, err := filepath.Abs(c.Data); err == nil {
		return whole
	}
	return c.Data
}

// locks are data directories that no platform runs on meanwhile.
type locks []*dataDir

func (l *locks) take(data string) error {
	d, err := openData(data)
	if err == nil {
		*l = append(*l, d)
	}
	return err
}

func (l *locks) free() {
	for _, d := range *l {
		d.close()
	}
	*l = nil
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

// archiveAhead has the platform archive its log of up to now.
func (m *mover) archiveAhead(ctx context.Context) (string, error) {
	if err := m.noLogThere(ctx); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, archiveTime, fmt.Errorf("the platform did not archive its log within %s: its log says why", archiveTime))
	defer cancel()
	return "archived up to now", m.run.archive(ctx)
}

// archiveTime is how long a platform that runs may take to archive what it has.
const archiveTime = 10 * time.Minute

// noLogThere refuses a destination whose log holds something. A move that was cut short
// leaves the end of its log there, and nothing else.
func (m *mover) noLogThere(ctx context.Context) error {
	to, err := m.logOf(ctx, m.to, nil)
	if err != nil {
		return fmt.Errorf("destination: %w", err)
	}
	empty, tail := to.Empty(), to.Tail().Seq
	if err := to.Close(); err != nil {
		return err
	}
	if !empty {
		return fmt.Errorf("the destination's log is not empty: it ends with message %d", tail)
	}
	return nil
}

// archiveLog brings the whole log of the origin into its archives, which move as files.
func (m *mover) archiveLog(ctx context.Context) (string, error) {
	if err := m.noLogThere(ctx); err != nil {
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

// files copies the files key by key and reads each back. What a round before has copied
// is not copied again.
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
		if known[i.Key] {
			continue
		}
		if _, ours := m.copied[i.Key]; !ours {
			return "", fmt.Errorf("the destination holds files that are not this platform's, %s for one: name an empty place", i.Key)
		}
		if err := to.Delete(ctx, i.Key); err != nil { // an archive that grew too old meanwhile
			return "", err
		}
		delete(m.copied, i.Key)
	}
	if m.copied == nil {
		m.copied = map[string]blob.Item{}
	}
	n, bytes := 0, int64(0)
	for _, i := range items {
		if m.copied[i.Key] == i {
			continue
		}
		size, err := copyBlob(ctx, from, to, i.Key)
		if m.run != nil && fengsui.CodeOf(err) == fengsui.NotFound {
			continue // it went after it was listed
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", i.Key, err)
		}
		m.copied[i.Key] = i
		n, bytes = n+1, bytes+size
	}
	return fmt.Sprintf("%d of %d with %d bytes, each read back", n, len(items), bytes), nil
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

// records copies every table, or what differs from an earlier copy, and compares all of
// it row by row.
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
	_, err := store.Renew(ctx, to, r, tables()...)
	r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
	want := <-done
	if want.err != nil && !errors.Is(want.err, io.ErrClosedPipe) {
		return "", want.err
	}
	if err != nil {
		return "", err
	}
	got, err := store.Export(ctx, to, io.Discard)
	if err != nil {
		return "", err
	}
	if why := differ(want.c, got); why != "" {
		return "", errors.New(why)
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
