package app

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fengsui"
)

// TestStoreAway locks the database away under load: intake goes on, evaluation
// waits with its place unmoved, acts are refused with a sentence; afterwards
// everything is there, once (DESIGN §3, §10). A minute with FENGSUI_SOAK=1.
func TestStoreAway(t *testing.T) {
	storeAway(t, "locked", func(t *testing.T, path string) (*sql.Conn, func()) {
		lock := conn(t, path)
		if _, err := lock.ExecContext(t.Context(), `BEGIN EXCLUSIVE`); err != nil {
			t.Fatal(err)
		}
		return lock, func() {
			if _, err := lock.ExecContext(t.Context(), `ROLLBACK`); err != nil {
				t.Error(err)
			}
			if err := lock.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestStoreGone moves the database's files out of their place under load and puts
// them back. SQLite would go on with the open files: nothing may be told to anyone as
// done that lies where a restart does not look, so it is as with a locked one.
func TestStoreGone(t *testing.T) {
	storeAway(t, "gone", func(t *testing.T, path string) (*sql.Conn, func()) {
		aside := path + ".aside"
		move := func(from, to string) {
			for _, n := range []string{"", "-wal", "-shm"} {
				if err := os.Rename(from+n, to+n); err != nil {
					t.Error(err)
				}
			}
		}
		move(path, aside)
		there := conn(t, aside)
		return there, func() {
			if _, err := os.Stat(path); err == nil {
				t.Error("something was made in the place of the database that is gone")
			}
			if err := there.Close(); err != nil {
				t.Error(err)
			}
			move(aside, path)
		}
	})
}

// conn is a connection of the test's own to a database.
func conn(t *testing.T, path string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxIdleConns(0) // what is given back is closed
	t.Cleanup(func() { db.Close() })
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// storeAway takes the store away, by a function that gives a connection which still
// reads it and says how it comes back.
func storeAway(t *testing.T, how string, take func(t *testing.T, path string) (there *sql.Conn, back func())) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel() // most of it is waiting
	away := 20 * time.Second
	if os.Getenv("FENGSUI_SOAK") != "" {
		away = time.Minute
	}
	const raised, notes = 8, 3 // while it is away
	s := besiege(t, mkdir(t, how))
	s.furnish(1 + raised)
	stop := s.load()
	old := &story{s: s, point: storyPoint(0)}
	if err := old.first(14); err != nil {
		t.Fatal(err)
	}

	there, bring := take(t, filepath.Join(s.c.Data, "fengsui.db"))
	began := time.Now()
	over := time.After(away)
	saved := func() (place fengsui.Place, journal int) {
		t.Helper()
		err := there.QueryRowContext(t.Context(), `SELECT seq, idx, (SELECT COUNT(*) FROM journal) FROM risk_place`).Scan(&place.Seq, &place.Index, &journal)
		if err != nil {
			t.Fatal(err)
		}
		return place, journal
	}
	place, journal := saved()
	had, refused := s.samples.Load(), s.answers[http.StatusServiceUnavailable].Load()

	var waiting sync.WaitGroup
	for i := 1; i <= raised; i++ {
		x := &story{s: s, i: i, point: storyPoint(i), occ: 1}
		if err := x.value(14); err != nil { // answered, though nobody can judge it yet
			t.Fatal(err)
		}
		waiting.Go(func() {
			if err := x.await("raised", 1); err != nil {
				s.blame("%s: %v", x.point, err)
			}
		})
	}
	tail := s.p.Bus.Tail()
	// Acts that are repeated under their key until they are carried out.
	for range notes {
		waiting.Go(func() {
			s.people["duty"].act("/warnings/"+string(old.id)+"/note", map[string]any{"kind": "note", "why": "while it is away"})
		})
	}
	life, err := s.alive()
	if err != nil {
		t.Fatal(err)
	}
	asked := time.Now()
	status, body, err := s.send(life, s.people["duty"], "POST", "/warnings/"+string(old.id)+"/note", s.key("refused"), "application/json", []byte(`{"kind":"call","why":"refused"}`))
	var said struct{ Reason, Message string }
	if err == nil {
		err = json.Unmarshal(body, &said)
	}
	if err != nil || status != http.StatusServiceUnavailable || said.Reason != "store_away" || said.Message == "" {
		t.Errorf("an act while the store is away: %d %s (%v), want 503 store_away with a sentence", status, body, err)
	}
	if took := time.Since(asked); took > 12*time.Second {
		t.Errorf("an act was refused after %s: a person does not wait so long", took)
	}
	t.Logf("an act is refused after %s: %s", time.Since(asked).Round(100*time.Millisecond), said.Message)

	<-over
	after, rows := saved()
	taken := s.samples.Load() - had
	if after != place || !s.p.Risk.Done().Less(tail) {
		t.Errorf("the evaluator's place went from %v to %v (%v in memory) while nothing could be written", place, after, s.p.Risk.Done())
	}
	if rows != journal {
		t.Errorf("the journal grew by %d rows while it was %s", rows-journal, how)
	}
	if n := s.answers[http.StatusServiceUnavailable].Load() - refused; n > 0 || taken < int64(away/time.Second)*quotaSamples {
		t.Errorf("intake took %d samples and refused %d times while the store was away", taken, n)
	}
	for _, h := range s.p.Health(t.Context()) {
		// A locked one reads well, and who locked it soon ends.
		if h.Name == "store" && (h.OK != (how == "locked") || h.OK != (h.Why == "")) {
			t.Errorf("health says %+v of a store that is %s", h, how)
		}
	}
	bring()
	lasted := time.Since(began)
	back := time.Now()
	tail = s.p.Bus.Tail()
	until(t, func() string { return "judged to the end" }, func() bool { return !s.p.Risk.Done().Less(tail) })
	caught := time.Since(back)
	waiting.Wait()
	t.Logf("away for %s: %d samples taken meanwhile, %d acts refused; judged to the end %s after, all told %s after", lasted.Round(time.Millisecond),
		taken, s.refusals()+1, caught.Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
	s.quiet()
	stop()
	s.stop()

	got, v := s.facts(), verdict{}
	s.acknowledged(v, got)
	if len(got.warnings) != 1+raised {
		v.add("warnings", "%d, want %d", len(got.warnings), 1+raised)
	}
	for i := range 1 + raised {
		name := storyPoint(i) + "#1"
		for what, n := range map[string]int{
			"warning": got.warnings["limits on "+name], "step": got.steps[name+" 1 push 1 level 4"], "row": got.journal[name+" raised"],
			"push": got.pushes[name+" 1 push 1 to PLANT"], "message": got.heard[name+" 1 push 1 to PLANT by PLANT"],
		} {
			if n != 1 {
				v.add("once", "%s of %s: %d times", what, name, n)
			}
		}
	}
	if n := got.journal[storyPoint(0)+"#1 noted"]; n != notes {
		v.add("once", "%d notes, want %d", n, notes)
	}
	v.report(t)
}
