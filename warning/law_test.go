package warning

import (
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/store"
)

// TestLaw: the district changes its policy. What is open keeps the one that it began under,
// what begins has the new one, and nothing needs the old file any more (A18).
func TestLaw(t *testing.T) {
	version := func(n int, change func(*fengsui.Escalation)) *fengsui.Escalation {
		p, err := Load("binhai")
		if err != nil {
			t.Fatal(err)
		}
		p.Version, p.Since = n, "1999-01-01" // the bubble's clock begins in 2000
		change(p)
		return p
	}
	first := version(1, func(*fengsui.Escalation) {})
	second := version(2, func(p *fengsui.Escalation) { p.Rules[red].Notice.After = fengsui.SpanOf(10 * time.Minute) })
	later := version(3, func(p *fengsui.Escalation) { p.Since = "2999-01-01" })
	demo, err := Load("demo")
	if err != nil {
		t.Fatal(err)
	}
	story(t, "a_new_version", func(t *testing.T, l *lab) {
		start := func(p *fengsui.Escalation) {
			t.Helper()
			l.stop()
			l.openStill()
			list, err := Law(l.ctx, l.db, p)
			if err != nil {
				t.Fatal(err)
			}
			l.config.Policies = list
			if l.e, err = New(l.config); err != nil {
				t.Fatal(err)
			}
			l.run()
		}
		start(first)
		l.measure(1, red)
		l.until(5 * time.Minute)
		start(second)
		l.measure(2, red)
		l.until(46 * time.Minute)
		same(t, "the old one", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)`)
		same(t, "the new one", l.steps(l.last(2).ID), `
			0:05:00 push/1 red to `+allOfRed+`
			0:15:00 notice/1 red to REG(regulator)
			0:45:00 notice/2 red to REG(regulator)`)
		if a, b := l.last(1).Policy, l.last(2).Policy; a != "binhai@1" || b != "binhai@2" {
			t.Errorf("they are under %s and %s", a, b)
		}
		if err := l.e.Confirm(l.ctx, l.duty(), someone, l.last(1).ID); err != nil {
			t.Errorf("an act on the old one: %v", err)
		}
		l.measure(1, orange)

		// Until its date comes the one before it is in force.
		start(later)
		l.measure(3, yellow)
		if got := l.last(3).Policy; got != "binhai@2" {
			t.Errorf("before the date of the third a warning begins under %s", got)
		}
		if list := l.e.Policies(); len(list) != 3 || list[2].Key() != "binhai@2" || l.e.Policy("binhai@3") == nil {
			t.Errorf("%d policies, the last %s", len(list), list[len(list)-1].Key())
		}

		// A process that was not replaced yet acts on what another one raised.
		older, err := New(Config{DB: l.db, District: l.config.District, Policies: []*fengsui.Escalation{first}, Log: l.config.Log})
		if err != nil {
			t.Fatal(err)
		}
		if err := older.Confirm(l.ctx, l.duty(), someone, l.last(2).ID); err != nil {
			t.Errorf("a process that knows the first policy alone: %v", err)
		}
		if got := older.Policies(); len(got) != 2 || got[1] != first {
			t.Errorf("what it read is in force there: %v", got)
		}

		// Once kept it is not kept again, a file changed without a new version is.
		start(first)
		start(version(1, func(p *fengsui.Escalation) { p.Source = "another" }))
		var kept []string
		for _, e := range l.entries(store.Filter{Kind: "policy"}) {
			kept = append(kept, e.Act+" "+string(e.Of.ID))
		}
		same(t, "kept", strings.Join(kept, "\n"), "policy_kept binhai@1\npolicy_kept binhai@2\npolicy_kept binhai@3\npolicy_kept binhai@1")
	})
	story(t, "what_is_missing_stops_the_start", func(t *testing.T, l *lab) {
		l.measure(1, red) // by a program that kept nothing
		for _, p := range []*fengsui.Escalation{second, demo} {
			if _, err := Law(l.ctx, l.db, p); fengsui.CodeOf(err) != fengsui.Conflict || !strings.Contains(err.Error(), "binhai@1") {
				t.Errorf("under %s: %v", p.Key(), err)
			}
		}
		if _, err := Law(l.ctx, l.db, first); err != nil {
			t.Fatal(err)
		}
		if list, err := Law(l.ctx, l.db, second); err != nil || len(list) != 2 || list[1] != second {
			t.Errorf("after the first was kept: %v, %v", list, err)
		}
		// A show is no district's law, kept or not.
		if _, err := Law(l.ctx, l.db, demo); fengsui.CodeOf(err) != fengsui.Conflict {
			t.Errorf("a show on a district's records: %v", err)
		}
	})
}
