package fengsui

import (
	"testing"
	"time"
)

// TestActedJudge (A07, A19): the bounds of an act's own time, exactly at them and beyond.
func TestActedJudge(t *testing.T) {
	r := ActedRule{Ahead: SpanOf(2 * time.Minute), Back: SpanOf(7 * 24 * time.Hour), Differ: SpanOf(time.Minute)}
	arrived := Millis(1_800_000_000_000)
	at := func(d time.Duration) Millis { return arrived.Add(SpanOf(d)) }
	old, fresh := at(-30*24*time.Hour), at(-time.Hour)
	for _, c := range []struct {
		what      string
		at, began Millis
		want      Doubt
	}{
		{"at once", arrived, fresh, ""},
		{"39 minutes later", at(-39 * time.Minute), fresh, ""},
		{"as far ahead as clocks differ", at(2 * time.Minute), fresh, ""},
		{"further ahead", at(2*time.Minute + time.Millisecond), fresh, DoubtAhead},
		{"a year ahead", at(365 * 24 * time.Hour), fresh, DoubtAhead},
		{"when it began, as clocks differ", fresh.Add(-r.Ahead), fresh, ""},
		{"before it began", fresh.Add(-r.Ahead - 1), fresh, DoubtBefore},
		{"as old as is believed", at(-7 * 24 * time.Hour), old, ""},
		{"older", at(-7*24*time.Hour - time.Millisecond), old, DoubtOld},
		{"no clock at all", 0, old, DoubtBefore},
	} {
		a := Acted{At: c.at}
		if got := r.Judged(&a, arrived, c.began); got.At != c.at || got.Doubt != c.want {
			t.Errorf("%s: got %q, want %q", c.what, got.Doubt, c.want)
		}
		if a.Doubt != "" {
			t.Errorf("%s: what was said is changed", c.what)
		}
	}
	if r.Judged(nil, arrived, fresh) != nil {
		t.Error("what is done as it arrives is judged")
	}
	if got := r.Judged(&Acted{At: arrived, Doubt: DoubtBefore}, arrived, old); got.Doubt != DoubtBefore {
		t.Errorf("what was doubted for an order is believed for its warning: %q", got.Doubt)
	}
}
