package fengsui

import (
	"math"
	"testing"
	"time"
)

// TestForecast: what is kept for a time grows until it is, the rest for ever, and what
// else fills the disk is seen by what is free (A41).
func TestForecast(t *testing.T) {
	const gb, days = int64(1e9), Span(24 * 60 * 60 * 1000)
	start := At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	// measure gives how much there is seven days apart.
	measure := func(kind string, before, after, came int64) []Measure {
		return []Measure{{kind, start, before, came}, {kind, start.Add(7 * days), after, came}}
	}
	log := Retention{Kind: "log", Keep: 3 * days, Here: true}
	archive := Retention{Kind: "archive", Keep: 100 * days, Here: true}
	records := Retention{Kind: "records", Here: true}
	far := Retention{Kind: "history", Keep: 1000 * days}
	f := func(name string, rules []Retention, m []Measure, room int64, want float64) []Kept {
		t.Helper()
		kept, got := Forecast(rules, m, room)
		if math.Abs(got-want) > 0.01 {
			t.Errorf("%s: full in %.3f days, want %.3f", name, got, want)
		}
		if len(kept) != len(rules) {
			t.Fatalf("%s: %d kinds, want %d", name, len(kept), len(rules))
		}
		return kept
	}
	join := func(lists ...[]Measure) (all []Measure) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}

	f("nothing measured", []Retention{log, archive}, nil, 100*gb, 0)
	f("measured once", []Retention{archive}, []Measure{{"archive", start, gb, gb}, {MeasureFree, start, 9 * gb, -1}}, 9*gb, 0)

	// 1 GB a day for ever, and half a GB by others: 60 GB last 40 days.
	kept := f("for ever", []Retention{records}, join(measure("records", 0, 7*gb, -1), measure(MeasureFree, 100*gb, 89500e6, -1)), 60*gb, 40)
	if k := kept[0]; k.PerDay != gb || k.Full != 0 || k.Bytes != 7*gb {
		t.Errorf("got %+v", k)
	}

	// 1 GB a day kept for 100 days is 100 GB: 93 more, and then no more.
	m := join(measure("archive", 0, 7*gb, gb), measure(MeasureFree, 200*gb, 193*gb, -1))
	kept = f("has room for all", []Retention{archive}, m, 94*gb, 0)
	if k := kept[0]; k.Full != 100*gb || k.PerDay != gb {
		t.Errorf("got %+v", k)
	}
	f("has not", []Retention{archive}, m, 50*gb, 50)

	// Kept for its whole time: as much goes as comes, and it takes no more.
	kept = f("as much goes as comes", []Retention{archive}, join(measure("archive", 100*gb, 100*gb, gb), measure(MeasureFree, 10*gb, 10*gb, -1)), 10*gb, 0)
	if k := kept[0]; k.Full != 100*gb || k.PerDay != gb {
		t.Errorf("got %+v", k)
	}

	// Two that end at different times, then one that does not: 93 days at 2 GB, then 1 GB.
	m = join(measure("archive", 0, 7*gb, gb), measure("records", 0, 7*gb, -1), measure(MeasureFree, 500*gb, 486*gb, -1))
	f("one ends before", []Retention{archive, records}, m, 200*gb, 93+14)

	// What lies elsewhere fills nothing here, but its size is told.
	kept = f("elsewhere", []Retention{far}, join(measure("history", 0, 7*gb, -1), measure(MeasureFree, 10*gb, 10*gb, -1)), gb, 0)
	if k := kept[0]; k.Full != 1000*gb || k.PerDay != gb {
		t.Errorf("got %+v", k)
	}

	// Something else fills the disk: the platform's own does not explain it.
	f("others", []Retention{log}, join(measure("log", 3*gb, 3*gb, gb), measure(MeasureFree, 100*gb, 30*gb, -1)), 20*gb, 2)

	// Less than an hour says nothing yet.
	_, early := Forecast([]Retention{records}, []Measure{{"records", start, 0, -1}, {MeasureFree, start, gb, -1}, {"records", start + 60_000, gb, -1}, {MeasureFree, start + 60_000, 0, -1}}, gb)
	if early != 0 {
		t.Errorf("after a minute: full in %g days, want no word", early)
	}
}
