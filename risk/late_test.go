package risk

import (
	"context"
	"testing"

	"fengsui"
)

// backlog is what a gateway kept while its link was cut: one sample a minute.
func backlog(end fengsui.Millis, point int64, values ...float64) []fengsui.Sample {
	var list []fengsui.Sample
	for i, v := range values {
		list = append(list, fengsui.Sample{Point: point, At: end - fengsui.Millis(len(values)-1-i)*minute, Value: v})
	}
	return list
}

// DESIGN §5.2: late data is judged 30 s after the last of it, and becomes one late
// finding at the highest level; the condition as it stands now follows.
func TestLate(t *testing.T) {
	d := testDistrict(levelPoint(1))
	f := newField(t)
	f.pass(60 * minute)
	f.say(1, 5) // the live value is back first
	f.pass(sec)
	f.send(backlog(f.now-20*minute, 1, 5, 10.5, 11.5, 10.5, 5)...)
	sent := f.now
	f.pass(2 * minute)
	list := f.play(d, bare(Ladder, nil))
	check(t, list, told{sent - t0, "point/1", "HH", fengsui.Red}, told{sent - t0 + 31*sec, "point/1", "", fengsui.None})
	x := list[0]
	if !x.Late || x.GapFrom != sent-24*minute || x.GapTo != sent-20*minute || x.At != sent-22*minute || x.Value != 11.5 || x.Limit != 11 || x.Rung != "HH" {
		t.Errorf("the late finding is %+v", x)
	}
	if len(x.Evidence) != 3 || x.Evidence[2].Value != 11.5 {
		t.Errorf("its evidence is %+v", x.Evidence)
	}
	if list[1].Late {
		t.Error("the condition as it stands now is not late")
	}
}

// Late values of a relation's and a formula's inputs are judged together, by own time
// and whatever their order in the batch; what an input of elsewhere was is not known.
func TestLateTogether(t *testing.T) {
	one, two := levelPoint(1), levelPoint(2)
	one.Asset, two.Asset = "tank", "tank"
	d := testDistrict(one, two)
	difference := bare(Relation, func(m *Model) {
		m.Op, m.Window, m.Inputs = Difference, fengsui.Span(2*minute), []Role{{Suffix: "1"}, {Suffix: "2"}}
		m.Ladder = []Rung{on("H", fengsui.Yellow, 1), on("HH", fengsui.Orange, 2)}
	})
	formula := bare(FormulaOf, func(m *Model) {
		m.Window, m.Inputs, m.Ladder = fengsui.Span(2*minute), []Role{{Code: "a", Suffix: "1"}, {Code: "b", Suffix: "2"}}, []Rung{on("H", fengsui.Blue, 3.5)}
		m.Formula = &Formula{Expr: "a - b + 1", Inputs: []Input{{Code: "a", Zh: "甲", En: "a"}, {Code: "b", Zh: "乙", En: "b"}}}
	})
	for _, m := range []*Model{&difference, &formula} {
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
	}
	play := func(late func(end fengsui.Millis) []fengsui.Sample) (list []fengsui.Finding, sent fengsui.Millis) {
		f := newField(t)
		f.send(fengsui.Sample{Point: 1, At: f.now, Value: 5}, fengsui.Sample{Point: 2, At: f.now, Value: 5})
		f.pass(60 * minute)
		sent = f.now
		f.send(late(f.now - 20*minute)...)
		f.pass(2 * minute)
		f.send(fengsui.Sample{Point: 1, At: f.now, Value: 5}, fengsui.Sample{Point: 2, At: f.now, Value: 5})
		f.pass(2 * sec)
		return f.play(d, difference, formula), sent - t0
	}
	list, sent := play(func(end fengsui.Millis) []fengsui.Sample { // 5-5, 8-5, 8-8: only in own-time order
		return append(backlog(end, 2, 5, 5, 8), backlog(end, 1, 5, 8, 8)...)
	})
	// The differences are 0, 3, 0: what stands when the batch ends is told with the next tick.
	check(t, list, told{sent, "point/1", "HH", fengsui.Orange}, told{sent, "point/1", "H", fengsui.Blue},
		told{sent + 31*sec, "point/1", "", fengsui.None}, told{sent + 31*sec, "point/1", "", fengsui.None})
	if len(list) == 0 {
		t.FailNow()
	}
	for _, x := range list[:2] {
		if !x.Late || x.At != t0+sent-21*minute || x.GapTo-x.GapFrom != 2*minute || len(x.Evidence) != 2 || x.Evidence[1].Value != 8 {
			t.Errorf("late, %+v", x)
		}
	}
	if list[0].Model != string(Relation) || list[0].Value != 3 || list[0].Limit != 2 {
		t.Errorf("the difference is %+v, want 3 beyond 2", list[0])
	}
	for name, late := range map[string]func(end fengsui.Millis) []fengsui.Sample{
		"only one of the two": func(end fengsui.Millis) []fengsui.Sample { return backlog(end, 1, 5, 9, 5) },
		"the other too old": func(end fengsui.Millis) []fengsui.Sample {
			return append(backlog(end-10*minute, 2, 5), backlog(end, 1, 9, 9)...)
		},
		"no value": func(end fengsui.Millis) []fengsui.Sample {
			list := append(backlog(end, 1, 9), backlog(end, 2, 5)...)
			list[1].Quality = fengsui.Bad
			return list
		},
	} {
		if list, _ := play(late); len(list) != 0 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// Events that came late are counted by their own time.
func TestLateCount(t *testing.T) {
	model := countModel(func(m *Model) { m.Window, m.Ladder[0].At = fengsui.Span(10*minute), num(2) })
	play := func(apart fengsui.Millis) []fengsui.Finding {
		f := newField(t)
		f.pass(minute)
		rec := fengsui.Record{Received: f.now, Enterprise: 1, Device: 9}
		for i := range fengsui.Millis(3) {
			rec.Events = append(rec.Events, fengsui.Event{Code: "fatigue", At: f.now - 60*minute + i*apart, On: true})
		}
		f.put(rec)
		f.pass(40 * sec)
		return f.play(testDistrict(levelPoint(1)), model)
	}
	list := play(5 * minute)
	if len(list) == 0 || !list[0].Late || list[0].Value != 3 || list[0].Subject != "device/9" || list[0].At != t0-49*minute {
		t.Errorf("three within ten minutes, an hour ago: %+v", list)
	}
	if list := play(6 * minute); len(list) != 0 {
		t.Errorf("three within twelve minutes: %+v", list)
	}
}

// Ten minutes exactly is live; more is late; what is marked as sent again is late
// whatever its time.
func TestWhatIsLate(t *testing.T) {
	d := testDistrict(levelPoint(1))
	for _, c := range []struct {
		name   string
		behind fengsui.Millis
		offset fengsui.Span
		resent bool
		q      fengsui.Quality
		want   bool
	}{
		{"now", 0, 0, false, 0, false},
		{"ten minutes", 10 * minute, 0, false, 0, false},
		{"ten minutes and a bit", 10*minute + 1, 0, false, 0, true},
		{"corrected by the sender's clock", 30 * minute, fengsui.Span(25 * minute), false, 0, false},
		{"late by the sender's clock", 0, -fengsui.Span(11 * minute), false, 0, true},
		{"resent", 0, 0, true, 0, true},
		{"wrong clock is judged by receipt", 48 * 60 * minute, 0, false, fengsui.WrongClock, false},
		{"wrong clock, resent", 48 * 60 * minute, 0, true, fengsui.WrongClock, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newField(t)
			f.pass(sec)
			s := []fengsui.Sample{{Point: 1, At: f.now - c.behind, Value: 11.5, Quality: c.q}}
			f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 9, Resent: c.resent, ClockOffset: c.offset, Block: fengsui.AppendSamples(nil, s)})
			f.pass(40 * sec)
			list := f.play(d, bare(Ladder, nil))
			if len(list) != 1 || list[0].Late != c.want || list[0].Level != fengsui.Red {
				t.Errorf("findings %+v, want one red with late %v", list, c.want)
			}
		})
	}
}

// Late data does not touch the live state, and ends no silence.
func TestLateIsNotLive(t *testing.T) {
	d := testDistrict(keyPoint(1, minute, ""))
	f := newField(t)
	f.pass(60 * minute)
	f.say(1, 10.5)
	f.pass(sec)
	f.send(backlog(f.now-20*minute, 1, 5, 5, 5)...)
	for range 4 {
		f.pass(minute)
		f.send(backlog(f.now-20*minute, 1, 5)...)
	}
	at := 60 * minute
	check(t, f.play(d, bare(Ladder, nil), bare(Silence, nil)),
		told{at, "point/1", "H", fengsui.Yellow}, told{at + 3*minute + sec, "point/1", "offline", fengsui.Yellow})
}

// The link was cut while the tank overfilled, and only the backlog is back: the
// condition is what the end of the backlog says, until a live value comes.
func TestLateWithoutLive(t *testing.T) {
	d := testDistrict(levelPoint(1))
	f := newField(t)
	f.say(1, 9)
	f.pass(60 * minute)
	f.send(backlog(f.now-20*minute, 1, 10.5, 11.5, 10.5)...)
	f.pass(minute)
	sent := 60 * minute
	check(t, f.play(d, bare(Ladder, nil)), told{sent, "point/1", "HH", fengsui.Red}, told{sent + 31*sec, "point/1", "H", fengsui.Yellow})
	f.say(1, 9)
	check(t, f.play(d, bare(Ladder, nil)), told{sent, "point/1", "HH", fengsui.Red}, told{sent + 31*sec, "point/1", "H", fengsui.Yellow},
		told{sent + minute, "point/1", "", fengsui.None})
}

// A batch that goes on and on is judged after ten minutes.
func TestLateLimit(t *testing.T) {
	d := testDistrict(levelPoint(1))
	f := newField(t)
	f.pass(60 * minute)
	for i := range 45 { // every 20 s, 15 minutes
		v := 5.0
		if i == 3 {
			v = 11.5
		}
		f.send(fengsui.Sample{Point: 1, At: f.now - 30*minute, Value: v})
		f.pass(20 * sec)
	}
	f.say(1, 5)
	f.pass(sec)
	list := f.play(d, bare(Ladder, nil))
	if len(list) != 2 || !list[0].Late || list[0].Level != fengsui.Red || list[1].Level != fengsui.None {
		t.Fatalf("findings %+v, want one late red and its return", list)
	}
	if got, want := list[0].Learnt-t0, 70*minute-20*sec; got > 70*minute || got < want {
		t.Errorf("judged with what was learnt at %d, want by the tenth minute", got)
	}
}

// Batches are judged per device, in own-time order across deliveries, with the
// model's hold time; what held when the batch ended goes on holding.
func TestLateOrderAndHold(t *testing.T) {
	d := testDistrict(levelPoint(1), levelPoint(2))
	hold := bare(Ladder, func(m *Model) {
		for i := range m.Ladder {
			m.Ladder[i].Hold = fengsui.Span(2 * minute)
		}
	})
	f := newField(t)
	f.pass(60 * minute)
	f.say(1, 5)
	f.say(2, 5)
	old := backlog(f.now-20*minute, 1, 10.5, 10.5, 10.5, 5)
	f.send(old[2], old[3])
	f.pass(10 * sec)
	f.send(old[1], old[0])
	f.pass(minute)
	list := f.play(d, hold)
	if len(list) != 2 || list[0].Rung != "H" || !list[0].Late || list[0].At != t0+60*minute-21*minute {
		t.Errorf("findings %+v, want a late H after two minutes of it", list)
	}

	f = newField(t)
	f.pass(60 * minute)
	f.say(1, 5)
	f.send(backlog(f.now-20*minute, 1, 10.5, 5, 10.5, 5)...)
	f.pass(minute)
	check(t, f.play(d, hold))

	f = newField(t)
	f.pass(60 * minute)
	f.send(backlog(f.now-20*minute, 1, 5, 10.5)...)
	f.pass(minute)
	list = f.play(d, hold)
	if len(list) != 1 || list[0].Rung != "H" || list[0].At != t0+60*minute-18*minute {
		t.Errorf("findings %+v, want a late H two minutes after the last sample", list)
	}
}

// A batch is not judged at a tick that had a finding about one of its points: a
// subject has one finding a place.
func TestLateWaitsForItsPlace(t *testing.T) {
	d := testDistrict(levelPoint(1))
	hold := bare(Ladder, func(m *Model) { m.Ladder[2].Hold = fengsui.Span(30 * sec) })
	f := newField(t)
	f.pass(60 * minute)
	f.say(1, 10.5)
	f.send(backlog(f.now-20*minute, 1, 5, 11.5, 5)...)
	f.pass(minute)
	list := f.play(d, hold)
	at := 60 * minute
	check(t, list, told{at + 30*sec, "point/1", "H", fengsui.Yellow}, told{at, "point/1", "HH", fengsui.Red}, told{at + 32*sec, "point/1", "H", fengsui.Yellow})
	seen := map[string]bool{}
	for _, x := range list {
		if seen[x.Key()] {
			t.Errorf("two findings are called %s", x.Key())
		}
		seen[x.Key()] = true
	}
}

// What waits is bounded: more than 100,000 samples of a device, or 1,000,000 in
// all, are judged at the next tick.
func TestLateBounds(t *testing.T) {
	d := testDistrict(levelPoint(1))
	f := newField(t)
	f.pass(60 * minute)
	batch := make([]fengsui.Sample, 99_000)
	for i := range batch {
		batch[i] = fengsui.Sample{Point: 1, At: f.now - 20*minute + fengsui.Millis(i), Value: 5}
	}
	block := fengsui.AppendSamples(nil, batch)
	e := newJudge(0, []Model{bare(Ladder, nil)}, d, strictLog(t))
	seq := uint64(0)
	put := func(rec fengsui.Record) {
		seq++
		rec.Received = f.now
		e.take(Batch{Seq: seq, Records: [][]byte{fengsui.AppendRecord(nil, &rec)}})
	}
	want := func(batches, samples int) {
		t.Helper()
		if len(e.late) != batches || len(e.lateOrder) != batches || e.lateCount != samples {
			t.Errorf("%d batches with %d samples wait, want %d with %d", len(e.late), e.lateCount, batches, samples)
		}
	}
	put(fengsui.Record{Enterprise: 1, Device: 1, Block: block})
	put(fengsui.Record{Tick: true})
	want(1, 99_000)
	put(fengsui.Record{Enterprise: 1, Device: 1, Block: block})
	want(1, 198_000)
	put(fengsui.Record{Tick: true})
	want(0, 0)
	for device := range int64(11) {
		put(fengsui.Record{Enterprise: 1, Device: device, Block: block})
	}
	want(11, 11*99_000)
	put(fengsui.Record{Tick: true})
	want(10, 10*99_000)
	if e.late[lateKey{1, 0}] != nil {
		t.Error("the oldest batch still waits")
	}
	// As many go at once as are too many: a whole district resends after an outage.
	for device := range int64(20) {
		put(fengsui.Record{Enterprise: 1, Device: 20 + device, Block: block})
	}
	put(fengsui.Record{Tick: true})
	want(10, 10*99_000)
}

// What came late and no checkpoint has yet is counted, also when one failed.
func TestLateUnsaved(t *testing.T) {
	f := newField(t)
	f.pass(60 * minute)
	d := testDistrict(levelPoint(1))
	c := Config{DB: openStore(t), Log: f.log, District: func() *fengsui.District { return d }, Apply: (&found{}).apply, Models: []Model{bare(Ladder, nil)}}
	e := reopen(t, c)
	block := fengsui.AppendSamples(nil, []fengsui.Sample{{Point: 1, At: f.now - 20*minute, Value: 5}})
	e.take(Batch{Seq: 1, Records: [][]byte{fengsui.AppendRecord(nil, &fengsui.Record{Received: f.now, Enterprise: 1, Device: 9, Block: block})}})
	if e.lateBytes != len(block) {
		t.Fatalf("%d bytes are unsaved, want %d", e.lateBytes, len(block))
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.checkpoint(cancelled); err == nil || e.lateBytes != len(block) {
		t.Errorf("after a checkpoint that failed (%v) %d bytes are unsaved, want %d", err, e.lateBytes, len(block))
	}
	if err := e.checkpoint(t.Context()); err != nil || e.lateBytes != 0 {
		t.Errorf("after a checkpoint (%v) %d bytes are unsaved", err, e.lateBytes)
	}
}
