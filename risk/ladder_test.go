package risk

import (
	"log/slog"
	"testing"

	"fengsui"
)

// One value a second on a level of 0..12 m with L 2, LL 1, H 10, HH 11 and a dead
// band of 2 % (0.24 m). A04, A18; REQUIREMENTS: exactly at the limit is no breach.
func TestLadder(t *testing.T) {
	none, yellow, orange, red := fengsui.None, fengsui.Yellow, fengsui.Orange, fengsui.Red
	type step struct {
		second int
		rung   string
		level  fengsui.Level
	}
	for _, c := range []struct {
		name   string
		set    func(*Model)
		values []float64
		want   []step
	}{
		{"exactly at the limit", nil, []float64{9, 10, 10, 2, 1.9999}, []step{{4, "L", yellow}}},
		{"exactly at the other limit while in alarm", nil, []float64{10.5, 2, 5}, []step{{0, "H", yellow}, {1, "", none}}},
		// risk-models §6, with the strict limit: 10.0 is no breach.
		{"dead band", nil, []float64{9.9, 10.0, 9.9, 9.8, 10.1, 9.75}, []step{{4, "H", yellow}, {5, "", none}}},
		{"return exactly at the dead band", nil, []float64{10.1, 9.7601, 9.76}, []step{{0, "H", yellow}, {2, "", none}}},
		{"inside the dead band nothing happens", nil, []float64{10.1, 9.9, 10.1, 9.8, 10.5}, []step{{0, "H", yellow}}},
		{"HH, H, normal", nil, []float64{9, 10.5, 11.2, 11, 10.8, 10.76, 10.1, 9.7}, []step{{1, "H", yellow}, {2, "HH", red}, {5, "H", yellow}, {7, "", none}}},
		{"straight to HH and back", nil, []float64{9, 11.5, 9}, []step{{1, "HH", red}, {2, "", none}}},
		{"LL, L, normal", nil, []float64{3, 0.9, 1.2, 1.24, 2.1, 2.24}, []step{{1, "LL", orange}, {3, "L", yellow}, {5, "", none}}},
		{"one side to the other", nil, []float64{10.5, 1.5, 5}, []step{{0, "H", yellow}, {1, "L", yellow}, {2, "", none}}},
		{"hold time", func(m *Model) { m.Ladder[2].Hold = 3000 }, []float64{9, 10.1, 10.1, 10.1, 10.1, 10.1, 9},
			[]step{{4, "H", yellow}, {6, "", none}}},
		{"hold time broken by a dip", func(m *Model) { m.Ladder[2].Hold = 3000 }, []float64{10.1, 10.1, 10, 10.1, 10.1, 9, 9}, nil},
		{"hold time of H does not delay HH", func(m *Model) { m.Ladder[2].Hold = 3000 }, []float64{9, 11.5, 11.5, 10.5, 10.5},
			[]step{{1, "HH", red}, {3, "", none}, {4, "H", yellow}}},
		{"off-delay", func(m *Model) { m.Off = 3000 }, []float64{10.1, 9, 9, 9, 9, 9}, []step{{0, "H", yellow}, {4, "", none}}},
		{"off-delay broken", func(m *Model) { m.Off = 3000 }, []float64{10.1, 9, 9, 9.9, 9, 9, 9, 9}, []step{{0, "H", yellow}, {7, "", none}}},
		{"off-delay rung by rung", func(m *Model) { m.Off = 2000 }, []float64{11.5, 10.5, 10.5, 10.5, 9, 9, 9}, []step{{0, "HH", red}, {3, "H", yellow}, {6, "", none}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			f.series(1, sec, c.values...)
			var want []told
			for _, s := range c.want {
				want = append(want, told{fengsui.Millis(s.second) * sec, "point/1", s.rung, s.level})
			}
			check(t, f.play(testDistrict(levelPoint(1)), bare(Ladder, c.set)), want...)
		})
	}
}

// A hold time runs on by the ticks when the device says nothing more, and by the
// samples' own time when it sends many at once.
func TestHoldWithoutSamples(t *testing.T) {
	model := bare(Ladder, func(m *Model) { m.Ladder[2].Hold = fengsui.Span(60 * sec) })
	f := newField(t)
	f.pass(5 * sec)
	f.say(1, 10.5)
	f.pass(120 * sec)
	list := f.play(testDistrict(levelPoint(1)), model)
	check(t, list, told{65 * sec, "point/1", "H", fengsui.Yellow})
	if got, want := list[0].At, t0+65*sec; got != want {
		t.Errorf("it was so at %d, want %d", got-t0, want-t0)
	}

	f = newField(t)
	f.pass(300 * sec)
	var batch []fengsui.Sample
	for i := range 5 {
		batch = append(batch, fengsui.Sample{Point: 1, At: f.now - 240*sec + fengsui.Millis(i)*30*sec, Value: 10.5})
	}
	f.send(append(batch, fengsui.Sample{Point: 1, At: f.now, Value: 9})...)
	f.pass(2 * sec)
	list = f.play(testDistrict(levelPoint(1)), model)
	// One finding a place: the rise with the record, what stands with the tick.
	check(t, list, told{300 * sec, "point/1", "H", fengsui.Yellow}, told{301 * sec, "point/1", "", fengsui.None})
	if got, want := list[0].At, t0+120*sec; got != want {
		t.Errorf("it was so at %d, want %d", got-t0, want-t0)
	}
}

// Two signals in one record, even in one millisecond: the highest level is told,
// then what stands.
func TestOneFindingAPlace(t *testing.T) {
	f := newField(t)
	f.pass(sec)
	at := f.now
	f.send(fengsui.Sample{Point: 1, At: at, Value: 10.5}, fengsui.Sample{Point: 1, At: at, Value: 11.5}, fengsui.Sample{Point: 1, At: at, Value: 10.5},
		fengsui.Sample{Point: 2, At: at, Value: 0.5})
	f.pass(2 * sec)
	list := f.play(testDistrict(levelPoint(1), levelPoint(2)), bare(Ladder, nil))
	check(t, list, told{sec, "point/1", "HH", fengsui.Red}, told{sec, "point/2", "LL", fengsui.Orange}, told{2 * sec, "point/1", "H", fengsui.Yellow})
	if got := list[0].Value; got != 11.5 {
		t.Errorf("the finding's value is %g, want 11.5", got)
	}
	seen := map[string]bool{}
	for _, x := range list {
		if seen[x.Key()] {
			t.Errorf("two findings are called %s", x.Key())
		}
		seen[x.Key()] = true
	}
}

// Samples of one record are judged in the order of their own time.
func TestOwnTimeOrder(t *testing.T) {
	f := newField(t)
	f.pass(10 * sec)
	f.send(fengsui.Sample{Point: 1, At: f.now, Value: 9}, fengsui.Sample{Point: 1, At: f.now - sec, Value: 11.5})
	f.pass(2 * sec)
	list := f.play(testDistrict(levelPoint(1)), bare(Ladder, nil))
	check(t, list, told{10 * sec, "point/1", "HH", fengsui.Red}, told{11 * sec, "point/1", "", fengsui.None})
}

// Bad and out-of-range samples are neither an alarm nor normal.
func TestBadQuality(t *testing.T) {
	bad := func(f *field, v float64, q fengsui.Quality) {
		f.send(fengsui.Sample{Point: 1, At: f.now, Value: v, Quality: q})
		f.pass(sec)
	}
	for _, q := range []fengsui.Quality{fengsui.Bad, fengsui.OutOfRange, fengsui.Bad | fengsui.OutOfRange} {
		f := newField(t)
		bad(f, 11.5, q)
		f.series(1, sec, 10.5)
		bad(f, 5, q)
		bad(f, 11.5, q)
		f.series(1, sec, 9)
		check(t, f.play(testDistrict(levelPoint(1)), bare(Ladder, nil)),
			told{sec, "point/1", "H", fengsui.Yellow}, told{4 * sec, "point/1", "", fengsui.None})
	}
	// An uncertain one is a value.
	f := newField(t)
	bad(f, 11.5, fengsui.Uncertain)
	check(t, f.play(testDistrict(levelPoint(1)), bare(Ladder, nil)), told{0, "point/1", "HH", fengsui.Red})
	// A return that was about to be does not complete over a failed sensor.
	f = newField(t)
	f.series(1, sec, 10.5, 9)
	bad(f, 0, fengsui.Bad)
	f.pass(30 * sec)
	check(t, f.play(testDistrict(levelPoint(1)), bare(Ladder, func(m *Model) { m.Off = fengsui.Span(5 * sec) })), told{0, "point/1", "H", fengsui.Yellow})
	// An alarm that was about to be does.
	f = newField(t)
	f.series(1, sec, 10.5)
	bad(f, 0, fengsui.Bad)
	f.pass(30 * sec)
	check(t, f.play(testDistrict(levelPoint(1)), bare(Ladder, func(m *Model) { m.Ladder[2].Hold = fengsui.Span(5 * sec) })), told{5 * sec, "point/1", "H", fengsui.Yellow})
}

// A finding says what it rests on (A18): model, version, rung, value, limit and
// the samples.
func TestEvidence(t *testing.T) {
	f := newField(t)
	f.series(1, sec, 7, 8, 9, 10.5)
	list := f.play(testDistrict(levelPoint(1)), bare(Ladder, func(m *Model) { m.Evidence, m.Version, m.Sector = 3, 4, "hazchem" }))
	if len(list) != 1 {
		t.Fatalf("%d findings, want 1", len(list))
	}
	x := list[0]
	if x.Model != "ladder" || x.Version != 4 || x.Sector != "hazchem" || x.Rung != "H" || x.Value != 10.5 || x.Limit != 10 || x.Unit != "m" || x.Enterprise != 1 || x.Late {
		t.Errorf("the finding is %+v", x)
	}
	var got []float64
	for _, s := range x.Evidence {
		got = append(got, s.Value)
	}
	if len(got) != 3 || got[0] != 8 || got[1] != 9 || got[2] != 10.5 {
		t.Errorf("the evidence is %v, want [8 9 10.5]", got)
	}
}

// Evidence is in own time order whatever came first.
func TestEvidenceOrder(t *testing.T) {
	f := newField(t)
	f.pass(minute)
	f.send(fengsui.Sample{Point: 1, At: f.now, Value: 9})
	f.send(fengsui.Sample{Point: 1, At: f.now - 30*sec, Value: 10.5})
	list := f.play(testDistrict(levelPoint(1)), bare(Ladder, nil))
	if len(list) != 1 || len(list[0].Evidence) != 2 || list[0].Evidence[0].Value != 10.5 || list[0].Value != 10.5 {
		t.Errorf("findings %+v, want one with the earlier sample first", list)
	}
}

// A record that cannot be read is counted and left out; a batch that comes again
// says nothing new.
func TestBadAndRepeatedRecords(t *testing.T) {
	d := testDistrict(levelPoint(1))
	e := newJudge(0, []Model{bare(Ladder, nil)}, d, slog.New(slog.DiscardHandler))
	f := newField(t)
	f.say(1, 11.5)
	f.say(2, 11.5) // the district does not know it
	good := f.log.batches[1].Records[0]
	cut := fengsui.AppendRecord(nil, &fengsui.Record{Received: f.now, Enterprise: 1, Block: []byte{10, 200}})
	batch := Batch{Seq: 1, Records: [][]byte{{1, 2, 3}, f.log.batches[0].Records[0], cut, good, nil, f.log.batches[2].Records[0]}}
	e.take(batch)
	e.take(batch)
	check(t, e.out, told{0, "point/1", "HH", fengsui.Red})
	if got, want := e.out[0].Place, (fengsui.Place{Seq: 1, Index: 3}); got != want {
		t.Errorf("the finding's place is %v, want %v", got, want)
	}
	if got, want := e.Stats(), (Stats{Records: 2, Samples: 2, Unknown: 1, Bad: 3}); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}

// The platform's clock set back or forward makes no alarm and delays none by more
// than the jump's own moment.
func TestClockSet(t *testing.T) {
	for _, jump := range []fengsui.Millis{-3600 * sec, 3600 * sec} {
		f := newField(t)
		f.say(1, 10.5)
		f.pass(5 * sec)
		f.now += jump
		at := f.now - t0
		f.pass(10 * sec)
		list := f.play(testDistrict(levelPoint(1)), bare(Ladder, func(m *Model) { m.Ladder[2].Hold = fengsui.Span(8 * sec) }))
		// Five seconds before and three after; the second of the jump is not counted.
		check(t, list, told{at + 4*sec, "point/1", "H", fengsui.Yellow})
	}
}
