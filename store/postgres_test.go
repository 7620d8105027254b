package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fengsui"
	"fengsui/store/storetest"
)

// add counts one up and says who did, as a change of its own.
func add(t *testing.T, d *DB, id string) error {
	return d.Change(t.Context(), func(tx *Tx) error {
		n := 0
		if err := tx.QueryRow(`SELECT COALESCE((SELECT n FROM counter WHERE id = $1), 0)`, id).Scan(&n); err != nil {
			return err
		}
		return errors.Join(set(tx, id, n+1), tx.Record(row("add")), tx.Record(row("again")))
	})
}

// TestProcesses: what several processes write at once is one journal in the order of
// commits without holes, no addition is lost, and a reader in another process gets each
// row once, in order.
func TestProcesses(t *testing.T) {
	place := server(t).Database(t, name())
	list := make([]*DB, 3)
	var opened sync.WaitGroup
	for i := range list { // they start together and bring the tables up in turns
		opened.Go(func() {
			var err error
			if list[i], err = Open(t.Context(), place, shelf); err != nil {
				t.Error(err)
			}
		})
	}
	if opened.Wait(); t.Failed() {
		return
	}
	const rounds = 40
	reader := open(t, place, shelf)
	var got []int64
	ctx, cancel := context.WithCancelCause(t.Context())
	all := errors.New("all is there")
	var writers sync.WaitGroup
	for _, d := range list {
		for range 2 {
			writers.Go(func() {
				for range rounds {
					if err := add(t, d, "a"); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	const rows = 3 * 2 * rounds * 2
	c := &clerk{}
	r := c.reader()
	keep := r.Read
	r.Read = func(ctx context.Context, rows []Entry) (func(*Tx) error, error) {
		for i, e := range rows {
			got = append(got, e.Pos)
			rows[i].Of.ID, rows[i].Act = fengsui.ID(fmt.Sprint(e.Pos)), ""
		}
		return keep(ctx, rows)
	}
	r.Kept = func() {
		if len(got) == rows {
			cancel(all)
		}
	}
	if err := reader.Follow(ctx, r); !errors.Is(err, all) {
		t.Errorf("the reader ended with %v", err)
	}
	writers.Wait()
	for i, pos := range got {
		if pos != int64(i+1) {
			t.Fatalf("row %d that the reader got has position %d", i+1, pos)
		}
	}
	if n := read(t, reader, "a"); n != 3*2*rounds {
		t.Errorf("%d of %d additions are there", n, 3*2*rounds)
	}
	for _, d := range list {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTold: a process learns of another's rows by notification, and where none comes by
// asking each second.
func TestTold(t *testing.T) {
	place := server(t).Database(t, name())
	writer, d := open(t, place, shelf), open(t, place, shelf)
	change(t, writer, "a", 1)
	if pos, err := d.Wait(t.Context(), 0); pos != 1 || err != nil {
		t.Errorf("told of %d (%v), want 1", pos, err)
	}
	if _, err := writer.engine.(*onServer).write.ExecContext(t.Context(), `INSERT INTO journal SELECT 2, at, kind, object, act, by_user, by_name, by_role, by_from, why, before, after, tell,
		warning, enterprise, zone, sector, peak, key, call FROM journal`); err != nil {
		t.Fatal(err)
	}
	if pos, err := d.Wait(t.Context(), 1); pos != 2 || err != nil {
		t.Errorf("without a notification told of %d (%v), want 2", pos, err)
	}
}

// TestHung: a process that hangs in a transaction loses its turn. Until then others are
// told Unavailable; it is told so too, and keeps nothing.
func TestHung(t *testing.T) {
	place := server(t).Database(t, name())
	hung := open(t, place+"&idle_in_transaction_session_timeout=1500", shelf)
	other := open(t, place+"&lock_timeout=100", shelf)
	err := hung.Change(t.Context(), func(tx *Tx) error {
		if err := errors.Join(set(tx, "a", 1), tx.Record(row("set"))); err != nil {
			return err
		}
		if err := add(t, other, "b"); fengsui.CodeOf(err) != fengsui.Unavailable {
			t.Errorf("another writer meanwhile: %v, want unavailable", err)
		}
		for add(t, other, "b") != nil { // each attempt waits 100 ms
		}
		return nil
	})
	if fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("the one that hung: %v, want unavailable", err)
	}
	if a, b := read(t, other, "a"), read(t, other, "b"); a != -1 || b != 1 {
		t.Errorf("a is %d and b is %d, want nothing and 1", a, b)
	}
	change(t, hung, "a", 2)
	if got := read(t, other, "a"); got != 2 {
		t.Errorf("after it went on a is %d, want 2", got)
	}
}

// TestDoubt: when the connection goes while it commits, the writer is told what became of
// the transaction, by the number that the database gave it and by its journal row. What
// another one committed under the same number is not taken for it.
func TestDoubt(t *testing.T) {
	d := open(t, server(t).Database(t, name()), shelf)
	s := d.engine.(*onServer)
	lost := errors.New("lost")
	write := func(id fengsui.ID, end func(writing) error) writing {
		w, err := s.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tx := &Tx{ctx: t.Context(), db: d, tx: w.Tx, write: true, journal: true}
		c := row("set")
		c.Of.ID = id
		if err := errors.Join(set(tx, string(id), 1), tx.Record(c), end(w)); err != nil {
			t.Fatal(err)
		}
		w.row = tx.row
		return w
	}
	a := write("a", writing.Commit)
	if err := s.outcome(t.Context(), a, lost); err != nil {
		t.Errorf("what was committed: %v", err)
	}
	b := write("b", writing.Rollback)
	if err := s.outcome(t.Context(), b, lost); !errors.Is(err, errAway) {
		t.Errorf("what was rolled back: %v, want %v", err, errAway)
	}
	c := write("c", writing.Commit) // at the position that b had
	b.number = c.number
	if err := s.outcome(t.Context(), b, lost); !errors.Is(err, errAway) {
		t.Errorf("what another committed under its number: %v, want %v", err, errAway)
	}
	c.row = nil
	if err := s.outcome(t.Context(), c, lost); !errors.Is(err, errDoubt) {
		t.Errorf("what has no journal row: %v, want %v", err, errDoubt)
	}
	if got := read(t, d, "a"); got != 1 {
		t.Errorf("a is %d, want 1", got)
	}
}

// TestKillPostgres kills the server under writers and starts it again, twice. Nothing
// that a writer was told is kept gets lost, nothing that it was told is not kept is
// there, the reader gets each row once, and all go on by themselves.
func TestKillPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("-short starts no PostgreSQL: shown by the run without -short, where a missing server fails")
	}
	pg := storetest.Start(t, script)
	t.Cleanup(func() {
		if err := pg.Stop(); err != nil {
			t.Error(err)
		}
	})
	d := open(t, pg.Database(t, name()), shelf)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	c := &clerk{}
	r := c.reader()
	r.Log = slog.New(slog.DiscardHandler)
	var followed atomic.Int64
	read := r.Read
	r.Read = func(ctx context.Context, rows []Entry) (func(*Tx) error, error) {
		for i, e := range rows {
			if e.Act == "add" {
				rows[i].Of.ID, rows[i].Act = fengsui.ID(fmt.Sprint(e.Pos)), ""
			}
		}
		followed.Store(rows[len(rows)-1].Pos)
		return read(ctx, rows)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Follow(ctx, r) }()

	const writers = 4
	var kept, refused, doubted [writers]atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			id := fmt.Sprint("w", w)
			for {
				select {
				case <-stop:
					return
				default:
				}
				switch err := d.Change(ctx, func(tx *Tx) error {
					_, err := tx.Exec(`INSERT INTO counter (id, n, version) VALUES ($1,1,1) ON CONFLICT (id) DO UPDATE SET n = counter.n + 1`, id)
					return errors.Join(err, tx.Record(row("add")))
				}); {
				case err == nil:
					kept[w].Add(1)
				case errors.Is(err, errDoubt):
					doubted[w].Add(1)
				case fengsui.CodeOf(err) == fengsui.Unavailable:
					refused[w].Add(1)
					pause := time.NewTimer(5 * time.Millisecond) // as whoever tries again does
					<-pause.C
				default:
					t.Errorf("while the server was killed: %v", err)
					return
				}
			}
		})
	}
	// Until each has had so many more answers of a kind.
	until := func(counts *[writers]atomic.Int64, more int64) {
		for w := range writers {
			for have := counts[w].Load(); counts[w].Load() < have+more && !t.Failed(); {
				pause := time.NewTimer(time.Millisecond)
				<-pause.C
			}
		}
	}
	for range 2 {
		until(&kept, 50)
		pg.Kill(t)
		if err := d.Ready(t.Context()); fengsui.CodeOf(err) != fengsui.Unavailable {
			t.Errorf("it says that it is %v, want unavailable", err)
		}
		if err := d.View(t.Context(), func(*Tx) error { return nil }); fengsui.CodeOf(err) != fengsui.Unavailable {
			t.Errorf("a view while it is away: %v, want unavailable", err)
		}
		pg.Restart(t)
		until(&kept, 50)
	}
	close(stop)
	all.Wait()
	total := int64(0)
	for w := range writers {
		n, want, doubt := int64(0), kept[w].Load(), doubted[w].Load()
		if err := d.View(t.Context(), func(tx *Tx) error {
			return tx.QueryRow(`SELECT n FROM counter WHERE id = $1`, fmt.Sprint("w", w)).Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
		if n < want || n > want+doubt {
			t.Errorf("writer %d was told that %d are kept and of %d that nobody knows; %d are there", w, want, doubt, n)
		}
		total += n
		t.Logf("writer %d: %d kept, %d refused, %d in doubt", w, want, refused[w].Load(), doubt)
	}
	list, count, err := d.Entries(t.Context(), fengsui.Everything(), Filter{Newest: true, Limit: 1})
	if err != nil || int64(count) != total || list[0].Pos != total {
		t.Errorf("the journal has %d rows and ends at %d (%v), want %d", count, list[0].Pos, err, total)
	}
	for followed.Load() < total && len(ended) == 0 {
		pause := time.NewTimer(time.Millisecond)
		<-pause.C
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the journal's reader ended with %v", err)
	}
}

// TestUnfit: a server on which the promises do not stand is refused, and a session is
// not led astray by what the server usually does.
func TestUnfit(t *testing.T) {
	if testing.Short() {
		t.Skip("-short starts no PostgreSQL: shown by the run without -short, where a missing server fails")
	}
	pg := storetest.Start(t, script, "fsync=off", "synchronous_commit=off")
	t.Cleanup(func() {
		if err := pg.Stop(); err != nil {
			t.Error(err)
		}
	})
	place := pg.Database(t, name())
	if d, err := Open(t.Context(), place, shelf); err == nil {
		d.Close()
		t.Error("a server with fsync=off was taken")
	} else if !strings.Contains(err.Error(), "fsync=off") {
		t.Errorf("it says %v", err)
	}
	if _, err := Open(t.Context(), place+"&fsync_off=yes", shelf); err == nil {
		t.Error("fsync_off=yes was taken")
	}
	d := open(t, place+"&fsync_off=accept", shelf)
	change(t, d, "a", 1)
	if err := d.Keep(t.Context(), func(tx *Tx) error {
		var commit string
		if err := tx.QueryRow(`SELECT current_setting('synchronous_commit')`).Scan(&commit); err != nil || commit != "on" {
			t.Errorf("synchronous_commit is %s (%v), want on", commit, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if _, err := Open(t.Context(), "postgres://u:hidden@/x?host=/nowhere", shelf); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("a server that is not there: %v", err)
	}
}
