package fengsui

import (
	"reflect"
	"testing"
	"time"
)

const (
	minute = Span(60_000)
	hour   = 60 * minute
)

// binhai is Articles 20-23 by hand; warning/policy/binhai.yaml says the same.
func binhai() *Escalation {
	rule := func(article string, notice Span, to Capacity, supervise Span, by Capacity) *Rule {
		r := &Rule{Article: article}
		r.Notice.After, r.Notice.Every, r.Notice.To = notice, notice, to
		r.Supervise.After, r.Supervise.By = supervise, by
		return r
	}
	return &Escalation{Name: "binhai", Version: 1, Relapse: hour, Rules: map[Level]*Rule{
		Blue:   {Article: "20", Routine: true},
		Yellow: rule("21", hour, AsEnterprise, 24*hour, AsZone),
		Orange: rule("22", hour, AsRegulator, 12*hour, AsRegulator),
		Red:    rule("23", 30*minute, AsRegulator, 2*hour, AsRegulator),
	}}
}

// at is a time of 1 January 2024, or of a later day by hours above 24.
func at(hours, minutes int) Millis {
	return At(time.Date(2024, 1, 1, hours, minutes, 0, 0, Civil))
}

// steps plays a clock: every step up to an end, each carried out when it is due.
func steps(p *Escalation, l Level, c Clock, until Millis) []Due {
	var list []Due
	for {
		next := p.Next(l, c)
		if next == 0 || next > until {
			return list
		}
		for _, d := range p.Due(l, c, next) {
			c = c.Done(d)
			list = append(list, d)
		}
	}
}

func TestEscalationSteps(t *testing.T) {
	p := binhai()
	notice := func(n int, at Millis) Due { return Due{StepNotice, n, at, 0} }
	order := func(at Millis) Due { return Due{StepSupervise, 1, at, 0} }
	for _, c := range []struct {
		name        string
		level       Level
		from, until Millis
		want        []Due
	}{
		{"A23 red at 08:00, never handled (risk-models §1)", Red, at(8, 0), at(10, 30), []Due{
			notice(1, at(8, 30)), notice(2, at(9, 0)), notice(3, at(9, 30)), notice(4, at(10, 0)), order(at(10, 0)), notice(5, at(10, 30))}},
		{"A23 nothing a millisecond before 30 min", Red, at(8, 0), at(8, 30) - 1, nil},
		{"A22 orange at 00:00, lowered at 00:40: no orange notice (risk-models §1)", Orange, at(0, 0), at(0, 40), nil},
		{"A21 then yellow from 00:40: notice at 01:40 (risk-models §1)", Yellow, at(0, 40), at(1, 40), []Due{notice(1, at(1, 40))}},
		{"A20 blue has no clock", Blue, at(8, 0), at(8000, 0), nil},
		{"no level has no clock", None, at(8, 0), at(8000, 0), nil},
	} {
		if got := steps(p, c.level, Clock{Anchor: c.from}, c.until); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestEscalationCounts counts what a level that nobody lowers brings.
func TestEscalationCounts(t *testing.T) {
	p := binhai()
	for _, c := range []struct {
		name    string
		level   Level
		hours   int
		notices int
		order   int // hour of the on-site supervision, -1 for none
	}{
		{"A21 yellow has 24 notices in the first 24 h (risk-models §1) and supervision at 24 h", Yellow, 24, 24, 24},
		{"A21 yellow has no supervision before 24 h", Yellow, 23, 23, -1},
		{"A22 orange has supervision at 12 h", Orange, 12, 12, 12},
		{"A22 orange has no supervision before 12 h", Orange, 11, 11, -1},
		{"A23 red has supervision at 2 h", Red, 2, 4, 2},
		{"A23 red goes on after it", Red, 24, 48, 2},
	} {
		notices, order := 0, -1
		for _, d := range steps(p, c.level, Clock{Anchor: at(0, 0)}, at(c.hours, 0)) {
			if d.Kind == StepNotice {
				notices++
			} else {
				order = int((d.At - at(0, 0)) / Millis(hour))
			}
		}
		if notices != c.notices || order != c.order {
			t.Errorf("%s: got %d notices, order at hour %d; want %d, %d", c.name, notices, order, c.notices, c.order)
		}
	}
}

// TestEscalationOutage: one late notice that says its number and how many were
// missed, the order if due, and the grid stays where it was (DESIGN §5.4).
func TestEscalationOutage(t *testing.T) {
	p := binhai()
	c := Clock{Anchor: at(8, 0), Noticed: 1} // the first was sent at 08:30
	got := p.Due(Red, c, at(13, 10))         // 5 h outage, back at 13:10
	want := []Due{{StepNotice, 10, at(13, 0), 8}, {StepSupervise, 1, at(10, 0), 0}}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("after an outage: got %v, want %v", got, want)
	}
	for _, d := range got {
		c = c.Done(d)
	}
	if got := p.Due(Red, c, at(13, 10)); got != nil {
		t.Errorf("what was carried out falls due again: %v", got)
	}
	if got := p.Next(Red, c); got != at(13, 30) {
		t.Errorf("the grid moved: next at %v, want 13:30", got.Time().In(Civil))
	}
}

// TestEscalationDueAgreesWithNext walks a clock with odd looks at it: nothing is
// due before Next, something is at Next, and looking twice asks for nothing twice.
func TestEscalationDueAgreesWithNext(t *testing.T) {
	p := binhai()
	p.Rules[Blue].Notice.After, p.Rules[Blue].Notice.To = hour, AsEnterprise // a notice that does not repeat
	for l := Blue; l <= Red; l++ {
		c := Clock{Anchor: at(8, 0)}
		notices := 0
		for i := range 200 {
			next := p.Next(l, c)
			if next == 0 {
				break
			}
			if got := p.Due(l, c, next-1); got != nil {
				t.Fatalf("%s: due before Next: %v", l, got)
			}
			list := p.Due(l, c, next+Millis(i)*Millis(7*minute)) // later and later
			if len(list) == 0 {
				t.Fatalf("%s: nothing is due at Next", l)
			}
			for _, d := range list {
				c = c.Done(d)
				if d.Kind == StepNotice {
					notices += 1 + d.Missed
				}
			}
		}
		if notices != c.Noticed {
			t.Errorf("%s: %d notices sent or missed, the number says %d", l, notices, c.Noticed)
		}
		if l == Blue && notices != 1 {
			t.Errorf("a notice that does not repeat came %d times", notices)
		}
	}
}
