package warning

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

const (
	blue, yellow, orange, red = fengsui.Blue, fengsui.Yellow, fengsui.Orange, fengsui.Red

	allOfRed  = "BUR(bureau) ENT1(enterprise) REG(regulator) ZONE(zone)"
	allOfOran = "ENT1(enterprise) REG(regulator) ZONE(zone)"
	allOfYel  = "ENT1(enterprise) ZONE(zone)"
)

// story runs under fake time on a real store with the loop running.
func story(t *testing.T, name string, fn func(*testing.T, *lab), change ...func(*lab)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t, change...)
			defer func() { l.stop() }() // whichever engine runs then
			fn(t, l)
		})
	})
}

func TestLifecycle(t *testing.T) {
	story(t, "A23_red_not_handled", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(2*time.Hour + 30*time.Minute + time.Second)
		w := l.last(1)
		same(t, "steps", l.steps(w.ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)
			1:00:00 notice/2 red to REG(regulator)
			1:30:00 notice/3 red to REG(regulator)
			2:00:00 notice/4 red to REG(regulator)
			2:00:00 supervise/1 red to REG(regulator)
			2:30:00 notice/5 red to REG(regulator)`)
		same(t, "orders", strings.Join(l.orders, "\n"), `2:00:00 point/1 supervise/1`)
		if w.Version != 1 {
			t.Errorf("notices raised the version to %d", w.Version)
		}
		if got, want := l.since(w.DueAt), "3:00:00"; got != want {
			t.Errorf("next due at %s, want %s", got, want)
		}
	})
	story(t, "A44_red_goes_up_until_it_ends", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(31 * time.Minute)
		l.annotate(t, l.last(1).ID)
		l.measure(1, yellow) // less: machine columns only, but on the time line
		l.measure(1, fengsui.None)
		l.lower(1, yellow) // was red: still goes up
		l.until(2 * time.Hour)
		l.end(1, fengsui.Cleared)
		l.annotate(t, l.last(1).ID)
		l.until(9 * time.Hour)
		var got []string
		for _, e := range l.entries(store.Filter{Warning: l.last(1).ID}) {
			for _, s := range e.Tell {
				if s.Kind == fengsui.StepUplink {
					got = append(got, e.Act+" "+strconv.Itoa(s.Number)+" "+toldText(s.To))
				}
			}
		}
		same(t, "uplink", strings.Join(got, "\n"), `
			raised 1 CITY(municipal)
			notice 2 CITY(municipal)
			note 3 CITY(municipal)
			active 4 CITY(municipal)
			returned 5 CITY(municipal)
			lowered 6 CITY(municipal)
			notice 7 CITY(municipal)
			cleared 8 CITY(municipal)`)
	})
	story(t, "A22_orange_not_handled", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		l.until(12*time.Hour + time.Second)
		got := strings.Split(strings.TrimSpace(l.steps(l.last(1).ID)), "\n")
		if len(got) != 14 {
			t.Fatalf("got %d steps, want a push, 12 notices and an order:\n%s", len(got), strings.Join(got, "\n"))
		}
		same(t, "first and last", strings.Join([]string{got[0], got[1], got[13]}, "\n"), `
			0:00:00 push/1 orange to `+allOfOran+`
			1:00:00 notice/1 orange to REG(regulator)
			12:00:00 supervise/1 orange to REG(regulator)`)
	})
	story(t, "A21_yellow_not_handled", func(t *testing.T, l *lab) {
		l.measure(1, yellow)
		l.until(24*time.Hour + time.Second)
		got := strings.Split(strings.TrimSpace(l.steps(l.last(1).ID)), "\n")
		if len(got) != 26 {
			t.Fatalf("got %d steps, want a push, 24 notices and an order", len(got))
		}
		same(t, "first and last", strings.Join([]string{got[0], got[1], got[24], got[25]}, "\n"), `
			0:00:00 push/1 yellow to `+allOfYel+`
			1:00:00 notice/1 yellow to ENT1(enterprise)
			24:00:00 notice/24 yellow to ENT1(enterprise)
			24:00:00 supervise/1 yellow to ZONE(zone)`)
	})
	story(t, "A20_blue_is_routine_and_can_rise", func(t *testing.T, l *lab) {
		l.measure(1, blue)
		l.until(72 * time.Hour)
		w := l.last(1)
		same(t, "steps", l.steps(w.ID), `
			0:00:00 push/1 blue to ENT1(enterprise)
			0:00:00 routine/1 blue to ENT1(enterprise)`)
		same(t, "orders", strings.Join(l.orders, "\n"), `0:00:00 point/1 routine/1`)
		if w.DueAt != 0 {
			t.Errorf("blue falls due at %s", l.since(w.DueAt))
		}
		l.measure(1, orange)
		l.until(73*time.Hour + time.Second)
		same(t, "steps after it rose", l.steps(w.ID), `
			0:00:00 push/1 blue to ENT1(enterprise)
			0:00:00 routine/1 blue to ENT1(enterprise)
			72:00:00 push/1 orange to `+allOfOran+`
			73:00:00 notice/1 orange to REG(regulator)`)
	})
	story(t, "upgrade_restarts_the_clock_and_resets_confirmation", func(t *testing.T, l *lab) {
		l.measure(1, yellow)
		id := l.last(1).ID
		if err := l.e.Confirm(l.ctx, l.duty(), someone, id); err != nil {
			t.Fatal(err)
		}
		l.until(50 * time.Minute)
		l.measure(1, red)
		w := l.last(1)
		if w.ConfirmedAt != 0 || w.Level != red || w.Peak != red || w.Version != 2 || w.Period != 2 {
			t.Errorf("after the upgrade: %+v", w)
		}
		l.until(90 * time.Minute)
		same(t, "steps", l.steps(id), `
			0:00:00 push/1 yellow to `+allOfYel+`
			0:50:00 push/1 red to `+allOfRed+`
			1:20:00 notice/1 red to REG(regulator)`)
	})
	story(t, "downgrade_mid_clock", func(t *testing.T, l *lab) { // risk-models §1
		l.measure(1, orange)
		l.until(40 * time.Minute)
		l.measure(1, fengsui.None)
		l.lower(1, yellow)
		l.until(24*time.Hour + 40*time.Minute + time.Second)
		got := strings.Split(strings.TrimSpace(l.steps(l.last(1).ID)), "\n")
		same(t, "begin", strings.Join(got[:3], "\n"), `
			0:00:00 push/1 orange to `+allOfOran+`
			0:40:00 lowered/1 yellow to `+allOfOran+`
			1:40:00 notice/1 yellow to ENT1(enterprise)`)
		same(t, "end", got[len(got)-1], `24:40:00 supervise/1 yellow to ZONE(zone)`)
		p, err := l.e.Periods(l.ctx, l.zone(), l.last(1).ID)
		if err != nil || len(p) != 2 || p[0].Level != orange || l.since(p[0].Ended) != "0:40:00" || p[1].Level != yellow || p[1].Ended != 0 || p[1].Clock.Noticed != 24 || !p[1].Clock.Supervised {
			t.Errorf("periods: %+v, %v", p, err)
		}
	})
	story(t, "lowered_and_relapsed_within_the_hour_goes_on", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(65 * time.Minute) // notices at 0:30, 1:00
		l.measure(1, fengsui.None)
		l.lower(1, yellow)
		l.until(2*time.Hour + 3*time.Minute) // 58 min after red was left
		l.measure(1, red)
		l.until(2*time.Hour + 31*time.Minute)
		same(t, "steps", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)
			1:00:00 notice/2 red to REG(regulator)
			1:05:00 lowered/1 yellow to `+allOfRed+`
			2:03:00 push/1 red to `+allOfRed+`
			2:03:00 notice/4 red due 2:00:00 missed 1 to REG(regulator)
			2:03:00 supervise/1 red due 2:00:00 to REG(regulator)
			2:30:00 notice/5 red to REG(regulator)`)
	})
	story(t, "relapse_after_more_than_the_hour_starts_anew", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(10 * time.Minute)
		l.measure(1, fengsui.None)
		l.lower(1, blue)
		l.until(70*time.Minute + time.Second)
		l.measure(1, red)
		l.until(101 * time.Minute)
		same(t, "steps", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:10:00 lowered/1 blue to `+allOfRed+`
			0:10:00 routine/1 blue to ENT1(enterprise)
			1:10:01 push/1 red to `+allOfRed+`
			1:40:01 notice/1 red to REG(regulator)`)
	})
	story(t, "ended_and_back_within_the_hour_takes_over", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(40 * time.Minute)
		l.measure(1, fengsui.None)
		l.end(1, fengsui.Cleared)
		old := l.last(1)
		same(t, "old", l.steps(old.ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)
			0:40:00 ended/1 red to `+allOfRed)
		l.until(99 * time.Minute)
		l.measure(1, red)
		w := l.last(1)
		if w.Occurrence != 2 || w.After != old.ID || w.Clock.Anchor != old.Clock.Anchor {
			t.Errorf("new warning: %+v", w)
		}
		l.until(2 * time.Hour)
		synctest.Wait()
		same(t, "new", l.steps(w.ID), `
			1:39:00 push/1 red to `+allOfRed+`
			1:39:00 notice/3 red due 1:30:00 missed 1 to REG(regulator)
			2:00:00 notice/4 red to REG(regulator)
			2:00:00 supervise/1 red to REG(regulator)`)
	})
	story(t, "ended_and_back_at_another_level_or_later_starts_anew", func(t *testing.T, l *lab) {
		for i, c := range []struct {
			after time.Duration
			level fengsui.Level
			takes bool
		}{{time.Hour, red, true}, {time.Hour + time.Millisecond, red, false}, {time.Minute, orange, false}} {
			point := int64(10 + i)
			l.measure(point, red)
			time.Sleep(10 * time.Minute)
			l.measure(point, fengsui.None)
			l.end(point, fengsui.Cleared)
			time.Sleep(c.after)
			l.measure(point, c.level)
			w := l.last(point)
			if got := w.Clock.Anchor != w.RaisedAt; got != c.takes || w.Occurrence != 2 {
				t.Errorf("%s %s later: took over the clock: %v, want %v", c.level, c.after, got, c.takes)
			}
		}
	})
	story(t, "verdicts_on_the_way_give_red_no_more_time", func(t *testing.T, l *lab) { // A23
		for i, c := range []struct {
			back  []fengsui.Level // how it comes back
			after time.Duration
			takes bool
		}{
			{[]fengsui.Level{red}, 5 * time.Minute, true},
			{[]fengsui.Level{blue, red}, 5 * time.Minute, true},
			{[]fengsui.Level{red}, time.Hour + time.Millisecond, false},
		} {
			point := int64(10 + i)
			l.measure(point, red)
			first := l.last(point).Clock.Anchor
			time.Sleep(10 * time.Minute)
			l.measure(point, fengsui.None)
			l.lower(point, blue)
			l.end(point, fengsui.Cleared)
			l.measure(point, blue) // one in between
			l.measure(point, fengsui.None)
			l.end(point, fengsui.Cleared)
			time.Sleep(c.after)
			for _, level := range c.back {
				l.measure(point, level)
			}
			if w := l.last(point); (w.Clock.Anchor == first) != c.takes || w.Occurrence != 3 || w.Level != red {
				t.Errorf("%v %s later: it goes on: %v, want %v", c.back, c.after, w.Clock.Anchor == first, c.takes)
			}
		}
	})
}

func TestHold(t *testing.T) {
	story(t, "verdict_against_active_runs_out", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(10 * time.Minute)
		l.lower(1, yellow)
		w := l.last(1)
		if w.HoldMeasured != red || l.since(w.HoldUntil) != "0:40:00" || l.since(w.DueAt) != "0:40:00" {
			t.Fatalf("hold: %+v", w)
		}
		l.measure(1, orange) // less than at the verdict
		l.measure(1, red)    // the same
		if w := l.last(1); w.Level != yellow || w.Measured != red || w.Version != 2 {
			t.Errorf("a held warning moved: %+v", w)
		}
		l.until(41 * time.Minute)
		same(t, "steps", l.steps(w.ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:10:00 lowered/1 yellow to `+allOfRed+`
			0:40:00 push/1 red to `+allOfRed+`
			0:40:00 notice/1 red due 0:30:00 to REG(regulator)`)
		for _, e := range l.entries(store.Filter{Warning: w.ID}) {
			if e.Act == "upgraded" && (e.Why != "seen on site" || !strings.Contains(string(e.After), `"verdict":{"at"`)) {
				t.Errorf("the upgrade does not cite the verdict: why %q after %s", e.Why, e.After)
			}
		}
		if w := l.last(1); w.HoldMeasured != fengsui.None || w.Level != red {
			t.Errorf("after the hold: %+v", w)
		}
	})
	story(t, "hold_runs_out_with_nothing_above_the_level", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		l.lower(1, yellow)
		l.measure(1, yellow)
		l.until(2*time.Hour + time.Second)
		w := l.last(1)
		same(t, "acts", l.acts(w.ID), `
			0:00:00 raised
			0:00:00 lowered
			0:00:00 active
			1:00:00 notice
			2:00:00 notice
			2:00:00 hold_over`)
		l.measure(1, orange)
		if w := l.last(1); w.Level != orange {
			t.Errorf("after the hold a raise does not raise: %+v", w)
		}
	})
	story(t, "above_the_verdicts_measure_raises_at_once", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		l.lower(1, blue)
		l.measure(1, yellow)
		l.measure(1, red)
		if w := l.last(1); w.Level != red || w.HoldMeasured != fengsui.None {
			t.Errorf("got %+v", w)
		}
	})
	story(t, "returned_and_back_raises_at_once", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		l.lower(1, yellow)
		l.until(time.Minute)
		l.measure(1, fengsui.None)
		if w := l.last(1); w.Condition != fengsui.Returned || w.Measured != fengsui.None || w.HoldMeasured != fengsui.None || w.Level != yellow {
			t.Errorf("returned: %+v", w)
		}
		l.measure(1, orange)
		if w := l.last(1); w.Level != orange {
			t.Errorf("back: %+v", w)
		}
	})
	story(t, "verdict_with_the_condition_is_no_hold", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.lower(1, orange) // against: hold
		l.measure(1, blue) // less now
		l.lower(1, yellow) // not against: the old hold is gone too
		if w := l.last(1); w.HoldMeasured != fengsui.None {
			t.Fatalf("held: %+v", w)
		}
		l.measure(1, orange)
		if w := l.last(1); w.Level != orange {
			t.Errorf("got %+v", w)
		}
	})
	story(t, "false_alarm_while_over_HH", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(5 * time.Minute)
		l.end(1, fengsui.FalseAlarm)
		l.until(20 * time.Minute)
		l.restart(0) // the hold is a row
		l.measure(1, orange)
		l.measure(1, red)
		if got := len(l.all(1)); got != 1 {
			t.Fatalf("%d warnings while the verdict holds, want 1", got)
		}
		l.until(36 * time.Minute)
		w := l.last(1)
		old := l.all(1)[0]
		if w.Occurrence != 2 || w.After != old.ID || w.Level != red || l.since(w.RaisedAt) != "0:35:00" || old.End != fengsui.FalseAlarm {
			t.Fatalf("after the hold: %+v", w)
		}
		// Within the hour at the same level: the old clock goes on.
		same(t, "steps", l.steps(w.ID), `
			0:35:00 push/1 red to `+allOfRed+`
			0:35:00 notice/1 red due 0:30:00 to REG(regulator)`)
		e := l.entries(store.Filter{Warning: w.ID})[0]
		if e.Act != "raised" || e.Why != "seen on site" || !strings.Contains(string(e.After), `"end":"false_alarm"`) {
			t.Errorf("the raise does not cite the verdict: %s %q %s", e.Act, e.Why, e.After)
		}
	})
	story(t, "ended_hold_returned_and_back_is_a_new_warning_at_once", func(t *testing.T, l *lab) {
		l.measure(1, yellow)
		l.end(1, fengsui.Cleared)
		l.measure(1, fengsui.None)
		l.until(9 * time.Hour)
		if got := len(l.all(1)); got != 1 {
			t.Fatalf("%d warnings, want 1", got)
		}
		l.measure(1, yellow)
		if got := len(l.all(1)); got != 2 {
			t.Errorf("%d warnings, want 2", got)
		}
	})
	story(t, "ended_hold_exceeded_is_a_new_warning_at_once", func(t *testing.T, l *lab) {
		l.measure(1, yellow)
		l.end(1, fengsui.Cleared)
		l.measure(1, orange)
		if w := l.last(1); w.Occurrence != 2 || w.Level != orange {
			t.Errorf("got %+v", w)
		}
		l.until(9 * time.Hour)
		if got := len(l.all(1)); got != 2 {
			t.Errorf("the hold lives on: %d warnings", got)
		}
	})
	story(t, "blue_holds_until_the_condition_changes", func(t *testing.T, l *lab) {
		l.measure(1, blue)
		l.end(1, fengsui.Cleared)
		l.until(1000 * time.Hour)
		if got := len(l.all(1)); got != 1 {
			t.Fatalf("%d warnings, want 1", got)
		}
		l.measure(1, yellow)
		if got := len(l.all(1)); got != 2 {
			t.Errorf("%d warnings, want 2", got)
		}
	})
	story(t, "an_act_before_the_loop_woke_finds_what_was_due", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.measure(2, red)
		l.stop()
		l.until(45 * time.Minute)
		l.openStill() // the loop has not had its turn
		l.lower(1, orange)
		l.measure(2, fengsui.None)
		l.end(2, fengsui.Cleared)
		same(t, "lowered", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:45:00 notice/1 red due 0:30:00 to REG(regulator)
			0:45:00 lowered/1 orange to `+allOfRed)
		same(t, "ended", l.steps(l.last(2).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:45:00 notice/1 red due 0:30:00 to REG(regulator)
			0:45:00 ended/1 red to `+allOfRed)
	})
}

func TestParties(t *testing.T) {
	of := func(l *lab, enterprise int64, level fengsui.Level) fengsui.Finding {
		f := l.finding(enterprise*100, level)
		f.Enterprise = enterprise
		return f
	}
	story(t, "no_regulator", func(t *testing.T, l *lab) { // enterprise 2: fire has none here
		l.apply(of(l, 2, red))
		l.until(31 * time.Minute)
		w := l.last(200)
		same(t, "steps", l.steps(w.ID), `
			0:00:00 no_regulator/1 red to BUR(bureau) DUTY(duty)
			0:00:00 push/1 red to BUR(bureau+regulator) DUTY(regulator) ENT2(enterprise) ZONE(zone)
			0:30:00 notice/1 red to BUR(regulator) DUTY(regulator)`)
		same(t, "acts", l.acts(w.ID), `
			0:00:00 raised
			0:00:00 no_regulator
			0:30:00 notice`)
		err := l.decide(l.zone(), fengsui.Verdict{Warning: w.ID, Version: 1, To: blue, Why: "x"})
		if got, want := fengsui.CodeOf(err), fengsui.Forbidden; got != want || !strings.Contains(err.Error(), "party BUR") {
			t.Errorf("the zone decides: %v, want %s naming the bureau", err, want)
		}
		if err := l.decide(l.scope(fengsui.RoleBureau, "BUR"), fengsui.Verdict{Warning: w.ID, Version: 1, To: blue, Why: "x"}); err != nil {
			t.Errorf("the bureau decides in its place: %v", err)
		}
	})
	story(t, "two_regulators_one_of_them_the_bureau", func(t *testing.T, l *lab) { // enterprise 3: pipeline
		l.apply(of(l, 3, red))
		l.until(31 * time.Minute)
		w := l.last(300)
		same(t, "steps", l.steps(w.ID), `
			0:00:00 push/1 red to BUR(bureau+regulator) ENT3(enterprise) NDRC(regulator) ZONE(zone)
			0:30:00 notice/1 red to BUR(regulator) NDRC(regulator)`)
		for _, s := range []fengsui.Scope{l.scope(fengsui.RoleRegulator, "NDRC"), l.scope(fengsui.RoleBureau, "BUR")} {
			w := l.last(300)
			if err := l.decide(s, fengsui.Verdict{Warning: w.ID, Version: w.Version, To: w.Level - 1, Why: "x"}); err != nil {
				t.Errorf("%s: %v", s.Party, err)
			}
		}
	})
	story(t, "the_models_sector_finds_the_regulator", func(t *testing.T, l *lab) {
		f := of(l, 2, orange)
		f.Sector = "hazchem"
		l.apply(f)
		same(t, "steps", l.steps(l.last(200).ID), `0:00:00 push/1 orange to ENT2(enterprise) REG(regulator) ZONE(zone)`)
	})
	story(t, "no_municipal_platform", func(t *testing.T, l *lab) {
		l.apply(of(l, 1, red))
		l.until(31 * time.Minute)
		same(t, "acts", l.acts(l.last(100).ID), `
			0:00:00 raised
			0:00:00 no_municipal
			0:30:00 notice`)
	}, func(l *lab) {
		d := testDistrict()
		var parties []*fengsui.Party
		for _, p := range d.Parties {
			if p.Kind != fengsui.Municipal {
				parties = append(parties, p)
			}
		}
		l.district = fengsui.NewDistrict(parties, []*fengsui.Enterprise{d.Enterprise(1)}, nil, nil, nil)
	})
	story(t, "unknown_enterprise_is_journalled_and_the_batch_goes_on", func(t *testing.T, l *lab) {
		l.apply(of(l, 99, red), l.finding(1, red))
		if got := len(l.all(1)); got != 1 {
			t.Errorf("%d warnings, want 1", got)
		}
		if e := l.entries(store.Filter{Kind: "subject"}); len(e) != 1 || e[0].Act != "unknown_enterprise" || !strings.Contains(string(e[0].After), `"rung":"red"`) {
			t.Errorf("journal: %+v", e)
		}
	})
	story(t, "who_decides", func(t *testing.T, l *lab) {
		for i, c := range []struct {
			level fengsui.Level
			scope fengsui.Scope
			want  fengsui.Code // empty: may
		}{
			{red, l.regulator(), ""}, {red, l.zone(), fengsui.Forbidden}, {red, l.firm(), fengsui.Forbidden},
			{red, l.scope(fengsui.RoleBureau, "BUR"), fengsui.Forbidden}, {red, l.duty(), fengsui.Forbidden},
			{red, l.scope(fengsui.RoleRegulator, "NDRC"), fengsui.NotFound},
			{orange, l.regulator(), ""}, {orange, l.zone(), fengsui.Forbidden},
			{yellow, l.zone(), ""}, {yellow, l.regulator(), fengsui.Forbidden}, {yellow, l.firm(), fengsui.Forbidden},
			{yellow, l.scope(fengsui.RoleZone, "ZONE2"), fengsui.NotFound},
			{blue, l.firm(), ""}, {blue, l.zone(), fengsui.Forbidden}, {blue, l.scope(fengsui.RoleEnterprise, "ENT2"), fengsui.NotFound},
			{blue, fengsui.Scope{}, fengsui.NotFound},
		} {
			point := int64(1000 + i)
			l.measure(point, c.level)
			w := l.last(point)
			if d := l.e.Deciders(w); len(d) != 1 || d[0].ID != map[fengsui.Level]fengsui.ID{red: "REG", orange: "REG", yellow: "ZONE", blue: "ENT1"}[c.level] {
				t.Errorf("%s is decided by %+v", c.level, d)
			}
			err := l.decide(c.scope, fengsui.Verdict{Warning: w.ID, Version: 1, End: fengsui.Cleared, Why: "x"})
			if got := fengsui.CodeOf(err); err == nil && c.want != "" || err != nil && got != c.want {
				t.Errorf("%s by %s of %s: got %v, want %q", c.level, c.scope.Role, c.scope.Party, err, c.want)
			}
		}
	})
}

func TestVerdictIsChecked(t *testing.T) {
	story(t, "verdicts", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		w := l.last(1)
		for _, c := range []struct {
			name string
			v    fengsui.Verdict
			want fengsui.Code
		}{
			{"no reason", fengsui.Verdict{Version: 1, To: blue, Why: " "}, fengsui.Invalid},
			{"not lower", fengsui.Verdict{Version: 1, To: orange, Why: "x"}, fengsui.Invalid},
			{"higher", fengsui.Verdict{Version: 1, To: red, Why: "x"}, fengsui.Invalid},
			{"to none without an end", fengsui.Verdict{Version: 1, Why: "x"}, fengsui.Invalid},
			{"both", fengsui.Verdict{Version: 1, To: blue, End: fengsui.Cleared, Why: "x"}, fengsui.Invalid},
			{"no such end", fengsui.Verdict{Version: 1, End: 3, Why: "x"}, fengsui.Invalid},
			{"another version", fengsui.Verdict{Version: 2, To: blue, Why: "x"}, fengsui.Conflict},
			{"another warning", fengsui.Verdict{Warning: "w", Version: 1, To: blue, Why: "x"}, fengsui.NotFound},
		} {
			if c.v.Warning == "" {
				c.v.Warning = w.ID
			}
			if err := l.decide(l.regulator(), c.v); err == nil || fengsui.CodeOf(err) != c.want {
				t.Errorf("%s: got %v, want %s", c.name, err, c.want)
			}
		}
		if got := l.acts(w.ID); got != "0:00:00 raised\n" {
			t.Errorf("a refused verdict left something: %s", got)
		}
		l.end(1, fengsui.Cleared)
		if err := l.decide(l.regulator(), fengsui.Verdict{Warning: w.ID, Version: 2, To: blue, Why: "x"}); fengsui.CodeOf(err) != fengsui.Conflict {
			t.Errorf("a verdict on an ended one: %v", err)
		}
	})
	story(t, "the_same_call_twice", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		l.stop()
		l.until(90 * time.Minute) // a notice is overdue: its row must not take the key
		l.openStill()
		w := l.last(1)
		by := fengsui.Actor{User: "U1", Name: "Officer", Key: "k1"}
		call := func() error {
			return l.db.Change(l.ctx, func(tx *store.Tx) error {
				_, err := l.e.Decide(tx, l.regulator(), by, fengsui.Verdict{Warning: w.ID, Version: 1, To: blue, Why: "x"})
				return err
			})
		}
		if err := call(); err != nil {
			t.Fatal(err)
		}
		e, found, err := l.db.ByKey(l.ctx, "U1", "k1")
		if err != nil || !found || e.Act != "lowered" || e.Of.ID != w.ID {
			t.Errorf("by key: %+v %v %v", e, found, err)
		}
		if err := call(); err == nil {
			t.Error("the same call went through twice")
		}
	})
}

func TestFindings(t *testing.T) {
	story(t, "a_repeat_changes_nothing", func(t *testing.T, l *lab) {
		f, g := l.finding(1, yellow), l.finding(1, red)
		l.apply(f, g)
		l.measure(1, fengsui.None)
		before := l.acts(l.last(1).ID)
		l.apply(g, f)
		if got := l.acts(l.last(1).ID); got != before {
			t.Errorf("a repeat left\n%s", got)
		}
		if w := l.last(1); w.Condition != fengsui.Returned || w.Version != 2 {
			t.Errorf("a repeat changed %+v", w)
		}
		e := l.entries(store.Filter{Newest: true, Limit: 1})[0]
		if e.Act != "repeated" {
			t.Errorf("a batch of repeats leaves %q", e.Act)
		}
	})
	story(t, "two_in_one_millisecond", func(t *testing.T, l *lab) {
		f, g, h := l.finding(1, yellow), l.finding(1, red), l.finding(2, orange)
		g.Place = fengsui.Place{Seq: f.Place.Seq, Index: 1}
		h.Place = f.Place // the same record, another subject
		l.apply(f, g, h)
		l.until(31 * time.Minute)
		same(t, "steps of 1", l.steps(l.last(1).ID), `
			0:00:00 push/1 yellow to `+allOfYel+`
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)`)
		same(t, "steps of 2", l.steps(l.last(2).ID), `0:00:00 push/1 orange to `+allOfOran)
	})
	story(t, "flood_of_600", func(t *testing.T, l *lab) {
		var list []fengsui.Finding
		for i := range int64(600) {
			list = append(list, l.finding(i, red))
		}
		l.apply(list...)
		l.until(2*time.Hour + time.Second)
		counts, err := l.e.Counts(l.ctx, fengsui.Everything())
		if err != nil || counts.Open[red] != 600 {
			t.Fatalf("counts %+v, %v", counts, err)
		}
		if got := len(l.orders); got != 600 {
			t.Errorf("%d orders, want 600", got)
		}
		got := map[string]int{}
		steps, told := l.everyStep()
		for _, line := range steps {
			f := strings.Fields(line)
			got[f[1]+" "+f[3]]++
		}
		want := map[string]int{"0 push": 600, "0 uplink": 600, "1800000 notice": 600, "1800000 uplink": 600, "3600000 notice": 600, "3600000 uplink": 600,
			"5400000 notice": 600, "5400000 uplink": 600, "7200000 notice": 600, "7200000 supervise": 600, "7200000 uplink": 1200}
		if !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if d := differ(told, steps); d != "" {
			t.Errorf("the journal tells other steps: %s", d)
		}
	})
	story(t, "machine_columns_do_not_raise_the_version", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		for _, level := range []fengsui.Level{yellow, orange, fengsui.None, yellow} {
			l.measure(1, level)
			w := l.last(1)
			if w.Version != 1 || w.Level != orange || w.Measured != level {
				t.Errorf("after %s: %+v", level, w)
			}
		}
		if w := l.last(1); w.Condition != fengsui.Active || w.Rung != "yellow" || w.Value != 2 {
			t.Errorf("got %+v", w)
		}
	})
	story(t, "evidence_is_kept", func(t *testing.T, l *lab) {
		f := l.finding(1, orange)
		f.GapFrom, f.GapTo, f.Late = 5, 6, true
		f.Parts = []fengsui.Part{{Term: fengsui.TermActive, Subject: "point/1", Level: red, Weight: 15, Score: 10, Share: 0.25}, {Term: fengsui.TermBase, Weight: 6, Score: 6, Share: 0.15}}
		l.apply(f)
		list, total, err := l.e.Findings(l.ctx, l.zone(), l.last(1).ID, fengsui.Page{})
		if err != nil || total != 1 || len(list) != 1 {
			t.Fatalf("got %v of %d, %v", list, total, err)
		}
		got := list[0]
		if got.Evidence[0] != f.Evidence[0] || got.Place != f.Place || got.Rung != "orange" || got.GapTo != 6 || !got.Late || got.At != f.At {
			t.Errorf("got %+v, want %+v", got, f)
		}
		if _, _, err := l.e.Findings(l.ctx, l.scope(fengsui.RoleZone, "ZONE2"), l.last(1).ID, fengsui.Page{}); fengsui.CodeOf(err) != fengsui.NotFound {
			t.Errorf("another zone reads them: %v", err)
		}
		parts, err := l.e.Parts(l.ctx, l.zone(), l.last(1).ID)
		if err != nil || !slices.Equal(parts, f.Parts) || !slices.Equal(got.Parts, f.Parts) {
			t.Errorf("parts %+v, %+v, %v, want %+v", parts, got.Parts, err, f.Parts)
		}
		if _, err := l.e.Parts(l.ctx, l.scope(fengsui.RoleZone, "ZONE2"), l.last(1).ID); fengsui.CodeOf(err) != fengsui.NotFound {
			t.Errorf("another zone reads the parts: %v", err)
		}
		l.apply(l.finding(2, orange))
		if parts, err := l.e.Parts(l.ctx, l.zone(), l.last(2).ID); err != nil || len(parts) != 0 {
			t.Errorf("a finding of one value has the parts %+v, %v", parts, err)
		}
	})
	late := func(l *lab, point int64, level fengsui.Level) {
		f := l.finding(point, level)
		f.Late, f.At, f.GapFrom, f.GapTo = true, f.At-3_600_000, f.At-3_600_000, f.At
		l.apply(f)
	}
	story(t, "late_red_is_pushed_once_and_runs_from_when_we_learnt_it", func(t *testing.T, l *lab) {
		l.until(3 * time.Hour)
		late(l, 1, red)
		l.until(3*time.Hour + 31*time.Minute)
		w := l.last(1)
		if !w.Late || w.Condition != fengsui.Returned || w.Measured != fengsui.None || w.Clock.Anchor != w.RaisedAt {
			t.Errorf("got %+v", w)
		}
		same(t, "steps", l.steps(w.ID), `
			3:00:00 push/1 red to `+allOfRed+`
			3:30:00 notice/1 red to REG(regulator)`)
		e := l.entries(store.Filter{Warning: w.ID})[0]
		if !strings.Contains(string(e.After), `"late":true`) || !strings.Contains(string(e.After), `"gapTo":`) {
			t.Errorf("the gap is not in the journal: %s", e.After)
		}
	})
	story(t, "late_joins_what_is_open", func(t *testing.T, l *lab) {
		l.measure(1, yellow)
		late(l, 1, yellow)
		w := l.last(1)
		if w.Late || w.Measured != yellow || w.Condition != fengsui.Active || w.Version != 1 {
			t.Errorf("a late finding of no higher level changed %+v", w)
		}
		late(l, 1, red)
		w = l.last(1)
		if !w.Late || w.Level != red || w.Measured != yellow {
			t.Errorf("a late red: %+v", w)
		}
		same(t, "acts", l.acts(w.ID), "0:00:00 raised\n0:00:00 late\n0:00:00 upgraded")
	})
	story(t, "late_under_a_verdict_that_holds", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		l.end(1, fengsui.FalseAlarm)
		late(l, 1, orange)
		if got := len(l.all(1)); got != 1 {
			t.Fatalf("%d warnings, want 1", got)
		}
		late(l, 1, red)
		if w := l.last(1); w.Occurrence != 2 || !w.Late || w.Measured != orange || w.Condition != fengsui.Active {
			t.Errorf("got %+v", w)
		}
	})
}

func TestOutage(t *testing.T) {
	story(t, "restart_mid_clock", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.until(20 * time.Minute)
		l.restart(time.Minute)
		l.until(61 * time.Minute)
		same(t, "steps", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)
			1:00:00 notice/2 red to REG(regulator)`)
	})
	story(t, "five_hours", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.measure(2, yellow)
		l.until(40 * time.Minute)
		l.restart(5 * time.Hour)
		l.until(6*time.Hour + time.Second)
		same(t, "red", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)
			5:40:00 notice/11 red due 5:30:00 missed 9 to REG(regulator)
			5:40:00 supervise/1 red due 2:00:00 to REG(regulator)
			6:00:00 notice/12 red to REG(regulator)`)
		same(t, "yellow", l.steps(l.last(2).ID), `
			0:00:00 push/1 yellow to `+allOfYel+`
			5:40:00 notice/5 yellow due 5:00:00 missed 4 to ENT1(enterprise)
			6:00:00 notice/6 yellow to ENT1(enterprise)`)
	})
	story(t, "a_policy_that_runs_is_missing", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.stop()
		demo, err := Load("demo")
		if err != nil {
			t.Fatal(err)
		}
		l.config.Policies = []*fengsui.Escalation{demo}
		l.openStill()
		if err := l.e.Run(l.ctx); err == nil || !strings.Contains(err.Error(), "binhai@1") {
			t.Errorf("the clock runs without the policy: %v", err)
		}
		if err := l.e.Ready(); err == nil || !strings.Contains(err.Error(), "binhai@1") {
			t.Errorf("the health of a clock that cannot run: %v", err)
		}
	})
	story(t, "a_warning_keeps_the_policy_it_began_under", func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.stop()
		demo, err := Load("demo")
		if err != nil {
			t.Fatal(err)
		}
		l.config.Policies = append(l.config.Policies, demo)
		demo.Since = "1999-01-01"
		l.open()
		l.measure(2, red)
		l.until(31*time.Minute + time.Second)
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("the old one has %d notices, want 1", got)
		}
		if got := l.last(2).Clock.Noticed; got != 62 {
			t.Errorf("the new one has %d notices, want 62", got)
		}
	})
	fails := func(t *testing.T, l *lab) {
		l.measure(1, red)
		l.measure(2, red)
		l.until(2*time.Hour + 30*time.Second)
		if got := l.last(2).Clock; !got.Supervised || got.Noticed != 4 {
			t.Errorf("the other one: %+v", got)
		}
		if got := l.last(1).Clock; got.Supervised || got.Noticed != 3 {
			t.Errorf("the failing one: %+v", got)
		}
		l.until(2*time.Hour + 61*time.Second) // tried again after a minute
		if got := l.last(1).Clock; !got.Supervised || got.Noticed != 4 {
			t.Errorf("the failing one, later: %+v", got)
		}
		if err := l.e.Ready(); err != nil {
			t.Errorf("the clock goes on and is not ready: %v", err)
		}
	}
	for name, fail := range map[string]func(*store.Tx) error{
		"one_that_fails_does_not_stop_the_others": func(*store.Tx) error { return errIdle },
		"one_with_a_bad_statement_does_not_stop_the_others": func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE nowhere SET a = 1`)
			return err
		},
	} {
		story(t, name, fails, func(l *lab) {
			l.config.OnStep = func(tx *store.Tx, w fengsui.Warning, s fengsui.Step) error {
				if w.Subject == "point/1" && s.FiredAt == s.DueAt {
					return fail(tx)
				}
				return nil
			}
		})
	}
}

// jump is a wall clock that a test sets.
type jump struct {
	mu  sync.Mutex
	off time.Duration
}

func (j *jump) now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return time.Now().Add(j.off)
}

func (j *jump) set(off time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.off = off
}

// TestReleaseMeetsTick: what a tick read before the release is no witness after it.
func TestReleaseMeetsTick(t *testing.T) {
	j := &jump{}
	c := newClock(j.now)
	newest := fengsui.At(j.now())
	before := c.releases()
	j.set(-2 * time.Hour)
	if r := c.read(); r.doubt != wallJumped {
		t.Fatalf("two hours back: doubt %q", r.doubt)
	}
	c.release(fengsui.At(j.now()))
	c.settle()
	if r := c.against(newest, before); r.doubt != "" {
		t.Errorf("the row from before the release: doubt %q", r.doubt)
	}
	if r := c.against(newest, c.releases()); r.doubt != wallBehind {
		t.Errorf("a row that was written after it: doubt %q, want %q", r.doubt, wallBehind)
	}
}

func TestClockJump(t *testing.T) {
	jumpy := func(t *testing.T, name string, fn func(*testing.T, *lab, *jump)) {
		j := &jump{}
		story(t, name, func(t *testing.T, l *lab) { fn(t, l, j) }, func(l *lab) { l.config.Now = j.now })
	}
	held := func(t *testing.T, l *lab, want string) {
		t.Helper()
		if is, why := l.e.Held(); is != (want != "") || why != want {
			t.Errorf("held: got %v %q, want %q", is, why, want)
		}
	}
	jumpy(t, "forward", func(t *testing.T, l *lab, j *jump) {
		l.measure(1, red)
		l.measure(2, yellow)
		l.until(28 * time.Minute)
		j.set(3 * time.Hour)
		l.until(29*time.Minute + time.Second)
		held(t, l, wallJumped)
		e := l.entries(store.Filter{Kind: "clock"})
		if len(e) != 1 || e[0].Act != "clock_held" || len(e[0].Tell) != 1 || toldText(e[0].Tell[0].To) != "DUTY(duty)" || e[0].Why != wallJumped {
			t.Fatalf("the duty desk is not told: %+v", e)
		}
		// Red waits 5 min after the doubt arose, then runs by the monotonic clock.
		l.until(3*time.Hour + time.Second)
		got := l.steps(l.last(1).ID)
		same(t, "red", got, `
			0:00:00 push/1 red to `+allOfRed+`
			`+lateLine(t, got)+`
			1:00:00 notice/2 red to REG(regulator)
			1:30:00 notice/3 red to REG(regulator)
			2:00:00 notice/4 red to REG(regulator)
			2:00:00 supervise/1 red to REG(regulator)
			2:30:00 notice/5 red to REG(regulator)
			3:00:00 notice/6 red to REG(regulator)`)
		for _, e := range l.entries(store.Filter{Warning: l.last(1).ID}) {
			if says := strings.Contains(string(e.After), `"clock":"monotonic"`); says != (e.Act != "raised") {
				t.Errorf("%s says that it ran by the monotonic clock: %v", e.Act, says)
			}
			if len(e.Tell) == 0 {
				t.Errorf("%s tells nobody", e.Act)
			}
			for _, s := range e.Tell { // what is pushed
				if got, want := s.Clock == fengsui.Monotonic, e.Act != "raised"; got != want {
					t.Errorf("the pushed step %s/%d names the monotonic clock: got %v, want %v", s.Kind, s.Number, got, want)
				}
			}
		}
		kept, err := l.e.Steps(l.ctx, fengsui.Everything(), l.last(1).ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range kept { // what the case page shows
			want := fengsui.Monotonic
			if l.since(s.FiredAt) == "0:00:00" {
				want = ""
			}
			if s.Clock != want {
				t.Errorf("the step %s/%d at %s was timed by %q, want %q", s.Kind, s.Number, l.since(s.FiredAt), s.Clock, want)
			}
		}
		same(t, "yellow is held", l.steps(l.last(2).ID), `0:00:00 push/1 yellow to `+allOfYel)
		if err := l.e.Release(l.ctx, l.duty(), someone, "x"); fengsui.CodeOf(err) != fengsui.Forbidden {
			t.Errorf("the desk releases: %v", err)
		}
		j.set(0) // somebody set the clock right
		if err := l.e.Release(l.ctx, l.shift(), someone, "clock set right"); err != nil {
			t.Fatal(err)
		}
		held(t, l, "")
		synctest.Wait()
		same(t, "yellow goes on", l.steps(l.last(2).ID), `
			0:00:00 push/1 yellow to `+allOfYel+`
			3:00:01 notice/3 yellow due 3:00:00 missed 2 to ENT1(enterprise)`)
		if kept, err = l.e.Steps(l.ctx, fengsui.Everything(), l.last(2).ID); err != nil || len(kept) != 2 || kept[1].Clock != "" {
			t.Errorf("after the release steps are timed by the wall clock: got %+v, %v", kept, err)
		}
		if err := l.e.Release(l.ctx, l.shift(), someone, "again"); fengsui.CodeOf(err) != fengsui.Conflict {
			t.Errorf("released twice: %v", err)
		}
	})
	jumpy(t, "backward", func(t *testing.T, l *lab, j *jump) {
		l.until(time.Hour)
		l.measure(2, yellow)
		j.set(-2 * time.Hour)
		l.until(time.Hour + time.Minute + time.Second)
		held(t, l, wallJumped)
		l.measure(3, red) // findings are never held
		if w := l.last(3); l.since(w.RaisedAt) != "1:01:01" {
			t.Errorf("raised at %s by the jumped clock", l.since(w.RaisedAt))
		}
		if err := l.e.Release(l.ctx, l.shift(), someone, "the new one is right"); err != nil {
			t.Fatal(err)
		}
		held(t, l, "")
		l.until(4*time.Hour + time.Second)
		held(t, l, "")
		same(t, "yellow by the new clock", l.steps(l.last(2).ID), `
			1:00:00 push/1 yellow to `+allOfYel+`
			2:00:00 notice/1 yellow to ENT1(enterprise)`)
	})
	jumpy(t, "a_step_of_four_minutes_is_followed", func(t *testing.T, l *lab, j *jump) {
		l.measure(1, red)
		j.set(4 * time.Minute)
		l.until(26*time.Minute + time.Second)
		held(t, l, "")
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("%d notices, want 1", got)
		}
	})
	jumpy(t, "behind_the_journal", func(t *testing.T, l *lab, j *jump) {
		l.measure(1, red)
		l.stop()
		l.until(time.Minute)
		j.set(-time.Minute - 4*time.Second) // 4 s behind: wait it out
		l.open()
		l.until(time.Minute + time.Second)
		held(t, l, "")
		l.stop()
		j.set(-time.Hour)
		l.open()
		synctest.Wait()
		held(t, l, wallBehind)
		l.until(40 * time.Minute)
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("red has %d notices, want 1", got)
		}
	})
	// Another process whose clock is a little ahead writes all the time (DESIGN §5.4).
	jumpy(t, "behind_what_another_writes", func(t *testing.T, l *lab, j *jump) {
		l.measure(1, red)
		l.until(29*time.Minute + 50*time.Second)
		for range 20 {
			row := fengsui.Change{Of: fengsui.Ref{Kind: "push", ID: "x"}, Act: "other", By: fengsui.Platform("test"), At: fengsui.At(time.Now().Add(4 * time.Second))}
			if err := l.db.Change(l.ctx, func(tx *store.Tx) error { return tx.Record(row) }); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		held(t, l, "")
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("red has %d notices, want 1", got)
		}
		l.until(61 * time.Minute) // the other one is quiet, and the time is our own again
		if got := l.steps(l.last(1).ID); !strings.Contains(got, "1:00:00 notice/2 red to") {
			t.Errorf("steps: %s", got)
		}
	})
	jumpy(t, "held_over_a_restart", func(t *testing.T, l *lab, j *jump) {
		l.measure(1, yellow)
		l.until(10 * time.Minute)
		j.set(time.Hour)
		l.until(12 * time.Minute)
		held(t, l, wallJumped)
		l.restart(0)
		synctest.Wait()
		held(t, l, wallJumped)
		if err := l.e.Release(l.ctx, l.shift(), someone, "right"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("%d notices after the release, want 1", got)
		}
		l.restart(0)
		synctest.Wait()
		held(t, l, "")
	})
}

// lateLine is the one step that red was given late, which must be between 33 and
// 35 min: within 5 min of the doubt.
func lateLine(t *testing.T, steps string) string {
	t.Helper()
	line := strings.TrimSpace(strings.Split(strings.TrimSpace(steps), "\n")[1])
	if line < "0:33:00" || line > "0:35:00" || !strings.Contains(line, "notice/1 red due 0:30:00 to REG") {
		t.Errorf("the first notice is %q", line)
	}
	return line
}

func TestDesk(t *testing.T) {
	refused := func(t *testing.T, what string, err error, want fengsui.Code) {
		t.Helper()
		if err == nil || fengsui.CodeOf(err) != want {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
	}
	story(t, "confirm", func(t *testing.T, l *lab) {
		l.measure(1, red)
		id := l.last(1).ID
		refused(t, "an enterprise confirms", l.e.Confirm(l.ctx, l.firm(), someone, id), fengsui.Forbidden)
		if err := l.e.Confirm(l.ctx, l.duty(), someone, id); err != nil {
			t.Fatal(err)
		}
		if w := l.last(1); w.ConfirmedBy != "Officer" || w.Version != 1 {
			t.Errorf("got %+v", w)
		}
		refused(t, "twice", l.e.Confirm(l.ctx, l.duty(), someone, id), fengsui.Conflict)
		l.until(31 * time.Minute)
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("confirming touched the clock: %d notices", got)
		}
	})
	story(t, "assign", func(t *testing.T, l *lab) {
		l.measure(1, red)
		id := l.last(1).ID
		refused(t, "the desk", l.e.Assign(l.ctx, l.duty(), someone, id, 1, "Li", ""), fengsui.Forbidden)
		refused(t, "to nobody", l.e.Assign(l.ctx, l.shift(), someone, id, 1, "", ""), fengsui.Invalid)
		if err := l.e.Assign(l.ctx, l.shift(), someone, id, 1, "Li", "U7"); err != nil {
			t.Fatal(err)
		}
		if w := l.last(1); w.AssignedTo != "Li" || w.Holder != "U7" || w.Version != 2 {
			t.Errorf("got %+v", w)
		}
		for holder, want := range map[fengsui.ID]int{"U7": 1, "U1": 0} {
			if _, n, err := l.e.Warnings(l.ctx, l.duty(), fengsui.WarningFilter{Open: true, Holder: holder}, fengsui.Page{}); err != nil || n != want {
				t.Errorf("%s holds %d, want %d (%v)", holder, n, want, err)
			}
		}
		refused(t, "an old version", l.e.Assign(l.ctx, l.shift(), someone, id, 1, "Wu", ""), fengsui.Conflict)
	})
	story(t, "shelve", func(t *testing.T, l *lab) {
		l.measure(1, yellow)
		l.measure(2, red)
		id := l.last(1).ID
		at := func(d time.Duration) fengsui.Millis { return fengsui.At(l.t0.Add(d)) }
		refused(t, "red", l.e.Shelve(l.ctx, l.duty(), someone, l.last(2).ID, 1, at(time.Hour), "x"), fengsui.Forbidden)
		refused(t, "no reason", l.e.Shelve(l.ctx, l.duty(), someone, id, 1, at(time.Hour), ""), fengsui.Invalid)
		refused(t, "25 h", l.e.Shelve(l.ctx, l.duty(), someone, id, 1, at(25*time.Hour), "x"), fengsui.Invalid)
		refused(t, "past", l.e.Shelve(l.ctx, l.duty(), someone, id, 1, at(0), "x"), fengsui.Invalid)
		if err := l.e.Shelve(l.ctx, l.duty(), someone, id, 1, at(90*time.Minute), "repair"); err != nil {
			t.Fatal(err)
		}
		if c, err := l.e.Counts(l.ctx, l.duty()); err != nil || c.Shelved != 1 || c.Open[yellow] != 0 || c.Open[red] != 1 {
			t.Errorf("counts %+v, %v", c, err)
		}
		if _, n, err := l.e.Warnings(l.ctx, l.duty(), fengsui.WarningFilter{Queue: true}, fengsui.Page{}); err != nil || n != 1 {
			t.Errorf("the queue has %d, %v", n, err)
		}
		l.until(2*time.Hour + time.Second)
		same(t, "acts", l.acts(id), `
			0:00:00 raised
			0:00:00 shelved
			1:00:00 notice
			1:30:00 unshelved
			2:00:00 notice`)
		refused(t, "what is not shelved", l.e.Unshelve(l.ctx, l.duty(), someone, id), fengsui.Conflict)
	})
	story(t, "what_is_open", func(t *testing.T, l *lab) {
		for i, level := range []fengsui.Level{yellow, red, orange, red} {
			l.measure(int64(1+i), level)
		}
		l.end(4, fengsui.Cleared)
		if err := l.e.Confirm(l.ctx, l.duty(), someone, l.last(2).ID); err != nil {
			t.Fatal(err)
		}
		if err := l.e.Shelve(l.ctx, l.duty(), someone, l.last(1).ID, 1, fengsui.At(l.t0.Add(time.Hour)), "repair"); err != nil {
			t.Fatal(err)
		}
		open := func(s fengsui.Scope) (text string) {
			err := l.db.View(l.ctx, func(tx *store.Tx) error {
				list, err := l.e.OpenNow(tx, s)
				for _, w := range list {
					text += " " + string(w.Subject)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		if got := open(fengsui.Everything()); got != " point/3 point/1 point/2" {
			t.Errorf("open are%s", got)
		}
		if got := open(l.scope(fengsui.RoleEnterprise, "ENT2")); got != "" {
			t.Errorf("another enterprise sees%s", got)
		}
	})
	story(t, "shelved_red_comes_back", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		if err := l.e.Shelve(l.ctx, l.duty(), someone, l.last(1).ID, 1, fengsui.At(l.t0.Add(20*time.Hour)), "repair"); err != nil {
			t.Fatal(err)
		}
		l.measure(1, red)
		if w := l.last(1); w.ShelvedUntil != 0 || w.Level != red {
			t.Errorf("got %+v", w)
		}
	})
	story(t, "merged_red_comes_back", func(t *testing.T, l *lab) {
		l.measure(1, yellow)
		l.measure(2, yellow)
		if err := l.e.Merge(l.ctx, l.duty(), someone, l.last(1).ID, 1, l.last(2).ID); err != nil {
			t.Fatal(err)
		}
		l.measure(1, orange)
		if l.last(1).MergedInto == "" {
			t.Error("orange is taken out")
		}
		l.measure(1, red)
		if w := l.last(1); w.MergedInto != "" || w.Level != red {
			t.Errorf("got %+v", w)
		}
		same(t, "acts", l.acts(l.last(1).ID), `
			0:00:00 raised
			0:00:00 merged
			0:00:00 upgraded
			0:00:00 unmerged
			0:00:00 upgraded`)
		if _, n, err := l.e.Warnings(l.ctx, l.duty(), fengsui.WarningFilter{Queue: true}, fengsui.Page{}); err != nil || n != 2 {
			t.Errorf("%d in the queue, want 2 (%v)", n, err)
		}
	})
	story(t, "merge", func(t *testing.T, l *lab) {
		for i := range int64(3) {
			l.measure(1+i, red)
		}
		a, b, c := l.last(1).ID, l.last(2).ID, l.last(3).ID
		merge := func(id, into fengsui.ID) error {
			w, err := l.e.Warning(l.ctx, l.duty(), id)
			if err != nil {
				t.Fatal(err)
			}
			return l.e.Merge(l.ctx, l.duty(), someone, id, w.Version, into)
		}
		refused(t, "into itself", merge(a, a), fengsui.Invalid)
		refused(t, "into none of ours", merge(a, "other"), fengsui.NotFound)
		refused(t, "out of nothing", merge(a, ""), fengsui.Conflict)
		if err := merge(a, b); err != nil {
			t.Fatal(err)
		}
		refused(t, "into a merged one", merge(c, a), fengsui.Conflict)
		refused(t, "one with others behind it", merge(b, c), fengsui.Conflict)
		if _, n, err := l.e.Warnings(l.ctx, l.duty(), fengsui.WarningFilter{Open: true}, fengsui.Page{}); err != nil || n != 2 {
			t.Errorf("%d are shown, want 2 (%v)", n, err)
		}
		for name, f := range map[string]fengsui.WarningFilter{"merged": {Merged: true}, "behind b": {Into: b}} {
			if list, n, err := l.e.Warnings(l.ctx, l.duty(), f, fengsui.Page{}); err != nil || n != 1 || list[0].ID != a {
				t.Errorf("%s: %d %v, %v", name, n, list, err)
			}
		}
		l.until(31 * time.Minute)
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("merging touched the clock: %d notices", got)
		}
		l.end(2, fengsui.Cleared)
		if w := l.last(1); w.MergedInto != "" {
			t.Error("an open warning stays hidden behind an ended one")
		}
		refused(t, "into an ended one", merge(c, b), fengsui.Conflict)
		if err := merge(c, a); err != nil {
			t.Fatal(err)
		}
		if err := merge(c, ""); err != nil || l.last(3).MergedInto != "" {
			t.Errorf("out again: %v", err)
		}
	})
	story(t, "progress", func(t *testing.T, l *lab) {
		l.measure(1, red)
		work := func(s fengsui.Scope, version int64, to fengsui.Work) error {
			return l.db.Change(l.ctx, func(tx *store.Tx) error {
				_, err := l.e.Progress(tx, s, someone, l.last(1).ID, version, to.String(), to, "done", nil, []string{"F1"})
				return err
			})
		}
		refused(t, "the desk", work(l.duty(), 1, fengsui.Verified), fengsui.Forbidden)
		refused(t, "to new", work(l.firm(), 1, fengsui.New), fengsui.Invalid)
		refused(t, "an old version", work(l.firm(), 0, fengsui.Verified), fengsui.Conflict)
		for i, to := range []fengsui.Work{fengsui.Verified, fengsui.Handling, fengsui.Reported, fengsui.Handling, fengsui.Reported} {
			if err := work(l.firm(), int64(i+1), to); err != nil {
				t.Fatalf("to %s: %v", to, err)
			}
		}
		refused(t, "backwards", work(l.firm(), 6, fengsui.Verified), fengsui.Conflict)
		if w := l.last(1); w.Work != fengsui.Reported || w.Version != 6 || w.Level != red {
			t.Errorf("got %+v", w)
		}
		l.until(31 * time.Minute)
		if got := l.last(1).Clock.Noticed; got != 1 {
			t.Errorf("a report stopped the clock: %d notices", got)
		}
	})
	// A07, A19: what was done where a telephone has no link arrives later, with both times.
	story(t, "acted_before_it_arrived", func(t *testing.T, l *lab) {
		l.measure(1, orange)
		id, raised, saw := l.last(1).ID, l.last(1).RaisedAt, l.last(1).Version
		l.until(10 * time.Minute)
		l.measure(1, red) // meanwhile
		offset := int64(-1500)
		act := func(version int64, to fengsui.Work, at fengsui.Millis) error {
			return l.db.Change(l.ctx, func(tx *store.Tx) error {
				_, err := l.e.Progress(tx, l.firm(), someone, id, version, to.String(), to, "done", &fengsui.Acted{At: at, Offset: &offset}, nil)
				return err
			})
		}
		minute := func(n int) fengsui.Millis { return raised.Add(fengsui.SpanOf(time.Duration(n) * time.Minute)) }
		l.until(41 * time.Minute)
		for i, to := range []fengsui.Work{fengsui.Verified, fengsui.Handling, fengsui.Reported} {
			if err := act(saw, to, minute(2+i)); err != nil { // all three saw the version of before
				t.Fatalf("to %s: %v", to, err)
			}
		}
		refused(t, "a version that is not there yet", act(saw+9, fengsui.Reported, minute(5)), fengsui.Conflict)
		refused(t, "backwards", act(saw, fengsui.Verified, minute(5)), fengsui.Conflict)
		for _, at := range []fengsui.Millis{minute(44), minute(-3)} { // a clock that is wrong loses no evidence
			if err := act(l.last(1).Version, fengsui.Reported, at); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.db.Change(l.ctx, func(tx *store.Tx) error {
			_, err := l.e.Annotate(tx, l.firm(), someone, id, "noted", "they do not answer", &fengsui.Acted{At: minute(-3), Offset: &offset}, nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range l.entries(store.Filter{Warning: id}) {
			var after seen
			if err := json.Unmarshal(e.After, &after); err != nil || after.Acted == nil {
				continue
			}
			a := after.Acted
			if a.Offset == nil || *a.Offset != offset {
				t.Errorf("%s: the offset is %v", e.Act, a.Offset)
			}
			got = append(got, fmt.Sprintf("%s %s, arrived %s, saw %d %s", e.Act, l.since(a.At), l.since(e.At), a.Saw, a.Doubt))
		}
		want := []string{
			"verified 0:02:00, arrived 0:41:00, saw 1 ",
			"handling 0:03:00, arrived 0:41:00, saw 1 ",
			"reported 0:04:00, arrived 0:41:00, saw 1 ",
			"reported 0:44:00, arrived 0:41:00, saw 0 ahead",
			"reported 0:-3:00, arrived 0:41:00, saw 0 before",
			"noted 0:-3:00, arrived 0:41:00, saw 0 before",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if w := l.last(1); w.Clock.Noticed == 0 {
			t.Error("what was done before it arrived stopped a clock")
		}
		l.end(1, fengsui.Cleared)
		refused(t, "after the end", act(saw, fengsui.Reported, minute(5)), fengsui.Conflict)
	})
	story(t, "nobody_sees_what_is_not_theirs", func(t *testing.T, l *lab) {
		l.measure(1, red)
		id := l.last(1).ID
		for _, s := range []fengsui.Scope{l.scope(fengsui.RoleZone, "ZONE2"), l.scope(fengsui.RoleEnterprise, "ENT2"), l.scope(fengsui.RoleRegulator, "NDRC"), {}} {
			_, err := l.e.Warning(l.ctx, s, id)
			refused(t, "read", err, fengsui.NotFound)
			_, err = l.e.Periods(l.ctx, s, id)
			refused(t, "periods", err, fengsui.NotFound)
			_, err = l.e.Steps(l.ctx, s, id)
			refused(t, "steps", err, fengsui.NotFound)
			refused(t, "confirm", l.e.Confirm(l.ctx, s, someone, id), fengsui.NotFound)
			refused(t, "assign", l.e.Assign(l.ctx, s, someone, id, 1, "x", ""), fengsui.NotFound)
			refused(t, "shelve", l.e.Shelve(l.ctx, s, someone, id, 1, 1, "x"), fengsui.NotFound)
			refused(t, "unshelve", l.e.Unshelve(l.ctx, s, someone, id), fengsui.NotFound)
			refused(t, "merge", l.e.Merge(l.ctx, s, someone, id, 1, "x"), fengsui.NotFound)
			refused(t, "annotate", l.db.Change(l.ctx, func(tx *store.Tx) error {
				_, err := l.e.Annotate(tx, s, someone, id, "note", "x", nil, nil)
				return err
			}), fengsui.NotFound)
			refused(t, "progress", l.db.Change(l.ctx, func(tx *store.Tx) error {
				_, err := l.e.Progress(tx, s, someone, id, 1, "verified", fengsui.Verified, "x", nil, nil)
				return err
			}), fengsui.NotFound)
			if list, n, err := l.e.Warnings(l.ctx, s, fengsui.WarningFilter{}, fengsui.Page{}); err != nil || n != 0 || len(list) != 0 {
				t.Errorf("%s lists %d, %v", s.Party, n, err)
			}
			if c, err := l.e.Counts(l.ctx, s); err != nil || c.Open[red] != 0 {
				t.Errorf("%s counts %+v, %v", s.Party, c, err)
			}
		}
		least := l.zone()
		least.Least = red
		l.measure(2, orange)
		if _, n, err := l.e.Warnings(l.ctx, least, fengsui.WarningFilter{}, fengsui.Page{}); err != nil || n != 1 {
			t.Errorf("from red on there are %d, %v", n, err)
		}
	})
	story(t, "lists", func(t *testing.T, l *lab) {
		// Points 1 to 5 at five times; 1 confirmed, 5 ended.
		for i, level := range []fengsui.Level{red, blue, yellow, red, orange} {
			l.until(time.Duration(i) * time.Minute)
			l.measure(int64(i+1), level)
		}
		if err := l.e.Confirm(l.ctx, l.duty(), someone, l.last(1).ID); err != nil {
			t.Fatal(err)
		}
		l.until(65 * time.Minute)
		l.measure(6, yellow) // due later than 3
		l.measure(5, fengsui.None)
		l.end(5, fengsui.Cleared)
		for _, c := range []struct {
			name string
			f    fengsui.WarningFilter
			page fengsui.Page
			want string
			n    int
		}{
			{"newest first", fengsui.WarningFilter{}, fengsui.Page{}, "6 5 4 3 2 1", 6},
			{"queue", fengsui.WarningFilter{Queue: true}, fengsui.Page{}, "4 3 6 2 1", 5},
			{"a page of the queue", fengsui.WarningFilter{Queue: true}, fengsui.Page{Offset: 1, Limit: 2}, "3 6", 5},
			{"open red", fengsui.WarningFilter{Open: true, Levels: []fengsui.Level{red}}, fengsui.Page{}, "4 1", 2},
			{"ended", fengsui.WarningFilter{Ended: true}, fengsui.Page{}, "5", 1},
			{"overdue", fengsui.WarningFilter{Overdue: true}, fengsui.Page{}, "4 3 1", 3},
			{"from, to", fengsui.WarningFilter{From: fengsui.At(l.t0.Add(time.Minute)), To: fengsui.At(l.t0.Add(3 * time.Minute))}, fengsui.Page{}, "3 2", 2},
			{"text of the tank", fengsui.WarningFilter{Text: "tk-1"}, fengsui.Page{}, "1", 1},
			{"text of the works", fengsui.WarningFilter{Text: "works ent1"}, fengsui.Page{}, "6 5 4 3 2 1", 6},
			{"text with a sign", fengsui.WarningFilter{Text: "%"}, fengsui.Page{}, "", 0},
			{"model, sector, zone, enterprise", fengsui.WarningFilter{Model: tank, Sector: "hazchem", Zone: "ZONE", Enterprise: "ENT1"}, fengsui.Page{}, "6 5 4 3 2 1", 6},
			{"subjects", fengsui.WarningFilter{Subjects: []fengsui.Subject{"point/3", "device/1", "point/1"}}, fengsui.Page{}, "3 1", 2},
			{"another subject", fengsui.WarningFilter{Subjects: []fengsui.Subject{"device/1"}}, fengsui.Page{}, "", 0},
			{"another model", fengsui.WarningFilter{Model: "gas"}, fengsui.Page{}, "", 0},
		} {
			list, n, err := l.e.Warnings(l.ctx, l.duty(), c.f, c.page)
			var got []string
			for _, w := range list {
				got = append(got, strings.TrimPrefix(string(w.Subject), "point/"))
			}
			if err != nil || strings.Join(got, " ") != c.want || n != c.n {
				t.Errorf("%s: got %v of %d, want %s of %d (%v)", c.name, got, n, c.want, c.n, err)
			}
		}
		c, err := l.e.Counts(l.ctx, l.duty())
		if err != nil || c.Open[red] != 2 || c.Unconfirmed[red] != 1 || c.Open[orange] != 0 || c.Open[yellow] != 2 || c.Open[blue] != 1 {
			t.Errorf("counts %+v, %v", c, err)
		}
	})
}
