package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/blob"
	"fengsui/bus"
	"fengsui/store"
	"fengsui/store/storetest"
)

// TestMove carries a platform with data and an open warning over to servers of all four
// kinds, and back into a directory, while it runs and is under load (issue 4.1, N01). A
// command that is killed while the platform stands still, and a platform that is killed
// then, leave everything as it was. Afterwards all that was acknowledged, in whichever
// place, is there once: deliveries, acts, samples; and the warning goes on.
func TestMove(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: takes a minute")
	}
	s := besiege(t, mkdir(t, "move"))
	s.binary = faultBinary(t)
	t.Parallel() // most of it is waiting
	s.c.History.On, s.c.History.MemoryBytes = true, 256<<20
	s.furnish(3)
	m := &mule{t: t, s: s}
	end := s.load()
	old := &story{s: s, point: storyPoint(0)}
	if err := steps(func() error { return old.first(14) }, func() error { return old.clocks(1) }); err != nil {
		t.Fatal(err)
	}
	// The curve that is evidence of it is a file.
	until(t, func() string { return "a file of evidence" }, func() bool {
		files, err := m.blobs(s.c).List(t.Context(), "evidence/")
		return err == nil && len(files) > 0
	})

	postgres := storetest.Start(t, "../scripts/postgres.sh")
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	nats := serverDir(t, "nats.sh")
	files, filesPort := serverDir(t, "s3.sh"), freePort(t)
	history, historyPort := serverDir(t, "victoria.sh"), freePort(t)
	keys := filepath.Join(s.dir, "s3.keys")
	if err := os.WriteFile(keys, []byte("fengsui\nfengsui-test-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := s.c
	out.Data = filepath.Join(s.dir, "outside")
	out.Store.URL = postgres.Database(t, "fengsui")
	out.Bus.URL = runScript(t, "nats.sh", "start", nats)
	out.Blob.URL = "s3://fengsui/district?endpoint=" + runScript(t, "s3.sh", "start", files, "fengsui", filesPort)
	out.Blob.KeyFile = keys
	out.History.URL = runScript(t, "victoria.sh", "start", history, historyPort)

	m.cut(out, func(cmd *exec.Cmd) { cmd.Process.Kill() })
	m.flows()
	m.cut(out, func(*exec.Cmd) { s.proc.kill(); s.endLife() })
	s.start()
	m.flows()
	in := s.c
	m.carry(out)
	m.goesOn(old, 1)
	m.went(in)

	back := s.c
	back.Data = filepath.Join(s.dir, "back")
	back.Store.URL, back.Bus.URL, back.Blob.URL, back.History.URL = "", "", "", ""
	m.carry(back)
	m.goesOn(old, 2)
	m.went(out)
	if err := steps(old.returns, func() error {
		return old.does("bureau", "decide", map[string]any{"to": "none", "end": "cleared", "why": "dealt with"})
	}, func() error { return old.await("cleared", 1) }); err != nil {
		t.Error(err)
	}
	s.quiet()
	end()
	s.stop()
	m.isWhole()

	// What was acknowledged in all places is in the history, once.
	s.binary, s.proc = "", nil
	s.start()
	tail, client := s.p.Bus.Tail(), s.p.History.Client()
	defer client.Close()
	total := int64(0)
	until(t, func() string { return fmt.Sprintf("%d samples in the history, it has %d", s.samples.Load(), total) }, func() bool {
		state, err := client.Ready(s.ctx)
		if err != nil || state.Place.Less(tail) {
			return false
		}
		n, err := client.Count(s.ctx, 0, fengsui.At(time.Now())+3_600_000)
		total = n.Samples
		return err == nil && total == s.samples.Load()
	})
	s.stop()
	t.Logf("%d acknowledged deliveries, %d samples and %d acts are there once", len(s.deliveries), total, len(s.acted))
	for _, w := range s.wrong {
		t.Error(w)
	}
}

// mule moves a siege's platform.
type mule struct {
	t *testing.T
	s *siege
}

// flows waits until the platform takes what the load sends.
func (m *mule) flows() {
	m.t.Helper()
	before := m.s.samples.Load()
	if !within(time.Minute, func() bool { return m.s.samples.Load() > before+1000 }) {
		m.t.Fatalf("the platform took %d samples in a minute\n%s", m.s.samples.Load()-before, m.s.proc.lastWords())
	}
}

// goesOn: the warning from before the move is open, and a new one is raised.
func (m *mule) goesOn(old *story, i int) {
	m.t.Helper()
	var w struct {
		Level string
		End   string
	}
	if err := m.s.people["duty"].read("/warnings/"+string(old.id), &w); err != nil || w.End != "open" || w.Level != "red" {
		m.t.Errorf("after the move the warning is %+v, %v, want it red and open", w, err)
	}
	x := &story{s: m.s, point: storyPoint(i)}
	if err := steps(func() error { return x.first(14) }, func() error { return x.clocks(1) }); err != nil {
		m.t.Errorf("a new warning after the move: %v", err)
	}
}

func (m *mule) write(to Config) (file string) {
	m.t.Helper()
	file = filepath.Join(m.s.dir, filepath.Base(to.Data)+".yaml")
	b, err := yaml.Marshal(to)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return file
}

// cut begins to move and has something happen while the platform stands still.
func (m *mule) cut(to Config, happens func(*exec.Cmd)) {
	t, s := m.t, m.s
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.binary, "admin", "move", "--from", s.file, "--to", m.write(to))
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var why bytes.Buffer
	cmd.Stderr = &why
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stood := false
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if strings.Contains(lines.Text(), "it stands still") {
			stood = true
			happens(cmd)
		}
	}
	if err := cmd.Wait(); err == nil || !stood {
		t.Fatalf("the move that was cut short: %v, stood still %t\n%s", err, stood, why.String())
	}
	for _, c := range []Config{s.c, to} {
		if gone, err := movedAway(c.Data); err != nil || len(gone) > 0 {
			t.Errorf("after a move that was cut short %s says %q, %v", c.Data, gone, err)
		}
	}
}

// carry moves the platform by the command while it is under load.
func (m *mule) carry(to Config) {
	t, s := m.t, m.s
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	file := m.write(to)
	before := s.answers[503].Load()
	said, err := exec.CommandContext(ctx, s.binary, "admin", "move", "--from", s.file, "--to", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, said, s.proc.lastWords())
	}
	_, pause, ok := strings.Cut(string(said), "it stood still for ")
	pause, _, _ = strings.Cut(pause, ".")
	t.Logf("%s\n%d deliveries were told to come again", said, s.answers[503].Load()-before)
	if !ok || s.answers[503].Load() == before {
		t.Errorf("nobody was told to come again while it stood still (%s)", pause)
	}
	s.c, s.file = to, file
	m.flows()
}

// went compares what the platform left behind with where it is now: the log and the
// journal of then are the beginning of those of now, and every file is there. The origin
// is not started again by mistake.
func (m *mule) went(from Config) {
	t, s := m.t, m.s
	t.Helper()
	was := s.c
	s.file = filepath.Join(s.dir, filepath.Base(from.Data)+".yaml")
	if from.Data == filepath.Join(s.dir, "data") {
		s.file = filepath.Join(s.dir, "fengsui.yaml")
	}
	p := s.begin()
	select {
	case <-p.gone:
		if !strings.Contains(p.lastWords(), "was moved away from") {
			t.Errorf("the origin ended with %q, want it to say that it was moved", p.lastWords())
		}
	case <-time.After(30 * time.Second):
		t.Error("the origin runs again")
		p.kill()
	}
	s.file = m.write(was)
	old, now := m.journal(from), m.journal(was)
	if len(old) < 100 || len(now) <= len(old) || !slices.Equal(old, now[:len(old)]) {
		t.Errorf("journal: the %d rows of before are not the beginning of the %d of now", len(old), len(now))
	}
	oldFiles, nowFiles := m.files(from), m.files(was)
	for key, b := range oldFiles {
		if !bytes.Equal(nowFiles[key], b) {
			t.Errorf("file %s of %d bytes is not there, or another one", key, len(b))
		}
	}
	if len(oldFiles) < 2 {
		t.Errorf("there were %d files: too few to prove anything", len(oldFiles))
	}
}

// journal is a platform's, whether it runs or not.
func (m *mule) journal(c Config) (list []string) {
	m.t.Helper()
	err := store.Look(m.t.Context(), c.place(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT pos, at, object, act, by_user, key, after FROM journal ORDER BY pos`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var pos, at int64
			var v [5]string
			if err := rows.Scan(&pos, &at, &v[0], &v[1], &v[2], &v[3], &v[4]); err != nil {
				return err
			}
			list = append(list, fmt.Sprint(pos, at, v))
		}
		return rows.Err()
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

// isWhole: every acknowledged delivery and act is there once, and as it was.
func (m *mule) isWhole() {
	t, s := m.t, m.s
	t.Helper()
	f := s.ledgered()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.deliveries) < 100 || len(s.acted) < 10 {
		t.Errorf("%d deliveries and %d acts are too few to prove anything", len(s.deliveries), len(s.acted))
	}
	for key, want := range s.deliveries {
		if there := f.deliveries[key]; len(there) != 1 || there[0] != want {
			t.Errorf("the acknowledged delivery %s is there %d times", key, len(there))
		}
	}
	for key, pos := range s.acted {
		if there := f.acted[key]; len(there) != 1 || there[0] != pos {
			t.Errorf("the acknowledged act %s was at %d and is at %d", key.key, pos, there)
		}
	}
}

// TestMoveAtRest moves a platform that does not run, twice, the second time over half of
// the first: all that is kept is equal row by row, file by file and message by message.
func TestMoveAtRest(t *testing.T) {
	c := frozen(t)
	if err := open(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	m := &mule{t: t}
	to := c
	to.Data = filepath.Join(t.TempDir(), "there")
	move := func() error {
		return (&mover{from: c, to: to, out: testLog{t}, log: slog.New(slog.DiscardHandler)}).move(t.Context())
	}
	equal := func() {
		t.Helper()
		was, is := contents(t, c), contents(t, to)
		if len(was.Tables) < 40 || was.Rows() < 100 {
			t.Errorf("the records were %d tables with %d rows: too few to prove anything", len(was.Tables), was.Rows())
		}
		for i, w := range was.Tables {
			if got := is.Tables[i]; got != w {
				t.Errorf("table %s: got %+v, want %+v", w.Name, got, w)
			}
		}
		wasFiles, isFiles := m.files(c), m.files(to)
		if !reflect.DeepEqual(wasFiles, isFiles) || len(wasFiles) == 0 {
			t.Errorf("files: got %d, want the %d from before", len(isFiles), len(wasFiles))
		}
		wasLog, isLog := m.records(c), m.records(to)
		if !reflect.DeepEqual(wasLog, isLog) || len(wasLog) < 30 {
			t.Errorf("log: got %d records, want the %d from before", len(isLog), len(wasLog))
		}
	}
	if err := move(); err != nil {
		t.Fatal(err)
	}
	equal()
	if p, err := Open(t.Context(), c, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "was moved away from") {
		t.Errorf("the origin opens: %v", err)
		p.Close()
	}
	// Somebody took the origin up again, and moves again.
	for _, data := range []string{c.Data, to.Data} {
		if err := os.Remove(filepath.Join(data, movedFile)); err != nil {
			t.Fatal(err)
		}
	}
	p := open(t, c)
	if err := p.DB.Change(t.Context(), func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "platform", ID: "x"}, Act: "noted", By: fengsui.Platform("test")})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Bus.Append(t.Context(), fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: fengsui.At(time.Now())})); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := move(); err != nil {
		t.Fatal(err)
	}
	equal()
	if err := open(t, to).Close(); err != nil {
		t.Error(err)
	}
}

func (m *mule) blobs(c Config) blob.Store {
	m.t.Helper()
	files, err := c.openBlob(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	return files
}

func (m *mule) files(c Config) map[string][]byte {
	m.t.Helper()
	files := m.blobs(c)
	items, err := files.List(m.t.Context(), "")
	if err != nil {
		m.t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, i := range items {
		r, err := files.Get(m.t.Context(), i.Key)
		if err != nil {
			m.t.Fatal(err)
		}
		if all[i.Key], err = io.ReadAll(r); err != nil {
			m.t.Fatal(err)
		}
		r.Close()
	}
	return all
}

// records reads the whole log: place and bytes.
func (m *mule) records(c Config) (list []string) {
	m.t.Helper()
	log, err := bus.Open(m.t.Context(), c.busConfig(filepath.Join(c.Data, "bus"), m.blobs(c), nil, func() bool { return false }, slog.New(slog.DiscardHandler)))
	if err != nil {
		m.t.Fatal(err)
	}
	defer log.Close()
	tail := log.Tail()
	r := log.Reader(fengsui.Place{})
	defer r.Close()
	for {
		b, err := r.Next(m.t.Context())
		if err != nil {
			m.t.Fatal(err)
		}
		for i, rec := range b.Records {
			list = append(list, fmt.Sprintf("%d.%d %x", b.Seq, i, rec))
		}
		if b.Seq >= tail.Seq {
			return list
		}
	}
}

// TestMoveRefuses: what a move must not begin with.
func TestMoveRefuses(t *testing.T) {
	dir := t.TempDir()
	c := Defaults()
	c.Data, c.MasterKeyFile = filepath.Join(dir, "a"), filepath.Join(dir, "master.key")
	c.History.On = false
	if _, err := secretFile(c.MasterKeyFile, 32); err != nil {
		t.Fatal(err)
	}
	try := func(what string, to Config, want string) {
		t.Helper()
		var out bytes.Buffer
		err := (&mover{from: c, to: to, out: &out, log: slog.New(slog.DiscardHandler)}).move(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", what, err, want)
		}
	}
	to := c
	try("the same place", to, "nothing to move")
	to.Data = filepath.Join(dir, "b")
	to.MasterKeyFile = filepath.Join(dir, "other", "master.key")
	try("no key", to, "copy it there")
	if _, err := secretFile(to.MasterKeyFile, 32); err != nil {
		t.Fatal(err)
	}
	try("another key", to, "copy it there")
	to.MasterKeyFile = c.MasterKeyFile
	d, err := openData(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	try("a platform at work", to, "another fengsui works in")
	d.close()
	files, err := to.openBlob(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := files.Put(t.Context(), "x", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	try("files of another", to, "not this platform's")
}
