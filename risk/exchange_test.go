package risk

import (
	"fmt"
	"reflect"
	"testing"

	"fengsui"
)

// A release takes effect between two records, without a restart (A18): what stands
// at a rung of another level is told anew, what only goes on is not told again, and
// what nobody judges any more is taken back.
func TestExchange(t *testing.T) {
	two := func(change func(*Model)) Model { return bare(Ladder, func(m *Model) { m.Version = 2; change(m) }) }
	hold := func(m *Model) { m.Ladder[3].Hold = fengsui.Span(10 * sec) }
	for _, c := range []struct {
		name  string
		first Model
		say   []float64 // a second apart, before
		next  []Model
		then  []float64 // and after
		want  []string  // what is told after
	}{
		{"the same", bare(Ladder, nil), []float64{11.5}, []Model{two(func(*Model) {})}, []float64{11.6, 11.4, 5}, []string{"3 ladder@2  none"}},
		{"a rung of another level", bare(Ladder, nil), []float64{10.5}, []Model{two(func(m *Model) { m.Ladder[2].Level = fengsui.Orange })}, []float64{10.5}, []string{"0 ladder@2 H orange"}},
		{"a rung less, standing at it", bare(Ladder, nil), []float64{11.5}, []Model{two(func(m *Model) { m.Ladder = m.Ladder[:3] })}, []float64{11.5, 5}, []string{"0 ladder@2 H yellow", "2 ladder@2  none"}},
		{"other rungs, other places", bare(Ladder, nil), []float64{11.5}, []Model{two(func(m *Model) { m.Ladder = m.Ladder[2:] })}, []float64{11.5, 1.5, 10.5}, []string{"2 ladder@2  none", "3 ladder@2 H yellow"}},
		{"gone", bare(Ladder, nil), []float64{11.5}, nil, []float64{11.5}, []string{"0 ladder@1  none"}},
		{"one more", bare(Ladder, nil), []float64{11.5}, []Model{bare(Ladder, nil), bare(Ladder, func(m *Model) { m.ID = "other" })}, []float64{11.5}, []string{"1 other@1 HH red"}},
		{"about to rise: the hold time goes on", bare(Ladder, hold), []float64{11.5, 11.5, 11.5, 11.5, 11.5, 11.5}, []Model{two(hold)}, []float64{11.5, 11.5, 11.5, 11.5, 11.5, 11.5}, []string{"4 ladder@2 HH red"}},
	} {
		d := testDistrict(levelPoint(1))
		j := newJudge(0, []Model{c.first}, d, strictLog(t))
		f := newField(t)
		take := func() {
			for _, b := range f.log.batches {
				if j.place.Less(fengsui.Place{Seq: b.Seq}) {
					j.take(b)
				}
			}
		}
		for _, v := range c.say {
			f.say(1, v)
			f.pass(sec)
		}
		take()
		began := f.now
		var got []string
		j.out = j.out[:0]
		j.judgeBy(c.next)
		f.tick()
		for _, v := range c.then {
			f.pass(sec)
			f.say(1, v)
		}
		f.pass(sec)
		take()
		for i := range j.out {
			x := &j.out[i]
			got = append(got, fmt.Sprintf("%d %s@%d %s %s", (x.Learnt-began)/sec, x.Model, x.Version, x.Rung, x.Level))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: told %q, want %q", c.name, got, c.want)
		}
		// What is saved of it is read back.
		for k := range j.shards {
			s, err := readState(j.appendState(nil, k), j.models)
			if err != nil || len(s.points) != len(j.shards[k].points) {
				t.Errorf("%s: shard %d cannot be read back: %v", c.name, k, err)
			}
		}
	}
}

// Silence is carried over too, for points and for what they hang on.
func TestExchangeSilence(t *testing.T) {
	d := testDistrict(keyPoint(1, 10*sec, "d9"), keyPoint(2, 10*sec, "d9"), keyPoint(3, 10*sec, ""))
	j := newJudge(0, []Model{bare(Silence, nil)}, d, strictLog(t))
	f := newField(t)
	take := func() {
		for _, b := range f.log.batches {
			if j.place.Less(fengsui.Place{Seq: b.Seq}) {
				j.take(b)
			}
		}
	}
	f.send(fengsui.Sample{Point: 1, At: f.now, Value: 5}, fengsui.Sample{Point: 2, At: f.now, Value: 5}, fengsui.Sample{Point: 3, At: f.now, Value: 5})
	f.pass(minute)
	take()
	if len(j.out) != 2 {
		t.Fatalf("%d findings of silence, want the gateway's and the point's: %+v", len(j.out), j.out)
	}
	j.out = j.out[:0]
	j.judgeBy([]Model{bare(Silence, func(m *Model) { m.Version = 2 })})
	f.pass(minute)
	take()
	if len(j.out) != 0 {
		t.Errorf("the same silence is told again: %+v", j.out)
	}
	j.judgeBy([]Model{bare(Silence, func(m *Model) { m.Version, m.Ladder[2].Level = 3, fengsui.Orange })})
	f.pass(sec)
	take()
	if len(j.out) != 2 || j.out[0].Level != fengsui.Orange || j.out[1].Level != fengsui.Orange || j.out[0].Version != 3 {
		t.Errorf("offline became orange: %+v", j.out)
	}
	j.out = j.out[:0]
	j.judgeBy(nil)
	f.pass(2 * sec)
	take()
	if len(j.out) != 2 || j.out[0].Level != fengsui.None || j.out[1].Level != fengsui.None {
		t.Errorf("silence is judged no more: %+v", j.out)
	}
}
