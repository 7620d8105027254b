package lease

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

const term = DefaultTerm

// counted is a table that the work of these tests writes.
func counted() store.Tables {
	return store.Tables{Stage: "counted", FS: mapFS{"001_counted.sql": "-- +goose Up\nCREATE TABLE counted (ord BIGINT NOT NULL, n BIGINT NOT NULL, who TEXT NOT NULL);\n"}.fs(), Kept: []string{"counted"}}
}

func open(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Place(t, path), Tables(), counted())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func newLease(t *testing.T, db *store.DB, holder string) *Lease {
	t.Helper()
	l, err := New(Config{DB: db, Name: "work", Holder: holder})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// write is one transaction of the work.
func write(db *store.DB, l *Lease, who string) error {
	return db.Keep(context.Background(), func(tx *store.Tx) error {
		if err := l.Held(tx); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO counted (ord, n, who) VALUES ((SELECT COUNT(*) FROM counted), 0, $1)`, who)
		return err
	})
}

// worker runs a lease until stop is called; it says when it works.
type worker struct {
	*Lease
	db      *store.DB
	stop    func()
	mu      sync.Mutex
	working bool
	began   time.Time
	ended   time.Time
}

func (w *worker) works() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.working
}

func work(t *testing.T, db *store.DB, holder string) *worker {
	w := &worker{Lease: newLease(t, db, holder), db: db}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		w.Run(ctx, func(ctx context.Context) {
			w.mu.Lock()
			w.working, w.began = true, time.Now()
			w.mu.Unlock()
			<-ctx.Done()
			w.mu.Lock()
			w.working, w.ended = false, time.Now()
			w.mu.Unlock()
		}, nil)
	})
	w.stop = func() { cancel(); done.Wait() }
	return w
}

// A holder that is silent is replaced within 8 s and not before its own term is over;
// what it writes afterwards is refused (N01, DESIGN §3).
func TestSilentHolderIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lease.db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		defer db.Close()
		silent := newLease(t, db, "a")
		if took, err := silent.take(t.Context(), row{}, false); !took || err != nil {
			t.Fatal(took, err)
		}
		if err := write(db, silent, "a"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		w := work(t, db, "b")
		defer w.stop()
		for !w.works() {
			time.Sleep(100 * time.Millisecond)
			if time.Since(began) > 2*term {
				t.Fatal("nobody takes the lease of a silent holder")
			}
		}
		if took := w.began.Sub(began); took < term || took > 8*time.Second {
			t.Errorf("replaced after %s, want between %s and 8 s", took, term)
		}
		if err := write(db, silent, "a"); !errors.Is(err, ErrLost) {
			t.Errorf("a late write gives %v, want it refused", err)
		}
		if silent.Refused() != 1 {
			t.Errorf("%d refusals are counted, want 1", silent.Refused())
		}
		if err := write(db, w.Lease, "b"); err != nil {
			t.Errorf("the new holder cannot write: %v", err)
		}
	})
}

// A holder that lives keeps the lease, and one that ends in order hands it over at
// once; one that starts again under its own name need not wait.
func TestHandedOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lease.db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		defer db.Close()
		a := work(t, db, "a")
		time.Sleep(time.Second)
		b := work(t, db, "b")
		time.Sleep(10 * term)
		if !a.works() || b.works() {
			t.Fatalf("after a while a works: %v, b works: %v; want a alone", a.works(), b.works())
		}
		a.stop()
		ended := time.Now()
		time.Sleep(time.Second)
		if !b.works() || b.began.Sub(ended) > time.Second {
			t.Fatal("a lease that was given up is not taken within a second")
		}
		b.stop()

		c := newLease(t, db, "c")
		if took, err := c.take(t.Context(), must(c.look(t.Context())), true); !took || err != nil {
			t.Fatal(took, err)
		}
		again := work(t, db, "c") // its process died and was started again
		time.Sleep(time.Second)
		if !again.works() {
			t.Error("who starts again waits for its own lease")
		}
		again.stop()
	})
}

func must(r row, _ bool, err error) row {
	if err != nil {
		panic(err)
	}
	return r
}

// A holder that cannot reach the store ends its work by itself, before another one
// begins.
func TestCutOffHolderStops(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lease.db")
	synctest.Test(t, func(t *testing.T) {
		theirs, ours := open(t, path), open(t, path)
		defer ours.Close()
		a := work(t, theirs, "a")
		time.Sleep(time.Second)
		b := work(t, ours, "b")
		time.Sleep(term)
		if !a.works() || b.works() {
			t.Fatal("a does not hold the lease")
		}
		cut := time.Now()
		theirs.Close()
		for !b.works() {
			time.Sleep(100 * time.Millisecond)
			if time.Since(cut) > 2*term {
				t.Fatal("b does not take over")
			}
		}
		if a.works() || a.ended.After(b.began) {
			t.Errorf("a worked until %s after the cut, b from %s on", a.ended.Sub(cut), b.began.Sub(cut))
		}
		if took := b.began.Sub(cut); took > 8*time.Second {
			t.Errorf("replaced after %s, want at most 8 s", took)
		}
		a.stop()
		b.stop()
	})
}

// Whatever the processes do, the writes of two holders never mix: in the order of
// commits each holder's epoch is one stretch.
func TestNeverTwo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lease.db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		defer db.Close()
		var all sync.WaitGroup
		ctx, cancel := context.WithCancel(context.Background())
		for _, holder := range []string{"a", "b", "c"} {
			all.Go(func() {
				for life := 0; ctx.Err() == nil; life++ {
					l := newLease(t, db, holder)
					once, end := context.WithTimeout(ctx, 7*time.Second)
					var late sync.WaitGroup
					l.Run(once, func(ctx context.Context) {
						late.Go(func() { // goes on long after it should
							for range 40 {
								time.Sleep(300 * time.Millisecond)
								epoch := l.epoch.Load()
								err := db.Keep(context.Background(), func(tx *store.Tx) error {
									if err := l.Held(tx); err != nil {
										return err
									}
									_, err := tx.Exec(`INSERT INTO counted (ord, n, who) VALUES ((SELECT COUNT(*) FROM counted), $1, $2)`, epoch, holder)
									return err
								})
								if err != nil && !errors.Is(err, ErrLost) {
									t.Error(err)
								}
							}
						})
						<-ctx.Done()
					}, nil)
					end()
					late.Wait()
				}
			})
		}
		time.Sleep(2 * time.Minute)
		cancel()
		all.Wait()
		var epochs []int64
		whose := map[int64]string{}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query(`SELECT n, who FROM counted ORDER BY ord`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var n int64
				var who string
				if err := rows.Scan(&n, &who); err != nil {
					return err
				}
				if w, ok := whose[n]; ok && w != who {
					t.Errorf("epoch %d is %s's and %s's", n, w, who)
				}
				whose[n] = who
				epochs = append(epochs, n)
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(epochs); i++ {
			if epochs[i] < epochs[i-1] {
				t.Fatalf("epoch %d wrote after %d", epochs[i], epochs[i-1])
			}
		}
		if len(whose) < 5 {
			t.Errorf("only %d holders in two minutes: nothing was tried", len(whose))
		}
	})
}

// Two platforms on one database: the second is refused with a sentence.
func TestBelong(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "lease.db"))
	defer db.Close()
	for range 2 {
		if err := Belong(t.Context(), db, "one"); err != nil {
			t.Fatal(err)
		}
	}
	err := Belong(t.Context(), db, "two")
	if fengsui.CodeOf(err) != fengsui.Conflict {
		t.Errorf("another platform on the same database gets %v, want it refused", err)
	}
}

// What a holder says is heard, and how long it has said nothing.
func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lease.db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		defer db.Close()
		l, err := New(Config{DB: db, Name: "work", Holder: "a", Note: func() string { return "lag 3" }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		w := NewWatch(db)
		all.Go(func() { w.Run(ctx) })
		holder, end := context.WithCancel(ctx)
		var one sync.WaitGroup
		one.Go(func() { l.Run(holder, func(ctx context.Context) { <-ctx.Done() }, nil) })
		time.Sleep(5 * time.Second)
		if s, ok := w.State("work"); !ok || s.Holder != "a" || s.Note != "lag 3" || s.Still > 2*time.Second {
			t.Errorf("seen: %+v %v", s, ok)
		}
		end()
		one.Wait()
		time.Sleep(time.Minute)
		if s, _ := w.State("work"); s.Holder != "" || s.Still < 50*time.Second {
			t.Errorf("seen after its end: %+v", s)
		}
		cancel()
		all.Wait()
	})
}

// mapFS are small files.
type mapFS map[string]string

func (m mapFS) fs() fstest.MapFS {
	f := fstest.MapFS{}
	for name, text := range m {
		f[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return f
}
