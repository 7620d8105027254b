package risk

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"fengsui"
)

// indexModel has the numbers of risk-models §3.
func indexModel(set func(*Model)) Model {
	return bare(IndexOf, func(m *Model) {
		m.Index = &Index{
			Base:     Base{Asset: "major_hazard", Attr: "grade", Scores: map[string]float64{"1": 30, "2": 24, "3": 18, "4": 12}, None: 6},
			Active:   Active{Cap: 40, Weights: []Weight{{Kinds: []Kind{Ladder}, Rungs: []string{"HH", "LL"}, Score: 15}, {Kinds: []Kind{Ladder}, Rungs: []string{"H", "L"}, Score: 5}}},
			Duration: Duration{Free: fengsui.Span(10 * minute), PerHour: 2, Cap: 20},
			Repeats:  Repeats{Window: fengsui.Span(24 * 60 * minute), Beyond: 3, Each: 1, Cap: 5},
			Offline: Offline{Factor: 20, Cap: 10, Weights: []Weight{{Rungs: []string{"HH", "LL"}, Score: 3},
				{Quantities: []fengsui.Quantity{fengsui.Combustible, fengsui.Toxic, fengsui.Oxygen}, Score: 3}, {Score: 1}}},
		}
		m.Ladder = []Rung{on("blue", fengsui.Blue, 35), on("yellow", fengsui.Yellow, 50), on("orange", fengsui.Orange, 65), on("red", fengsui.Red, 80)}
		if set != nil {
			set(m)
		}
	})
}

func entriesModel(set func(*Model)) Model {
	return bare(Entries, func(m *Model) {
		m.Of, m.Window = &Of{Rungs: []string{"H", "HH"}}, fengsui.Span(60*minute)
		m.Ladder = []Rung{on("H", fengsui.Orange, 2)}
		if set != nil {
			set(m)
		}
	})
}

func neighboursModel(set func(*Model)) Model {
	return bare(Neighbours, func(m *Model) {
		m.Scope = Scope{Quantities: []fengsui.Quantity{fengsui.Combustible, fengsui.Toxic}}
		m.Of, m.Window = &Of{Rungs: []string{"H", "HH"}}, fengsui.Span(5*minute)
		m.Ladder = []Rung{on("H", fengsui.Red, 1)}
		if set != nil {
			set(m)
		}
	})
}

// plant is an enterprise with a registered major hazard of a grade, "" for none, and
// points: n of a level, of which those from 1 have all limits.
func plant(grade string, points ...*fengsui.Point) *fengsui.District {
	d := testDistrict(points...)
	if grade != "" {
		d.Assets["mh"] = &fengsui.Asset{ID: "mh", Enterprise: "e1", Code: "MH1", Kind: "major_hazard", Attrs: map[string]string{"grade": grade}}
	}
	return d
}

// run judges a field's log in memory.
func (f *field) run(d *fengsui.District, models ...Model) *judge {
	for i := range models {
		if err := models[i].Check(); err != nil {
			f.t.Fatal(err)
		}
	}
	j := newJudge(0, models, d, strictLog(f.t))
	for _, b := range f.log.batches {
		j.take(b)
	}
	return j
}

// score is what the index of the first enterprise was at the last tick.
func (j *judge) score(t *testing.T) (float64, []fengsui.Part) {
	t.Helper()
	p := j.firms.find(1)
	if p == nil || len(p.tracks) == 0 {
		t.Fatal("the enterprise has no index")
	}
	return j.sum(p.firm, p.tracks[0].m.Index)
}

func gasPoint(n int64) *fengsui.Point {
	return &fengsui.Point{Num: n, Quantity: fengsui.Combustible, Unit: "%LEL", RangeHigh: 100, H: num(25), HH: num(50)}
}

// statePoint says events and no values.
func statePoint(n int64) *fengsui.Point {
	return &fengsui.Point{Num: n, Quantity: fengsui.State, Unit: "-", RangeHigh: 1}
}

// workModels are the shipped models of what an index counts as work.
func workModels(t *testing.T) []Model {
	t.Helper()
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(m Model) bool { return m.ID != "special_work" && m.ID != "safety_commitment" })
}

// tell says an event of a point.
func (f *field) tell(point int64, code string, on bool) {
	f.put(fengsui.Record{Received: f.now, Adapter: "push", Enterprise: 1, Device: 9, Events: []fengsui.Event{{Point: point, Code: code, At: f.now, On: on}}})
}

// A18: the term of work of risk-models §3 and its worked figure, 51; each thing counts
// once, up to the cap, as long as it is open.
func TestIndexWork(t *testing.T) {
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	index := list[slices.IndexFunc(list, func(m Model) bool { return m.ID == "enterprise_index" })].Index.Work
	models := append(workModels(t), bare(Ladder, nil), indexModel(func(m *Model) { m.Index.Work = index }))
	score := func(d *fengsui.District, say func(*field)) (float64, []string) {
		t.Helper()
		f := newField(t)
		say(f)
		j := f.run(d, models...)
		p := j.firms.find(1)
		v, parts := j.sum(p.firm, p.track("index").m.Index)
		var got []string
		for _, x := range parts {
			if x.Term == fengsui.TermWork || x.Term == fengsui.TermMissing {
				got = append(got, fmt.Sprintf("%s %s %s %d %g/%g", x.Term, x.Subject, x.Rung, x.Count, x.Score, x.Weight))
			}
		}
		return v, got
	}
	d := plant("2", levelPoint(1), gasPoint(2), statePoint(3), statePoint(4))
	if v, work := score(d, func(f *field) {
		f.say(1, 11.5)
		f.tell(3, "safety_commitment", true)
		f.pass(2 * 60 * minute)
		f.say(2, 30)
		f.tell(3, "hot_work_1", true)
		f.tell(4, "hot_work_1", true)
		f.pass(10 * minute)
	}); math.Abs(v-51) > 0.01 || !slices.Equal(work, []string{"work point/3 work_1 2 3/3"}) {
		t.Errorf("the worked figure is %g with %q, want 51", v, work)
	}
	for name, c := range map[string]struct {
		say  func(*field)
		want []string
	}{
		"closed": {func(f *field) {
			f.tell(3, "hot_work_special", true)
			f.pass(sec)
			f.tell(3, "hot_work_special", false)
			f.pass(sec)
		}, nil},
		"two kinds on one point": {func(f *field) { f.tell(3, "hot_work_special", true); f.tell(3, "confined_space", true); f.pass(sec) },
			[]string{"work point/3 hot_work_special 1 5/5", "work point/3 work_1 1 3/3"}},
		"the commitment of yesterday": {func(f *field) { f.tell(3, "safety_commitment", true); f.pass(24*60*minute + sec) }, []string{"missing  safety_commitment 0 4/4"}},
		"the cap": {func(f *field) {
			f.tell(3, "safety_commitment", true)
			f.pass(24*60*minute + sec)
			for _, code := range []string{"hot_work_special", "confined_space", "startup"} {
				f.tell(4, code, true)
			}
			f.pass(sec)
		}, []string{"work point/4 hot_work_special 1 3.3333333333333335/5", "missing  safety_commitment 0 2.6666666666666665/4", "work point/4 work_1 1 2/3", "work point/4 unsteady 1 2/3"}},
		"kept back": {func(f *field) {
			f.put(fengsui.Record{Received: f.now, Enterprise: 1, Device: 9, Events: []fengsui.Event{{Point: 3, Code: "startup", At: f.now - 20*minute, On: true}}})
			f.pass(minute)
		}, []string{"work point/3 unsteady 1 3/3"}},
	} {
		_, work := score(d, c.say)
		slices.Sort(work)
		slices.Sort(c.want)
		if !slices.Equal(work, c.want) {
			t.Errorf("%s: %q, want %q", name, work, c.want)
		}
	}
}

// A hard rule of risk-models §3: HH while the safety instrumented function of the same
// asset is in bypass or faulty is red at once, whichever comes first.
func TestBypass(t *testing.T) {
	list, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	models := slices.DeleteFunc(list, func(m Model) bool { return m.ID != "sis_state" && m.ID != "sis_bypassed" && m.ID != "process_pressure" })
	on := func(p *fengsui.Point, asset fengsui.ID) *fengsui.Point { p.Asset = asset; return p }
	pressure := func(n int64, asset fengsui.ID) *fengsui.Point {
		return on(&fengsui.Point{Num: n, Quantity: fengsui.Pressure, Unit: "MPa", RangeHigh: 4, H: num(2), HH: num(3)}, asset)
	}
	d := testDistrict(pressure(1, "unit"), on(statePoint(2), "unit"), on(statePoint(3), "other"))
	for _, id := range []fengsui.ID{"unit", "other"} {
		d.Assets[id] = &fengsui.Asset{ID: id, Enterprise: "e1", Code: string(id), Kind: "process_unit"}
	}
	play := func(say func(*field)) (got []fengsui.Finding) {
		f := newField(t)
		say(f)
		f.pass(2 * minute)
		for _, x := range f.run(d, models...).out {
			if x.Model == "sis_bypassed" {
				got = append(got, x)
			}
		}
		return got
	}
	red := func(at fengsui.Millis) told { return told{at, "point/1", "H", fengsui.Red} }
	high := func(f *field) { f.say(1, 3.5); f.pass(10 * sec) }
	bypass := func(point int64) func(*field) {
		return func(f *field) { f.tell(point, "sis_bypass", true); f.pass(10 * sec) }
	}
	got := play(func(f *field) { high(f); bypass(2)(f) })
	check(t, got, red(10*sec))
	if p := got[0].Parts; len(p) != 2 || p[0].Subject != "point/1" || p[0].Rung != "HH" || p[1].Subject != "point/2" || p[1].Rung != "sis_bypass" || p[1].Term != fengsui.TermWork {
		t.Errorf("it is made of %+v", p)
	}
	if got := play(func(f *field) { bypass(2)(f); high(f) }); len(got) != 1 || got[0].Level != fengsui.Red {
		t.Errorf("bypass before HH: %+v", got)
	}
	if got := play(func(f *field) { f.tell(2, "sis_fault", true); high(f); f.tell(2, "sis_fault", false); f.pass(minute) }); len(got) != 2 || got[1].Level != fengsui.None {
		t.Errorf("a fault that ends: %+v, want red and its return", got)
	}
	for name, say := range map[string]func(*field){
		"no bypass":       high,
		"H":               func(f *field) { bypass(2)(f); f.say(1, 2.5) },
		"another asset's": func(f *field) { bypass(3)(f); high(f) },
		"over before":     func(f *field) { bypass(2)(f); f.tell(2, "sis_bypass", false); f.pass(minute); high(f) },
	} {
		if got := play(say); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A18: the index is that of risk-models §3, to its own worked figures; TestIndexWork
// has the term of work.
func TestIndex(t *testing.T) {
	f := newField(t)
	f.say(1, 11.5) // HH
	f.pass(2 * 60 * minute)
	f.say(2, 30) // gas, level 1
	f.pass(10 * minute)
	v, parts := f.run(plant("2", levelPoint(1), gasPoint(2)), bare(Ladder, nil), indexModel(nil)).score(t)
	if want := 24.0 + 15 + 5 + 2*2; math.Abs(v-want) > 0.01 {
		t.Errorf("grade 2, one HH for 2 h 10 min, one gas level 1: %g, want %g", v, want)
	}
	var got []string
	share := 0.0
	for _, p := range parts {
		got = append(got, fmt.Sprintf("%s %s %s %s %.2f/%.2f", p.Term, p.Subject, p.Rung, p.Level, p.Score, p.Weight))
		share += p.Share
	}
	want := []string{"base   none 24.00/24.00", "active point/1 HH red 15.00/15.00", "active point/2 H yellow 5.00/5.00", "duration point/1 HH red 4.00/4.00"}
	if !slices.Equal(got, want) || math.Abs(share-1) > 1e-9 {
		t.Errorf("parts %q with shares of %g, want %q", got, share, want)
	}

	// Two HH and gas level 2 are capped; a tenth of the weight is silent.
	f = newField(t)
	silent := bare(Silence, func(m *Model) { m.Every = fengsui.Span(24 * 60 * minute) })
	points := []*fengsui.Point{levelPoint(1), levelPoint(2), gasPoint(3), levelPoint(4)}
	for n := range int64(18) { // 4 x 3, and 18 x 1: three are a tenth
		points = append(points, &fengsui.Point{Num: 5 + n, Quantity: fengsui.LevelOf, Unit: "m", RangeHigh: 12, H: num(10)})
	}
	for _, p := range points {
		p.Key, p.Device = true, "d9"
		if p.Num == 4 {
			p.Every = fengsui.Span(10 * sec)
		}
		f.say(p.Num, 5)
	}
	f.send(fengsui.Sample{Point: 1, At: f.now, Value: 11.5}, fengsui.Sample{Point: 2, At: f.now, Value: 11.5}, fengsui.Sample{Point: 3, At: f.now, Value: 60})
	for range 90 {
		f.say(5, 5) // the gateway speaks: one point is silent, not all
		f.pass(20 * sec)
	}
	v, parts = f.run(plant("1", points...), bare(Ladder, nil), silent, indexModel(nil)).score(t)
	if want := 30 + 40 + 2*20.0/60 + 2; math.Abs(v-want) > 0.01 {
		t.Errorf("grade 1, two HH and gas level 2 for 30 min, 10 %% silent: %g, want %g: %+v", v, want, parts)
	}
	for _, p := range parts {
		if p.Term == fengsui.TermActive && math.Abs(p.Score-40.0/3) > 1e-9 {
			t.Errorf("a part of three under the cap: %+v, want 13.33", p)
		}
	}

	// Repeats beyond three in a day, at most five of them; no hazard registered.
	f = newField(t)
	for range 12 {
		f.series(1, 10*sec, 10.5, 5)
	}
	v, _ = f.run(plant("", levelPoint(1)), bare(Ladder, nil), indexModel(nil)).score(t)
	if v != 6+5 {
		t.Errorf("raised twelve times: %g, want 11", v)
	}
	f = newField(t)
	for range 5 {
		f.series(1, 10*sec, 10.5, 5)
	}
	if v, _ = f.run(plant("", levelPoint(1)), bare(Ladder, nil), indexModel(nil)).score(t); v != 6+2 {
		t.Errorf("raised five times: %g, want 8", v)
	}
	f.pass(25 * 60 * minute)
	if v, _ = f.run(plant("", levelPoint(1)), bare(Ladder, nil), indexModel(nil)).score(t); v != 6 {
		t.Errorf("a day later: %g, want 6", v)
	}
}

// The index rises after its hold time and falls after its off-delay; a level begins
// at its score. What it finds is about the enterprise, with its parts, and never a
// part of itself.
func TestIndexLevels(t *testing.T) {
	model := indexModel(func(m *Model) {
		m.Off = fengsui.Span(10 * minute)
		for i := range m.Ladder {
			m.Ladder[i].Hold = fengsui.Span(minute)
		}
	})
	points := []*fengsui.Point{levelPoint(1), levelPoint(2), levelPoint(3)}
	f := newField(t)
	f.pass(sec)
	f.send(fengsui.Sample{Point: 1, At: f.now, Value: 11.5}, fengsui.Sample{Point: 2, At: f.now, Value: 10.5}) // 30 + 20 = 50
	f.pass(59 * sec)
	f.pass(2 * sec)
	f.send(fengsui.Sample{Point: 1, At: f.now, Value: 5}, fengsui.Sample{Point: 2, At: f.now, Value: 5}) // 30
	f.pass(9 * minute)
	f.pass(2 * minute)
	var got []fengsui.Finding
	for _, x := range f.run(plant("1", points...), bare(Ladder, nil), model).out {
		if x.Model == model.ID {
			got = append(got, x)
		}
	}
	check(t, got, told{62 * sec, "enterprise/1", "yellow", fengsui.Yellow}, told{(63 + 600) * sec, "enterprise/1", "", fengsui.None})
	if len(got) < 2 {
		t.FailNow()
	}
	if x := got[0]; x.Value != 50 || x.Limit != 50 || x.Enterprise != 1 || len(x.Parts) != 3 {
		t.Errorf("the finding is %+v, want 50 at 50 with three parts", x)
	}
	if x := got[1]; x.Value != 30 || x.Limit != 50 || len(x.Parts) != 1 {
		t.Errorf("it returns with %+v, want 30", x)
	}
	// A second index that weighs everything sees no first one.
	all := indexModel(func(m *Model) { m.ID, m.Index.Active.Weights = "all", []Weight{{Score: 10}} })
	one := indexModel(func(m *Model) { m.ID, m.Ladder[0].At = "low", num(1) })
	f = newField(t)
	f.say(1, 11.5)
	f.pass(2 * sec)
	j := f.run(plant("", points...), bare(Ladder, nil), all, one)
	low := 0
	for _, x := range j.out {
		if x.Model == "low" {
			low++
		}
	}
	for _, tr := range j.firms.find(1).tracks {
		if tr.m.ID == "all" && tr.g.value != 16 || low != 1 {
			t.Errorf("%s is %g beside %d findings of another index, want 16 beside one", tr.m.ID, tr.g.value, low)
		}
	}
	// An enterprise of another sector is not judged, nor one after the model is gone.
	j = f.run(plant("", points...), bare(Ladder, nil), indexModel(func(m *Model) { m.Scope.Sectors, m.Ladder[0].At = []fengsui.Sector{"trade"}, num(1) }))
	if len(j.firms.find(1).tracks) != 0 {
		t.Error("an enterprise of another sector has an index")
	}
	j = f.run(plant("", points...), bare(Ladder, nil), one)
	j.judgeBy([]Model{bare(Ladder, nil)})
	j.out = j.out[:0]
	j.take(Batch{Seq: 1000, Records: [][]byte{fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: f.now + sec})}})
	check(t, j.out, told{f.now + sec - t0, "enterprise/1", "", fengsui.None})
	j.use(j.district)
	if j.firms.find(1) != nil {
		t.Error("the enterprise is kept though nothing judges it")
	}
}

// A sample that changes no rung does not weigh anything, nor does a tick after which
// nothing changed.
func TestIndexIsNotWeighedBySamples(t *testing.T) {
	f := newField(t)
	f.say(1, 11.5)
	f.pass(sec)
	j := f.run(plant("1", levelPoint(1)), bare(Ladder, nil), indexModel(nil))
	p := j.firms.find(1)
	if p.firm.stirred {
		t.Fatal("weighed, and still to be weighed")
	}
	for k := range j.shards {
		j.shards[k].dirty = false
	}
	say := func(point int64, v float64) {
		j.take(Batch{Seq: j.place.Seq + 1, Records: [][]byte{fengsui.AppendRecord(nil, &fengsui.Record{Received: f.now, Enterprise: 1, Device: 9,
			Block: fengsui.AppendSamples(nil, []fengsui.Sample{{Point: point, At: f.now, Value: v}})})}})
	}
	if say(1, 11.6); p.firm.stirred {
		t.Error("a sample at the same rung stirs the enterprise")
	}
	if say(1, 5); !p.firm.stirred {
		t.Error("a return does not stir the enterprise")
	}
	tick := func() fengsui.Millis {
		f.now += sec
		j.take(Batch{Seq: j.place.Seq + 1, Records: [][]byte{fengsui.AppendRecord(nil, &fengsui.Record{Tick: true, Received: f.now})}})
		return p.tracks[0].g.at
	}
	if weighed := tick(); weighed != f.now || tick() != weighed {
		t.Errorf("weighed at %d, %d: want the first tick after a change, and not the next", weighed-t0, p.tracks[0].g.at-t0)
	}
}

// More parts than a finding names: the small ones come together, nothing is lost.
func TestIndexNamesItsLargest(t *testing.T) {
	f := newField(t)
	var points []*fengsui.Point
	var s []fengsui.Sample
	for n := range int64(90) {
		points = append(points, levelPoint(n+1))
		s = append(s, fengsui.Sample{Point: n + 1, At: f.now, Value: 10.5})
	}
	f.send(s...)
	f.pass(sec)
	v, parts := f.run(plant("1", points...), bare(Ladder, nil), indexModel(nil)).score(t)
	sum := 0.0
	for _, p := range parts {
		sum += p.Score
	}
	if last := parts[len(parts)-1]; len(parts) != fengsui.MaxParts || v != 70 || math.Abs(sum-v) > 1e-9 || last.Subject != "" || last.Count != 28 {
		t.Errorf("%d parts, %g in all of %g, the last %+v", len(parts), sum, v, parts[len(parts)-1])
	}
}

// How often a rung is entered: from one of the rungs to the other is no entry.
func TestEntries(t *testing.T) {
	list := func(f *field, models ...Model) (got []fengsui.Finding) {
		for _, x := range f.run(testDistrict(levelPoint(1), levelPoint(2)), append(models, bare(Ladder, nil))...).out {
			if x.Model == string(Entries) {
				got = append(got, x)
			}
		}
		return got
	}
	f := newField(t)
	f.series(1, 10*sec, 10.5, 11.5, 10.5, 5, 10.5, 5) // two
	f.series(2, 10*sec, 10.5, 5)                      // another point's
	f.series(1, 10*sec, 1.5, 5, 11.5, 11.6)           // L is none of them; the third
	f.pass(60 * minute)
	check(t, list(f, entriesModel(nil)), told{100 * sec, "point/1", "H", fengsui.Orange}, told{(60*60 + 1) * sec, "point/1", "", fengsui.None})
	f = newField(t)
	f.series(1, 31*minute, 11.5, 5, 11.5, 5, 11.5) // never three in an hour
	check(t, list(f, entriesModel(nil)))
	f = newField(t)
	f.series(1, sec, 11.5, 5, 11.5, 5, 11.5, 5)
	check(t, list(f, entriesModel(func(m *Model) { m.Of.Models = []string{"other"} })))
	check(t, list(f, entriesModel(func(m *Model) { m.Of.Models = []string{"ladder"} })), told{4 * sec, "point/1", "H", fengsui.Orange})
	f = newField(t) // what came late was no entry of now
	f.say(1, 5)
	for range 3 {
		f.send(fengsui.Sample{Point: 1, At: f.now - 60*minute, Value: 11.5}, fengsui.Sample{Point: 1, At: f.now - 59*minute, Value: 5})
		f.pass(2 * minute)
	}
	check(t, list(f, entriesModel(nil)))
}

// Two detectors of one area: within the window they count together, and only within
// an area.
func TestNeighbours(t *testing.T) {
	gas := func(n int64, asset fengsui.ID) *fengsui.Point {
		p := gasPoint(n)
		p.Asset = asset
		return p
	}
	d := testDistrict(gas(1, "tank"), gas(2, "tank"), gas(3, "tank"), gas(4, "other"), gas(5, ""))
	d.Assets["other"] = &fengsui.Asset{ID: "other", Enterprise: "e1", Code: "T2", Kind: "gas_area"}
	list := func(f *field) (got []fengsui.Finding) {
		for _, x := range f.run(d, bare(Ladder, nil), neighboursModel(nil)).out {
			if x.Model == string(Neighbours) {
				got = append(got, x)
			}
		}
		return got
	}
	f := newField(t)
	f.say(2, 30)
	f.say(4, 30)
	f.say(5, 30)
	f.pass(10 * minute)
	check(t, list(f))
	f.say(3, 60)
	got := list(f)
	check(t, got, told{600 * sec, "point/1", "H", fengsui.Red})
	if p := got[0].Parts; len(p) != 2 || p[0].Subject != "point/2" || p[0].Rung != "H" || p[1].Subject != "point/3" || p[1].Rung != "HH" || p[1].Share != 0.5 {
		t.Errorf("it is made of %+v", p)
	}
	f.pass(sec)
	f.say(2, 5)
	f.pass(minute)
	f.say(3, 5)
	f.pass(5 * minute)
	check(t, list(f), told{600 * sec, "point/1", "H", fengsui.Red}, told{601 * sec, "point/1", "", fengsui.None})
	f = newField(t) // one after the other
	f.series(1, minute, 30, 5)
	f.pass(2 * minute)
	f.say(3, 30)
	f.pass(10 * minute)
	check(t, list(f), told{4 * minute, "point/1", "H", fengsui.Red}, told{5*minute + sec, "point/1", "", fengsui.None})
}

// What of an index, of entries and of neighbours cannot be is refused.
func TestDerivedRefuse(t *testing.T) {
	f := func(m Model, want string) {
		t.Helper()
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
	for _, m := range []Model{indexModel(nil), entriesModel(nil), neighboursModel(nil)} {
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
	}
	f(indexModel(func(m *Model) { m.Index = nil }), "terms of an index")
	f(indexModel(func(m *Model) { m.Scope.Key = true }), "sectors alone")
	f(indexModel(func(m *Model) { m.Index.Active.Cap = math.NaN() }), "between 0 and 100")
	f(indexModel(func(m *Model) { m.Index.Active.Weights[0].Kinds = []Kind{IndexOf} }), "never part")
	f(indexModel(func(m *Model) { m.Index.Active.Weights = nil }), "weights")
	f(indexModel(func(m *Model) { m.Index.Repeats.Window = fengsui.Span(25 * 60 * minute) }), "window")
	f(indexModel(func(m *Model) { m.Index.Base.Attr = "" }), "attribute")
	f(indexModel(func(m *Model) { m.Index.Work.Items = []WorkItem{{Model: "special_work", Score: 1}} }), "names the event model")
	f(indexModel(func(m *Model) { m.Index.Work.Items = []WorkItem{{Model: "x", Rungs: []string{"y"}, Score: -1}} }), "between 0 and 100")
	f(neighboursModel(func(m *Model) { m.With = &Of{Rungs: []string{"sis_bypass"}} }), "with them")
	f(entriesModel(func(m *Model) { m.With = &Of{Models: []string{"x"}, Rungs: []string{"y"}} }), "with them")
	f(indexModel(func(m *Model) { m.Ladder[0].Level = fengsui.Red }), "called by its level")
	f(indexModel(func(m *Model) { m.Ladder[1].At = num(30) }), "further out")
	f(entriesModel(func(m *Model) { m.Of = nil }), "rungs")
	f(entriesModel(func(m *Model) { m.Window = 0 }), "window")
	f(entriesModel(func(m *Model) { m.Scope.Sectors = []fengsui.Sector{"x"} }), "sectors")
	f(neighboursModel(func(m *Model) { m.Ladder[0].At = num(64) }), "63")
	f(neighboursModel(func(m *Model) { m.Scope = Scope{Devices: true} }), "no values")
}
