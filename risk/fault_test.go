//go:build fault

package risk

import (
	"testing"

	"fengsui"
	"fengsui/fault"
)

// The planted fault is one: with state and place saved first, a crash before the
// findings are applied loses them, for the state says that they were told.
func TestEarlyPlace(t *testing.T) {
	t.Setenv("FENGSUI_FAULT", fault.EarlyPlace)
	f := newField(t)
	f.say(1, 11.5)
	away := true
	out := &found{fail: func() error {
		if away {
			return fengsui.Errorf(fengsui.Unavailable, "store_away", "away")
		}
		return nil
	}}
	d := testDistrict(levelPoint(1))
	c := Config{DB: openStore(t), Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}}
	e := reopen(t, c)
	for e.place.Less(f.log.Tail()) {
		b, err := f.log.Reader(e.place).Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		e.take(b)
	}
	if err := e.apply(t.Context()); err == nil {
		t.Fatal("applied while Apply refuses")
	}
	away = false
	drain(t, c)
	if len(out.list) != 0 {
		t.Errorf("the fault shows nothing: findings %+v", out.list)
	}
}
