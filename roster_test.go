package fengsui

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// civilAt is a moment of civil time, 2026-07-01 (a Wednesday) 23:00:00.
func civilAt(t *testing.T, text string) Millis {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, text, Civil)
	if err != nil {
		t.Fatal(err)
	}
	return At(at)
}

// TestQuiet holds quiet hours: to the second, over midnight, by level; red never waits
// (A23: at once).
func TestQuiet(t *testing.T) {
	night := &Quiet{From: 22 * 60, To: 7 * 60, Upto: Orange}
	noon := &Quiet{From: 12 * 60, To: 13*60 + 30, Upto: Blue}
	f := func(q *Quiet, l Level, at, want string) {
		t.Helper()
		if got := q.Until(l, civilAt(t, at)); got != civilAt(t, want) {
			t.Errorf("%v at %s goes at %s, want %s", l, at, got.Time().In(Civil).Format(time.DateTime), want)
		}
	}
	f(night, Yellow, "2026-07-01 21:59:59", "2026-07-01 21:59:59")
	f(night, Yellow, "2026-07-01 22:00:00", "2026-07-02 07:00:00")
	f(night, Orange, "2026-07-02 03:00:00", "2026-07-02 07:00:00")
	f(night, Blue, "2026-07-02 06:59:59", "2026-07-02 07:00:00")
	f(night, Blue, "2026-07-02 07:00:00", "2026-07-02 07:00:00")
	f(night, Red, "2026-07-02 03:00:00", "2026-07-02 03:00:00")
	f(night, None, "2026-07-02 03:00:00", "2026-07-02 03:00:00")
	f(noon, Blue, "2026-07-01 12:00:00", "2026-07-01 13:30:00")
	f(noon, Yellow, "2026-07-01 12:00:00", "2026-07-01 12:00:00")
	f(nil, Blue, "2026-07-01 03:00:00", "2026-07-01 03:00:00")
	// Whatever a row says, red goes.
	f(&Quiet{From: 0, To: 60, Upto: Red}, Red, "2026-07-01 00:30:00", "2026-07-01 00:30:00")

	for _, q := range []*Quiet{{From: 60, To: 60, Upto: Blue}, {From: 60, To: 1440, Upto: Blue}, {From: 60, To: 70, Upto: Red}, {From: 60, To: 70}} {
		if q.Check() == nil {
			t.Errorf("the quiet hours %+v were taken", *q)
		}
	}
	if night.Check() != nil || (*Quiet)(nil).Check() != nil {
		t.Error("good quiet hours were refused")
	}
}

func TestDayTime(t *testing.T) {
	var q Quiet
	if err := json.Unmarshal([]byte(`{"from":"22:05","to":"07:00","upto":"yellow"}`), &q); err != nil || q.From != 22*60+5 || q.To != 7*60 || q.Upto != Yellow {
		t.Errorf("read %+v, %v", q, err)
	}
	if b, _ := json.Marshal(q); string(b) != `{"from":"22:05","to":"07:00","upto":"yellow"}` {
		t.Errorf("written %s", b)
	}
	for _, bad := range []string{`"24:00"`, `"7"`, `"7:5"`, `"-1:00"`, `""`} {
		var d DayTime
		if err := json.Unmarshal([]byte(bad), &d); err == nil {
			t.Errorf("%s is %d minutes", bad, d)
		}
	}
}

// TestOnDuty: who of a party is told, at which second of civil time (A11).
func TestOnDuty(t *testing.T) {
	r := &Roster{
		Shifts: []Shift{
			{From: 8 * 60, To: 20 * 60, Days: []int{1, 2, 3, 4, 5}, Who: []string{"Wang", "Li"}},
			{From: 20 * 60, To: 8 * 60, Who: []string{"Zhao"}},
			{From: 8 * 60, To: 20 * 60, Days: []int{6, 7}, Since: "2026-07-04", Until: "2026-07-05", Who: []string{"Qian"}},
		},
		Away: []Absence{
			{Who: "Zhao", From: civilAt(t, "2026-07-03 00:00:00"), To: civilAt(t, "2026-07-04 00:00:00"), Instead: "Sun"},
			{Who: "Sun", From: civilAt(t, "2026-07-03 02:00:00"), To: civilAt(t, "2026-07-03 03:00:00"), Instead: "Li"},
			{Who: "Wang", From: civilAt(t, "2026-07-06 00:00:00"), To: civilAt(t, "2026-07-07 00:00:00"), Instead: "Li"},
			{Who: "Qian", From: civilAt(t, "2026-07-05 10:00:00"), To: civilAt(t, "2026-07-05 11:00:00")},
			{Who: "Qian", From: civilAt(t, "2026-07-05 12:00:00"), To: civilAt(t, "2026-07-05 13:00:00"), Instead: "Sun"},
			{Who: "Sun", From: civilAt(t, "2026-07-05 12:00:00"), To: civilAt(t, "2026-07-05 13:00:00"), Instead: "Qian"},
		},
	}
	f := func(at, want string) {
		t.Helper()
		if got := strings.Join(r.OnDuty(civilAt(t, at)), " "); got != want {
			t.Errorf("on duty at %s: %q, want %q", at, got, want)
		}
	}
	f("2026-07-01 07:59:59", "Zhao")
	f("2026-07-01 08:00:00", "Wang Li")
	f("2026-07-01 19:59:59", "Wang Li")
	f("2026-07-01 20:00:00", "Zhao")
	f("2026-07-03 01:59:59", "Sun") // instead of Zhao
	f("2026-07-03 02:30:00", "Li")  // instead of Sun, who is away too
	f("2026-07-04 00:00:00", "Zhao")
	f("2026-07-04 09:00:00", "Qian") // Saturday
	f("2026-07-05 10:30:00", "")     // away, and nobody instead
	f("2026-07-05 12:30:00", "")     // each instead of the other
	f("2026-07-06 09:00:00", "Li")   // Wang's substitute is on duty anyway
	f("2026-07-11 09:00:00", "")     // the week-end's shift is over
	if (*Roster)(nil).OnDuty(0) != nil {
		t.Error("without a roster somebody is on duty")
	}

	contacts := []Contact{{Name: "Wang"}, {Name: "Li"}, {Name: "Zhao"}, {Name: "Qian"}, {Name: "Sun"}}
	tell := func(r *Roster, l Level, at, want string) {
		t.Helper()
		names := func(list []Contact) (s string) {
			for _, c := range list {
				s += c.Name + " "
			}
			return strings.TrimSpace(s)
		}
		first, rest := r.Tell(contacts, l, civilAt(t, at))
		if got := names(first) + " | " + names(rest); got != want {
			t.Errorf("%v at %s is told to %q, want %q", l, at, got, want)
		}
	}
	tell(nil, Red, "2026-07-01 09:00:00", "Wang Li Zhao Qian Sun | ")
	tell(&Roster{}, Red, "2026-07-01 09:00:00", "Wang Li Zhao Qian Sun | ")
	tell(r, Red, "2026-07-01 09:00:00", "Wang Li | Zhao Qian Sun")
	tell(r, Red, "2026-07-05 10:30:00", "Wang Li Zhao Qian Sun | ") // nobody is there: all hear of it
	r.Chase = Chase{After: 300_000, Least: Orange}
	tell(r, Red, "2026-07-05 10:30:00", "Wang | Li Zhao Qian Sun")
	tell(r, Yellow, "2026-07-05 10:30:00", "Wang Li Zhao Qian Sun | ")
	r.Shifts = nil
	tell(r, Red, "2026-07-06 09:00:00", "Li | Wang Zhao Qian Sun") // Wang, the first, is away
}

func TestRosterCheck(t *testing.T) {
	contacts := []Contact{{Name: "Wang"}, {Name: "Li"}}
	good := Roster{Shifts: []Shift{{From: 0, To: 0, Days: []int{1, 7}, Since: "2026-07-01", Until: "2026-07-01", Who: []string{"Li"}}},
		Away: []Absence{{Who: "Li", From: 1, To: 2, Instead: "Wang"}, {Who: "Wang", From: 1, To: 2}}, Chase: Chase{After: 60_000, Least: Red}}
	if err := good.Check(contacts); err != nil {
		t.Errorf("a good roster: %v", err)
	}
	for reason, spoil := range map[string]func(*Roster){
		"unknown_contact": func(r *Roster) { r.Shifts[0].Who = []string{"Sun"} },
		"shift_empty":     func(r *Roster) { r.Shifts[0].Who = nil },
		"bad_day":         func(r *Roster) { r.Shifts[0].Days = []int{0} },
		"bad_day_time":    func(r *Roster) { r.Shifts[0].To = 1440 },
		"bad_date":        func(r *Roster) { r.Shifts[0].Until = "2026-06-30" },
		"bad_absence":     func(r *Roster) { r.Away[0].To = 1 },
		"bad_chase":       func(r *Roster) { r.Chase.After = 59_999 },
		"quiet_level":     func(r *Roster) { r.Quiet = &Quiet{From: 1, To: 2, Upto: Red} },
		"roster_long":     func(r *Roster) { r.Away = make([]Absence, 501) },
	} {
		b, _ := json.Marshal(good)
		var r Roster
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		spoil(&r)
		e, _ := r.Check(contacts).(*Error)
		if e == nil || e.Reason != reason {
			t.Errorf("%s: %v", reason, e)
		}
	}
}
