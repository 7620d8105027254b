package warning

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// TestAims: the shipped aims are what the design of the console names, and what makes no
// sense is refused.
func TestAims(t *testing.T) {
	a, err := LoadAims()
	if err != nil {
		t.Fatal(err)
	}
	if a.Rate != 6 || a.Peak != (fengsui.FloodRule{Count: 10, Within: 600_000}) || a.Stale != (fengsui.StaleRule{After: fengsui.Day, Below: 5}) || a.Share != (fengsui.ShareRule{Red: 0.05, Orange: 0.15, Rest: 0.8}) ||
		a.Chatter != (fengsui.FloodRule{Count: 3, Within: 60_000}) || a.Audit.Before != 7*fengsui.Day || len(a.Unsure) == 0 {
		t.Errorf("the aims are %+v", a)
	}
	for name, f := range map[string]func(*fengsui.AlarmAims){
		"source": func(a *fengsui.AlarmAims) { a.Source = "" }, "rate": func(a *fengsui.AlarmAims) { a.Rate = 0 }, "chatter": func(a *fengsui.AlarmAims) { a.Chatter.Count = 1 },
		"share": func(a *fengsui.AlarmAims) { a.Share.Red = 1.5 }, "frequent": func(a *fengsui.AlarmAims) { a.Frequent = 0 }, "back": func(a *fengsui.AlarmAims) { a.Audit.Back = 0 },
	} {
		bad := *a
		if f(&bad); bad.Check() == nil {
			t.Errorf("wrong %s pass", name)
		}
	}
}

// whole is the time that a test lasts.
func (l *lab) whole() (from, to fengsui.Millis) {
	return fengsui.DayOf(fengsui.At(l.t0)), fengsui.At(time.Now()).Add(fengsui.Day)
}

// TestPerformance: rate and peak a person, share by level, the most frequent, chattering,
// stale ones and who took how many in, within the scope and the time (console-ux §4.9).
func TestPerformance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(l *lab) {
			l.district.Rosters = map[fengsui.ID]*fengsui.Roster{"DUTY": {Shifts: []fengsui.Shift{{From: 0, To: 720, Who: []string{"Li", "Wang"}}, {From: 720, To: 0, Who: []string{"Zhao"}}}}}
		})
		defer func() { l.stop() }()
		// Hours of the civil day that comes, whenever the test runs.
		from, _ := l.whole()
		from = from.Add(fengsui.Day)
		at := func(d time.Duration) { time.Sleep(time.Until(from.Time().Add(d))) }
		at(time.Hour)
		for i := range 3 { // one after the other within a minute
			if i > 0 {
				time.Sleep(20 * time.Second)
			}
			l.measure(1, fengsui.Yellow)
			l.measure(1, fengsui.None)
		}
		l.measure(2, fengsui.Orange)
		at(2 * time.Hour)
		l.measure(2, fengsui.Red) // higher, and no raise
		if err := l.e.Confirm(l.ctx, l.duty(), fengsui.Actor{User: "U1", Name: "Li"}, l.last(2).ID); err != nil {
			t.Fatal(err)
		}
		l.end(1, fengsui.FalseAlarm)
		at(13 * time.Hour)
		l.measure(1, fengsui.Blue)
		f := l.finding(3, fengsui.Blue)
		f.Enterprise, f.Model = 2, "other"
		l.apply(f)

		look := func(s fengsui.Scope, to, now time.Duration) fengsui.Performance {
			t.Helper()
			p, err := l.e.Performance(l.ctx, s, from, from.Add(fengsui.SpanOf(to)), from.Add(fengsui.SpanOf(now)))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := look(l.shift(), 24*time.Hour, 13*time.Hour+30*time.Minute)
		if p.Total != 4 || p.Raised[fengsui.Red] != 1 || p.Raised[fengsui.Yellow] != 1 || p.Raised[fengsui.Blue] != 2 {
			t.Errorf("raised: %d, %v", p.Total, p.Raised)
		}
		if len(p.Hours) != 13 || p.Hours[0].At != from.Add(hour) || p.Hours[0].Raised != 2 || p.Hours[0].OnDuty != 2 || p.Hours[0].Rate != 1 || p.Hours[12].Raised != 2 || p.Hours[12].OnDuty != 1 {
			t.Errorf("hours: %+v", p.Hours)
		}
		if p.Since != from.Add(hour) || p.Persons != 11*2+1.5 || p.Rate != 4/23.5 {
			t.Errorf("%g hours of people, %g an hour", p.Persons, p.Rate)
		}
		if p.Peak.Count != 2 || p.Peak.OnDuty != 1 || p.Peak.Person != 2 {
			t.Errorf("peak: %+v", p.Peak)
		}
		if len(p.Frequent) != 3 || p.Frequent[0].Count != 2 || p.Frequent[0].Share != 0.5 || p.Frequent[0].Subject != "point/1" || p.Frequent[0].Warning != l.last(1).ID {
			t.Errorf("frequent: %+v", p.Frequent)
		}
		if len(p.People) != 1 || p.People[0].Name != "Li" || p.People[0].Confirmed != 1 || p.People[0].Mean < fengsui.SpanOf(59*time.Minute) || p.People[0].Longest != p.People[0].Mean {
			t.Errorf("people: %+v", p.People)
		}
		if p.Chattering != 1 || p.Stale != 0 {
			t.Errorf("%d chattered, %d stale", p.Chattering, p.Stale)
		}
		list, total, err := l.e.Chattering(l.ctx, l.shift(), from, from.Add(fengsui.Day), fengsui.Page{Limit: 10})
		if err != nil || total != 1 || len(list) != 1 || list[0].Subject != "point/1" || list[0].Most != 3 || list[0].Times != 4 || list[0].Warning != l.last(1).ID {
			t.Errorf("chattering: %+v, %d, %v", list, total, err)
		}
		if list, total, _ := l.e.Chattering(l.ctx, l.shift(), from, from.Add(fengsui.Day), fengsui.Page{Offset: 1}); total != 1 || len(list) != 0 {
			t.Errorf("the second page: %v of %d", list, total)
		}
		// Before the first record there is nothing to see, and no quiet hour either.
		if p := look(l.shift(), time.Hour, 24*time.Hour); p.Total != 0 || p.Chattering != 0 || len(p.Hours) != 0 || p.Persons != 0 || p.Rate != 0 || len(p.Frequent) != 0 || len(p.People) != 0 {
			t.Errorf("the first hour: %+v", p)
		}
		if p := look(l.zone(), 24*time.Hour, 24*time.Hour); p.Total != 4 {
			t.Errorf("the zone sees %d", p.Total)
		}
		if p := look(l.firm(), 24*time.Hour, 24*time.Hour); p.Total != 3 || len(p.Frequent) != 2 {
			t.Errorf("the enterprise sees %d", p.Total)
		}
		if p := look(l.scope(fengsui.RoleZone, "ZONE2"), 24*time.Hour, 24*time.Hour); p.Total != 0 || p.Chattering != 0 || p.Stale != 0 {
			t.Errorf("another zone sees %+v", p)
		}
		at(14 * time.Hour)
		if err := l.e.Shelve(l.ctx, l.duty(), someone, l.last(1).ID, l.last(1).Version, fengsui.At(time.Now().Add(23*time.Hour)), "known"); err != nil {
			t.Fatal(err)
		}
		if p := look(l.shift(), 24*time.Hour, 26*time.Hour); p.Stale != 1 || p.Shelved != 0 {
			t.Errorf("after a day: %d stale, %d of them shelved", p.Stale, p.Shelved)
		}
		if p := look(l.shift(), 24*time.Hour, 38*time.Hour); p.Stale != 3 || p.Shelved != 1 {
			t.Errorf("after 38 hours: %d stale, %d of them shelved", p.Stale, p.Shelved)
		}
		if p := look(l.shift(), 24*time.Hour, -time.Hour); p.Total != 0 || len(p.Hours) != 0 || p.Persons != 0 {
			t.Errorf("a time to come: %+v", p)
		}
	})
}

// TestAsked: each question of an audit finds what it asks for, within the scope and the
// time, and nothing else (A10).
func TestAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		defer func() { l.stop() }()
		court := fengsui.Scope{User: "U9", Role: fengsui.RoleDiscipline, All: true}
		other := l.scope(fengsui.RoleZone, "ZONE2")
		silence := func(point int64, level fengsui.Level) {
			f := l.finding(point, level)
			f.Model = "silence"
			l.apply(f)
		}
		change := func(kind, object, act string, enterprise fengsui.ID, sector fengsui.Sector, before, after any) {
			t.Helper()
			err := l.db.Change(l.ctx, func(tx *store.Tx) error {
				return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: kind, ID: fengsui.ID(object)}, Act: act, By: someone, Why: "import", Before: before, After: after, Enterprise: enterprise, Sector: sector})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		h := func(v float64) *float64 { return &v }
		// Changes: of the point's upper limit, of its name alone, of another enterprise's, of
		// a model of the sector and one of another.
		change("point", "old", "changed", "ENT1", "hazchem", fengsui.Point{Name: "level", H: h(8)}, fengsui.Point{Name: "level", H: h(8.5)})
		l.until(24 * time.Hour)
		change("point", "P1", "changed", "ENT1", "hazchem", fengsui.Point{Name: "level", RangeHigh: 10, H: h(8)}, fengsui.Point{Name: "level", RangeHigh: 10, H: h(9.5)})
		change("point", "P1", "changed", "ENT1", "hazchem", fengsui.Point{Name: "level", H: h(8)}, fengsui.Point{Name: "niveau", H: h(8)})
		change("point", "P2", "changed", "ENT2", "fire", fengsui.Point{H: h(8)}, fengsui.Point{H: h(9)})
		change("model", "shipped", "released", "", "hazchem", nil, nil) // with the platform: it changes nothing
		change("model", tank, "drafted", "", "hazchem", nil, nil)
		change("model", "smoke", "drafted", "", "fire", nil, nil)
		change("model", tank, "released", "", "hazchem", nil, nil)
		change("model", "smoke", "released", "", "fire", nil, nil)

		l.until(7*24*time.Hour + time.Hour)
		l.measure(1, fengsui.Yellow) // its limit passes after an hour
		silence(2, fengsui.Yellow)   // a gap of another point of the enterprise
		l.until(7*24*time.Hour + 90*time.Minute)
		l.measure(1, fengsui.Red) // again after half an hour
		silence(2, fengsui.None)
		l.until(7*24*time.Hour + 3*time.Hour)
		l.end(2, fengsui.Cleared) // hours after the data were back
		l.measure(1, fengsui.None)
		l.end(1, fengsui.FalseAlarm)
		first := l.last(1)
		silence(3, fengsui.Yellow) // after the end: no gap of it
		l.until(7*24*time.Hour + 4*time.Hour + 30*time.Minute)
		l.measure(1, fengsui.Yellow) // anew
		second := l.last(1)
		from, to := l.whole()

		missed, total, err := l.e.Missed(l.ctx, court, from, to, fengsui.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range missed {
			got = append(got, fmt.Sprintf("%s/%d %s due %s notices %d supervised %v ended %v", m.Subject, m.Period, m.Level, l.since(m.DueAt), m.Notices, m.SupervisedAt > 0, m.EndedAt > 0))
		}
		want := []string{"point/2/1 yellow due 170:00:00 notices 2 supervised false ended true", "point/1/2 red due 170:00:00 notices 3 supervised false ended true",
			"point/3/1 yellow due 172:00:00 notices 1 supervised false ended false"}
		slices.Sort(got)
		slices.Sort(want)
		if total != len(missed) || !slices.Equal(got, want) {
			t.Errorf("limits missed: %d\n%s\nwant\n%s", total, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if page, total, err := l.e.Missed(l.ctx, court, from, to, fengsui.Page{Offset: 1, Limit: 1}); err != nil || total != len(want) || len(page) != 1 {
			t.Errorf("the second page: %v of %d, %v", page, total, err)
		}
		if _, total, _ := l.e.Missed(l.ctx, other, from, to, fengsui.Page{}); total != 0 {
			t.Errorf("another zone sees %d", total)
		}
		if _, total, _ := l.e.Missed(l.ctx, court, from, fengsui.At(l.t0.Add(24*time.Hour)), fengsui.Page{}); total != 0 {
			t.Errorf("before there are %d", total)
		}

		untrue, total, err := l.e.FalseAlarms(l.ctx, court, from, to, fengsui.Page{})
		if err != nil || total != 1 || len(untrue) != 1 || untrue[0].User != "U1" || untrue[0].Name != "Officer" || untrue[0].Count != 1 || untrue[0].Cleared != 1 || untrue[0].Levels[fengsui.Red] != 1 || untrue[0].Levels[fengsui.Yellow] != 0 || untrue[0].Again != 1 {
			t.Errorf("false alarms: %+v, %d, %v", untrue, total, err)
		}
		if _, total, _ := l.e.FalseAlarms(l.ctx, other, from, to, fengsui.Page{}); total != 0 {
			t.Errorf("another zone sees %d", total)
		}

		gaps, total, err := l.e.Gaps(l.ctx, court, []string{"silence"}, from, to, fengsui.Page{})
		got = nil
		for _, g := range gaps {
			if g.From >= g.Until && g.Until > 0 || g.Silence == "" {
				t.Errorf("a gap is %+v", g)
			}
			got = append(got, fmt.Sprintf("%s %s by %s over %v", g.Warning, g.Peak, g.Silent, g.Until > 0))
		}
		want = []string{string(second.ID) + " yellow by point/3 over false", string(first.ID) + " red by point/2 over true"}
		if err != nil || total != 2 || !slices.Equal(got, want) {
			t.Errorf("gaps: %d, %v\n%s\nwant\n%s", total, err, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if gaps[1].Until != fengsui.At(l.t0.Add(7*24*time.Hour+90*time.Minute)) {
			t.Errorf("the gap ended %s, want when the data were back", l.since(gaps[1].Until))
		}
		for _, s := range []fengsui.Scope{other, l.scope(fengsui.RoleEnterprise, "ENT2")} {
			if _, total, err := l.e.Gaps(l.ctx, s, []string{"silence"}, from, to, fengsui.Page{}); total != 0 || err != nil {
				t.Errorf("others see %d gaps, %v", total, err)
			}
		}
		if _, total, err := l.e.Gaps(l.ctx, court, nil, from, to, fengsui.Page{}); total != 0 || err != nil {
			t.Errorf("without a model of silence: %d, %v", total, err)
		}

		changes, total, err := l.e.LimitChanges(l.ctx, court, from, to, fengsui.Page{})
		got = nil
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%s %s %s %v -> %v: %s %d", c.Of.Kind, c.Of.ID, c.Act, c.Before, c.After, c.Followed.Warning, c.Following))
		}
		want = []string{
			fmt.Sprintf("model %s released [] -> []: %s 1", tank, first.ID),
			fmt.Sprintf("point P1 changed [{low 0} {H 8} {high 10}] -> [{low 0} {H 9.5} {high 10}]: %s 1", first.ID),
		}
		if err != nil || total != 2 || !slices.Equal(got, want) {
			t.Errorf("changes of limits: %d, %v\n%s\nwant\n%s", total, err, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if page, total, err := l.e.LimitChanges(l.ctx, court, from, to, fengsui.Page{Offset: 1, Limit: 5}); err != nil || total != 2 || len(page) != 1 || page[0].Of.Kind != "point" || page[0].By.Name != "Officer" {
			t.Errorf("the second page: %+v of %d, %v", page, total, err)
		}
		if _, total, _ := l.e.LimitChanges(l.ctx, other, from, to, fengsui.Page{}); total != 0 {
			t.Errorf("another zone sees %d", total)
		}
		// The yellow one becomes an accident: what was changed in the week before it counts too.
		l.until(7*24*time.Hour + 5*time.Hour)
		err = l.db.Change(l.ctx, func(tx *store.Tx) error {
			_, err := l.e.Annotate(tx, l.zone(), someone, second.ID, "accident", "leak", nil, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		changes, _, err = l.e.LimitChanges(l.ctx, court, from, to, fengsui.Page{})
		if err != nil || len(changes) != 2 || changes[1].Following != 2 {
			t.Errorf("after the accident: %+v, %v", changes, err)
		}
	})
}
