package fengsui

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTurnAt(t *testing.T) {
	at := func(text string) Millis {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, Civil)
		if err != nil {
			t.Fatal(err)
		}
		return At(when)
	}
	show := func(x Turn) string {
		moment := func(m Millis) string {
			if m == 0 {
				return "-"
			}
			return m.Time().In(Civil).Format("02 15:04")
		}
		return fmt.Sprintf("%s to %s: %s", moment(x.From), moment(x.To), strings.Join(x.Who, " "))
	}
	two := &Roster{Shifts: []Shift{{From: 8 * 60, To: 20 * 60, Who: []string{"a"}}, {From: 20 * 60, To: 8 * 60, Who: []string{"b"}}}}
	lapped := &Roster{Shifts: []Shift{{From: 8 * 60, To: 20 * 60, Who: []string{"a"}}, {From: 12 * 60, To: 14 * 60, Who: []string{"c"}}}}
	monday := &Roster{Shifts: []Shift{{From: 8 * 60, To: 8 * 60, Days: []int{1}, Who: []string{"a"}}}}
	for _, c := range []struct {
		what string
		r    *Roster
		at   string // 2026-07-06 is a Monday
		want string
	}{
		{"nobody has a roster", nil, "2026-07-06 09:00", "- to -: "},
		{"by day", two, "2026-07-06 09:00", "06 08:00 to 06 20:00: a"},
		{"at the change", two, "2026-07-06 20:00", "06 20:00 to 07 08:00: b"},
		{"after midnight", two, "2026-07-07 01:00", "06 20:00 to 07 08:00: b"},
		{"before a second comes", lapped, "2026-07-06 09:00", "06 08:00 to 06 12:00: a"},
		{"beside a second", lapped, "2026-07-06 13:00", "06 12:00 to 06 14:00: a c"},
		{"after it has gone", lapped, "2026-07-06 15:00", "06 14:00 to 06 20:00: a"},
		{"in a hole", lapped, "2026-07-06 21:00", "06 20:00 to 07 08:00: "},
		{"a whole day", monday, "2026-07-06 23:00", "06 08:00 to 07 08:00: a"},
		{"a day off", monday, "2026-07-08 09:00", "- to -: "},
	} {
		if got := show(c.r.TurnAt(at(c.at))); got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, got, c.want)
		}
	}
}
