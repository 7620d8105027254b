package fengsui

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// DayTime is a time of the civil day in minutes after midnight; it is written 07:30.
type DayTime int

// UnmarshalText reads "07:30".
func (t *DayTime) UnmarshalText(b []byte) error {
	at, err := time.Parse("15:04", string(b))
	if err != nil {
		return Errorf(Invalid, "bad_day_time", "%q is no time of day; write it as 07:30", b)
	}
	*t = DayTime(at.Hour()*60 + at.Minute())
	return nil
}

// MarshalText writes "07:30".
func (t DayTime) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%02d:%02d", t/60, t%60), nil }

// on is the time of day on the civil day that at lies in, days later.
func (t DayTime) on(at Millis, days int) time.Time {
	d := at.Time().In(Civil)
	return time.Date(d.Year(), d.Month(), d.Day()+days, int(t)/60, int(t)%60, 0, 0, Civil)
}

// Quiet (免打扰时段) are hours of each civil day in which messages up to a level wait
// for their end. A red one never waits, nor does what the regulation has told at once of
// yellow and orange (notify): there the level holds the rest alone.
type Quiet struct {
	From DayTime `json:"from"`
	To   DayTime `json:"to"`   // at or before From: on the next day
	Upto Level   `json:"upto"` // the gravest that waits: blue, yellow or orange
}

// Check says what is wrong with quiet hours, or nil.
func (q *Quiet) Check() error {
	switch {
	case q == nil:
		return nil
	case q.From < 0 || q.From >= 24*60 || q.To < 0 || q.To >= 24*60 || q.From == q.To:
		return Errorf(Invalid, "bad_quiet", "quiet hours begin at one time of day and end at another")
	case q.Upto < Blue || q.Upto >= Red:
		return Errorf(Invalid, "quiet_level", "quiet hours may hold blue, yellow or orange; red is never held")
	}
	return nil
}

// Until is when a message of a level goes out that would at a moment: then, or at
// the end of the quiet hours. What has no level is not known to be light and goes.
func (q *Quiet) Until(l Level, at Millis) Millis {
	if q == nil || l < Blue || l > q.Upto || l >= Red {
		return at
	}
	for days := -1; days <= 0; days++ {
		if from, to := spanOf(q.From, q.To, at, days); at >= from && at < to {
			return to
		}
	}
	return at
}

// spanOf is from one time of day to another, begun days after the day of at.
func spanOf(from, to DayTime, at Millis, days int) (Millis, Millis) {
	end := days
	if to <= from {
		end++
	}
	return At(from.on(at, days)), At(to.on(at, end))
}

// Shift (班次) says who of a party is on duty at which hours of which days.
type Shift struct {
	From  DayTime  `json:"from"`
	To    DayTime  `json:"to"`                                // at or before From: on the next day
	Days  []int    `json:"days,omitempty" nullable:"false"`   // on which it begins, 1 Monday to 7 Sunday; empty: every day
	Since string   `json:"since,omitempty"`                   // civil dates on which it begins, inclusive; empty: no bound
	Until string   `json:"until,omitempty"`                   //
	Who   []string `json:"who" nullable:"false" minItems:"1"` // names of contacts, in the order in which they are told
}

// covers reports whether the shift is on at a moment.
func (s *Shift) covers(at Millis) bool {
	for days := -1; days <= 0; days++ {
		from, to := spanOf(s.From, s.To, at, days)
		if at < from || at >= to {
			continue
		}
		day := from.Time().In(Civil)
		date := day.Format(time.DateOnly)
		if len(s.Days) > 0 && !slices.Contains(s.Days, (int(day.Weekday())+6)%7+1) {
			continue
		}
		if (s.Since == "" || date >= s.Since) && (s.Until == "" || date <= s.Until) {
			return true
		}
	}
	return false
}

// Absence (替班) puts another contact in the place of one for a time.
type Absence struct {
	Who     string `json:"who"`
	From    Millis `json:"from"`
	To      Millis `json:"to"`                // exclusive
	Instead string `json:"instead,omitempty"` // empty: nobody
}

// Chase (逐级告知) is what happens when nobody of a party confirms a push: after a
// time the next contact is told, after twice that time all of them.
type Chase struct {
	After Span  `json:"after"` // ms; 0: nobody further is told
	Least Level `json:"least"` // from this level on
}

// Roster (值班表) says who of a party is told, when. A party without one has all its
// contacts told at once; so has one whose roster names nobody for the moment.
type Roster struct {
	Party   ID        `json:"party"`
	Shifts  []Shift   `json:"shifts" nullable:"false"`
	Away    []Absence `json:"away" nullable:"false"`
	Quiet   *Quiet    `json:"quiet,omitempty"` // of the contacts that have no quiet hours of their own
	Chase   Chase     `json:"chase"`
	Version int64     `json:"version"`
}

// What a roster may hold, and the shortest time after which further contacts are told.
const (
	maxShifts   = 200
	maxAway     = 500
	shortChase  = Span(60_000)
	longestWait = Span(24 * 3600_000)
)

// Check says what is wrong with a roster whose party has these contacts, or nil.
func (r *Roster) Check(contacts []Contact) error {
	known := func(name string) error {
		if slices.ContainsFunc(contacts, func(c Contact) bool { return c.Name == name }) {
			return nil
		}
		return Errorf(Invalid, "unknown_contact", "there is no contact %q; enter the contact first, or write the name as it stands there", name)
	}
	if len(r.Shifts) > maxShifts || len(r.Away) > maxAway {
		return Errorf(Invalid, "roster_long", "a roster has at most %d shifts and %d absences; take out those that are over", maxShifts, maxAway)
	}
	for i, s := range r.Shifts {
		if s.From < 0 || s.From >= 24*60 || s.To < 0 || s.To >= 24*60 {
			return Errorf(Invalid, "bad_day_time", "shift %d: its times must lie within a day", i+1)
		}
		if len(s.Who) == 0 {
			return Errorf(Invalid, "shift_empty", "shift %d names nobody", i+1)
		}
		for _, d := range s.Days {
			if d < 1 || d > 7 {
				return Errorf(Invalid, "bad_day", "shift %d: days are 1 (Monday) to 7 (Sunday)", i+1)
			}
		}
		for _, date := range []string{s.Since, s.Until} {
			if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
				return Errorf(Invalid, "bad_date", "shift %d: %q is no date; write it as 2026-07-01", i+1, date)
			}
		}
		if s.Since != "" && s.Until != "" && s.Until < s.Since {
			return Errorf(Invalid, "bad_date", "shift %d ends before it begins", i+1)
		}
		for _, name := range s.Who {
			if err := known(name); err != nil {
				return err
			}
		}
	}
	for _, a := range r.Away {
		if a.From >= a.To {
			return Errorf(Invalid, "bad_absence", "the absence of %s ends before it begins", a.Who)
		}
		for _, name := range []string{a.Who, cmp.Or(a.Instead, a.Who)} {
			if err := known(name); err != nil {
				return err
			}
		}
	}
	if c := r.Chase; c.After != 0 && (c.After < shortChase || c.After > longestWait) {
		return Errorf(Invalid, "bad_chase", "the next contact is told after 1 minute at the earliest and a day at the latest; 0 tells nobody further")
	} else if c.Least < None || c.Least > Red {
		return Errorf(Invalid, "bad_chase", "there is no such level")
	}
	return r.Quiet.Check()
}

// OnDuty are the names of who is on duty at a moment, substitutes in the place of
// those who are away, in order, each once.
func (r *Roster) OnDuty(at Millis) []string {
	if r == nil {
		return nil
	}
	var list []string
	for i := range r.Shifts {
		if !r.Shifts[i].covers(at) {
			continue
		}
		for _, name := range r.Shifts[i].Who {
			if name = r.present(name, at); name != "" && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// present is who stands in a contact's place at a moment, empty when nobody does. A
// substitute who is away has a substitute too.
func (r *Roster) present(name string, at Millis) string {
	for range len(r.Away) + 1 { // a circle ends here: nobody of it is there
		i := slices.IndexFunc(r.Away, func(a Absence) bool { return a.Who == name && at >= a.From && at < a.To })
		if i < 0 {
			return name
		}
		name = r.Away[i].Instead
	}
	return ""
}

// Tell splits a party's contacts into those who are told at once of something of a
// level and those who are told when nobody confirms, both in order. Without a roster,
// or when it names nobody who is there, the first are all of them, unless the roster
// says to go on to the next: then they are the first of the list.
func (r *Roster) Tell(contacts []Contact, l Level, at Millis) (first, rest []Contact) {
	if r == nil {
		return contacts, nil
	}
	for _, name := range r.OnDuty(at) {
		for _, c := range contacts {
			if c.Name == name {
				first = append(first, c)
			}
		}
	}
	chase := r.Chase.After > 0 && l >= r.Chase.Least
	if len(first) == 0 {
		if !chase || len(contacts) == 0 {
			return contacts, nil
		}
		here := max(0, slices.IndexFunc(contacts, func(c Contact) bool { return r.present(c.Name, at) == c.Name }))
		first = contacts[here : here+1]
	}
	for _, c := range contacts {
		if !slices.ContainsFunc(first, func(f Contact) bool { return f.Name == c.Name }) {
			rest = append(rest, c)
		}
	}
	return first, rest
}
