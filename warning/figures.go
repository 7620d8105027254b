package warning

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"fengsui"
	"fengsui/store"
)

//go:embed aims.yaml
var aims []byte

// LoadAims reads the shipped aims of the duty room. Keys it does not know are refused.
func LoadAims() (*fengsui.AlarmAims, error) {
	var a fengsui.AlarmAims
	d := yaml.NewDecoder(bytes.NewReader(aims))
	d.KnownFields(true)
	if err := d.Decode(&a); err != nil {
		return nil, fmt.Errorf("read the aims of the duty room: %w", err)
	}
	return &a, a.Check()
}

// Aims are what Performance is measured by.
func (e *Engine) Aims() fengsui.AlarmAims { return *e.aims }

// What was raised in a time is read once by the index on the time, and counted while it
// is read: a look costs as much as there was in that time, however old the platform is.
const (
	selectRaised = `SELECT id, enterprise, subject, model, peak, raised_at, confirmed_at, confirmed_by FROM warning WHERE raised_at >= $1 AND raised_at < $2`
	countStale   = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN shelved_until > 0 OR merged_into <> '' THEN 1 ELSE 0 END), 0) FROM warning WHERE ended_at = 0 AND raised_at < $1`

	selectChatter = `SELECT w.id, w.enterprise, w.subject, w.model, f.learnt, f.level FROM finding f JOIN warning w ON w.id = f.warning
		WHERE f.learnt >= $1 AND f.learnt < $2 AND f.warning <> '' AND f.late = 0`
)

var joinedScope = store.Columns{Enterprise: "w.enterprise", Zone: "w.zone", Sector: "w.sector", Peak: "w.peak"}

// Performance counts what was raised in [from, to) as far as it is past at now.
func (e *Engine) Performance(ctx context.Context, s fengsui.Scope, from, to, now fengsui.Millis) (p fengsui.Performance, err error) {
	t := tally{aims: e.aims, onDuty: e.onDuty(), frequent: map[about]*fengsui.FrequentFigure{}, people: map[string]*person{}}
	t.Raised, t.From, t.Upto = map[fengsui.Level]int{}, from, max(from, min(to, now))
	for l := fengsui.Blue; l <= fengsui.Red; l++ {
		t.Raised[l] = 0
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		// Before its first record the platform saw nothing: such hours are not quiet ones.
		var first fengsui.Millis
		if err := tx.QueryRow(`SELECT COALESCE((SELECT at FROM journal ORDER BY pos LIMIT 1), $1)`, t.Upto).Scan(&first); err != nil {
			return err
		}
		t.Since = min(max(from, first), t.Upto)
		t.hours()
		cond, args := store.Scoped(s, scopeColumns, []any{from, t.Upto})
		rows, err := tx.Query(selectRaised+cond+` ORDER BY raised_at`, args...)
		if err != nil {
			return err
		}
		if _, err := all(rows, func(r scanner) (struct{}, error) {
			var w fengsui.Warning
			err := r.Scan(&w.ID, &w.Enterprise, &w.Subject, &w.Model, &w.Peak, &w.RaisedAt, &w.ConfirmedAt, &w.ConfirmedBy)
			t.add(&w)
			return struct{}{}, err
		}); err != nil {
			return err
		}
		cond, args = store.Scoped(s, scopeColumns, []any{now - fengsui.Millis(e.aims.Stale.After)})
		if err := tx.QueryRow(countStale+cond, args...).Scan(&t.Stale, &t.Shelved); err != nil {
			return err
		}
		found, err := e.chatter(tx, s, from, t.Upto)
		t.Chattering = len(found)
		return err
	})
	t.end()
	return t.Performance, err
}

// Chattering lists the subjects that chattered in [from, to), the worst first, and how
// many there are.
func (e *Engine) Chattering(ctx context.Context, s fengsui.Scope, from, to fengsui.Millis, page fengsui.Page) (list []fengsui.Chatter, total int, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		list, err = e.chatter(tx, s, from, to)
		return err
	})
	total = len(list)
	list = list[min(max(page.Offset, 0), total):]
	limit := page.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	return list[:min(limit, len(list))], total, err
}

func (e *Engine) chatter(tx *store.Tx, s fengsui.Scope, from, to fengsui.Millis) (list []fengsui.Chatter, err error) {
	cond, args := store.Scoped(s, joinedScope, []any{from, to})
	rows, err := tx.Query(selectChatter+cond+` ORDER BY f.learnt, f.seq, f.place`, args...)
	if err != nil {
		return nil, err
	}
	type stretch struct {
		fengsui.Chatter
		window
		level fengsui.Level
	}
	by := map[about]*stretch{}
	_, err = all(rows, func(r scanner) (struct{}, error) {
		var c fengsui.Chatter
		var at fengsui.Millis
		var level fengsui.Level
		err := r.Scan(&c.Warning, &c.Enterprise, &c.Subject, &c.Model, &at, &level)
		x := by[about{c.Model, c.Subject}]
		if x == nil {
			x = &stretch{Chatter: c, window: window{within: e.aims.Chatter.Within}}
			by[about{c.Model, c.Subject}] = x
		}
		was := x.level
		if x.level = level; level == fengsui.None || was != fengsui.None {
			return struct{}{}, err // it returned, or the level alone changed
		}
		x.Warning, x.Times = c.Warning, x.Times+1
		if n := x.add(at); n > x.Most {
			x.Most, x.At = n, at
		}
		return struct{}{}, err
	})
	for _, x := range by {
		if x.Most >= e.aims.Chatter.Count {
			list = append(list, x.Chatter)
		}
	}
	slices.SortFunc(list, func(a, b fengsui.Chatter) int {
		return cmp.Or(b.Most-a.Most, b.Times-a.Times, cmp.Compare(b.At, a.At), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Model, b.Model))
	})
	return list, err
}

// onDuty says how many people of the operator's rosters, as they are now, were on duty
// at a moment: one at least.
func (e *Engine) onDuty() func(fengsui.Millis) int {
	d := e.district()
	var rosters []*fengsui.Roster
	for _, p := range d.Kind(fengsui.Operator) {
		rosters = append(rosters, d.Rosters[p.ID])
	}
	return func(at fengsui.Millis) int {
		n := 0
		for _, r := range rosters {
			n += len(r.OnDuty(at))
		}
		return max(n, 1)
	}
}

// window counts what lies within a time, one after the other.
type window struct {
	within fengsui.Span
	times  []fengsui.Millis
}

// add counts what lies within the time that ends at a moment, that moment included.
func (w *window) add(at fengsui.Millis) int {
	w.times = append(w.times, at)
	for at-w.times[0] >= fengsui.Millis(w.within) {
		w.times = w.times[1:]
	}
	return len(w.times)
}

// about is what one model says of one subject.
type about struct {
	model   string
	subject fengsui.Subject
}

// person is what one took in. The moments come in the order of the raises, so they are
// sorted at the end.
type person struct {
	fengsui.PersonFigure
	sum   fengsui.Span
	times []fengsui.Millis
}

// tally counts warnings in the order in which they were raised.
type tally struct {
	fengsui.Performance
	aims     *fengsui.AlarmAims
	onDuty   func(fengsui.Millis) int
	window   window
	frequent map[about]*fengsui.FrequentFigure
	people   map[string]*person
}

const hour fengsui.Span = 3600 * 1000

func (t *tally) hours() {
	t.window.within = t.aims.Peak.Within
	t.Hours = []fengsui.HourFigure{}
	for at := t.Since - (t.Since-t.From)%fengsui.Millis(hour); at < t.Upto; at = at.Add(hour) {
		h := fengsui.HourFigure{At: at, OnDuty: t.onDuty(at)}
		t.Persons += float64(h.OnDuty) * float64(min(at.Add(hour), t.Upto)-max(at, t.Since)) / float64(hour)
		t.Hours = append(t.Hours, h)
	}
}

func (t *tally) add(w *fengsui.Warning) {
	t.Total++
	t.Raised[w.Peak]++
	if i := int(fengsui.Span(w.RaisedAt-t.From)/hour) - t.first(); i >= 0 && i < len(t.Hours) { // or the clock was set
		t.Hours[i].Raised++
	}
	people := t.onDuty(w.RaisedAt)
	if n := t.window.add(w.RaisedAt); float64(n)/float64(people) > t.Peak.Person {
		t.Peak = fengsui.Crowd{Count: n, OnDuty: people, Person: float64(n) / float64(people), At: w.RaisedAt}
	}
	f := t.frequent[about{w.Model, w.Subject}]
	if f == nil {
		f = &fengsui.FrequentFigure{Model: w.Model, Subject: w.Subject, Enterprise: w.Enterprise}
		t.frequent[about{w.Model, w.Subject}] = f
	}
	f.Count, f.Last, f.Warning = f.Count+1, w.RaisedAt, w.ID
	if w.ConfirmedAt == 0 {
		return
	}
	p := t.people[w.ConfirmedBy]
	if p == nil {
		p = &person{PersonFigure: fengsui.PersonFigure{Name: w.ConfirmedBy}}
		t.people[w.ConfirmedBy] = p
	}
	took := fengsui.Span(w.ConfirmedAt - w.RaisedAt)
	p.Confirmed, p.sum, p.Longest, p.times = p.Confirmed+1, p.sum+took, max(p.Longest, took), append(p.times, w.ConfirmedAt)
}

// first is which hour of the time asked for the first one is.
func (t *tally) first() int { return int(fengsui.Span(t.Since-t.From) / hour) }

func (t *tally) end() {
	for i := range t.Hours {
		t.Hours[i].Rate = float64(t.Hours[i].Raised) / float64(t.Hours[i].OnDuty)
	}
	if t.Persons > 0 {
		t.Rate = float64(t.Total) / t.Persons
	}
	t.Frequent = []fengsui.FrequentFigure{}
	for _, f := range t.frequent {
		f.Share = float64(f.Count) / float64(t.Total)
		t.Frequent = append(t.Frequent, *f)
	}
	slices.SortFunc(t.Frequent, func(a, b fengsui.FrequentFigure) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(b.Last, a.Last), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Model, b.Model))
	})
	t.Frequent = t.Frequent[:min(len(t.Frequent), t.aims.Frequent)]
	t.People = []fengsui.PersonFigure{}
	for _, p := range t.people {
		slices.Sort(p.times)
		w := window{within: t.aims.Peak.Within}
		for _, at := range p.times {
			p.Peak = max(p.Peak, w.add(at))
		}
		p.Mean = p.sum / fengsui.Span(p.Confirmed)
		t.People = append(t.People, p.PersonFigure)
	}
	slices.SortFunc(t.People, func(a, b fengsui.PersonFigure) int {
		return cmp.Or(b.Confirmed-a.Confirmed, cmp.Compare(a.Name, b.Name))
	})
	t.People = t.People[:min(len(t.People), maxPeople)]
}

// maxPeople is how many people a look shows: more do not sit in a duty room.
const maxPeople = 50
