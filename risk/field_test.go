package risk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

const (
	sec    = fengsui.Millis(1000)
	minute = 60 * sec
	t0     = fengsui.Millis(1_700_000_000_000)
)

// field writes a log the way the intake does: deliveries, and a tick a second.
type field struct {
	t       testing.TB
	now     fengsui.Millis
	log     *memLog
	records map[fengsui.Place]fengsui.Record // what was written, for messages
}

func newField(t testing.TB) *field {
	f := &field{t: t, now: t0, log: newMemLog()}
	f.tick()
	return f
}

func (f *field) put(rec fengsui.Record) { f.log.add(fengsui.AppendRecord(nil, &rec)) }

func (f *field) tick() { f.put(fengsui.Record{Tick: true, Received: f.now}) }

// pass lets time go by, a tick a second.
func (f *field) pass(d fengsui.Millis) {
	for end := f.now + d; f.now < end; {
		f.now += fengsui.Millis(1000)
		f.tick()
	}
}

// gap lets time go by without the platform.
func (f *field) gap(d fengsui.Millis) { f.now += d; f.tick() }

// send delivers samples, by the gateway of the enterprise.
func (f *field) send(s ...fengsui.Sample) {
	f.put(fengsui.Record{Received: f.now, Adapter: "push", Enterprise: 1, Device: 9, Block: fengsui.AppendSamples(nil, s)})
}

// say delivers one value of a point, measured now.
func (f *field) say(point int64, v float64) {
	f.send(fengsui.Sample{Point: point, At: f.now, Value: v})
}

// series says values a second apart.
func (f *field) series(point int64, every fengsui.Millis, values ...float64) {
	for _, v := range values {
		f.say(point, v)
		f.pass(every)
	}
}

// memLog is a log in memory: each record is a batch of its own unless joined.
type memLog struct {
	mu      sync.Mutex
	batches []Batch // guarded by mu
	passed  fengsui.Place
	drained func() // called when a reader has come to the end
}

func newMemLog() *memLog { return &memLog{} }

func (l *memLog) add(records ...[]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches = append(l.batches, Batch{Seq: uint64(len(l.batches) + 1), Records: records})
}

func (l *memLog) Tail() fengsui.Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.batches); n > 0 {
		return fengsui.Place{Seq: uint64(n), Index: uint32(len(l.batches[n-1].Records) - 1)}
	}
	return fengsui.Place{}
}

func (l *memLog) Passed(reader string, p fengsui.Place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.passed = p
}

func (l *memLog) Reader(from fengsui.Place) Reader { return &memReader{log: l, at: from} }

type memReader struct {
	log *memLog
	at  fengsui.Place
}

func (r *memReader) Next(ctx context.Context) (Batch, error) {
	r.log.mu.Lock()
	for _, b := range r.log.batches[max(int(r.at.Seq), 1)-1:] {
		last := fengsui.Place{Seq: b.Seq, Index: uint32(len(b.Records) - 1)}
		if r.at.Less(last) {
			if b.Seq == r.at.Seq {
				b.First, b.Records = r.at.Index+1, b.Records[r.at.Index+1:]
			}
			r.at = last
			r.log.mu.Unlock()
			return b, nil
		}
	}
	drained := r.log.drained
	r.log.mu.Unlock()
	if drained != nil {
		drained()
	}
	<-ctx.Done()
	return Batch{}, ctx.Err()
}

func (r *memReader) Close() {}

// The district of the tests: one enterprise, one tank, two gateways. Points 1..n
// are told apart by what they need.
func testDistrict(points ...*fengsui.Point) *fengsui.District {
	ent := &fengsui.Enterprise{ID: "e1", Num: 1, Code: "E1", Sector: "hazchem"}
	two := &fengsui.Enterprise{ID: "e2", Num: 2, Code: "E2", Sector: "hazchem"}
	for _, p := range points {
		if p.ID == "" {
			p.ID = fengsui.ID(fmt.Sprintf("p%d", p.Num))
		}
		if p.Enterprise == "" {
			p.Enterprise = "e1"
		}
		if p.RangeHigh == 0 {
			p.RangeHigh = 100
		}
		p.Code = string(p.ID)
	}
	return fengsui.NewDistrict(nil, []*fengsui.Enterprise{ent, two},
		[]*fengsui.Asset{{ID: "tank", Enterprise: "e1", Code: "T1", Kind: "tank"}},
		[]*fengsui.Device{{ID: "d9", Num: 9, Enterprise: "e1", Code: "GW9"}, {ID: "d8", Num: 8, Enterprise: "e1", Code: "GW8"}}, points)
}

// bare is a model with nothing but what a test sets.
func bare(kind Kind, set func(*Model)) Model {
	text := Text{"t", "c", "k", "a", "r"}
	m := Model{ID: string(kind), Version: 1, Kind: kind, Evidence: 8, Source: []Source{{Standard: "test"}}, Text: map[string]Text{"zh": text, "en": text}}
	switch kind {
	case Ladder:
		m.Ladder = []Rung{{Name: "L", Level: fengsui.Yellow}, {Name: "LL", Level: fengsui.Orange}, {Name: "H", Level: fengsui.Yellow}, {Name: "HH", Level: fengsui.Red}}
		m.DeadBand.Percent = 2
	case Silence:
		m.Every = fengsui.Span(5 * minute)
		m.Scope.Key = true
		m.Ladder = []Rung{{Name: "late", Missed: 2}, {Name: "fault", Level: fengsui.Yellow, Missed: 3}, {Name: "offline", Level: fengsui.Yellow, Missed: 3}}
	case Pace:
		m.Every, m.Off = fengsui.Span(10*sec), fengsui.Span(30*sec)
		m.Ladder = []Rung{{Name: "slow", Level: fengsui.Blue, Missed: 2}}
	}
	if set != nil {
		set(&m)
	}
	return m
}

// level is the test's point: a level of 0..12 m, H 10, HH 11, L 2, LL 1.
func levelPoint(n int64) *fengsui.Point {
	return &fengsui.Point{Num: n, Quantity: fengsui.LevelOf, Unit: "m", RangeHigh: 12, LL: num(1), L: num(2), H: num(10), HH: num(11)}
}

// found is the test's Apply: as the real one it takes a finding once by its
// identity and records what is new.
type found struct {
	mu    sync.Mutex
	list  []fengsui.Finding
	fail  func() error // asked before each call
	calls int

	repeats int // findings that were given again
}

var foundTables = store.Tables{Stage: "found", FS: fstest.MapFS{"001_found.sql": {Data: []byte("-- +goose Up\nCREATE TABLE found (key TEXT PRIMARY KEY);")}}}

func (f *found) apply(ctx context.Context, tx *store.Tx, list []fengsui.Finding) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.fail != nil {
		if err := f.fail(); err != nil {
			return err
		}
	}
	for i := range list {
		n, err := tx.Exec(`INSERT INTO found (key) VALUES ($1) ON CONFLICT DO NOTHING`, list[i].Key())
		if err != nil {
			return err
		}
		if n == 0 {
			f.repeats++
			continue
		}
		if err := tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "finding", ID: fengsui.ID(list[i].Key())}, Act: "found", By: fengsui.Platform("test")}); err != nil {
			return err
		}
		f.list = append(f.list, list[i])
	}
	return nil
}

func openStore(t testing.TB) *store.DB {
	t.Helper()
	return openStoreIn(t, t.TempDir())
}

// openQuick opens a store in memory's file system where there is one: thousands
// of commits that only have to survive this process.
func openQuick(t testing.TB) *store.DB {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "risk")
	if err != nil {
		return openStore(t)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return openStoreIn(t, dir)
}

func openStoreIn(t testing.TB, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), storetest.Place(t, filepath.Join(dir, "fengsui.db")), Tables(), foundTables)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// strict fails the test when state or log cannot be read.
type strict struct {
	slog.Handler
	t testing.TB
}

func (s strict) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "cannot be read") || strings.Contains(r.Message, "left out") {
		s.t.Errorf("logged: %s", r.Message)
	}
	return nil
}

func (s strict) Enabled(context.Context, slog.Level) bool { return true }

func strictLog(t testing.TB) *slog.Logger { return slog.New(strict{slog.DiscardHandler, t}) }

// drain runs the evaluator until it has come to the end of the log and stops it
// there.
func drain(t testing.TB, c Config) *Evaluator {
	t.Helper()
	c.Logger = strictLog(t)
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l := c.Log.(*memLog)
	l.mu.Lock()
	l.drained = cancel
	l.mu.Unlock()
	if err := e.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Run: %v, want canceled", err)
	}
	return e
}

// play judges a field's log over a real store.
func (f *field) play(d *fengsui.District, models ...Model) []fengsui.Finding {
	f.t.Helper()
	out := &found{}
	drain(f.t, Config{DB: openStore(f.t), Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: models})
	return out.list
}

// told is a finding as a test names it.
type told struct {
	after   fengsui.Millis // of the finding's Learnt, since t0
	subject fengsui.Subject
	rung    string
	level   fengsui.Level
}

func check(t *testing.T, list []fengsui.Finding, want ...told) {
	t.Helper()
	var got []told
	for _, f := range list {
		got = append(got, told{f.Learnt - t0, f.Subject, f.Rung, f.Level})
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("finding %d is missing: want %+v", i, want[i])
		case i >= len(want):
			t.Errorf("finding %d is too many: %+v", i, got[i])
		case got[i] != want[i]:
			t.Errorf("finding %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func scanInt(t testing.TB, db *store.DB, query string) (n int64) {
	t.Helper()
	err := db.View(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query).Scan(&n) })
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
	return n
}
