package app

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/store/storetest"
)

// outside puts a siege's platform over servers of all four kinds.
func (s *siege) outside(t *testing.T) *storetest.Server {
	t.Helper()
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
	s.c.Store.URL = postgres.Database(t, "fengsui")
	s.c.Bus.URL = runScript(t, "nats.sh", "start", nats)
	s.c.Blob.URL = "s3://fengsui/district?endpoint=" + runScript(t, "s3.sh", "start", files, "fengsui", filesPort)
	s.c.Blob.KeyFile = keys
	s.c.History.On, s.c.History.MemoryBytes = true, 256<<20
	s.c.History.URL = runScript(t, "victoria.sh", "start", history, historyPort)
	return postgres
}

// TestRestoreOutside backs up a platform over servers of all four kinds while it runs,
// loses its database, its bucket's prefix and its data directory, and makes it again on an
// empty database and an empty prefix: the log that its server kept is judged again from
// where the backup was, what went out before is told from what is new, and no acknowledged
// delivery is lost (N01; issue 4.5).
func TestRestoreOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, run by make test: takes half a minute")
	}
	s := besiege(t, mkdir(t, "platform"))
	s.binary = faultBinary(t)
	t.Parallel() // most of it is waiting
	postgres := s.outside(t)
	s.furnish(3)
	stop := s.load()
	x := func(i int) *story { return &story{s: s, i: i, point: storyPoint(i)} }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	kept := x(0)
	check(kept.first(14))
	check(kept.clocks(1))
	key, vault := filepath.Join(s.dir, "backup.key"), filepath.Join(s.dir, "vault")
	check(os.WriteFile(key, []byte(strings.Repeat("5a", 32)), 0o600))
	said := s.admin(true, "backup", "--config", s.file, "--to", vault, "--key-file", key)
	t.Logf("backup:\n%s", said)
	if !strings.Contains(said, "none here") {
		t.Error("a history that a server keeps is in the backup")
	}
	again := s.admin(true, "backup", "--config", s.file, "--to", vault, "--key-file", key)
	t.Logf("again:\n%s", again)

	lost := x(1) // raised and told after the backup
	check(lost.first(14))
	check(lost.clocks(1))
	s.quiet()
	stop()
	last := time.Now()
	time.Sleep(1500 * time.Millisecond) // ticks: the log outlives them all
	s.proc.kill()
	s.endLife()
	names := s.naturals()
	heard := s.heardAs(names)
	check(os.RemoveAll(s.c.Data))

	s.c.Data = filepath.Join(s.dir, "restored")
	s.c.Store.URL = postgres.Database(t, "restored")
	s.c.Blob.URL = strings.Replace(s.c.Blob.URL, "fengsui/district", "fengsui/restored", 1)
	s.configure(filepath.Join(s.dir, "restored.yaml"))
	wrong := s.admin(false, "restore", "--config", s.file, "--from", vault, "--key-file", key, "--data", s.c.Data, "--log", s.dir)
	if !strings.Contains(wrong, "it is read from there") {
		t.Errorf("--log beside bus.url says %s", wrong)
	}
	check(os.RemoveAll(s.c.Data))
	s.c.Store.URL = postgres.Database(t, "again")
	s.c.Blob.URL = strings.Replace(s.c.Blob.URL, "fengsui/restored", "fengsui/again", 1)
	s.configure(s.file)
	said = s.admin(true, "restore", "--config", s.file, "--from", vault, "--key-file", key, "--data", s.c.Data)
	t.Logf("restore:\n%s", said)
	if !strings.Contains(said, "is judged again") {
		t.Error("the restore does not find the log of the server")
	}
	s.feed = newFeedEar()
	s.start()
	for _, login := range []string{"duty", "firm", "zone", "bureau"} {
		s.people[login] = s.signIn(login)
	}
	var held fengsui.Held
	until(t, func() string { return "the lost warning is raised again from the server's log" }, func() bool {
		s.must(s.people["duty"], http.MethodGet, "/held", "", nil, &held)
		return held.Earlier > 0 && len(s.naturals()) >= len(names)
	})
	if !held.Held || held.Restored == nil || held.Restored.Heard < fengsui.At(last) || held.Restored.Tail == 0 {
		t.Errorf("it says %+v, %+v", held, held.Restored)
	}
	var pushes struct{ Items []fengsui.HeldPush }
	s.must(s.people["duty"], http.MethodGet, "/held/pushes?limit=200", "", nil, &pushes)
	now := s.naturals()
	repeats := 0
	for _, p := range pushes.Items {
		if name := now[p.Key] + " by " + pathOf(p); heard[name] > 0 {
			repeats++
			if !p.Earlier {
				t.Errorf("%s went out before, and is taken for new", name)
			}
		}
	}
	if repeats == 0 {
		t.Error("nothing of what went out before is held: nothing was proved")
	}
	s.stop()
	f := s.ledgered()
	for key, want := range s.deliveries {
		if there := f.deliveries[key]; len(there) != 1 || there[0] != want {
			t.Errorf("the acknowledged delivery %s is there %d times", key, len(there))
		}
	}
	t.Logf("%d acknowledged deliveries are there once, %d of %d held pushes had gone out", len(s.deliveries), repeats, len(pushes.Items))
	for _, text := range s.wrong {
		t.Errorf("on the way: %s", text)
	}
}

// TestVerifyBucket: a head that was handed out into a bucket is held against the journal,
// and one that does not fit is found there (A10).
func TestVerifyBucket(t *testing.T) {
	c := frozen(t)
	dir, port := serverDir(t, "s3.sh"), freePort(t)
	c.Blob.URL = "s3://fengsui/district?endpoint=" + runScript(t, "s3.sh", "start", dir, "fengsui", port)
	c.Blob.KeyFile = filepath.Join(t.TempDir(), "s3.keys")
	if err := os.WriteFile(c.Blob.KeyFile, []byte("fengsui\nfengsui-test-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := c.openBlob(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &siege{t: t, c: c}
	s.configure(filepath.Join(t.TempDir(), "fengsui.yaml"))
	p := open(t, c)
	head, err := p.Seal.Latest(t.Context(), fengsui.Everything())
	if err := errors.Join(err, p.Close()); err != nil || head.Note == "" {
		t.Fatalf("the head is %+v, %v", head, err)
	}
	verify := func() (string, error) {
		var out strings.Builder
		err := (&VerifyCommand{Config: s.file}).verify(t.Context(), &out)
		return out.String(), err
	}
	heads := func(said string) string {
		_, n, _ := strings.Cut(said, ", with ")
		n, _, _ = strings.Cut(n, " heads")
		return n
	}
	before, err := verify()
	if err != nil {
		t.Fatalf("%v: %s", err, before)
	}
	put := func(note string) {
		t.Helper()
		if _, _, err := files.Put(t.Context(), "heads/2026-07-01.note", strings.NewReader(note)); err != nil {
			t.Fatal(err)
		}
	}
	put(head.Note)
	after, err := verify()
	if err != nil || heads(after) == heads(before) {
		t.Errorf("with a head in the bucket it says %v, %s; without %s", err, after, before)
	}
	lines := strings.Split(head.Note, "\n")
	lines[2] = strings.Repeat("A", 43) + "=" // another root
	put(strings.Join(lines, "\n"))
	if said, err := verify(); err == nil {
		t.Errorf("a head in the bucket that does not fit passes: %s", said)
	}
	if err := (&VerifyCommand{}).verify(t.Context(), &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "--config or --data") {
		t.Errorf("without a place it says %v", err)
	}
}
