package risk

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"fengsui"
)

// grown is a judge with a life behind it.
func grown(t testing.TB, seed uint64, steps int) *judge {
	d := randomDistrict()
	e := newJudge(0, randomModels(), d, strictLog(t))
	f := randomLog(t, rand.New(rand.NewPCG(seed, 4)), steps)
	for _, b := range f.log.batches {
		e.take(b)
	}
	return e
}

func TestState(t *testing.T) {
	e := grown(t, 1, 200)
	seen := 0
	for k := range shards {
		b := e.appendState(nil, k)
		s, err := readState(b, e.models)
		if err != nil {
			t.Fatalf("shard %d: %v", k, err)
		}
		seen += len(s.points) + len(s.sources)
		fresh := newJudge(0, e.models, e.district, e.logger)
		fresh.clock = e.clock
		fresh.adopt(s)
		if got := fresh.appendState(nil, k); !bytes.Equal(got, b) {
			t.Errorf("shard %d: written again it is\n%x, want\n%x", k, got, b)
		}
		for n := range b {
			if _, err := readState(b[:n], e.models); err == nil {
				t.Errorf("shard %d cut at byte %d of %d was read", k, n, len(b))
			}
		}
	}
	if seen < 8 {
		t.Errorf("%d points and sources in the state, want at least 8", seen)
	}
}

// A model that is gone, or a rung of it, leaves only the memory of what was told.
func TestStateOfOldModels(t *testing.T) {
	d := testDistrict(levelPoint(1))
	e := newJudge(0, []Model{bare(Ladder, nil)}, d, strictLog(t))
	f := newField(t)
	f.say(1, 11.5)
	for _, b := range f.log.batches {
		e.take(b)
	}
	check(t, e.out, told{0, "point/1", "HH", fengsui.Red})
	b := e.appendState(nil, 1)
	for _, c := range []struct {
		models []Model
		want   []told
	}{
		{[]Model{bare(Silence, nil)}, []told{{sec, "point/1", "", fengsui.None}}},
		// HH is no more, and the value is above H.
		{[]Model{bare(Ladder, func(m *Model) { m.Ladder = m.Ladder[:3] })}, []told{{sec, "point/1", "H", fengsui.Yellow}, {sec, "point/1", "", fengsui.None}}},
	} {
		models := c.models
		s, err := readState(b, models)
		if err != nil {
			t.Fatal(err)
		}
		next := newJudge(0, models, d, e.logger)
		next.clock, next.lastTick = e.clock, e.lastTick
		next.adopt(s)
		next.redistrict(d)
		f := newField(t)
		f.pass(sec)
		f.say(1, 5)
		for _, b := range f.log.batches[1:] {
			next.take(b)
		}
		check(t, next.out, c.want...)
		for _, x := range next.out {
			if x.Model != "ladder" {
				t.Errorf("a finding of %q, want ladder", x.Model)
			}
		}
	}
}

func FuzzState(f *testing.F) {
	e := grown(f, 2, 120)
	for k := range shards {
		f.Add(e.appendState(nil, k))
	}
	for version := 1; version < stateVersion; version++ {
		for _, old := range oldState(f, version) {
			f.Add(old)
		}
	}
	d := randomDistrict()
	models := randomModels()
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := readState(b, models)
		if err != nil {
			return
		}
		// Whatever was read can be lived with.
		e := newJudge(0, models, d, strictLog(t))
		e.adopt(s)
		e.redistrict(d)
		in := newField(t)
		in.say(1, 11.5)
		in.pass(2 * sec)
		in.say(1, 5)
		in.words(9)
		in.pass(2 * sec)
		for _, b := range in.log.batches {
			e.take(b)
		}
		for k := range shards {
			again := e.appendState(nil, k)
			if _, err := readState(again, models); err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
		}
	})
}

// Models are data that people write.
func FuzzModel(f *testing.F) {
	f.Add([]byte(goodModel))
	for _, name := range []string{"warehouse/warehouse_temperature_rate", "hazchem/tank_level_difference", "common/stuck", "vehicle/vehicle_speeding", "vehicle/vehicle_fence",
		"vehicle/vehicle_emergency", "vehicle/vehicle_fatigue_repeated", "vehicle/vehicle_offline"} {
		b, err := library.ReadFile("library/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			return
		}
		d := randomDistrict()
		e := newJudge(0, []Model{m}, d, strictLog(t))
		in := newField(t)
		in.series(1, sec, 0.5, 5, 11.5, 5)
		in.series(2, sec, 11.5)
		in.words(9)
		in.pass(2 * sec)
		for _, b := range in.log.batches {
			e.take(b)
		}
		for k := range shards {
			if _, err := readState(e.appendState(nil, k), e.models); err != nil {
				t.Fatal(err)
			}
		}
	})
}
