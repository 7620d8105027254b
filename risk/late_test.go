package risk

import (
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
}
