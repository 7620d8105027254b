package fengsui

import (
	"testing"
	"time"
)

// A29-A31: over 2 days and over 5 days; a point's own period is no silence.
func TestOffline(t *testing.T) {
	o := OfflineRule{Days: []int{2, 5}, Stretch: 300_000, Missed: 3}
	for silence, want := range map[Span]int{0: 0, 2 * Day: 0, 2*Day + 1: 1, 5 * Day: 1, 5*Day + 1: 2, 400 * Day: 2} {
		if got := o.Beyond(silence); got != want {
			t.Errorf("%s: got %d, want %d", silence.Duration(), got, want)
		}
	}
	for every, want := range map[Span]Span{10_000: 300_000, 600_000: 1_800_000} {
		if got := o.Away(&Point{Every: every}); got != want {
			t.Errorf("every %s: got %s, want %s", every.Duration(), got.Duration(), want.Duration())
		}
	}
}

func TestDayOf(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		at, err := time.ParseInLocation(time.DateTime, in, Civil)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOf(At(at)).Time().In(Civil).Format(time.DateTime); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	f("2026-03-04 00:00:00", "2026-03-04 00:00:00")
	f("2026-03-04 07:59:59", "2026-03-04 00:00:00")
	f("2026-03-04 08:00:00", "2026-03-04 00:00:00")
	f("2026-03-04 23:59:59", "2026-03-04 00:00:00")
}
