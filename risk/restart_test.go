package risk

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// randomLog is a life: samples good and bad, in and out of order, late ones,
// presences, events and positions, gaps and a clock that is set.
func randomLog(t testing.TB, r *rand.Rand, steps int) *field {
	f := newField(t)
	level := []float64{5, 5, 5, 5, 5, 5}
	for range steps {
		switch k := r.IntN(100); {
		case k < 55:
			var s []fengsui.Sample
			for range 1 + r.IntN(6) {
				p := 1 + r.IntN(5)
				level[p] += (r.Float64() - 0.5) * 4
				level[p] = max(0, min(12, level[p]))
				x := fengsui.Sample{Point: int64(p), At: f.now - fengsui.Millis(r.IntN(30_000)), Value: level[p]}
				if r.IntN(12) == 0 {
					x.Quality = []fengsui.Quality{fengsui.Bad, fengsui.OutOfRange, fengsui.WrongClock, fengsui.Uncertain}[r.IntN(4)]
				}
				if r.IntN(8) == 0 {
					x.At -= 10*minute + fengsui.Millis(r.IntN(600_000))
				}
				s = append(s, x)
			}
			f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: []int64{0, 8, 9}[r.IntN(3)], Resent: r.IntN(15) == 0,
				ClockOffset: fengsui.Span(r.IntN(3) * 2000), Block: fengsui.AppendSamples(nil, s)})
		case k < 60:
			f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 9, Presences: []fengsui.Presence{{Device: []int64{0, 8, 9}[r.IntN(3)], At: f.now, Online: r.IntN(2) == 0}}})
		case k < 66:
			rec := fengsui.Record{Received: f.now, Enterprise: 1, Device: []int64{8, 9}[r.IntN(2)], Resent: r.IntN(8) == 0}
			for range r.IntN(4) {
				e := fengsui.Event{Code: []string{"fatigue", "abnormal_driving/fatigue", "emergency", "x"}[r.IntN(4)], At: f.now - fengsui.Millis(r.IntN(20_000)), On: r.IntN(3) > 0}
				if r.IntN(4) == 0 {
					e.Point = int64(1 + r.IntN(5))
				}
				if r.IntN(8) == 0 {
					e.At -= 11 * minute
				}
				rec.Events = append(rec.Events, e)
			}
			for range r.IntN(3) {
				rec.Positions = append(rec.Positions, fengsui.Position{Device: rec.Device, At: f.now - fengsui.Millis(r.IntN(20_000)) - fengsui.Millis(r.IntN(8)/7)*11*minute,
					Lon: 117 + float64(r.IntN(100))/1e4, Lat: 39 + float64(r.IntN(100))/1e4, Altitude: float64(r.IntN(30)), Speed: float64(r.IntN(160)), Heading: float64(r.IntN(360)), Fix: r.IntN(6) > 0, Extra: []byte{1}})
			}
			f.put(rec)
		case k < 68:
			f.gap(fengsui.Millis(6000 + r.IntN(60_000)))
		case k < 69:
			f.now -= fengsui.Millis(r.IntN(20_000))
			f.tick()
		default:
			f.pass(fengsui.Millis(1+r.IntN(8)) * sec)
		}
	}
	f.pass(2 * minute)
	return f
}

func randomModels() []Model {
	return []Model{
		bare(Ladder, func(m *Model) { m.Ladder[2].Hold, m.Off, m.Evidence = 4000, 5000, 4 }),
		bare(Ladder, func(m *Model) { m.ID, m.DeadBand.Percent, m.Evidence = "plain", 0, 0 }),
		bare(Silence, func(m *Model) { m.Every = fengsui.Span(10 * sec) }),
		bare(Pace, func(m *Model) { m.Every, m.Off = 5000, 10_000 }),
		eventModel(func(m *Model) { m.Ladder[0].Hold, m.Off, m.Lasts = 3000, 2000, fengsui.Span(40*sec) }),
		eventModel(func(m *Model) { m.ID, m.Scope.Devices = "point_event", false }),
		countModel(func(m *Model) { m.Window, m.Ladder[0].At = fengsui.Span(3*minute), num(1) }),
		speedModel(nil),
		bare(Fenced, func(m *Model) {
			m.Scope.Devices, m.Ladder = true, []Rung{{Name: "H", Level: fengsui.Yellow, At: num(20)}}
		}),
		bare(Silence, func(m *Model) {
			m.ID, m.Scope, m.Every = "offline", Scope{Devices: true}, fengsui.Span(15*sec)
		}),
		rateModel(func(m *Model) { m.Window, m.Evidence = fengsui.Span(40*sec), 2 }),
		bare(Stuck, func(m *Model) { m.Tolerance, m.Ladder = 1, []Rung{on("H", fengsui.Blue, 0.3)} }),
		bare(Relation, func(m *Model) {
			m.Op, m.Window, m.Inputs = Difference, fengsui.Span(20*sec), []Role{{Suffix: "1"}, {Suffix: "2"}}
			m.Ladder = []Rung{{Name: "H", Level: fengsui.Yellow, At: num(2), Hold: 2000}}
		}),
		entriesModel(func(m *Model) { m.Window = fengsui.Span(2 * minute) }),
		neighboursModel(func(m *Model) {
			m.Scope, m.Of.Rungs = Scope{Quantities: []fengsui.Quantity{fengsui.LevelOf}}, limitNames
		}),
		// Weighty enough to move, with a hold time and an off-delay.
		indexModel(func(m *Model) {
			m.Index.Base.Asset, m.Index.Active.Cap, m.Index.Duration.PerHour, m.Index.Repeats.Beyond = "tank", 70, 600, 1
			m.Ladder[1].Hold, m.Off = 3000, 10_000
		}),
	}
}

func randomDistrict() *fengsui.District {
	one, two := keyPoint(1, 10*sec, "d9"), keyPoint(2, 20*sec, "d9")
	one.Asset, two.Asset = "tank", "tank"
	d := testDistrict(one, two, keyPoint(3, 0, "d8"), keyPoint(4, 10*sec, ""), levelPoint(5))
	d.Devices["d9"].Asset = "tank"
	return d.WithFences([]*fengsui.Fence{{ID: "f", Code: "F", Rule: fengsui.KeepOut, Centre: [2]float64{117.005, 39.005}, Radius: 300}}, nil)
}

// Whatever is stopped or killed when - before a commit, after it, half-way through
// a checkpoint - the findings are those of an unbroken run, to the last sample of
// evidence, each once (DESIGN §5.1).
func TestRestart(t *testing.T) {
	d := randomDistrict()
	silent := map[string]bool{} // models that found nothing
	for _, m := range randomModels() {
		silent[m.ID] = true
	}
	for seed := range uint64(3) {
		f := randomLog(t, rand.New(rand.NewPCG(seed, 1)), 150)
		c := Config{Log: f.log, District: func() *fengsui.District { return d }, Models: randomModels()}

		whole := &found{}
		c.DB, c.Apply = openQuick(t), whole.apply
		stats := drain(t, c).Stats()
		late := 0
		for _, x := range whole.list {
			if x.Late {
				late++
			}
			delete(silent, x.Model)
		}
		if len(whole.list) < 20 || late == 0 || stats.Late == 0 {
			t.Fatalf("seed %d: %d findings, %d late: the run shows nothing", seed, len(whole.list), late)
		}

		for name, odds := range map[string]struct{ kill, begin, end int }{ // one in so many
			"killed after every commit":       {1, 20, 1},
			"killed at random":                {7, 10, 4},
			"checkpoints seldom completed":    {5, 4, 12},
			"no checkpoint at all":            {12, 1 << 30, 1},
			"a checkpoint after every record": {7, 1, 1},
		} {
			r := rand.New(rand.NewPCG(seed, 2))
			out := &found{}
			c.DB, c.Apply = openQuick(t), out.apply
			kills, half, muted := 0, 0, 0
			e := reopen(t, c)
			next := func() {
				b, err := f.log.Reader(e.place).Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				e.take(b)
			}
			kill := func() {
				kills++
				if e.under != nil {
					half++
				}
				e = reopen(t, c)
				for e.place.Less(e.replay.until) {
					muted++
					next()
					if len(e.out) > 0 {
						t.Fatalf("seed %d, %s: %+v is concluded again at %v", seed, name, e.out[0], e.place)
					}
				}
			}
			for e.place.Less(f.log.Tail()) {
				next()
				if len(e.out) > 0 {
					if r.IntN(2*odds.kill) == 1 {
						kill() // in the moment before the commit: judged again
						continue
					}
					if err := e.commit(t.Context()); err != nil {
						t.Fatal(err)
					}
					if r.IntN(odds.kill) == 0 {
						kill()
						continue
					}
				}
				switch {
				case e.under == nil && r.IntN(odds.begin) == 0:
					e.snapshot()
					if err := e.part(t.Context(), func(tx *store.Tx) error {
						return e.writeParts(tx, e.under.generation, e.under.shards, e.under.lates)
					}); err != nil {
						t.Fatal(err)
					}
				case e.under != nil && r.IntN(odds.end) == 0:
					e.under.done <- e.part(t.Context(), func(tx *store.Tx) error { return e.flip(tx, e.under) })
					if err := e.collect(true); err != nil {
						t.Fatal(err)
					}
				}
				if r.IntN(20*odds.kill) == 0 {
					kill()
				}
			}
			if kills < 3 || muted < 10 || odds.begin < 1<<30 && half == 0 {
				t.Errorf("seed %d, %s: %d kills, %d during a checkpoint, %d records judged mutely: that shows nothing", seed, name, kills, half, muted)
			}
			if out.repeats > 0 {
				t.Errorf("seed %d, %s: %d findings came twice", seed, name, out.repeats)
			}
			for i := range max(len(out.list), len(whole.list)) {
				switch {
				case i >= len(out.list):
					t.Fatalf("seed %d, %s: missing %+v", seed, name, whole.list[i])
				case i >= len(whole.list):
					t.Fatalf("seed %d, %s: too many %+v", seed, name, out.list[i])
				case !reflect.DeepEqual(out.list[i], whole.list[i]):
					t.Fatalf("seed %d, %s: finding %d is\n%+v, want\n%+v", seed, name, i, out.list[i], whole.list[i])
				}
			}
		}
	}
	if len(silent) > 0 {
		t.Errorf("the models %v found nothing: the runs do not show them", slices.Sorted(maps.Keys(silent)))
	}
}

// What is saved is what is held, and what is judged again mutely is what was
// judged: an evaluator that is stopped after every record, and one that is killed
// after every record and never wrote a checkpoint, have the very state of one that
// was neither.
func TestStateIsWhole(t *testing.T) {
	d := randomDistrict()
	for seed := range uint64(2) {
		f := randomLog(t, rand.New(rand.NewPCG(seed, 3)), 80)
		c := Config{Log: f.log, District: func() *fengsui.District { return d }, Models: randomModels()}
		open := func() Config {
			c.DB, c.Apply = openQuick(t), new(found).apply
			return c
		}
		whole, stopped, killed := reopen(t, open()), open(), open()
		for whole.place.Less(f.log.Tail()) {
			b, err := f.log.Reader(whole.place).Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cut, again := reopen(t, stopped), reopen(t, killed)
			for _, old := range f.log.batches[:b.Seq-1] {
				again.take(old)
			}
			for _, e := range []*Evaluator{whole, cut, again} {
				e.take(b)
				if err := e.commit(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := cut.save(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, e := range []*Evaluator{cut, again} {
				for k := range shards {
					if got, want := e.appendState(nil, k), whole.appendState(nil, k); !bytes.Equal(got, want) {
						t.Fatalf("seed %d, record %d, shard %d: state\n%x, want\n%x", seed, b.Seq, k, got, want)
					}
				}
				if got, want := len(e.late), len(whole.late); got != want {
					t.Fatalf("seed %d, record %d: %d late batches, want %d", seed, b.Seq, got, want)
				}
			}
		}
	}
}

// What was told before a crash is what counts, even when the log is judged again
// by another district or other models than it was told by: what is measured now
// is told at the first tick after.
func TestJudgedAgainByOthers(t *testing.T) {
	near := func(h, hh float64) *fengsui.District {
		p := levelPoint(1)
		p.H, p.HH = num(h), num(hh)
		return testDistrict(p)
	}
	ladder := []Model{bare(Ladder, nil)}
	silent := []Model{bare(Silence, func(m *Model) { m.Every = fengsui.Span(10 * sec) })}
	two := testDistrict(keyPoint(1, 10*sec, "d9"), keyPoint(2, 10*sec, "d9"))
	for _, c := range []struct {
		name      string
		value     float64
		before    []Model
		from, to  *fengsui.District
		after     []Model
		was, then []told // seconds are filled in
	}{
		{"as it was", 11.5, ladder, near(10, 11), near(10, 11), ladder, []told{{0, "point/1", "HH", fengsui.Red}}, nil},
		{"wider limits", 11.5, ladder, near(10, 11), near(11.8, 11.9), ladder, []told{{0, "point/1", "HH", fengsui.Red}}, []told{{0, "point/1", "", fengsui.None}}},
		{"narrower limits", 10.5, ladder, near(10, 11), near(9, 10.4), ladder, []told{{0, "point/1", "H", fengsui.Yellow}}, []told{{0, "point/1", "HH", fengsui.Red}}},
		{"nothing was told", 9.5, ladder, near(10, 11), near(8, 9), ladder, nil, []told{{0, "point/1", "HH", fengsui.Red}}},
		{"the point is gone", 11.5, ladder, near(10, 11), testDistrict(), ladder, []told{{0, "point/1", "HH", fengsui.Red}}, []told{{0, "point/1", "", fengsui.None}}},
		{"the model is gone", 11.5, ladder, near(10, 11), near(10, 11), silent, []told{{0, "point/1", "HH", fengsui.Red}}, []told{{0, "point/1", "", fengsui.None}}},
		{"the rung is gone", 11.5, ladder, near(10, 11), near(10, 11), []Model{bare(Ladder, func(m *Model) { m.Ladder = m.Ladder[:3] })},
			[]told{{0, "point/1", "HH", fengsui.Red}}, []told{{0, "point/1", "H", fengsui.Yellow}}},
		{"the rung has another level", 10.5, ladder, near(10, 11), near(10, 11), []Model{bare(Ladder, func(m *Model) { m.Version, m.Ladder[2].Level = 2, fengsui.Orange })},
			[]told{{0, "point/1", "H", fengsui.Yellow}}, []told{{0, "point/1", "H", fengsui.Orange}}},
		{"a silent device has no points any more", 5, silent, two, testDistrict(), silent, []told{{0, "device/9", "offline", fengsui.Yellow}}, []told{{0, "device/9", "", fengsui.None}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			f.send(fengsui.Sample{Point: 1, At: f.now, Value: c.value}, fengsui.Sample{Point: 2, At: f.now, Value: c.value})
			if c.before[0].Kind == Silence {
				f.pass(31 * sec)
			}
			config := func(d *fengsui.District, models []Model, db *store.DB, out *found) Config {
				return Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: models}
			}
			db, was, then := openStore(t), &found{}, &found{}
			e := reopen(t, config(c.from, c.before, db, was))
			for _, b := range f.log.batches {
				e.take(b)
			}
			if err := e.commit(t.Context()); err != nil { // and then it is killed
				t.Fatal(err)
			}
			place := f.now
			f.pass(sec)
			drain(t, config(c.to, c.after, db, then))
			for i := range c.was {
				c.was[i].after = place - t0
			}
			for i := range c.then {
				c.then[i].after = place + sec - t0
			}
			check(t, was.list, c.was...)
			if c.was == nil {
				c.then[0].after = 0 // nothing was applied: the sample itself tells
			}
			check(t, then.list, c.then...)
			if got := scanInt(t, db, `SELECT COUNT(*) FROM risk_told`); got != 0 {
				t.Errorf("%d rows of what was told are left after a stop, want 0", got)
			}
		})
	}
}

// A release that gives a rung another level, and a crash before the next checkpoint:
// what stands there is told anew, whether the checkpoint was before or behind it.
func TestReleaseThenCrash(t *testing.T) {
	next := []Model{bare(Ladder, func(m *Model) { m.Version, m.Ladder[2].Level = 2, fengsui.Orange })}
	for _, saved := range []bool{false, true} {
		f := newField(t)
		f.say(1, 10.5)
		f.pass(sec)
		d, out := testDistrict(levelPoint(1)), &found{}
		c := Config{DB: openStore(t), Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}}
		e := reopen(t, c)
		for _, b := range f.log.batches {
			e.take(b)
		}
		if err := e.commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if saved {
			if err := e.save(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c.Models = next // and it is killed: the release is in the store, no state behind it
		f.pass(2 * sec)
		drain(t, c)
		f.pass(sec)
		drain(t, c)
		check(t, out.list, told{0, "point/1", "H", fengsui.Yellow}, told{2 * sec, "point/1", "H", fengsui.Orange})
		if got := out.list[len(out.list)-1].Version; got != 2 {
			t.Errorf("told by version %d, want 2", got)
		}
	}
}

func reopen(t testing.TB, c Config) *Evaluator {
	t.Helper()
	c.Logger = strictLog(t)
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return e
}

// While findings cannot be written evaluation waits with its place unmoved, and
// goes on by itself.
func TestStoreError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newField(t)
		f.series(1, sec, 9, 10.5, 11.5, 9)
		d := testDistrict(levelPoint(1))
		db := openStore(t)
		down := true
		out := &found{fail: func() error {
			if down {
				return fengsui.Errorf(fengsui.Unavailable, "store_away", "away")
			}
			return nil
		}}
		e, err := New(Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		out.mu.Lock()
		calls, got := out.calls, len(out.list)
		down = false
		out.mu.Unlock()
		if calls < 5 || got != 0 {
			t.Errorf("%d tries, %d findings while the store was away", calls, got)
		}
		if seq := scanInt(t, db, `SELECT seq FROM risk_place`); seq != 0 {
			t.Errorf("the place moved to %d", seq)
		}
		if got := f.log.passed; got.Seq != 0 {
			t.Errorf("the log was told that %v is passed", got)
		}
		if samples, behind := e.Lag(); samples == 0 || behind < 0 {
			t.Errorf("lag is %d samples, %v while waiting", samples, behind)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		check(t, out.list, told{sec, "point/1", "H", fengsui.Yellow}, told{2 * sec, "point/1", "HH", fengsui.Red}, told{3 * sec, "point/1", "", fengsui.None})
		// Findings and their place do not wait for the state: that is saved by the
		// next record that comes 5 s later, or on leaving.
		if got := scanInt(t, db, `SELECT applied_seq FROM risk_place`); got < 7 {
			t.Errorf("findings are applied up to %d, want at least 7", got)
		}
		if samples, _ := e.Lag(); samples != 0 {
			t.Errorf("lag is %d samples at the end of the log", samples)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		if got, want := scanInt(t, db, `SELECT seq FROM risk_place`), int64(f.log.Tail().Seq); got != want {
			t.Errorf("after a stop the place is %d, want %d", got, want)
		}
	})
}

// The database locked by someone else for a minute.
func TestStoreLocked(t *testing.T) {
	dir := t.TempDir()
	f := newField(t)
	f.series(1, sec, 9, 11.5)
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(dir, "fengsui.db")
		db, err := store.Open(t.Context(), path, Tables(), foundTables)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		lock, err := other.Begin()
		if err != nil {
			t.Fatal(err)
		}
		d, out := testDistrict(levelPoint(1)), &found{}
		e, err := New(Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		time.Sleep(time.Minute)
		if _, ok := e.Latest(1); ok {
			t.Error("it judged without holding the partition")
		}
		if err := lock.Rollback(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		out.mu.Lock()
		check(t, out.list, told{sec, "point/1", "HH", fengsui.Red})
		out.mu.Unlock()
		cancel()
		<-done
	})
}

// A log that cannot be read is read again from the place reached.
func TestLogError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newField(t)
		f.series(1, sec, 11.5, 5)
		d, out := testDistrict(levelPoint(1)), &found{}
		e, err := New(Config{DB: openStore(t), Log: &brokenLog{memLog: f.log}, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		check(t, out.list, told{0, "point/1", "HH", fengsui.Red}, told{sec, "point/1", "", fengsui.None})
		cancel()
		<-done
	})
}

// brokenLog gives each reader one batch and then an error, until the end.
type brokenLog struct{ *memLog }

func (l *brokenLog) Reader(from fengsui.Place) Reader {
	return &brokenReader{memReader: memReader{log: l.memLog, at: from}}
}

type brokenReader struct {
	memReader
	given bool
}

func (r *brokenReader) Next(ctx context.Context) (Batch, error) {
	if r.given && r.at.Less(r.log.Tail()) {
		return Batch{}, errors.New("the log is away")
	}
	r.given = true
	return r.memReader.Next(ctx)
}

// A log without the records that come next stops the evaluator: nothing is passed
// over.
func TestLogGap(t *testing.T) {
	d := testDistrict(levelPoint(1))
	e, err := New(Config{DB: openStore(t), Log: goneLog{newMemLog()}, District: func() *fengsui.District { return d }, Apply: new(found).apply, Models: []Model{bare(Ladder, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context()); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("Run: %v, want the log's not_found", err)
	}
}

type goneLog struct{ *memLog }

func (goneLog) Reader(fengsui.Place) Reader { return goneReader{} }

type goneReader struct{}

func (goneReader) Next(context.Context) (Batch, error) {
	return Batch{}, fengsui.Errorf(fengsui.NotFound, "log_gap", "gone")
}
func (goneReader) Close() {}

// New refuses what cannot work.
func TestNewRefuses(t *testing.T) {
	good := Config{DB: openStore(t), Log: newMemLog(), District: func() *fengsui.District { return testDistrict() }, Apply: new(found).apply, Models: []Model{bare(Ladder, nil)}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Config){
		"no store":    func(c *Config) { c.DB = nil },
		"no log":      func(c *Config) { c.Log = nil },
		"no district": func(c *Config) { c.District = nil },
		"no taker":    func(c *Config) { c.Apply = nil },
		"no model":    func(c *Config) { c.Models = nil },
		"two alike":   func(c *Config) { c.Models = append(c.Models, c.Models...) },
		"a bad model": func(c *Config) { c.Models = []Model{{ID: "x"}} },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: New takes it", name)
		}
	}
}

// Who lost the partition commits nothing more and stops.
func TestLost(t *testing.T) {
	f := newField(t)
	f.say(1, 11.5)
	d, out, db := testDistrict(levelPoint(1)), &found{}, openStore(t)
	c := Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}}
	old := reopen(t, c)
	for range 2 {
		b, err := f.log.Reader(old.place).Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		old.take(b)
	}
	drain(t, c)
	check(t, out.list, told{0, "point/1", "HH", fengsui.Red})
	out.calls = 0
	if err := old.commit(t.Context()); !errors.Is(err, ErrLost) {
		t.Errorf("the former holder's commit: %v, want ErrLost", err)
	}
	if out.calls != 0 {
		t.Error("the former holder's findings were applied")
	}
	before := scanInt(t, db, `SELECT generation FROM risk_place`)
	old.snapshot()
	if err := old.write(t.Context(), old.under); !errors.Is(err, ErrLost) {
		t.Errorf("the former holder's checkpoint: %v, want ErrLost", err)
	}
	if got := scanInt(t, db, `SELECT generation FROM risk_place`); got != before {
		t.Errorf("the checkpoint that counts is %d, want %d", got, before)
	}
}

// Findings that were known already still move place and state.
func TestRepeatedFindings(t *testing.T) {
	f := newField(t)
	f.say(1, 11.5)
	d, db := testDistrict(levelPoint(1)), openStore(t)
	c := Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Models: []Model{bare(Ladder, nil)}}
	c.Apply = func(ctx context.Context, tx *store.Tx, list []fengsui.Finding) error {
		_, err := tx.Exec(`INSERT INTO found (key) VALUES ($1)`, list[0].Key()) // a machine column, no record
		return err
	}
	drain(t, c)
	if got, want := scanInt(t, db, `SELECT seq FROM risk_place`), int64(f.log.Tail().Seq); got != want {
		t.Errorf("the place is %d, want %d", got, want)
	}
	if got := scanInt(t, db, `SELECT COUNT(*) FROM found`); got != 1 {
		t.Errorf("what Apply wrote is there %d times, want once", got)
	}
	if got := scanInt(t, db, `SELECT COUNT(*) FROM journal WHERE act = 'repeated'`); got != 1 {
		t.Errorf("%d journal rows, want 1", got)
	}
}

// Without findings the place is saved every five seconds, not more often.
func TestCheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newField(t)
		d, db, out := testDistrict(levelPoint(1)), openStore(t), &found{}
		e, err := New(Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			f.say(1, 5)
			b, err := f.log.Reader(e.place).Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			e.take(b)
		}
		// The loop's own rule, with a reader that is fed once a second.
		ctx, cancel := context.WithCancel(t.Context())
		run := make(chan error, 1)
		slow := &slowLog{memLog: f.log}
		e.c.Log = slow
		go func() { run <- e.Run(ctx) }()
		time.Sleep(12 * time.Second)
		synctest.Wait()
		cancel()
		<-run
		if got := len(slow.marks); got < 3 || got > 4 {
			t.Errorf("the place was saved %d times in 12 s, want 3: at the start and every 5 s", got)
		}
	})
}

// slowLog gives one batch a second.
type slowLog struct {
	*memLog
	marks []fengsui.Place
}

func (l *slowLog) Passed(_ string, p fengsui.Place) { l.marks = append(l.marks, p) }
func (l *slowLog) Reader(from fengsui.Place) Reader { return &slowReader{l.memLog.Reader(from)} }

type slowReader struct{ Reader }

func (r *slowReader) Next(ctx context.Context) (Batch, error) {
	if err := pause(ctx, time.Second); err != nil {
		return Batch{}, err
	}
	return r.Reader.Next(ctx)
}

// A point whose limits change is judged by the new ones from its next sample; one
// that nobody judges any more is told to have returned; one that comes is judged.
func TestDistrictChanges(t *testing.T) {
	wide := levelPoint(1)
	wide.H, wide.HH = num(11.8), num(11.9)
	bare1 := levelPoint(1)
	bare1.LL, bare1.L, bare1.H, bare1.HH = nil, nil, nil, nil
	f := newField(t)
	out, db := &found{}, openStore(t)
	d := testDistrict(levelPoint(1))
	c := Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}}
	step := func(next *fengsui.District, v float64) {
		d = next
		f.say(1, v)
		f.say(2, v)
		f.pass(sec)
		drain(t, c)
	}
	normal := testDistrict(levelPoint(1))
	step(normal, 11.2)
	step(testDistrict(wide), 11.2)
	step(normal, 10.5)
	step(testDistrict(bare1), 10.5)
	step(normal, 11.5)
	step(testDistrict(), 10.5)
	step(testDistrict(levelPoint(2)), 10.5)
	onlyH := levelPoint(2)
	onlyH.HH = nil
	step(testDistrict(levelPoint(2)), 11.5)
	step(testDistrict(onlyH), 11.5)
	var got []string
	for _, x := range out.list {
		got = append(got, fmt.Sprintf("%d %s %s", (x.Learnt-t0)/sec, x.Subject, x.Rung))
	}
	want := []string{
		"0 point/1 HH",
		"1 point/1 ", // wide limits
		"2 point/1 H",
		"4 point/1 ", // no limits: at the tick
		"4 point/1 HH",
		"6 point/1 ", // no point
		"6 point/2 H",
		"7 point/2 HH",
		"9 point/2 H", // no HH: at the tick
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
}

// The same while the evaluator runs: a new snapshot counts from the next record,
// one that says the same changes nothing.
func TestSnapshot(t *testing.T) {
	d := testDistrict(levelPoint(1))
	e := newJudge(0, []Model{bare(Ladder, nil), bare(Silence, nil)}, d, strictLog(t))
	f := newField(t)
	n := 0
	judge := func() {
		e.use(d)
		for _, b := range f.log.batches[n:] {
			e.take(b)
		}
		n = len(f.log.batches)
	}
	f.series(1, sec, 10.5)
	judge()
	d = testDistrict(levelPoint(1))
	f.series(1, sec, 10.5)
	judge()
	low := levelPoint(1)
	low.HH = num(10.4)
	d = testDistrict(low)
	f.series(1, sec, 10.5)
	judge()
	low = keyPoint(1, 10*sec, "")
	low.HH = num(10.4)
	d = testDistrict(low)
	f.pass(minute)
	judge()
	check(t, e.out, told{0, "point/1", "H", fengsui.Yellow}, told{2 * sec, "point/1", "HH", fengsui.Red}, told{33 * sec, "point/1", "offline", fengsui.Yellow})
}

// A tick that says many things says the worst first.
func TestWorstFirst(t *testing.T) {
	hold := bare(Ladder, func(m *Model) {
		for i := range m.Ladder {
			m.Ladder[i].Hold = 5000
		}
	})
	f := newField(t)
	f.send(fengsui.Sample{Point: 1, At: f.now, Value: 10.5}, fengsui.Sample{Point: 2, At: f.now, Value: 0.5}, fengsui.Sample{Point: 3, At: f.now, Value: 11.5}, fengsui.Sample{Point: 4, At: f.now, Value: 10.5})
	f.pass(6 * sec)
	check(t, f.play(testDistrict(levelPoint(1), levelPoint(2), levelPoint(3), levelPoint(4)), hold),
		told{5 * sec, "point/3", "HH", fengsui.Red}, told{5 * sec, "point/2", "LL", fengsui.Orange},
		told{5 * sec, "point/1", "H", fengsui.Yellow}, told{5 * sec, "point/4", "H", fengsui.Yellow})
}
