package warning

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
)

// What stood at a moment stands there with the level that it had then, for whoever may
// see it, and nothing else does.
func TestStanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		defer func() { l.stop() }()
		at := func(d time.Duration) fengsui.Millis { return fengsui.At(l.t0.Add(d)) }
		l.until(time.Hour)
		l.measure(1, fengsui.Yellow)
		l.until(2 * time.Hour)
		l.measure(1, fengsui.Red)
		l.until(3 * time.Hour)
		l.measure(1, fengsui.None) // returned: a verdict needs no hold
		l.lower(1, fengsui.Blue)
		l.measure(2, fengsui.Orange)
		l.until(4 * time.Hour)
		l.end(1, fengsui.FalseAlarm)
		l.until(5 * time.Hour)

		f := func(s fengsui.Scope, d time.Duration, want ...string) {
			t.Helper()
			list, total, err := l.e.Standing(l.ctx, s, at(d), fengsui.Page{})
			if err != nil || total != len(list) {
				t.Fatal(total, list, err)
			}
			var got []string
			for _, w := range list {
				got = append(got, fmt.Sprintf("%s %s", w.Subject, w.Level))
			}
			if !slices.Equal(got, want) {
				t.Errorf("at %s: got %v, want %v", d, got, want)
			}
		}
		f(l.duty(), 30*time.Minute)
		f(l.duty(), 90*time.Minute, "point/1 yellow")
		f(l.duty(), 150*time.Minute, "point/1 red")
		f(l.duty(), 210*time.Minute, "point/2 orange", "point/1 blue")
		f(l.duty(), 270*time.Minute, "point/2 orange")
		f(l.firm(), 150*time.Minute, "point/1 red")
		f(l.scope(fengsui.RoleZone, "ZONE2"), 150*time.Minute)
		list, total, err := l.e.Standing(l.ctx, l.duty(), at(210*time.Minute), fengsui.Page{Offset: 1, Limit: 1})
		if err != nil || total != 2 || len(list) != 1 || list[0].Level != fengsui.Blue {
			t.Errorf("the second page: %v %d %v", list, total, err)
		}

		months, err := l.e.Months(l.ctx, l.firm(), "ENT1", at(5*time.Hour), 12)
		if err != nil || len(months) != 12 {
			t.Fatal(months, err)
		}
		this := months[11]
		if this.Month != l.t0.In(fengsui.Civil).Format("2006-01") || this.Raised[fengsui.Red] != 1 || this.Raised[fengsui.Orange] != 1 || this.Raised[fengsui.Yellow] != 0 || this.False != 1 {
			t.Errorf("this month: %+v", this)
		}
		if months[10].Raised[fengsui.Red] != 0 || months[10].Month >= this.Month {
			t.Errorf("the month before: %+v", months[10])
		}
		if months, err = l.e.Months(l.ctx, l.scope(fengsui.RoleZone, "ZONE2"), "ENT1", at(5*time.Hour), 12); err != nil || months[11].Raised[fengsui.Red] != 0 {
			t.Errorf("another zone sees %v %v", months, err)
		}
	})
}
