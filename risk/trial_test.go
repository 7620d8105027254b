package risk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
)

// Before is the place before what was received at a moment; the test's log knows no
// segments, so it looks.
func (l *memLog) Before(at fengsui.Millis) (p fengsui.Place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.batches {
		for i, raw := range b.Records {
			if r, err := fengsui.ReadRecord(raw); err == nil && r.Received >= at {
				return p
			}
			p = fengsui.Place{Seq: b.Seq, Index: uint32(i)}
		}
	}
	return p
}

// eventful is ten hours of five points: rises, falls, silences, late batches,
// bad qualities, an outage of the platform.
func eventful(t testing.TB) (*field, *fengsui.District) {
	f := newField(t)
	r := rand.New(rand.NewPCG(7, 7))
	level := []float64{0, 5, 6, 7, 8, 9}
	for range 1200 {
		switch r.IntN(40) {
		case 0:
			f.pass(fengsui.Millis(r.IntN(900)) * sec)
		case 1:
			p := int64(1 + r.IntN(5))
			var late []fengsui.Sample
			for i := range 20 {
				late = append(late, fengsui.Sample{Point: p, At: f.now - 30*minute + fengsui.Millis(i)*10*sec, Value: 8 + r.Float64()*4})
			}
			f.send(late...)
		case 2:
			f.send(fengsui.Sample{Point: 2, At: f.now, Value: 11.9, Quality: fengsui.Bad})
		}
		var s []fengsui.Sample
		for p := 1; p <= 5; p++ {
			level[p] = min(12, max(0, level[p]+r.Float64()*1.2-0.6))
			s = append(s, fengsui.Sample{Point: int64(p), At: f.now, Value: level[p]})
		}
		f.send(s...)
		f.pass(30 * sec)
	}
	f.gap(20 * minute)
	f.series(1, 10*sec, 5, 11.5, 11.6, 5, 5)
	points := []*fengsui.Point{}
	for i := range int64(5) {
		p := levelPoint(i + 1)
		p.Key, p.Every, p.Device = i < 3, fengsui.Span(minute), "d9"
		points = append(points, p)
	}
	return f, testDistrict(points...)
}

func liveModels() []Model {
	return []Model{bare(Ladder, nil), bare(Pace, nil), bare(Silence, nil), entriesModel(nil), indexModel(func(m *Model) { m.Off = fengsui.Span(minute) })}
}

// A candidate that says the same raises exactly what was raised live, to the last
// sample of evidence; one that says something else shows what (A18).
func TestReplay(t *testing.T) {
	f, d := eventful(t)
	models := liveModels()
	was := f.play(d, models...)
	if len(was) < 50 {
		t.Fatalf("%d findings: the history shows nothing", len(was))
	}
	replay := func(candidate Model, from, to fengsui.Millis) (r fengsui.Replay, live, tried []fengsui.Finding) {
		t.Helper()
		candidate.Version = 2
		var samples int64
		r, err := Replay(t.Context(), ReplayConfig{Log: f.log, District: d, Live: models, Candidate: candidate, From: from, To: to, Share: 1,
			Warm: fengsui.Span(100 * 60 * minute),
			Found: func(candidate bool, f *fengsui.Finding) {
				if candidate {
					tried = append(tried, *f)
				} else {
					live = append(live, *f)
				}
			},
			Progress: func(_ fengsui.Millis, _, n int64) { samples = n },
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Samples < samples || r.Samples == 0 {
			t.Errorf("%d samples, %d at the last report", r.Samples, samples)
		}
		return r, live, tried
	}
	end := f.now + sec

	same, live, tried := replay(bare(Ladder, nil), t0, end)
	if !reflect.DeepEqual(live, was) {
		t.Errorf("the live models found %d in the replay, %d when it happened, or not the same", len(live), len(was))
	}
	for i := range tried {
		if tried[i].Model == string(Ladder) && tried[i].Version == 2 {
			tried[i].Version = 1
		}
	}
	if !reflect.DeepEqual(tried, was) {
		t.Errorf("the same model found %d in the replay, %d when it happened, or not the same", len(tried), len(was))
	}
	kinds := map[string]int{}
	for _, x := range was {
		kinds[x.Model]++
		if (x.Model == string(IndexOf)) != (len(x.Parts) > 0) {
			t.Errorf("%s has %d parts", x.Model, len(x.Parts))
		}
	}
	if kinds[string(IndexOf)] < 5 || kinds[string(Entries)] < 2 {
		t.Errorf("the history shows too little: findings by model %v", kinds)
	}
	m := same.Models[0]
	if n := same.New.Total + same.Missing.Total + same.Changed.Total; n != 0 || len(same.Models) != 1 || m.Same == 0 || m.Live.Findings != m.Candidate.Findings || m.Live.Late == 0 {
		t.Errorf("the same model differs: %+v", same)
	}
	raised := 0
	for _, n := range m.Live.Levels {
		raised += n
	}
	byDay := 0
	for _, day := range m.Days {
		for _, n := range day.Live {
			byDay += n
		}
	}
	if raised != m.Same || byDay != raised {
		t.Errorf("%d raised, %d of them alike, %d on days", raised, m.Same, byDay)
	}
	if same.At < f.now || same.Cut || same.Since != t0 {
		t.Errorf("judged from %d to %d of %d, cut %v", same.Since, same.At, f.now, same.Cut)
	}

	// Between two moments: what was raised there, from states that are warm.
	from, to := t0+100*minute, t0+400*minute
	part, live, _ := replay(bare(Ladder, nil), from, to)
	var want []fengsui.Finding
	for _, x := range was {
		if x.Learnt >= from && x.Learnt < to {
			want = append(want, x)
		}
	}
	if len(want) == 0 || !reflect.DeepEqual(live, want) {
		t.Errorf("between two moments there were %d findings, the replay has %d, or not the same", len(want), len(live))
	}
	if part.At != to || part.Samples >= same.Samples {
		t.Errorf("a part ends at %d with %d samples of %d", part.At, part.Samples, same.Samples)
	}

	// H at another level: nothing new or missing, each with H as its highest changed.
	changed, _, _ := replay(bare(Ladder, func(m *Model) { m.Ladder[2].Level = fengsui.Orange }), t0, end)
	if changed.New.Total+changed.Missing.Total != 0 || changed.Changed.Total == 0 {
		t.Errorf("H became orange: %d new, %d missing, %d changed", changed.New.Total, changed.Missing.Total, changed.Changed.Total)
	}
	for _, x := range changed.Changed.Items {
		if x.Live.Level != fengsui.Yellow || x.Candidate.Level != fengsui.Orange || x.Live.Rung != "H" || x.Live.From != x.Candidate.From {
			t.Errorf("changed: %+v", x)
		}
	}
	if got, want := changed.Models[0].Candidate.Levels[fengsui.Orange]-changed.Models[0].Live.Levels[fengsui.Orange], changed.Changed.Total; got != want {
		t.Errorf("%d more orange ones, %d changed", got, want)
	}

	// The same by enterprise, beside what it is today.
	sum := fengsui.ReplayFirm{Live: map[fengsui.Level]int{}, Candidate: map[fengsui.Level]int{}}
	for _, x := range changed.Firms.Items {
		for l, n := range x.Live {
			sum.Live[l] += n
		}
		for l, n := range x.Candidate {
			sum.Candidate[l] += n
		}
		sum.Changed, sum.New, sum.Same = sum.Changed+x.Changed, sum.New+x.New, sum.Same+x.Same
	}
	live1, tried1, models1 := map[fengsui.Level]int{}, map[fengsui.Level]int{}, fengsui.ReplayModel{}
	for _, m := range changed.Models {
		for l, n := range m.Live.Levels {
			live1[l] += n
		}
		for l, n := range m.Candidate.Levels {
			tried1[l] += n
		}
		models1.Changed, models1.New, models1.Same = models1.Changed+m.Changed, models1.New+m.New, models1.Same+m.Same
	}
	if len(changed.Firms.Items) != changed.Firms.Total || changed.Firms.Total == 0 || !reflect.DeepEqual(sum.Live, live1) || !reflect.DeepEqual(sum.Candidate, tried1) || sum.Changed != models1.Changed || sum.New != models1.New || sum.Same != models1.Same {
		t.Errorf("by enterprise %+v, by model %v %v %+v", changed.Firms, live1, tried1, models1)
	}

	// A long hold time: short ones are missing, the others begin later.
	held, _, _ := replay(bare(Ladder, func(m *Model) {
		for i := range m.Ladder {
			m.Ladder[i].Hold = fengsui.Span(5 * minute)
		}
	}), t0, end)
	if held.Missing.Total == 0 || held.Changed.Total == 0 {
		t.Errorf("with a hold time: %d missing, %d changed", held.Missing.Total, held.Changed.Total)
	}
	for _, x := range held.Changed.Items {
		if x.Live.Model == string(Ladder) && x.Live.Level == x.Candidate.Level && x.Candidate.From < x.Live.From && !x.Live.Late && !x.Candidate.Late {
			t.Errorf("a hold time made it earlier: %+v", x)
		}
	}

	// A model that there was not yet: all of its own is new, and those that look at what
	// others find see it too.
	other := bare(Ladder, func(m *Model) {
		m.ID = "other"
		m.Ladder = m.Ladder[3:]
	})
	fresh, _, _ := replay(other, t0, end)
	others := slices.ContainsFunc(fresh.Changed.Items, func(x fengsui.ReplayChange) bool { return !Kind(x.Live.Model).derived() })
	if fresh.New.Total == 0 || fresh.Missing.Total != 0 || others || fresh.Models[0].Model != "other" || fresh.Models[0].Live.Findings != 0 {
		t.Errorf("another model: %d new, %d missing, %d changed", fresh.New.Total, fresh.Missing.Total, fresh.Changed.Total)
	}
	if !slices.IsSortedFunc(fresh.New.Items, byGravity) || len(fresh.New.Items) > maxListed {
		t.Errorf("%d items in the list, or out of order", len(fresh.New.Items))
	}
}

// What both sides raised is told apart by enterprise, those with the most differences
// first; models that say the same on both sides are not counted.
func TestReplayFirms(t *testing.T) {
	one := func(model string, firm int64, n int, level fengsui.Level, from fengsui.Millis) fengsui.Raised {
		return fengsui.Raised{Model: model, Subject: fengsui.SubjectOf("point", firm*10+int64(n)), Enterprise: firm, Level: level, From: from, To: from + 1}
	}
	live, candidate := newOpinion(nil), newOpinion(nil)
	live.raised = []fengsui.Raised{one("m", 1, 1, fengsui.Yellow, 5), one("m", 1, 2, fengsui.Yellow, 5), one("m", 2, 1, fengsui.Red, 5), one("other", 3, 1, fengsui.Red, 5)}
	candidate.raised = []fengsui.Raised{one("m", 1, 1, fengsui.Orange, 5), one("m", 2, 1, fengsui.Red, 5), one("m", 2, 2, fengsui.Blue, 5), one("m", 1, 3, fengsui.Blue, 5), one("other", 3, 1, fengsui.Red, 5)}
	r := fengsui.Replay{Model: "m"}
	compare(&r, live, candidate)
	want := []fengsui.ReplayFirm{
		{Enterprise: 1, Live: map[fengsui.Level]int{fengsui.Yellow: 2}, Candidate: map[fengsui.Level]int{fengsui.Orange: 1, fengsui.Blue: 1}, New: 1, Missing: 1, Changed: 1},
		{Enterprise: 2, Live: map[fengsui.Level]int{fengsui.Red: 1}, Candidate: map[fengsui.Level]int{fengsui.Red: 1, fengsui.Blue: 1}, New: 1, Same: 1},
	}
	if r.Firms.Total != 2 || !reflect.DeepEqual(r.Firms.Items, want) {
		t.Errorf("got %+v", r.Firms)
	}
}

// A replay gives way: it works its share of the time, rests while the platform has
// none, and ends when it is told to.
func TestReplayGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := 6
		p := pacer{share: 0.25, busy: func() bool { busy--; return busy > 0 }, began: time.Now()}
		time.Sleep(100 * time.Millisecond) // work
		began := time.Now()
		if err := p.rest(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(began), 300*time.Millisecond+5*busyTime; got != want {
			t.Errorf("rested %s, want %s", got, want)
		}
		began = time.Now()
		if err := p.rest(t.Context()); err != nil || time.Since(began) != 0 {
			t.Errorf("rested %s after no work, %v", time.Since(began), err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := fmt.Errorf("enough")
		cancel(stop)
		time.Sleep(time.Second)
		if err := p.rest(ctx); err != stop {
			t.Errorf("told to end: %v", err)
		}
	})
}

// BenchmarkReplay measures a replay of 1,000 points and three models on each side,
// batches of 500.
func BenchmarkReplay(b *testing.B) {
	j, records := busy([]Model{bare(Ladder, nil), bare(Silence, nil), bare(Pace, nil)}, 1000, 500, 1)
	log := newMemLog()
	for i := range 500 {
		rec, err := fengsui.ReadRecord(records[i%len(records)])
		if err != nil {
			b.Fatal(err)
		}
		rec.Received += fengsui.Millis(i) * sec
		log.add(fengsui.AppendRecord(nil, &rec))
		log.add(fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: rec.Received}))
	}
	var samples int64
	for b.Loop() {
		r, err := Replay(b.Context(), ReplayConfig{Log: log, District: j.district, Live: liveModels(), Candidate: bare(Ladder, nil), To: 1 << 60, Share: 1})
		if err != nil {
			b.Fatal(err)
		}
		samples += r.Samples
	}
	b.ReportMetric(float64(samples)/b.Elapsed().Seconds(), "samples/s")
}
