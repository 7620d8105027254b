package warning

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
)

// A08: the wall counts what is open, what stood in the day before, and what came today,
// for whoever may see it and no more.
func TestWall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		defer func() { l.stop() }()
		at := func(d time.Duration) fengsui.Millis { return fengsui.At(l.t0.Add(d)) }
		look := func(s fengsui.Scope) fengsui.WallWarnings {
			t.Helper()
			x, err := l.e.Wall(l.ctx, s, fengsui.At(time.Now()))
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		if x := look(l.duty()); x.Oldest != nil || len(x.Newest) != 0 || len(x.Grave) != 0 || x.Open[fengsui.Red] != 0 || len(x.Curve.Open[fengsui.Red]) != wallSteps+1 {
			t.Errorf("nothing is wrong: %+v", x)
		}
		l.until(time.Hour)
		l.measure(1, fengsui.Yellow)
		l.until(2 * time.Hour)
		l.measure(1, fengsui.Red)
		l.until(3 * time.Hour)
		l.measure(2, fengsui.Orange)
		l.until(4 * time.Hour)
		l.measure(2, fengsui.None)
		l.end(2, fengsui.FalseAlarm)
		l.measure(3, fengsui.Blue)
		if err := l.e.Shelve(l.ctx, l.duty(), someone, l.last(3).ID, l.last(3).Version, at(8*time.Hour), "x"); err != nil {
			t.Fatal(err)
		}
		l.until(6 * time.Hour)

		x := look(l.duty())
		// What is shelved is open still.
		if fmt.Sprint(x.Open) != "map[blue:1 yellow:0 orange:0 red:1]" || x.Worst["ENT1"] != fengsui.Red || x.Graves != 1 {
			t.Errorf("open: %v, worst %v, %d grave", x.Open, x.Worst, x.Graves)
		}
		if x.Oldest == nil || x.Oldest.Subject != "point/1" || len(x.Grave) != 1 || x.Grave[0].Subject != "point/1" {
			t.Errorf("the oldest is %+v, grave are %+v", x.Oldest, x.Grave)
		}
		if len(x.Newest) != 3 || x.Newest[0].Subject != "point/3" || x.Newest[1].Subject != "point/2" || x.Newest[1].End != fengsui.FalseAlarm {
			t.Errorf("the newest are %+v", x.Newest)
		}
		// The curve says of each moment what Standing says of it.
		if x.Curve.From != at(-18*time.Hour) || x.Curve.Every != fengsui.SpanOf(15*time.Minute) {
			t.Errorf("the curve begins at %v and goes by %v", x.Curve.From, x.Curve.Every)
		}
		for i := range wallSteps + 1 {
			moment := x.Curve.From.Add(fengsui.Span(i) * x.Curve.Every)
			stood, _, err := l.e.Standing(l.ctx, l.duty(), moment, fengsui.Page{})
			if err != nil {
				t.Fatal(err)
			}
			want := map[fengsui.Level]int{}
			for _, s := range stood {
				want[s.Level]++
			}
			for lvl, list := range x.Curve.Open {
				if list[i] != want[lvl] {
					t.Errorf("%s at %s: %d stood, want %d", lvl, l.since(moment), list[i], want[lvl])
				}
			}
		}
		raised := 0
		for _, n := range x.Raised {
			raised += n
		}
		today := 0
		for _, w := range x.Newest {
			if w.RaisedAt >= fengsui.DayOf(fengsui.At(time.Now())) {
				today++
			}
		}
		if raised != today {
			t.Errorf("%d were raised today, want %d", raised, today)
		}
		if firm := look(l.firm()); firm.Open[fengsui.Red] != 1 || len(firm.Newest) != 3 {
			t.Errorf("the enterprise sees %+v", firm)
		}
		if other := look(l.scope(fengsui.RoleZone, "ZONE2")); other.Open[fengsui.Red] != 0 || other.Oldest != nil || len(other.Newest)+len(other.Grave)+len(other.Worst) != 0 || other.Curve.Open[fengsui.Red][wallSteps] != 0 {
			t.Errorf("another zone sees %+v", other)
		}
		if none := look(fengsui.Scope{}); len(none.Newest) != 0 {
			t.Errorf("nobody sees %+v", none)
		}
	})
}

// A21-A23: in time is what was lowered or ended before its clock's first notice.
func TestOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		defer func() { l.stop() }()
		f := func(what string, s fengsui.Scope, met, late int) {
			t.Helper()
			x, err := l.e.OnTime(l.ctx, s, fengsui.At(time.Now()))
			if err != nil || x.Met != met || x.Late != late || x.Month != time.Now().In(fengsui.Civil).Format("2006-01") {
				t.Errorf("%s: %+v %v, want %d in time and %d late", what, x, err, met, late)
			}
		}
		f("nothing yet", l.duty(), 0, 0)
		l.measure(1, fengsui.Yellow)
		f("running within its limit", l.duty(), 0, 0)
		l.until(10 * time.Minute)
		l.measure(1, fengsui.Red)
		f("left for a higher level", l.duty(), 0, 0)
		l.until(41 * time.Minute) // red: 30 min
		f("its first notice went out", l.duty(), 0, 1)
		l.measure(1, fengsui.None)
		l.lower(1, fengsui.Blue)
		f("left late", l.duty(), 0, 1)
		l.until(4 * time.Hour)
		l.end(1, fengsui.Cleared)
		f("blue has no limit", l.duty(), 0, 1)
		l.measure(2, fengsui.Orange)
		l.measure(2, fengsui.None)
		l.until(4*time.Hour + 59*time.Minute) // orange: 1 h
		l.end(2, fengsui.Cleared)
		f("ended in time", l.duty(), 1, 1)
		f("for another zone", l.scope(fengsui.RoleZone, "ZONE2"), 0, 0)
		l.until(32 * 24 * time.Hour)
		f("in the next month", l.duty(), 0, 0)
	})
}
