package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store/storetest"
)

// shelf is a stage's tables: counter and item change with a journal row, place is
// kept.
var shelf = Tables{Stage: "shelf", Kept: []string{"place"}, FS: fstest.MapFS{
	"001_shelf.sql": {Data: []byte(`-- +goose Up
CREATE TABLE counter (id TEXT PRIMARY KEY, n BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE item (id TEXT PRIMARY KEY, enterprise TEXT NOT NULL, zone TEXT NOT NULL, sector TEXT NOT NULL, peak BIGINT NOT NULL);
CREATE TABLE value (id TEXT PRIMARY KEY, b BIGINT NOT NULL, f DOUBLE PRECISION NOT NULL, n BIGINT NOT NULL, bytes BYTEA NOT NULL, absent DOUBLE PRECISION);
CREATE TABLE place (id TEXT PRIMARY KEY, pos BIGINT NOT NULL);
`)},
}}

// peer is an engine that the conformance suite runs over: another one passes the same.
type peer struct {
	name  string
	place func(t testing.TB) string // of a new store
}

var peers = []peer{
	{"sqlite", func(t testing.TB) string { return filepath.Join(t.TempDir(), "t.db") }},
	{"postgres", func(t testing.TB) string { return server(t).Database(t, name()) }},
}

// server is the PostgreSQL server of all tests, started by the first that needs it.
func server(t testing.TB) *storetest.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("-short starts no PostgreSQL: shown by the run without -short, where a missing server fails")
	}
	once.Do(func() { running = storetest.Start(t, script) })
	if running == nil {
		t.Fatal("PostgreSQL did not start, see the first test that needed it")
	}
	return running
}

const script = "../scripts/postgres.sh"

var (
	once    sync.Once
	running *storetest.Server
	named   atomic.Int64
)

func name() string { return fmt.Sprintf("t%d", named.Add(1)) }

func TestMain(m *testing.M) {
	code := m.Run()
	if running != nil {
		if err := running.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
			code = 1
		}
	}
	os.Exit(code)
}

func open(t testing.TB, place string, stages ...Tables) *DB {
	t.Helper()
	d, err := Open(t.Context(), place, stages...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func file(t testing.TB) *DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "t.db"), shelf)
}

func TestConformance(t *testing.T) {
	for _, p := range peers {
		for _, c := range []struct {
			name string
			run  func(*testing.T, *DB)
		}{
			{"silent change", testSilentChange},
			{"failed change", testFailedChange},
			{"apart", testApart},
			{"panic", testPanic},
			{"keep", testKeep},
			{"view", testView},
			{"snapshot", testSnapshot},
			{"unique", testUnique},
			{"repeated", testRepeated},
			{"lost update", testLostUpdate},
			{"named version", testNamedVersion},
			{"writers", testWriters},
			{"no holes", testNoHoles},
			{"next", testNext},
			{"entry", testEntry},
			{"filter", testFilter},
			{"scoped", testScoped},
			{"wait", testWait},
			{"cancel", testCancel},
			{"cancel late", testCancelLate},
			{"values", testValues},
			{"search", testSearch},
			{"size", testSize},
		} {
			t.Run(p.name+"/"+c.name, func(t *testing.T) { c.run(t, open(t, p.place(t), shelf)) })
		}
		t.Run(p.name+"/reopen", func(t *testing.T) { testReopen(t, p) })
		t.Run(p.name+"/follow", func(t *testing.T) { testFollow(t, p.place(t)) })
		t.Run(p.name+"/turn", func(t *testing.T) { testTurn(t, p.place(t)) })
	}
}

func row(act string) fengsui.Change {
	return fengsui.Change{Of: fengsui.Ref{Kind: "counter", ID: "a"}, Act: act, By: fengsui.Platform("test")}
}

func set(tx *Tx, id string, n int) error {
	_, err := tx.Exec(`INSERT INTO counter (id, n, version) VALUES ($1,$2,1) ON CONFLICT (id) DO UPDATE SET n = excluded.n, version = counter.version + 1`, id, n)
	return err
}

func change(t *testing.T, d *DB, id string, n int) {
	t.Helper()
	if err := d.Change(t.Context(), func(tx *Tx) error { return errors.Join(set(tx, id, n), tx.Record(row("set"))) }); err != nil {
		t.Fatal(err)
	}
}

// read is a counter's value, -1 when it is not there.
func read(t *testing.T, d *DB, id string) (n int) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *Tx) error {
		return tx.QueryRow(`SELECT COALESCE((SELECT n FROM counter WHERE id = $1), -1)`, id).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// One way to write: no change without its journal row (DESIGN §4).
func testSilentChange(t *testing.T, d *DB) {
	if err := d.Change(t.Context(), func(tx *Tx) error { return set(tx, "a", 1) }); err == nil {
		t.Error("a change without a journal row was committed")
	}
	if got := read(t, d, "a"); got != -1 {
		t.Errorf("it left %d", got)
	}
}

func testFailedChange(t *testing.T, d *DB) {
	want := errors.New("no")
	if err := d.Change(t.Context(), func(tx *Tx) error {
		return errors.Join(set(tx, "a", 1), tx.Record(row("set")), want)
	}); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	if n, head := read(t, d, "a"), d.Head(); n != -1 || head != 0 {
		t.Errorf("it left %d and head %d", n, head)
	}
}

// What runs apart fails by itself, a statement of it too, with its journal row; the rest
// commits. What is not apart still fails all.
func testApart(t *testing.T, d *DB) {
	insert := func(tx *Tx, id string) error {
		_, err := tx.Exec(`INSERT INTO place (id, pos) VALUES ($1, 1)`, id)
		return errors.Join(err, tx.Record(row(id)))
	}
	broken := func(tx *Tx) error { _, err := tx.Exec(`INSERT INTO nowhere (id) VALUES ('a')`); return err }
	no := errors.New("no")
	err := d.Change(t.Context(), func(tx *Tx) error {
		if err := insert(tx, "first"); err != nil {
			return err
		}
		for name, fn := range map[string]func() error{
			"statement": func() error { return errors.Join(insert(tx, "statement"), broken(tx)) },
			"unheeded":  func() error { err := insert(tx, "unheeded"); broken(tx); return err },
			"itself":    func() error { return errors.Join(insert(tx, "itself"), no) },
			"inner": func() error {
				return errors.Join(insert(tx, "inner"), tx.Apart(func() error { return broken(tx) }))
			},
		} {
			if tx.Apart(fn) == nil {
				t.Errorf("%s: it did not fail", name)
			}
		}
		return tx.Apart(func() error { return insert(tx, "last") })
	})
	if err != nil {
		t.Fatalf("the rest: %v", err)
	}
	rows, _, err := d.Entries(t.Context(), fengsui.Everything(), Filter{})
	if err != nil || len(rows) != 2 || rows[0].Act != "first" || rows[1].Act != "last" || rows[1].Pos != 2 || d.Head() != 2 {
		t.Errorf("the journal has %+v up to %d, %v; want first and last", rows, d.Head(), err)
	}
	n := 0
	if err := d.View(t.Context(), func(tx *Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM place`).Scan(&n) }); err != nil || n != 2 {
		t.Errorf("%d rows are there, %v; want 2", n, err)
	}
	silent := d.Change(t.Context(), func(tx *Tx) error {
		tx.Apart(func() error { return errors.Join(insert(tx, "gone"), no) })
		return nil
	})
	if !errors.Is(silent, errSilent) {
		t.Errorf("a change whose only row is gone: %v", silent)
	}
	if d.Change(t.Context(), func(tx *Tx) error { broken(tx); return tx.Apart(func() error { return insert(tx, "x") }) }) == nil {
		t.Error("a statement that failed before does not end the transaction")
	}
}

func testPanic(t *testing.T, d *DB) {
	func() {
		defer func() { recover() }()
		d.Change(t.Context(), func(tx *Tx) error {
			set(tx, "a", 1)
			tx.Record(row("set"))
			panic("no")
		})
	}()
	change(t, d, "b", 2) // the writer is free again
	if n, head := read(t, d, "a"), d.Head(); n != -1 || head != 1 {
		t.Errorf("the panic left %d and head %d", n, head)
	}
}

// Keep writes only what was declared, by whatever call, and records nothing.
func testKeep(t *testing.T, d *DB) {
	change(t, d, "a", 1)
	keep := func(fn func(*Tx) error) error { return d.Keep(t.Context(), fn) }
	if err := keep(func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO place (id, pos) VALUES ('x', 7)`)
		return err
	}); err != nil {
		t.Error(err)
	}
	n := 0
	if err := keep(func(tx *Tx) error { return tx.QueryRow(`SELECT pos FROM place WHERE id = 'x'`).Scan(&n) }); err != nil || n != 7 {
		t.Errorf("reading in Keep: %d, %v", n, err)
	}
	if err := keep(func(tx *Tx) error {
		return tx.QueryRow(`UPDATE place SET pos = 8 WHERE id = 'x' RETURNING pos`).Scan(&n)
	}); err != nil || n != 8 {
		t.Errorf("returning in Keep: %d, %v", n, err)
	}
	for _, query := range []string{
		`INSERT INTO counter (id, n, version) VALUES ('k', 1, 1)`,
		`insert or replace into counter (id, n, version) values ('k', 1, 1)`,
		`REPLACE INTO counter (id, n, version) VALUES ('k', 1, 1)`,
		"\n UPDATE counter SET n = 9",
		`UPDATE OR IGNORE counter SET n = 9`,
		`DELETE FROM counter`,
		`DELETE FROM journal`,
		`INSERT INTO "counter" (id, n, version) VALUES ('k', 1, 1)`,
		`INSERT INTO main.counter (id, n, version) VALUES ('k', 1, 1)`,
		`WITH x AS (SELECT 1) DELETE FROM counter`,
		`DELETE FROM place; DELETE FROM counter`,
		`SELECT 1; DELETE FROM counter`,
		`DROP TABLE counter`,
		`PRAGMA user_version = 3`,
		`INSERT INTO counter (id, n, version) VALUES ('k', 1, 1) RETURNING n`,
	} {
		if err := keep(func(tx *Tx) error {
			_, err := tx.Exec(query)
			return err
		}); err == nil {
			t.Errorf("Exec in Keep ran %q", query)
		}
		if err := keep(func(tx *Tx) error {
			rows, err := tx.Query(query)
			if err == nil {
				for rows.Next() {
				}
				err = errors.Join(rows.Err(), rows.Close())
			}
			return err
		}); err == nil {
			t.Errorf("Query in Keep ran %q", query)
		}
		if err := keep(func(tx *Tx) error {
			var n any
			return tx.QueryRow(query).Scan(&n)
		}); err == nil {
			t.Errorf("QueryRow in Keep ran %q", query)
		}
	}
	if err := keep(func(tx *Tx) error { return tx.Record(row("set")) }); err == nil {
		t.Error("Keep recorded a journal row")
	}
	if err := keep(func(tx *Tx) error {
		_, err := tx.Next("series")
		return err
	}); err == nil {
		t.Error("Keep gave a number")
	}
	if got, head := read(t, d, "a"), d.Head(); got != 1 || head != 1 || read(t, d, "k") != -1 {
		t.Errorf("after all refusals the counter is %d and head %d", got, head)
	}
}

func testView(t *testing.T, d *DB) {
	for _, query := range []string{`INSERT INTO counter (id, n, version) VALUES ('v', 1, 1)`, `INSERT INTO place (id, pos) VALUES ('v', 1)`, `DELETE FROM journal`} {
		if err := d.View(t.Context(), func(tx *Tx) error {
			_, err := tx.Exec(query)
			return err
		}); err == nil {
			t.Errorf("View ran %q", query)
		}
	}
	if err := d.View(t.Context(), func(tx *Tx) error { return tx.Record(row("set")) }); err == nil {
		t.Error("View recorded a journal row")
	}
}

// Readers see a snapshot and wait for nobody.
func testSnapshot(t *testing.T, d *DB) {
	change(t, d, "a", 1)
	if err := d.View(t.Context(), func(tx *Tx) error {
		var before, after int
		if err := tx.QueryRow(`SELECT n FROM counter WHERE id = 'a'`).Scan(&before); err != nil {
			return err
		}
		change(t, d, "a", 2)
		if err := tx.QueryRow(`SELECT n FROM counter WHERE id = 'a'`).Scan(&after); err != nil {
			return err
		}
		if before != 1 || after != 1 {
			t.Errorf("the snapshot moved from %d to %d", before, after)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, d, "a"); got != 2 {
		t.Errorf("afterwards %d", got)
	}
}

// A broken unique index is told as such, and ends the transaction.
func testUnique(t *testing.T, d *DB) {
	insert := func(tx *Tx, id string) error {
		_, err := tx.Exec(`INSERT INTO counter (id, n, version) VALUES ($1, 1, 1)`, id)
		return err
	}
	err := d.Change(t.Context(), func(tx *Tx) error {
		if err := errors.Join(tx.Record(row("set")), insert(tx, "u")); err != nil {
			return err
		}
		if err := insert(tx, "u"); !Unique(err) {
			t.Errorf("a second row: %v is not told as unique", err)
		}
		return nil
	})
	if !Unique(err) || fengsui.CodeOf(err) == fengsui.Unavailable {
		t.Errorf("a change that went on after a statement failed: %v", err)
	}
	if n, head := read(t, d, "u"), d.Head(); n != -1 || head != 0 {
		t.Errorf("it left %d and head %d", n, head)
	}
	if Unique(nil) || Unique(errors.New("x")) {
		t.Error("any error is told as unique")
	}
}

// A repeat under the same Idempotency-Key is carried out once and finds the first.
func testRepeated(t *testing.T, d *DB) {
	by := fengsui.Actor{User: "u1", Name: "Wang", Key: "key-1"}
	act := func(by fengsui.Actor, n int) error {
		return d.Change(t.Context(), func(tx *Tx) error {
			c := row("set")
			c.By = by
			// The call's first row carries its key, the others do not.
			return errors.Join(set(tx, "a", n), tx.Record(c), tx.Record(c))
		})
	}
	if err := act(by, 1); err != nil {
		t.Fatal(err)
	}
	if err := act(by, 2); !errors.Is(err, Repeated) {
		t.Errorf("a repeat: %v", err)
	}
	if got := read(t, d, "a"); got != 1 {
		t.Errorf("the repeat was carried out: %d", got)
	}
	e, found, err := d.ByKey(t.Context(), "u1", "key-1")
	if err != nil || !found || e.Pos != 1 || e.By.Name != "Wang" {
		t.Errorf("ByKey: %+v %v %v", e, found, err)
	}
	if _, found, err := d.ByKey(t.Context(), "u2", "key-1"); found || err != nil {
		t.Errorf("another's key: %v %v", found, err)
	}
	if err := act(fengsui.Actor{User: "u2", Key: "key-1"}, 3); err != nil {
		t.Errorf("the same key of another user: %v", err)
	}
	for range 2 {
		if err := act(fengsui.Actor{User: "u1"}, 4); err != nil {
			t.Errorf("no key: %v", err)
		}
	}
}

// What was read in a change is still so when it writes.
func testLostUpdate(t *testing.T, d *DB) {
	change(t, d, "a", 0)
	const writers, rounds = 8, 25
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range rounds {
				if err := d.Change(t.Context(), func(tx *Tx) error {
					var n int
					if err := tx.QueryRow(`SELECT n FROM counter WHERE id = 'a'`).Scan(&n); err != nil {
						return err
					}
					return errors.Join(set(tx, "a", n+1), tx.Record(row("add")))
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := read(t, d, "a"); got != writers*rounds {
		t.Errorf("%d of %d additions are there", got, writers*rounds)
	}
}

// Every update names the version it read: of two that read the same, one is told.
func testNamedVersion(t *testing.T, d *DB) {
	change(t, d, "a", 1)
	update := func() (n int64, err error) {
		err = d.Change(t.Context(), func(tx *Tx) error {
			n, err = tx.Exec(`UPDATE counter SET n = 5, version = 2 WHERE id = 'a' AND version = 1`)
			return errors.Join(err, tx.Record(row("set")))
		})
		return n, err
	}
	first, err1 := update()
	second, err2 := update()
	if err := errors.Join(err1, err2); err != nil || first != 1 || second != 0 {
		t.Errorf("got %d and %d rows, %v; want 1 and 0", first, second, err)
	}
}

// Writers wait for each other, and the head never falls back.
func testWriters(t *testing.T, d *DB) {
	const writers, rounds = 16, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				before := d.Head()
				if err := d.Change(t.Context(), func(tx *Tx) error {
					return errors.Join(set(tx, fmt.Sprint(w), i), tx.Record(row("set")))
				}); err != nil {
					t.Error(err)
				}
				if after := d.Head(); after <= before {
					t.Errorf("after a commit the head is %d, before it was %d", after, before)
				}
			}
		})
	}
	wg.Wait()
	if got := d.Head(); got != writers*rounds {
		t.Errorf("the head is %d, want %d", got, writers*rounds)
	}
}

// Journal positions are the order of commits, without holes.
func testNoHoles(t *testing.T, d *DB) {
	for i := range 50 {
		d.Change(t.Context(), func(tx *Tx) error {
			if err := errors.Join(set(tx, "a", i), tx.Record(row("one")), tx.Record(row("two"))); err != nil {
				return err
			}
			if i%3 == 0 {
				return errors.New("no")
			}
			return nil
		})
	}
	list, _, err := d.Entries(t.Context(), fengsui.Everything(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2*33 {
		t.Errorf("%d rows, want 66", len(list))
	}
	for i, e := range list {
		if e.Pos != int64(i+1) {
			t.Fatalf("row %d has position %d", i+1, e.Pos)
		}
	}
}

// A number is never used again, whatever became of what it was given to.
func testNext(t *testing.T, d *DB) {
	next := func(series string, fail bool) (n int64) {
		err := d.Change(t.Context(), func(tx *Tx) (err error) {
			if n, err = tx.Next(series); err != nil {
				return err
			}
			if fail {
				return errors.New("no")
			}
			return tx.Record(row("numbered"))
		})
		if (err != nil) != fail {
			t.Error(err)
		}
		return n
	}
	got := fmt.Sprint(next("p", false), next("p", false), next("q", false), next("p", false))
	if got != "1 2 1 3" {
		t.Errorf("got %s", got)
	}
	if a, b := next("p", true), next("p", false); a != b {
		t.Errorf("a number that was rolled back, %d, was given to nobody; the next is %d", a, b)
	}
}

func testEntry(t *testing.T, d *DB) {
	want := fengsui.Change{
		Of: fengsui.Ref{Kind: "warning", ID: "w"}, Act: "raised", At: 5, Why: "because",
		By:     fengsui.Actor{User: "u", Name: "Wang", Role: fengsui.RoleDuty, From: "10.0.0.1"},
		Before: nil, After: map[string]int{"n": 1},
		Tell:    []fengsui.Step{{ID: "s", Warning: "w", Kind: fengsui.StepPush, Level: fengsui.Red, To: []fengsui.Told{{Party: "p", Capacities: []fengsui.Capacity{fengsui.AsZone}}}}},
		Warning: "w", Enterprise: "e", Zone: "z", Sector: "fire", Level: fengsui.Red,
	}
	if err := d.Change(t.Context(), func(tx *Tx) error { return tx.Record(want) }); err != nil {
		t.Fatal(err)
	}
	list, _, err := d.Entries(t.Context(), fengsui.Everything(), Filter{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	e := list[0]
	if e.Of != want.Of || e.Act != want.Act || e.At != 5 || e.Why != want.Why || e.By != want.By || string(e.After) != `{"n":1}` || len(e.Before) != 0 ||
		len(e.Tell) != 1 || e.Tell[0].To[0].Party != "p" || e.Warning != "w" || e.Enterprise != "e" || e.Zone != "z" || e.Sector != "fire" || e.Peak != fengsui.Red {
		t.Errorf("got %+v", e)
	}
	if at, err := d.Newest(t.Context()); at != 5 || err != nil {
		t.Errorf("newest: %d, %v", at, err)
	}
	before := fengsui.At(time.Now())
	change(t, d, "a", 1)
	if at, _ := d.Newest(t.Context()); at < before || at > fengsui.At(time.Now()) {
		t.Errorf("a row without a time has %d", at)
	}
}

func testFilter(t *testing.T, d *DB) {
	if at, err := d.Newest(t.Context()); at != 0 || err != nil {
		t.Errorf("newest of an empty journal: %d, %v", at, err)
	}
	for i := range 10 {
		if err := d.Change(t.Context(), func(tx *Tx) error {
			return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: []string{"even", "odd"}[i%2], ID: fengsui.ID(fmt.Sprint(i / 2))}, At: fengsui.Millis(100 + i),
				By: fengsui.Actor{User: fengsui.ID(fmt.Sprint(i % 5))}, Warning: []fengsui.ID{"", "w"}[i/5]})
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		f     Filter
		want  string
		total int
	}{
		{"all", Filter{}, "1 2 3 4 5 6 7 8 9 10", 0},
		{"newest", Filter{Newest: true, Limit: 3}, "10 9 8", 10},
		{"page", Filter{Limit: 3, Offset: 8}, "9 10", 10},
		{"after", Filter{After: 7, Limit: 2}, "8 9", 0},
		{"kind", Filter{Kind: "odd", Limit: 100}, "2 4 6 8 10", 5},
		{"object", Filter{Object: "1"}, "3 4", 0},
		{"warning", Filter{Warning: "w", After: 8}, "9 10", 0},
		{"user", Filter{User: "2"}, "3 8", 0},
		{"time", Filter{From: 102, To: 104, Limit: 10}, "3 4", 2},
	} {
		list, total, err := d.Entries(t.Context(), fengsui.Everything(), c.f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list {
			got = append(got, fmt.Sprint(e.Pos))
		}
		if strings.Join(got, " ") != c.want || total != c.total {
			t.Errorf("%s: got %v of %d, want %s of %d", c.name, got, total, c.want, c.total)
		}
	}
}

// Scoped is what Scope.Sees says, in SQL: the same rows, whatever the scope.
func testScoped(t *testing.T, d *DB) {
	type item struct {
		id, enterprise, zone fengsui.ID
		sector               fengsui.Sector
		peak                 fengsui.Level
	}
	var items []item
	if err := d.Change(t.Context(), func(tx *Tx) error {
		for _, e := range []fengsui.ID{"", "e1", "e2"} {
			for _, z := range []fengsui.ID{"", "z1", "z2"} {
				for _, s := range []fengsui.Sector{"", "fire", "hazchem"} {
					for p := fengsui.None; p <= fengsui.Red; p++ {
						i := item{fengsui.ID(fmt.Sprint(len(items))), e, z, s, p}
						items = append(items, i)
						if _, err := tx.Exec(`INSERT INTO item (id, enterprise, zone, sector, peak) VALUES ($1,$2,$3,$4,$5)`, i.id, i.enterprise, i.zone, i.sector, int64(i.peak)); err != nil {
							return err
						}
						if err := tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "item", ID: i.id}, Enterprise: e, Zone: z, Sector: s, Level: p}); err != nil {
							return err
						}
					}
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []fengsui.Scope{
		{}, {All: true}, {All: true, Least: fengsui.Yellow}, {Enterprise: "e1"}, {Zone: "z2"}, {Sectors: []fengsui.Sector{"fire"}},
		{Sectors: []fengsui.Sector{"fire", "hazchem"}, Least: fengsui.Red}, {Enterprise: "e1", Zone: "z1"}, {Enterprise: "none"}, {Sectors: []fengsui.Sector{""}},
		{Enterprise: "e2", Least: fengsui.Orange}, {Sectors: []fengsui.Sector{}}, {Least: fengsui.Blue}, {Enterprise: "e1' OR '1'='1"},
	} {
		want := map[fengsui.ID]bool{}
		for _, i := range items {
			if s.Sees(i.enterprise, i.zone, i.sector, i.peak) {
				want[i.id] = true
			}
		}
		where, args := Scoped(s, Columns{"enterprise", "zone", "sector", "peak"}, []any{"item"})
		got := map[fengsui.ID]bool{}
		if err := d.View(t.Context(), func(tx *Tx) error {
			rows, err := tx.Query(`SELECT id FROM item WHERE 'item' = $1`+where, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id fengsui.ID
				if err := rows.Scan(&id); err != nil {
					return err
				}
				got[id] = true
			}
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Errorf("%+v: SQL shows %d rows, Sees %d", s, len(got), len(want))
		}
		for id := range got {
			if !want[id] {
				t.Errorf("%+v: SQL shows %s, Sees does not", s, id)
			}
		}
		list, total, err := d.Entries(t.Context(), s, Filter{Limit: 1000})
		if err != nil || len(list) != len(want) || total != len(want) {
			t.Errorf("%+v: the journal shows %d rows of %d, want %d; %v", s, len(list), total, len(want), err)
		}
	}
	// A table without the column shows nothing to a scope that needs it.
	if where, _ := Scoped(fengsui.Scope{Enterprise: "e1"}, Columns{Zone: "zone"}, nil); where != " AND 1=0" {
		t.Errorf("no column to check: %q", where)
	}
}

func testWait(t *testing.T, d *DB) {
	change(t, d, "a", 1)
	if pos, err := d.Wait(t.Context(), 0); pos != 1 || err != nil {
		t.Errorf("what is there already: %d, %v", pos, err)
	}
	got := make(chan int64)
	go func() {
		pos, _ := d.Wait(t.Context(), 1)
		got <- pos
	}()
	if err := d.Keep(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO place (id, pos) VALUES ('w', 1)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	change(t, d, "a", 2)
	if pos := <-got; pos != 2 {
		t.Errorf("woken at %d, want 2", pos)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	if _, err := d.Wait(ctx, 2); !errors.Is(err, why) {
		t.Errorf("cancelled: %v", err)
	}
}

// Whoever gives up waiting for the writer leaves no trace.
func testCancel(t *testing.T, d *DB) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := d.Change(t.Context(), func(tx *Tx) error {
		done := make(chan error)
		go func() {
			done <- d.Change(ctx, func(tx *Tx) error { return errors.Join(set(tx, "b", 1), tx.Record(row("set"))) })
		}()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("a writer that gave up: %v", err)
		}
		return errors.Join(set(tx, "a", 1), tx.Record(row("set")))
	}); err != nil {
		t.Fatal(err)
	}
	if a, b := read(t, d, "a"), read(t, d, "b"); a != 1 || b != -1 {
		t.Errorf("a is %d and b is %d", a, b)
	}
}

// Whoever gave up before the commit leaves no trace either, and the store goes on.
func testCancelLate(t *testing.T, d *DB) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	if err := d.Change(ctx, func(tx *Tx) error {
		err := errors.Join(set(tx, "a", 1), tx.Record(row("set")))
		cancel(why)
		return err
	}); !errors.Is(err, why) && !errors.Is(err, context.Canceled) {
		t.Errorf("a writer that gave up late: %v", err)
	}
	change(t, d, "b", 2)
	if n, head := read(t, d, "a"), d.Head(); n != -1 || head != 1 {
		t.Errorf("it left %d and head %d", n, head)
	}
}

// What goes in comes out, of every type that stages give.
func testValues(t *testing.T, d *DB) {
	type flag bool
	if err := d.Change(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO value (id, b, f, n, bytes, absent) VALUES ($1,$2,$3,$4,$5,$6)`,
			fengsui.ID("v"), flag(true), 7, fengsui.Millis(1<<62), json.RawMessage{0, 255}, nil)
		return errors.Join(err, tx.Record(row("set")))
	}); err != nil {
		t.Fatal(err)
	}
	var (
		b       bool
		f       float64
		n       fengsui.Millis
		bytes   []byte
		nothing *float64
	)
	if err := d.View(t.Context(), func(tx *Tx) error {
		return tx.QueryRow(`SELECT b, f, n, bytes, absent FROM value WHERE id = $1 AND b = $2`, fengsui.ID("v"), true).Scan(&b, &f, &n, &bytes, &nothing)
	}); err != nil || !b || f != 7 || n != 1<<62 || string(bytes) != "\x00\xff" || nothing != nil {
		t.Errorf("got %v %v %v %v %v, %v", b, f, n, bytes, nothing, err)
	}
	// A name that a device made up stops nobody: it is there, whatever of it can be kept.
	for _, odd := range []string{"a\x00b", "\xff\xfe"} {
		change(t, d, odd, 5)
		if got := read(t, d, odd); got != 5 {
			t.Errorf("under %q there is %d", odd, got)
		}
	}
}

// Text is compared by its bytes, a search finds either case of ASCII, and signs of the
// search's own language stand for themselves.
func testSearch(t *testing.T, d *DB) {
	for i, id := range []string{"b", "B", "a", "烽", "É", "50%_a\\b", "50x"} {
		change(t, d, id, i)
	}
	find := func(text string) (found []string) {
		if err := d.View(t.Context(), func(tx *Tx) error {
			rows, err := tx.Query(`SELECT id FROM counter WHERE LOWER(id) LIKE $1 ESCAPE '\' ORDER BY id`, Like(text))
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id string
				if err := rows.Scan(&id); err != nil {
					return err
				}
				found = append(found, id)
			}
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, c := range []struct{ text, want string }{
		{"", "[50%_a\\b 50x B a b É 烽]"}, {"B", "[50%_a\\b B b]"}, {"b", "[50%_a\\b B b]"}, {"烽", "[烽]"}, {"É", "[É]"}, {"0%_", "[50%_a\\b]"}, {"A\\", "[50%_a\\b]"},
	} {
		if got := fmt.Sprint(find(c.text)); got != c.want {
			t.Errorf("%q finds %s, want %s", c.text, got, c.want)
		}
	}
}

// What was committed is there after a restart, also under a newer migration.
func testReopen(t *testing.T, p peer) {
	place := p.place(t)
	d := open(t, place, shelf)
	change(t, d, "a", 7)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	newer := shelf
	newer.FS = fstest.MapFS{"001_shelf.sql": shelf.FS.(fstest.MapFS)["001_shelf.sql"],
		"002_note.sql": {Data: []byte("-- +goose Up\nALTER TABLE counter ADD COLUMN note TEXT NOT NULL DEFAULT 'none';\n")}}
	d = open(t, place, newer)
	if n, head := read(t, d, "a"), d.Head(); n != 7 || head != 1 {
		t.Errorf("after the restart: %d and head %d", n, head)
	}
	change(t, d, "a", 8)
	if head := d.Head(); head != 2 {
		t.Errorf("positions go on at %d", head)
	}
	if err := d.View(t.Context(), func(tx *Tx) error {
		var note string
		return tx.QueryRow(`SELECT note FROM counter`).Scan(&note)
	}); err != nil {
		t.Error(err)
	}
}

// The size is that of everything, and grows with it.
func testSize(t *testing.T, d *DB) {
	before, err := d.Size(t.Context())
	if err != nil || before <= 0 {
		t.Fatalf("size %d, %v", before, err)
	}
	if err := d.Change(t.Context(), func(tx *Tx) error {
		for i := range 64 {
			c := row("set")
			c.After = fmt.Sprintf("%d %x", i, rand.Text()) + strings.Repeat(rand.Text(), 2000)
			if err := tx.Record(c); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if after, err := d.Size(t.Context()); err != nil || after <= before {
		t.Errorf("size %d after megabytes, %d before, %v", after, before, err)
	}
}

// A full store refuses with a sentence and goes on once there is room.
func TestFull(t *testing.T) {
	d := file(t)
	var pages int
	if err := d.engine.(*inFile).write.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := d.engine.(*inFile).write.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+2)); err != nil {
		t.Fatal(err)
	}
	big := func() error {
		return d.Change(t.Context(), func(tx *Tx) error {
			return errors.Join(set(tx, strings.Repeat("x", 100_000), 1), tx.Record(row("set")))
		})
	}
	err := big()
	if fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("a full store: %v", err)
	}
	if _, err := d.engine.(*inFile).write.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if err := big(); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// The settings that the promises stand on are in force on both sides.
func TestPragmas(t *testing.T) {
	d := file(t)
	for _, c := range []struct{ pragma, want string }{{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"busy_timeout", "5000"}} {
		var got string
		if err := d.engine.(*inFile).write.QueryRow(`PRAGMA ` + c.pragma).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s is %s, want %s; %v", c.pragma, got, c.want, err)
		}
	}
}

// The real store runs inside a bubble of fake time (DESIGN §8).
func TestSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := file(t)
		begin := fengsui.At(time.Now())
		time.Sleep(time.Hour)
		change(t, d, "a", 1)
		if at, err := d.Newest(t.Context()); err != nil || at != begin.Add(3_600_000) {
			t.Errorf("the row has %d, want an hour after %d; %v", at, begin, err)
		}
	})
}

func TestLike(t *testing.T) {
	if got, want := Like(`50%_A\bÉ`), `%50\%\_a\\bÉ%`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func BenchmarkChange(b *testing.B) {
	d := file(b)
	for b.Loop() {
		if err := d.Change(b.Context(), func(tx *Tx) error { return errors.Join(set(tx, "a", 1), tx.Record(row("set"))) }); err != nil {
			b.Fatal(err)
		}
	}
}
