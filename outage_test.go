package fengsui

import (
	"errors"
	"testing"
	"time"
)

func outageRules() *OutageRules {
	return &OutageRules{Targets: 2, Shortest: SpanOf(10 * time.Minute),
		Reasons: []OutageReason{
			{Key: "overhaul", Ahead: SpanOf(24 * time.Hour), Longest: SpanOf(48 * time.Hour), Answer: 1, Permit: true},
			{Key: "breakdown", Urgent: true, Back: SpanOf(2 * time.Hour), Longest: SpanOf(24 * time.Hour), Answer: 1},
		},
		Lines:   []OfflineLine{{Key: "days2", Over: 2 * Day}, {Key: "days5", Over: 5 * Day}},
		Classes: []Misconduct{{Key: "upkeep", Signs: []string{"silence", "interference.flat"}}, {Key: "alarm", Signs: []string{"*"}}, {Key: "serious", Signs: []string{"interference.*"}}},
	}
}

// TestOutageCheck holds A36: what an enterprise may ask for, and with which sentence it is
// told what to do otherwise. Exactly at a limit is allowed.
func TestOutageCheck(t *testing.T) {
	const hour = Millis(3600_000)
	now := 1000 * hour
	good := func() *Outage {
		return &Outage{Reason: "overhaul", Targets: []OutageTarget{{"point", "p"}}, From: now + 24*hour, To: now + 72*hour, Why: "w", Measures: "m", Permit: "p"}
	}
	urgent := func() *Outage {
		o := good()
		o.Reason, o.From, o.To, o.Permit = "breakdown", now-2*hour, now+22*hour, ""
		return o
	}
	f := func(want string, o *Outage, change func(*Outage)) {
		t.Helper()
		change(o)
		got := ""
		if e, ok := errors.AsType[*Error](outageRules().Check(o, now)); ok {
			got = e.Reason
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("", good(), func(*Outage) {})
	f("", urgent(), func(*Outage) {})
	f("outage_reason", good(), func(o *Outage) { o.Reason = "lunch" })
	f("outage_nothing", good(), func(o *Outage) { o.Targets = nil })
	f("outage_too_much", good(), func(o *Outage) { o.Targets = make([]OutageTarget, 3) })
	f("outage_times", good(), func(o *Outage) { o.To = o.From })
	f("outage_short", good(), func(o *Outage) { o.To = o.From + 1 })
	f("outage_long", good(), func(o *Outage) { o.To++ })
	f("outage_late", good(), func(o *Outage) { o.From--; o.To-- })
	f("outage_past", urgent(), func(o *Outage) { o.From--; o.To-- })
	f("outage_past", urgent(), func(o *Outage) { o.To = now })
	f("outage_why", good(), func(o *Outage) { o.Why = "" })
	f("outage_measures", good(), func(o *Outage) { o.Measures = "" })
	f("outage_permit", good(), func(o *Outage) { o.Permit = "" })

	grant := func(want bool, until Millis) {
		t.Helper()
		if got := outageRules().Grant(urgent(), until, now) == nil; got != want {
			t.Errorf("approved until %d h: %v, want %v", (until-now)/hour, got, want)
		}
	}
	grant(true, now+22*hour)
	grant(false, now+22*hour+1) // longer than asked
	grant(true, now+1)
	grant(false, now)
}

// An outage runs from its beginning to before its end, early or not, and only approved.
func TestOutagePhase(t *testing.T) {
	o := Outage{State: OutageApproved, From: 10, To: 30, Until: 20}
	f := func(want OutagePhase, o Outage, at Millis) {
		t.Helper()
		if got := o.Phase(at); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
	f(OutageAhead, o, 9)
	f(OutageRuns, o, 10)
	f(OutageRuns, o, 19)
	f(OutageOver, o, 20)
	o.Ended = &Said{Signature: Signature{At: 15}}
	f(OutageRuns, o, 14)
	f(OutageOver, o, 15)
	o.Ended.At = 5 // taken back before it began
	f(OutageOver, o, 12)
	f(OutagePending, Outage{State: OutageAsked, From: 10, To: 30}, 12)
	f(OutageOver, Outage{State: OutageRefused, From: 10, To: 30}, 12)
	f(OutageOver, Outage{State: OutageCancelled, From: 10, To: 30}, 12)

	over := func(want Millis, o Outage) {
		t.Helper()
		if got := o.Over(25); got != want {
			t.Errorf("%s: over at %d, want %d", o.State, got, want)
		}
	}
	at := func(m Millis) *Said { return &Said{Signature: Signature{At: m}} }
	over(0, Outage{State: OutageAsked, From: 10, To: 20}) // nobody has answered yet
	over(0, Outage{State: OutageApproved, From: 10, To: 30, Until: 30, Decided: at(5)})
	over(20, Outage{State: OutageApproved, From: 10, To: 30, Until: 20, Decided: at(5)})
	over(15, Outage{State: OutageApproved, From: 10, To: 30, Until: 20, Decided: at(5), Ended: at(15)})
	over(6, Outage{State: OutageRefused, From: 10, To: 30, Decided: at(6)})
	over(7, Outage{State: OutageCancelled, From: 10, To: 30, Ended: at(7)})
}

// An outage covers exactly its points: a source only when all its key points are.
func TestCoverOf(t *testing.T) {
	e := &Enterprise{ID: "e", Num: 7, Code: "E"}
	other := &Enterprise{ID: "x", Num: 8, Code: "X"}
	point := func(num int64, id ID, key bool, device, asset ID) *Point {
		return &Point{ID: id, Num: num, Code: string(id), Enterprise: "e", Key: key, Device: device, Asset: asset}
	}
	d := NewDistrict(nil, []*Enterprise{e, other}, []*Asset{{ID: "tank", Enterprise: "e"}, {ID: "truck", Enterprise: "e"}},
		[]*Device{{ID: "g", Num: 1, Enterprise: "e", Code: "G"}, {ID: "v", Num: 2, Enterprise: "e", Code: "V", Asset: "truck"}, {ID: "foreign", Num: 3, Enterprise: "x", Code: "F"}},
		[]*Point{point(11, "a", true, "g", "tank"), point(12, "b", true, "g", ""), point(13, "c", false, "g", ""), point(14, "d", true, "", "tank"), point(15, "n", true, "", "")})
	outage := func(id ID, until Millis, targets ...OutageTarget) *Outage {
		return &Outage{ID: id, Enterprise: "e", State: OutageApproved, Until: until, Targets: targets}
	}
	f := func(name string, want map[Subject]ID, list ...*Outage) {
		t.Helper()
		got := CoverOf(d, list)
		for s, id := range want {
			if got[s] == nil || got[s].ID != id {
				t.Errorf("%s: %s is covered by %v, want %s", name, s, got[s], id)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: covers %d subjects, want %d: %v", name, len(got), len(want), got)
		}
	}
	f("a point", map[Subject]ID{"point/11": "o"}, outage("o", 9, OutageTarget{"point", "a"}))
	f("all key points of a gateway", map[Subject]ID{"point/11": "o", "point/12": "o", "device/1": "o"}, outage("o", 9, OutageTarget{"point", "a"}, OutageTarget{"point", "b"}))
	f("a gateway", map[Subject]ID{"point/11": "o", "point/12": "o", "point/13": "o", "device/1": "o"}, outage("o", 9, OutageTarget{"device", "g"}))
	f("an asset", map[Subject]ID{"point/11": "o", "point/14": "o"}, outage("o", 9, OutageTarget{"asset", "tank"}))
	f("a vehicle", map[Subject]ID{"device/2": "o"}, outage("o", 9, OutageTarget{"asset", "truck"}))
	f("an enterprise's own points", map[Subject]ID{"point/14": "o", "point/15": "o", "enterprise/7": "o"}, outage("o", 9, OutageTarget{"point", "d"}, OutageTarget{"point", "n"}))
	f("another's gateway", nil, outage("o", 9, OutageTarget{"device", "foreign"}))
	f("two: the longer counts, the source ends with the first",
		map[Subject]ID{"point/11": "long", "point/12": "short", "device/1": "short"},
		outage("short", 5, OutageTarget{"point", "a"}, OutageTarget{"point", "b"}), outage("long", 9, OutageTarget{"point", "a"}))
}

func TestUnexcused(t *testing.T) {
	f := func(want Span, excused ...Stretch) {
		t.Helper()
		if got := Unexcused(100, 200, excused); got != want {
			t.Errorf("%v: got %d, want %d", excused, got, want)
		}
	}
	f(100)
	f(100, Stretch{0, 100}, Stretch{200, 300})
	f(50, Stretch{150, 200})
	f(50, Stretch{50, 150})
	f(60, Stretch{120, 140}, Stretch{130, 160})
	f(60, Stretch{130, 160}, Stretch{120, 140}, Stretch{122, 125})
	f(20, Stretch{120, 0})
	f(0, Stretch{0, 0})
	f(0, Stretch{100, 200})
}

// TestBeyondLines holds A29-A31: over two days, over five; exactly at the limit is no breach.
func TestBeyondLines(t *testing.T) {
	r := outageRules()
	for _, x := range []struct {
		silence Span
		want    int
	}{{2 * Day, 0}, {2*Day + 1, 1}, {5 * Day, 1}, {5*Day + 1, 2}} {
		if got := len(r.Beyond(x.silence)); got != x.want {
			t.Errorf("%s: beyond %d lines, want %d", x.silence.Duration(), got, x.want)
		}
	}
}

// TestClassesOf holds A37: under which classes a model's warning may be sorted.
func TestClassesOf(t *testing.T) {
	r := outageRules()
	for model, want := range map[string]string{"silence": "upkeep alarm ", "interference.flat": "upkeep alarm serious ", "interference.gap": "alarm serious ", "tank_level": "alarm "} {
		got := ""
		for _, c := range r.ClassesOf(model) {
			got += c.Key + " "
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", model, got, want)
		}
	}
}
