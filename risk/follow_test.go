package risk

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"fengsui"
)

// Beside the holder the latest values are known as well, from what it saved and from
// the log, and nothing is found, written or taken over.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newField(t)
		f.say(1, 9)
		f.say(2, 11.5)
		d, out, db := testDistrict(levelPoint(1), levelPoint(2)), &found{}, openStore(t)
		c := Config{DB: db, Log: f.log, District: func() *fengsui.District { return d }, Apply: out.apply, Models: []Model{bare(Ladder, nil)}, Logger: strictLog(t)}
		drain(t, c)
		told := len(out.list)
		epoch := scanInt(t, db, `SELECT epoch FROM risk_place`)

		e, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		f.say(1, 13) // what the holder has not saved
		all.Go(func() { e.Follow(ctx) })
		synctest.Wait()
		for num, want := range map[int64]float64{1: 13, 2: 11.5} {
			if l, ok := e.Latest(num); !ok || l.Value != want {
				t.Errorf("point %d: got %+v %v, want %v", num, l, ok, want)
			}
		}
		if l, _ := e.Latest(1); l.State == fengsui.None {
			t.Error("the level of a point that rose since is not known")
		}
		cancel()
		all.Wait()
		if len(out.list) != told || scanInt(t, db, `SELECT epoch FROM risk_place`) != epoch {
			t.Error("who follows handed findings on, or took the partition over")
		}
		// The holder goes on as if nobody had followed.
		drain(t, c)
		if len(out.list) != told+1 {
			t.Errorf("%d findings afterwards, want %d", len(out.list), told+1)
		}
	})
}
