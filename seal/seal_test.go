package seal

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

var seed = []byte("0123456789abcdef0123456789abcdef")

// shelf takes the heads that are handed out.
type shelf struct {
	mu    sync.Mutex
	files map[string]string // guarded by mu
	full  bool              // guarded by mu
}

func (s *shelf) Put(_ context.Context, key string, r io.Reader) (int64, string, error) {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return 0, "", fengsui.Errorf(fengsui.Unavailable, "full", "the disk is full")
	}
	if s.files == nil {
		s.files = map[string]string{}
	}
	s.files[key] = string(b)
	return int64(len(b)), "", err
}

// handed are the files as heads.
func (s *shelf) handed(context.Context) (list []Signed, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return nil, fengsui.Errorf(fengsui.Unavailable, "full", "the disk is full")
	}
	for key, text := range s.files {
		list = append(list, Signed{key, text})
	}
	return list, nil
}

func openStore(t testing.TB, path string) *store.DB {
	t.Helper()
	d, err := store.Open(context.Background(), storetest.Place(t, path), Tables())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newSealer(t testing.TB, d *store.DB, b Blob) *Sealer {
	t.Helper()
	s, err := New(Config{DB: d, Blob: b, Key: seed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// act is a change whose row has something in every column.
func act(i int) fengsui.Change {
	w := fengsui.ID(fmt.Sprintf("w%d", i%4))
	return fengsui.Change{
		Of: fengsui.Ref{Kind: "warning", ID: w}, Act: "verified", At: fengsui.Millis(1_700_000_000_000 + i), Why: fmt.Sprintf("reason %d 核实", i),
		By:     fengsui.Actor{User: "u7", Name: "Li", Role: fengsui.RoleDuty, From: "10.0.0.7", Key: fmt.Sprintf("key-%d", i), Call: "c0ffee"},
		Before: map[string]int{"n": i}, After: map[string]int{"n": i + 1}, Tell: []fengsui.Step{{ID: fengsui.ID(fmt.Sprint("s", i))}},
		Warning: w, Enterprise: "e1", Zone: "z1", Sector: "hazchem", Level: fengsui.Red,
	}
}

// write writes rows in few transactions.
func write(t testing.TB, d *store.DB, from, to int) {
	t.Helper()
	for from < to {
		err := d.Change(context.Background(), func(tx *store.Tx) error {
			for end := min(from+1000, to); from < end; from++ {
				if err := tx.Record(act(from)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// sealUp seals everything that is there, in lots of the size that Follow hands out.
func sealUp(t testing.TB, s *Sealer) {
	t.Helper()
	ctx := context.Background()
	for pos := int64(0); pos < s.c.DB.Head(); {
		pos = min(pos+100, s.c.DB.Head())
		keep, err := s.seal(ctx, pos)
		if err == nil {
			err = s.c.DB.Keep(ctx, keep)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func verify(t testing.TB, c Check) (Report, []string) {
	t.Helper()
	c.Place = storetest.Place(t, c.Place)
	var faults []string
	r, err := Verify(context.Background(), c, func(f Fault) { faults = append(faults, f.String()) })
	if err != nil {
		t.Fatal(err)
	}
	return r, faults
}

// TestRun: rows are sealed within a second while others write; a sealer that is
// killed between any two batches goes on where it was; each day has its head, and a
// disk that is full keeps it waiting and stops nothing.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fengsui.db")
		d := openStore(t, path)
		defer d.Close()
		b := &shelf{full: true}
		s := newSealer(t, d, b)
		first := time.Now().In(fengsui.Civil).Format(time.DateOnly)
		n := 0
		for round := range 5 {
			ctx, kill := context.WithCancel(t.Context())
			var wait sync.WaitGroup
			wait.Go(func() { s.Run(ctx) })
			for range 30 {
				write(t, d, n, n+10)
				n += 10
				time.Sleep(40 * time.Millisecond)
			}
			if round == 4 { // the others are killed while rows wait
				time.Sleep(time.Second)
			}
			kill()
			wait.Wait()
		}
		if r, faults := verify(t, Check{Place: path}); r.Rows != 1500 || r.Unsealed != 0 || len(faults) > 0 {
			t.Fatalf("got %+v, %q, want 1500 rows sealed a second after the last one and no fault", r, faults)
		}
		if err := s.Ready(t.Context()); err != nil {
			t.Error(err)
		}

		b.mu.Lock()
		if len(b.files) > 0 {
			t.Errorf("heads on a full disk: %v", b.files)
		}
		b.full = false
		b.mu.Unlock()
		ctx, kill := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() { s.Run(ctx) })
		time.Sleep(48*time.Hour + time.Minute)
		kill()
		wait.Wait()
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.files) != 3 || b.files["heads/"+first+".note"] == "" {
			t.Fatalf("got the heads %v, want those of three days from %s on", b.files, first)
		}
		var heads []Signed
		for key, note := range b.files {
			heads = append(heads, Signed{key, note})
		}
		if r, faults := verify(t, Check{Place: path, Heads: heads, Keys: []string{s.Public()}}); r.Heads < 6 || len(faults) > 0 {
			t.Errorf("got %+v, %q, want all heads to fit", r, faults)
		}
		all, total, err := s.Heads(t.Context(), fengsui.Everything(), fengsui.Page{Limit: 2})
		if err != nil || len(all) != 2 || total < 4 || all[0].Size != 1500 || all[0].Day == "" {
			t.Errorf("got %d of %d heads, %+v, %v", len(all), total, all, err)
		}
		latest, err := s.Latest(t.Context(), fengsui.Everything())
		if err != nil || latest != all[0] {
			t.Errorf("got %+v, %v, want the newest, %+v", latest, err, all[0])
		}
		if none, total, err := s.Heads(t.Context(), fengsui.Scope{Zone: "z1"}, fengsui.Page{Limit: 2}); len(none) > 0 || total > 0 || err != nil {
			t.Errorf("a zone sees %d of %d heads (%v)", len(none), total, err)
		}

		for range 2 {
			if err := d.Change(t.Context(), func(tx *store.Tx) error {
				return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "clock", ID: "c"}, Act: "released"})
			}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(late)
		if err := s.Ready(t.Context()); err != nil {
			t.Errorf("got %v, want patience for a minute", err)
		}
		time.Sleep(time.Second)
		if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "2 journal rows behind") {
			t.Errorf("got %v, want that the seal is behind", err)
		}
	})
}

// TestCheck: the whole is verified in the background, against the heads that were handed
// out too; the result is kept and a row of the journal, what was altered is complained of
// until it is set right, and a blob store that is away puts it off (A10, A25, A41).
func TestCheck(t *testing.T) {
	inFile(t)
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fengsui.db")
		d := openStore(t, path)
		defer d.Close()
		b := &shelf{}
		s, err := New(Config{DB: d, Blob: b, Key: seed, Every: 6 * time.Hour, Handed: b.handed})
		if err != nil {
			t.Fatal(err)
		}
		write(t, d, 0, 20)
		ctx, stop := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() { s.Run(ctx) })
		defer wait.Wait()
		defer stop()
		checked := func() fengsui.SealCheck {
			t.Helper()
			c, err := s.Checked(t.Context(), fengsui.Everything())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		alter := func(why string) {
			t.Helper()
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(`UPDATE journal SET why = ? WHERE pos = 7`, why); err != nil {
				t.Fatal(err)
			}
		}
		if c := checked(); c.At != 0 {
			t.Errorf("before the first: %+v", c)
		}
		time.Sleep(2 * time.Minute)
		c := checked()
		if c.Rows != 20 || c.Faults != 0 || c.First != "" || c.Heads < 1 { // the day's may be handed out in the same moment, or after
			t.Errorf("the first: %+v, want 20 rows, a head or more and no fault", c)
		}
		rows, _, err := d.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "seal"})
		if err != nil || len(rows) != 1 || rows[0].Act != "verified" || !strings.Contains(string(rows[0].After), `"rows":20`) {
			t.Errorf("its row of the journal: %+v, %v", rows, err)
		}
		if c, err := s.Checked(t.Context(), fengsui.Scope{Zone: "z1"}); err != nil || c.At != 0 {
			t.Errorf("a zone sees %+v, %v", c, err)
		}
		if err := s.Ready(t.Context()); err != nil {
			t.Errorf("nothing was altered: %v", err)
		}

		alter("another reason")
		time.Sleep(5 * time.Hour)
		if again := checked(); again.At != c.At {
			t.Errorf("verified after five hours, want six")
		}
		time.Sleep(time.Hour + time.Minute)
		if c := checked(); c.Faults != 1 || c.First != "altered: position 7: why" {
			t.Errorf("altered: %+v", c)
		}
		if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "altered: position 7: why") {
			t.Errorf("ready: %v", err)
		}

		alter("reason 6 核实")
		b.mu.Lock()
		b.full = true
		b.mu.Unlock()
		time.Sleep(6*time.Hour + time.Minute)
		if c := checked(); c.Faults != 1 {
			t.Errorf("the heads could not be read, and %+v", c)
		}
		b.mu.Lock()
		b.full = false
		b.files["heads/forged.note"] = strings.Replace(b.files[slices.Sorted(maps.Keys(b.files))[0]], "\n20\n", "\n19\n", 1)
		b.mu.Unlock()
		time.Sleep(time.Hour + time.Minute)
		if c := checked(); c.Faults != 1 || !strings.HasPrefix(c.First, "head") || !strings.Contains(c.First, "heads/forged.note") {
			t.Errorf("set right, and a head is forged: %+v", c)
		}
		b.mu.Lock()
		delete(b.files, "heads/forged.note")
		b.mu.Unlock()
		time.Sleep(6*time.Hour + time.Minute)
		if c := checked(); c.Faults != 0 || s.Ready(t.Context()) != nil {
			t.Errorf("all is right again: %+v, %v", c, s.Ready(t.Context()))
		}
	})
}

const baseRows = 60

// base is a sealed journal in a file, a head that was kept elsewhere when it had 40
// rows, and the time of the newest.
func base(t *testing.T) (path, kept, newest string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "base.db")
	d := openStore(t, path)
	defer d.Close()
	s := newSealer(t, d, &shelf{})
	write(t, d, 0, 40)
	sealUp(t, s)
	h, err := s.Latest(t.Context(), fengsui.Everything())
	if err != nil {
		t.Fatal(err)
	}
	write(t, d, 40, baseRows)
	sealUp(t, s)
	n, err := s.Latest(t.Context(), fengsui.Everything())
	if err != nil {
		t.Fatal(err)
	}
	return path, h.Note, n.At.Time().Format(headTime)
}

// inFile skips what copies a database file or asks in SQLite's own words.
func inFile(t *testing.T) {
	t.Helper()
	if storetest.OnServer() {
		t.Skip("it copies or asks the SQLite file itself, which a server does not have: shown by the run without FENGSUI_TEST_STORE")
	}
}

// tampered is a copy of a database after statements that no stage would run.
func tampered(t *testing.T, path string, statements ...string) string {
	t.Helper()
	inFile(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(copied, b, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		r, err := db.Exec(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if n, err := r.RowsAffected(); err == nil && n == 0 {
			t.Fatalf("%s: it changed nothing", s)
		}
	}
	return copied
}

// TestTamper: what was altered, removed, moved or inserted is named (A25).
func TestTamper(t *testing.T) {
	path, kept, newest := base(t)
	heads := []Signed{{"kept.note", kept}}
	if r, faults := verify(t, Check{Place: path, Heads: heads}); r.Rows != baseRows || r.Heads != 3 || r.Unsealed != 0 || len(faults) > 0 {
		t.Fatalf("untouched: got %+v, %q, want %d rows, three heads and no fault", r, faults, baseRows)
	}
	for _, c := range columns[1:] {
		value := "'x'"
		if c == "at" || c == "peak" {
			value = "1"
		}
		got := check(t, tampered(t, path, `UPDATE journal SET `+c+` = `+value+` WHERE pos = 17`), heads)
		if want := []string{"altered: position 17: " + c}; !slices.Equal(got, want) {
			t.Errorf("%s altered: got %q, want %q", c, got, want)
		}
	}

	copyRow := func(from, to int) string {
		return fmt.Sprintf(`INSERT INTO journal (%[1]s) SELECT %[2]s FROM journal WHERE pos = %[3]d`, sqlColumns,
			strings.NewReplacer("pos,", fmt.Sprint(to, ","), " key,", fmt.Sprintf(" 'again-%d',", to)).Replace(sqlColumns), from)
	}
	swap := []string{`UPDATE journal SET pos = -1 WHERE pos = 20`, `UPDATE journal SET pos = 20 WHERE pos = 30`, `UPDATE journal SET pos = 30 WHERE pos = -1`}
	shift := []string{`DELETE FROM journal WHERE pos = 50`}
	shifted := []string{"moved: position 50 holds the row that was sealed as 51"}
	for i := 51; i <= baseRows; i++ {
		shift = append(shift, fmt.Sprintf(`UPDATE journal SET pos = %d WHERE pos = %d`, i-1, i))
		if i > 51 {
			shifted = append(shifted, fmt.Sprintf("moved: position %d holds the row that was sealed as %d", i-1, i))
		}
	}
	shifted = append(shifted, "removed: position 50")
	var push []string
	pushed := []string{"inserted: position 50"}
	for i := baseRows; i >= 50; i-- {
		push = append(push, fmt.Sprintf(`UPDATE journal SET pos = %d WHERE pos = %d`, i+1, i))
		pushed = append(pushed, fmt.Sprintf("moved: position %d holds the row that was sealed as %d", i+1, i))
	}
	push = append(push, copyRow(10, 50))
	tail := []string{`DELETE FROM journal WHERE pos > 40`, `DELETE FROM seal_leaf WHERE leaf >= 40`, `DELETE FROM seal_hash WHERE id >= 78`}
	leafOf := func(n int) string { return fmt.Sprintf(`(SELECT hash FROM seal_hash WHERE id = %d)`, n) }
	for _, c := range []struct {
		name       string
		statements []string
		heads      []Signed
		want       []string
	}{
		{"removed", []string{`DELETE FROM journal WHERE pos = 17`}, heads, []string{"removed: position 17"}},
		{"first removed", []string{`DELETE FROM journal WHERE pos = 1`}, heads, []string{"removed: position 1"}},
		{"last removed", []string{`DELETE FROM journal WHERE pos = 60`}, heads, []string{"removed: position 60"}},
		{"removed in two places", []string{`DELETE FROM journal WHERE pos IN (3, 4, 59)`}, heads, []string{"removed: position 3", "removed: position 4", "removed: position 59"}},
		{"swapped", swap, heads, []string{"moved: position 20 holds the row that was sealed as 30", "moved: position 30 holds the row that was sealed as 20"}},
		{"removed and closed up", shift, heads, shifted},
		{"put in the place of another", []string{`DELETE FROM journal WHERE pos = 30`, copyRow(29, 30)}, heads, []string{"altered: position 30: at, object, warning, key, why, before, after, tell"}},
		{"inserted", push, heads, pushed},
		{"inserted before the first", []string{copyRow(29, -3)}, heads, []string{"inserted: position -3"}},
		{"altered with its hint", []string{`UPDATE journal SET why = 'x' WHERE pos = 17`, `UPDATE seal_leaf SET hint = x'' WHERE pos = 17`}, heads,
			[]string{"altered: position 17: what differs cannot be told"}},
		{"salt altered", []string{`UPDATE seal_leaf SET salt = x'00' || substr(salt, 2) WHERE pos = 17`}, heads, []string{"altered: position 17: what differs cannot be told"}},
		{"leaf hash altered", []string{`UPDATE seal_hash SET hash = zeroblob(32) WHERE id = 0`}, heads,
			[]string{"tree: position 2: the sealed hashes of leaves 0 to 1 do not fit each other", "altered: position 1: what differs cannot be told"}},
		{"node altered", []string{`UPDATE seal_hash SET hash = zeroblob(32) WHERE id = 2`}, heads,
			[]string{"tree: position 2: the sealed hashes of leaves 0 to 1 do not fit each other", "tree: position 4: the sealed hashes of leaves 0 to 3 do not fit each other"}},
		{"node removed", []string{`DELETE FROM seal_hash WHERE id = 2`}, heads, []string{"tree: position 2: the sealed hash of level 1 at leaf 1 is gone"}},
		{"node swapped in", []string{`UPDATE seal_hash SET hash = ` + leafOf(1) + ` WHERE id = 0`}, heads,
			[]string{"tree: position 2: the sealed hashes of leaves 0 to 1 do not fit each other", "altered: position 1: what differs cannot be told"}},
		{"leaf removed", []string{`DELETE FROM seal_leaf WHERE pos = 17`}, heads,
			[]string{"tree: position 17: leaf 16 is gone: what was sealed there cannot be compared", "inserted: position 17"}},
		{"leaf and row removed", []string{`DELETE FROM seal_leaf WHERE pos = 17`, `DELETE FROM journal WHERE pos = 17`}, heads,
			[]string{"tree: position 17: leaf 16 is gone: what was sealed there cannot be compared"}},
		{"leaf, row and hash removed", []string{`DELETE FROM seal_leaf WHERE pos = 17`, `DELETE FROM journal WHERE pos = 17`, `DELETE FROM seal_hash WHERE id = 31`}, heads,
			[]string{"tree: position 17: leaf 16 is gone: what was sealed there cannot be compared", "tree: position 17: neither the row nor its sealed hash is there: heads after it cannot be compared"}},
		{"a leaf far away", []string{`INSERT INTO seal_leaf SELECT 1152921504606846976, 99, 0, salt, origin, content, hint FROM seal_leaf WHERE leaf = 0`}, heads,
			[]string{"tree: position 61 to 98: leaf 60 is gone: what was sealed there cannot be compared",
				"tree: position 61: neither the row nor its sealed hash is there: heads after it cannot be compared", "removed: position 99"}},
		{"tail of the journal", []string{`DELETE FROM journal WHERE pos > 58`}, heads, []string{"removed: position 59", "removed: position 60"}},
		{"tail with every head", []string{tail[0], tail[1], tail[2], `DELETE FROM seal_head`}, nil, []string{"head: position 1 to 40: no head that is trusted covers these rows"}},
		{"tail with its leaves and nodes", tail, nil, []string{"removed: position 41 to 60: head of " + newest + " signed 60 rows, and only 40 are sealed"}},
		{"heads removed", []string{`DELETE FROM seal_head`}, heads, []string{"head: position 41 to 60: no head that is trusted covers these rows"}},
		{"everything removed", []string{`DELETE FROM journal`, `DELETE FROM seal_leaf`, `DELETE FROM seal_hash`, `DELETE FROM seal_head`}, heads,
			[]string{"removed: position 1 to 40: kept.note signed 40 rows, and only 0 are sealed"}},
	} {
		got := check(t, tampered(t, path, c.statements...), c.heads)
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got\n\t%s\nwant\n\t%s", c.name, strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
		}
	}
}

func check(t *testing.T, path string, heads []Signed) []string {
	t.Helper()
	_, faults := verify(t, Check{Place: path, Heads: heads})
	return faults
}

// TestTruncated: a tail that was cut off with its leaves, nodes and heads, so that
// what is left fits itself, does not fit a head that was kept elsewhere.
func TestTruncated(t *testing.T) {
	inFile(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "fengsui.db")
	d := openStore(t, path)
	s := newSealer(t, d, &shelf{})
	write(t, d, 0, 40)
	sealUp(t, s)
	d.Close()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d = openStore(t, path)
	s = newSealer(t, d, &shelf{})
	write(t, d, 40, 60)
	sealUp(t, s)
	kept, err := s.Latest(t.Context(), fengsui.Everything())
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := check(t, path, nil); len(got) > 0 {
		t.Errorf("by itself it must fit, got %q", got)
	}
	got := check(t, path, []Signed{{"kept", kept.Note}})
	if want := []string{"removed: position 41 to 60: kept signed 60 rows, and only 40 are sealed"}; !slices.Equal(got, want) {
		t.Errorf("against the head of 60 rows: got %q, want %q", got, want)
	}

	// The platform writes on, as if nothing had been.
	d = openStore(t, path)
	s = newSealer(t, d, &shelf{})
	write(t, d, 70, 95)
	sealUp(t, s)
	d.Close()
	got = check(t, path, []Signed{{"kept", kept.Note}})
	want := "head: position 41 to 60: kept signed another journal: in these rows something was altered, removed or inserted, and the sealed hashes with it"
	if !slices.Equal(got, []string{want}) {
		t.Errorf("after 25 other rows: got %q, want %q", got, want)
	}
}

// TestForged: whoever can write everything, but has not the key, cannot make a head.
func TestForged(t *testing.T) {
	path, kept, _ := base(t)
	other, err := newSigner([]byte(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	h, err := bodyOf(kept)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.head(h)
	if err != nil {
		t.Fatal(err)
	}
	own, err := New(Config{DB: &store.DB{}, Blob: &shelf{}, Key: seed})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, note, want string }{
		{"another key", foreign, "head: kept: none of the known keys has signed it"},
		{"another size", strings.Replace(kept, "\n40\n", "\n39\n", 1), `head: kept: invalid signature for key fengsui+` + own.Public()[8:16]},
		{"no note", "x", "head: kept: malformed note"},
	} {
		_, got := verify(t, Check{Place: path, Heads: []Signed{{"kept", c.note}}, Keys: []string{own.Public()}})
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}

	// The whole log made anew under another key: whoever was given the key sees it.
	name := filepath.Join(t.TempDir(), "other.db")
	d := openStore(t, name)
	s, err := New(Config{DB: d, Blob: &shelf{}, Key: []byte(strings.Repeat("x", 32))})
	if err != nil {
		t.Fatal(err)
	}
	write(t, d, 0, 10)
	sealUp(t, s)
	defer d.Close()
	if _, got := verify(t, Check{Place: name}); len(got) > 0 {
		t.Errorf("by its own key it must fit, got %q", got)
	}
	_, got := verify(t, Check{Place: name, Keys: []string{own.Public()}})
	if len(got) < 2 || !strings.Contains(got[0], "none of the known keys") || got[len(got)-1] != "head: position 1 to 10: no head that is trusted covers these rows" {
		t.Errorf("under the key that was handed out: got %q", got)
	}
}

// TestPlan: what is asked with every row of a warning goes by the warning, however
// long the journal has become.
func TestPlan(t *testing.T) {
	inFile(t)
	db := openStore(t, filepath.Join(t.TempDir(), "t.db"))
	var plan []string
	err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`EXPLAIN QUERY PLAN `+sqlNth, "w", 1)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, none int
			var step string
			if err := rows.Scan(&id, &parent, &none, &step); err != nil {
				return err
			}
			plan = append(plan, step)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(plan, "; "); !strings.Contains(all, "journal_warning (warning=?") {
		t.Errorf("%s goes by: %s", sqlNth, all)
	}
}
