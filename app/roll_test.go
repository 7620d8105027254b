package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fengsui"
)

// newerBinary builds the program with more migrations of the stage warning, numbered from
// 900. what tells binaries apart.
func newerBinary(t *testing.T, what string, migrations ...string) string {
	t.Helper()
	dir := t.TempDir()
	path, err := filepath.Abs("../bin/fengsui-" + what)
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for i, text := range migrations {
		name := fmt.Sprintf("%d_newer.sql", 900+i)
		place, err := filepath.Abs("../warning/migrations/" + name)
		replace[place] = filepath.Join(dir, name)
		if err := errors.Join(err, os.WriteFile(replace[place], []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "fault", "-overlay", filepath.Join(dir, "overlay.json"), "-o", path, "../cmd/fengsui")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", what, err, out)
	}
	return path
}

// TestRoll replaces the program of two processes one after the other, under load, by one
// whose migration is additive: the older one works beside the newer one, judges, sends and
// starts again, and nothing acknowledged is lost. Canaries come round and the history is
// written, by whichever process holds it at the time. One whose migration is not is refused
// while another process works, and once it has made it the older ones are (A41, N01).
func TestRoll(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: takes a minute")
	}
	older := faultBinary(t)
	const adds = "-- +goose Up\n-- +additive\nALTER TABLE warning ADD COLUMN newer TEXT NOT NULL DEFAULT '';\nCREATE TABLE newer (id TEXT PRIMARY KEY);\n"
	newer := newerBinary(t, "newer", adds)
	newest := newerBinary(t, "newest", adds, "-- +goose Up\nALTER TABLE warning RENAME COLUMN subject TO about;\n")
	t.Parallel()
	s := besiege(t, mkdir(t, "roll"))
	s.binary = older
	f := found(t, s, 2, 1)
	s.c.Canary.Every, s.c.Canary.Within = 5*time.Second, 5*time.Second
	dir, port := serverDir(t, "victoria.sh"), freePort(t)
	s.c.History.On, s.c.History.MemoryBytes = true, 256<<20
	s.c.History.URL = runScript(t, "victoria.sh", "start", dir, port)
	for _, m := range f.members {
		m.c.Canary, m.c.History = s.c.Canary, s.c.History
	}
	a, b := f.members[0], f.members[1]
	began := time.Now()
	s.furnish(4)
	wait(s.ctx, 3*time.Second) // every door knows the keys
	end := s.load()
	kinds := []string{"red", "red", "red", "red"}
	x := &tale{s: s, kinds: kinds}
	lives := []*process{a.proc, b.proc}
	defer func() {
		for i, p := range lives {
			if t.Failed() {
				t.Logf("life %d said:\n%s", i, p.lastWords())
			}
		}
	}()
	begin := func(m *member, binary string) {
		t.Helper()
		m.bin = binary
		f.begin(m)
		f.live(m)
		lives = append(lives, m.proc)
	}
	restart := func(m *member, binary string) {
		t.Helper()
		s.endProcess(m.proc)
		begin(m, binary)
	}
	canaries := func() (newest int64) {
		db := s.open()
		defer db.Close()
		if err := db.QueryRow(`SELECT COALESCE(MAX(pos), 0) FROM journal WHERE kind = 'canary' AND tell <> ''`).Scan(&newest); err != nil {
			t.Fatal(err)
		}
		return newest
	}
	judges := func(m *member) { // and what was raised before it did goes on
		t.Helper()
		until(t, func() string { return m.name + " judges" }, func() bool { return f.holder(leaseEvaluate) == m })
		point := storyPoint(x.next)
		x.release(1)
		until(t, func() string { return "raised by " + m.name }, func() bool { return s.feed.raised(point + "#1") })
		last := canaries()
		until(t, func() string { return "a canary comes round beside " + m.name }, func() bool { return canaries() > last })
	}
	judges(a)
	restart(a, newer)
	judges(b) // the older one, on the newer tables
	restart(b, older)
	judges(a) // the newer one; the older one came back beside it
	restart(b, newer)
	restart(a, newer)
	judges(b)
	x.all.Wait()

	refused := func(m *member, binary, want string) {
		t.Helper()
		m.bin = binary
		f.begin(m)
		select {
		case <-m.proc.gone:
			if !strings.Contains(m.proc.lastWords(), want) {
				t.Errorf("%s ended with %q, want %q", binary, m.proc.lastWords(), want)
			}
		case <-time.After(time.Minute):
			t.Errorf("%s does not end", binary)
		}
	}
	end()
	whole, err := s.c.openHistoryWhole()
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	stored := int64(0)
	until(t, func() string { return fmt.Sprintf("%d samples in the history, it has %d", s.samples.Load(), stored) }, func() bool {
		stored = 0
		list, err := collect(s.ctx, whole, fengsui.At(began), fengsui.At(time.Now().Add(time.Hour)))
		for _, x := range list {
			if x.Num > 0 { // of a canary it is none
				stored += int64(len(x.Values))
			}
		}
		return err == nil && stored == s.samples.Load()
	})
	s.quiet()
	s.endProcess(a.proc)
	refused(a, newest, "end them all, then start this one")
	s.endLife()
	s.endProcess(b.proc)
	// It would make its migration now; the rest of its program does not know it.
	a.bin = newest
	f.begin(a)
	until(t, func() string { return "migrated" }, func() bool {
		db := s.open()
		defer db.Close()
		n := 0
		return db.QueryRow(`SELECT least FROM reader WHERE stage = 'warning'`).Scan(&n) == nil && n == 901
	})
	a.proc.kill()
	refused(b, older, "written by a newer fengsui")
	got := s.ledgered()
	for key, want := range s.deliveries {
		if there := got.deliveries[key]; len(there) != 1 || there[0] != want {
			t.Errorf("the acknowledged delivery %s is there %d times", key, len(there))
		}
	}
	for key, pos := range s.acted {
		if there := got.acted[key]; len(there) != 1 || there[0] != pos {
			t.Errorf("the acknowledged act %s was at %d and is at %d", key.key, pos, there)
		}
	}
	t.Logf("%d acknowledged deliveries and %d acts are there once", len(s.deliveries), len(s.acted))
	for _, w := range s.wrong {
		t.Error(w)
	}
}

// TestAdditive: a migration that is marked additive changes nothing that is there, so
// that older programs go on beside it.
func TestAdditive(t *testing.T) {
	made := regexp.MustCompile(`^CREATE TABLE (\w+)`)
	index := regexp.MustCompile(`^CREATE (UNIQUE )?INDEX \w+ ON (\w+)`)
	column := regexp.MustCompile(`^ALTER TABLE \w+ ADD COLUMN \w+ \w+(.*)$`)
	check := func(text string) string {
		var lines []string
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "--")
			lines = append(lines, strings.TrimSpace(line))
		}
		fresh := map[string]bool{}
		for _, s := range strings.Split(strings.Join(lines, " "), ";") {
			s = strings.TrimSpace(s)
			i, c := index.FindStringSubmatch(s), column.FindStringSubmatch(s)
			switch m := made.FindStringSubmatch(s); {
			case s == "":
			case m != nil:
				fresh[m[1]] = true
			case i != nil && (i[1] == "" || fresh[i[2]]):
			case c != nil && (!strings.Contains(c[1], "NOT NULL") || strings.Contains(c[1], "DEFAULT")) && !strings.Contains(c[1], "UNIQUE"):
			default:
				return s
			}
		}
		return ""
	}
	for _, bad := range []string{"DROP TABLE x", "UPDATE x SET a = 1", "ALTER TABLE x ADD COLUMN a TEXT NOT NULL", "ALTER TABLE x RENAME COLUMN a TO b", "CREATE UNIQUE INDEX i ON x (a)"} {
		if check("-- +additive\n"+bad+";") == "" {
			t.Errorf("%q passes for additive", bad)
		}
	}
	files, err := filepath.Glob("../*/migrations/*.sql")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\n-- +additive\n") {
			continue
		}
		n++
		if s := check(string(text)); s != "" {
			t.Errorf("%s is marked additive and has %q", file, s)
		}
	}
	if n == 0 {
		t.Error("no migration is marked: nothing was checked")
	}
}
