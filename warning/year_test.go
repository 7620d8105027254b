package warning

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// event is one thing that happens to a subject.
type event struct {
	at      int64  // ms
	subject int64  // num of its point
	kind    string // find, late, verdict, note, shelve
	level   int    // 0 none to 4 red; a verdict's 0 ends
	by      byte   // a verdict's party: E, Z, R
}

// model is Articles 20-23 and DESIGN §7 once more, for one subject: events in,
// steps out, as text. It knows nothing of the engine. there gives the first
// moment from t on at which the platform runs.
func model(events []event, there func(t int64) int64) (out []string) {
	const hour, never = int64(3_600_000), int64(1) << 50
	every, visit := [5]int64{never, never, hour, hour, hour / 2}, [5]int64{never, never, 24 * hour, 12 * hour, 2 * hour}
	stand, tell := [5]int64{never, never, 8 * hour, 2 * hour, hour / 2}, [5]string{"", "E", "EZ", "ERZ", "BERZ"}
	type clock struct{ anchor, notices, visit, left int64 }
	var period, level, peak, measured, held, uplinks int // level 0: none is open
	occurrence, now, until, c := 1, int64(0), never, clock{visit: never}
	var left [5]clock                                           // of the levels that were left, by an end too
	row := func(kind string, number, missed int64, to string) { // a change, and its step if any
		if kind != "" {
			out = append(out, fmt.Sprint(now, " ", occurrence, "/", period, " ", kind, " ", number, " missed ", missed, " to ", to))
		}
		if level > 0 && peak == 4 { // what is or was red goes up
			uplinks++
			out = append(out, fmt.Sprint(now, " ", occurrence, "/0 uplink ", uplinks, " missed 0 to M"))
		}
	}
	enter := func(to int, kind, told string) {
		c.left = now
		left[level] = c
		if c = (clock{anchor: now, visit: now + visit[to]}); left[to].left > 0 && now-left[to].left <= hour {
			c = left[to]
		}
		period, level, peak, held, until = period+1, to, max(peak, to), 0, never
		if row(kind, 1, 0, told); to == 1 {
			out = append(out, fmt.Sprint(now, " ", occurrence, "/", period, " routine 1 missed 0 to E"))
		}
	}
	advance := func(t int64) { // carry out what falls due until t
		for {
			next := there(min(c.anchor+every[level]*(c.notices+1), c.visit, until))
			if now = max(now, min(next, t)); next > t {
				return
			}
			if n := (now - c.anchor) / every[level]; n > c.notices {
				n, c.notices = c.notices, n
				row("notice", c.notices, c.notices-n-1, "  ERR"[level:level+1])
			}
			if now >= c.visit {
				c.visit = never
				row("supervise", 1, 0, "  ZRR"[level:level+1])
			}
			if now >= until && measured > level { // the verdict stood long enough
				enter(measured, "push", tell[measured])
			} else if now >= until {
				held, until = 0, never
				row("", 0, 0, "")
			}
		}
	}
	for _, e := range events {
		advance(e.at)
		if e.kind == "find" {
			measured = e.level
		}
		if measured == 0 {
			held, until = 0, never
		}
		switch {
		case e.kind == "verdict" && (level == 0 || e.level >= level || e.by != " EZRR"[level]):
			continue // refused
		case e.kind == "verdict" && e.level > 0:
			enter(e.level, "lowered", tell[peak])
		case e.kind == "verdict":
			row("ended", 1, 0, tell[peak])
			c.left, held, until = now, 0, never
			left[level] = c
			occurrence, period, level, peak, uplinks, c = occurrence+1, 0, 0, 0, 0, clock{visit: never}
		case e.kind != "note" && e.level > level && e.level > held:
			enter(e.level, "push", tell[e.level])
		default:
			row("", 0, 0, "")
		}
		if e.kind == "verdict" && measured > e.level {
			held, until = measured, now+stand[measured]
		}
	}
	return out
}

// year is what happens in one: events in order, and the times when the platform
// was down. Every event and every start has a millisecond of the half hour of its
// own, and all spans of the policy are whole half hours: so nothing falls due in
// the millisecond of another event, and there is one right order.
type year struct {
	events []event
	down   [][2]int64
	end    int64
}

func makeYear(seed uint64, count int, length time.Duration) year {
	const minute, hour = int64(60_000), int64(3_600_000)
	r := rand.New(rand.NewPCG(seed, 21))
	used := map[int64]bool{}
	unique := func(at int64) int64 {
		for used[at%(hour/2)] {
			at++
		}
		used[at%(hour/2)] = true
		return at
	}
	y := year{end: length.Milliseconds()}
	for range 40 {
		from := unique(r.Int64N(y.end * 9 / 10))
		to := from // a restart without a pause
		if r.IntN(4) > 0 {
			to = unique(from + minute + []int64{minute, 20 * minute, 5 * hour, 26 * hour}[r.IntN(4)])
		}
		y.down = append(y.down, [2]int64{from, to})
	}
	slices.SortFunc(y.down, func(a, b [2]int64) int { return int(a[0] - b[0]) })
	for i := 1; i < len(y.down); { // no two of them overlap
		if y.down[i][0] <= y.down[i-1][1] {
			y.down = slices.Delete(y.down, i, i+1)
		} else {
			i++
		}
	}
	const subjects = 50
	last := make([]int64, subjects)
	for len(y.events) < count {
		subject := r.Int64N(subjects)
		at := last[subject] + r.Int64N(12*y.end*subjects/int64(count))
		add := func(pause int64, kind string, level int, by byte) {
			at += minute + r.Int64N(pause)
			y.events = append(y.events, event{unique(at), subject + 1, kind, level, by})
		}
		add(hour, "find", 1+r.IntN(4), 0)
		for range 1 + r.IntN(7) {
			pause := []int64{minute, 10 * minute, 10 * minute, 40 * minute, 40 * minute, 4 * hour}[r.IntN(6)]
			switch r.IntN(17) {
			case 0:
				add(pause, "late", 1+r.IntN(4), 0)
			case 16:
				add(pause, "shelve", 0, 0)
			case 1, 2:
				add(pause, "find", 0, 0)
			case 3, 4, 5:
				add(pause, "find", 1+r.IntN(4), 0)
			case 6, 7, 8, 9, 10:
				add(pause, "verdict", r.IntN(4), "EZRR"[r.IntN(4)])
			default:
				add(pause, "note", 0, 0)
			}
		}
		for returned := false; !returned; { // whoever may, ends it; if it is active still, again later
			if returned = r.IntN(4) > 0; returned {
				add(hour, "find", 0, 0)
			}
			for _, by := range []byte("RZE") {
				add(5*minute, "verdict", 0, by)
			}
			at += r.Int64N(3 * hour)
		}
		last[subject] = at
	}
	y.events = slices.DeleteFunc(y.events, func(e event) bool {
		return e.at > y.end || slices.ContainsFunc(y.down, func(d [2]int64) bool { return d[0] <= e.at && e.at < d[1] })
	})
	slices.SortFunc(y.events, func(a, b event) int { return int(a.at - b.at) })
	for _, d := range y.down { // the first event after an outage comes with the start
		i, _ := slices.BinarySearchFunc(y.events, d[1], func(e event, at int64) int { return int(e.at - at) })
		if i < len(y.events) && d[0] < d[1] && !y.raises(i, d[1]) {
			y.events[i].at = d[1]
		}
	}
	return y
}

// raises reports whether event i is a person's and its subject is raised again at
// a start, by a verdict that ran out in the outage. A person cannot have seen that
// warning yet, so such an act does not come with the start: there would be two
// right orders.
func (y *year) raises(i int, start int64) bool {
	e := y.events[i]
	if e.kind == "find" || e.kind == "late" {
		return false
	}
	var before []event
	for _, b := range y.events[:i] {
		if b.subject == e.subject && b.kind != "shelve" {
			before = append(before, b)
		}
	}
	lines := model(append(before, event{at: start, kind: "verdict"}), y.there)
	return slices.ContainsFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, fmt.Sprint(start, " ")) && strings.Contains(line, " push ")
	})
}

// there is the first moment from t on at which the platform runs.
func (y *year) there(t int64) int64 {
	for _, d := range y.down {
		if d[0] <= t && t < d[1] {
			return d[1]
		}
	}
	return t
}

// expected is what the model says, as sorted lines.
func (y *year) expected() []string {
	of := map[int64][]event{}
	for _, e := range y.events {
		if e.kind != "shelve" { // the model need not know: it touches no clock
			of[e.subject] = append(of[e.subject], e)
		}
	}
	var all []string
	for subject, list := range of {
		for _, line := range model(append(list, event{at: y.end, kind: "verdict"}), y.there) {
			all = append(all, fmt.Sprint(subject, " ", line))
		}
	}
	slices.Sort(all)
	return all
}

// sabotage breaks an engine from outside: what it does is undone in the store.
type sabotage struct {
	open  string // after the store was opened
	apply string // after findings, in their transaction
	act   string // after a verdict, in its transaction
}

// play plays a year on the real engine and gives the steps of the store, those
// of the journal, the orders it asked for, and how many warnings and acts there
// were.
func (y *year) play(t *testing.T, broken sabotage) (steps, told, orders []string, count int) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(l *lab) {
			l.config.OnStep = func(tx *store.Tx, w fengsui.Warning, s fengsui.Step) error {
				orders = append(orders, line(l, w.Subject, w.Occurrence, s))
				return nil
			}
		})
		defer func() { l.stop() }()
		spoil := func(tx *store.Tx, statements string) error {
			for _, s := range strings.Split(statements, ";;") {
				if s != "" {
					if _, err := tx.Exec(s); err != nil {
						return err
					}
				}
			}
			return nil
		}
		l.until(0)
		if broken.open != "" {
			err := l.db.Change(l.ctx, func(tx *store.Tx) error {
				if err := tx.Record(fengsui.Change{Act: "sabotage"}); err != nil {
					return err
				}
				return spoil(tx, broken.open)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		do := func(e event) {
			if e.kind == "shelve" {
				if w := l.newest(e.subject); w != nil {
					err := l.e.Shelve(l.ctx, l.duty(), someone, w.ID, w.Version, fengsui.At(time.Now().Add(5*time.Hour)), "x")
					if err == nil {
						count++
					} else if code := fengsui.CodeOf(err); code != fengsui.Forbidden && code != fengsui.Conflict {
						t.Fatalf("%+v: %v", e, err)
					}
				}
				return
			}
			err := l.db.Change(l.ctx, func(tx *store.Tx) error {
				switch e.kind {
				case "find", "late":
					f := l.finding(e.subject, fengsui.Level(e.level))
					f.Late = e.kind == "late"
					if err := l.e.Apply(l.ctx, tx, []fengsui.Finding{f}); err != nil {
						return err
					}
					return spoil(tx, broken.apply)
				case "note":
					w, err := scanWarning(tx.QueryRow(selectLast, tank, fengsui.SubjectOf("point", e.subject)))
					if err != nil || w == nil || w.End != fengsui.Open {
						return errIdle
					}
					count++
					_, err = l.e.Annotate(tx, l.duty(), someone, w.ID, "note", "x", nil, nil)
					return err
				}
				w, err := scanWarning(tx.QueryRow(selectLast, tank, fengsui.SubjectOf("point", e.subject)))
				if err != nil || w == nil || w.End != fengsui.Open {
					return errIdle
				}
				v := fengsui.Verdict{Warning: w.ID, Version: w.Version, To: fengsui.Level(e.level), Why: "x"}
				if e.level == 0 {
					v.End = fengsui.Cleared
				}
				s := map[byte]fengsui.Scope{'E': l.firm(), 'Z': l.zone(), 'R': l.regulator()}[e.by]
				if _, err := l.e.Decide(tx, s, someone, v); err != nil {
					return err
				}
				count++
				return spoil(tx, broken.act)
			})
			if code := fengsui.CodeOf(err); err != nil && err != errIdle && code != fengsui.Forbidden && code != fengsui.Invalid {
				t.Fatalf("%+v: %v", e, err)
			}
		}
		down := y.down
		// to goes to a moment, through the times when the platform is down. then
		// is done at it; if that is the moment of a start, before the loop runs.
		to := func(at int64, then func()) {
			for len(down) > 0 && down[0][0] <= at {
				d := down[0]
				down = down[1:]
				l.until(time.Duration(d[0]) * time.Millisecond)
				l.stop()
				l.until(time.Duration(d[1]) * time.Millisecond)
				l.openStill()
				if d[1] == at {
					then()
					then = func() {}
				}
				l.run()
			}
			l.until(time.Duration(at) * time.Millisecond)
			then()
		}
		for _, e := range y.events {
			to(e.at, func() { do(e) })
		}
		to(y.end, func() {})
		synctest.Wait()
		steps, told = l.everyStep()
		for _, s := range steps {
			if strings.Contains(s, "/1 push 1 ") {
				count++
			}
		}
	})
	slices.Sort(orders)
	return steps, told, orders, count
}

// newest is the newest warning of a point, nil for none.
func (l *lab) newest(point int64) (w *row) {
	err := l.db.View(l.ctx, func(tx *store.Tx) (err error) {
		w, err = scanWarning(tx.QueryRow(selectLast, tank, fengsui.SubjectOf("point", point)))
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return w
}

// everyStep gives the steps of the store and those that the journal tells, as
// sorted lines.
func (l *lab) everyStep() (steps, told []string) {
	type key struct {
		subject    fengsui.Subject
		occurrence int
	}
	of := map[fengsui.ID]key{}
	err := l.db.View(l.ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT id, subject, occurrence FROM warning`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id fengsui.ID
			var k key
			if err := rows.Scan(&id, &k.subject, &k.occurrence); err != nil {
				return err
			}
			of[id] = k
		}
		found, err := tx.Query(`SELECT id, warning, period, kind, number, level, due_at, fired_at, missed, article, told FROM step`)
		if err != nil {
			return err
		}
		list, err := all(found, scanStep)
		for _, s := range list {
			k := of[s.Warning]
			steps = append(steps, line(l, k.subject, k.occurrence, s))
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for after := int64(0); ; {
		list := l.entries(store.Filter{After: after, Limit: 5000})
		if len(list) == 0 {
			break
		}
		for _, e := range list {
			for _, s := range e.Tell {
				k := of[s.Warning]
				told = append(told, line(l, k.subject, k.occurrence, s))
			}
			after = e.Pos
		}
	}
	slices.Sort(steps)
	slices.Sort(told)
	return steps, told
}

// line is a step as the model writes it.
func line(l *lab, subject fengsui.Subject, occurrence int, s fengsui.Step) string {
	var to []byte
	for _, t := range s.To {
		to = append(to, map[fengsui.ID]byte{"ENT1": 'E', "ZONE": 'Z', "REG": 'R', "BUR": 'B', "CITY": 'M'}[t.Party])
	}
	slices.Sort(to)
	if s.Kind == fengsui.StepUplink {
		s.Period = 0
	}
	_, num := subject.Split()
	return fmt.Sprint(num, " ", s.FiredAt.Time().Sub(l.t0).Milliseconds(), " ", occurrence, "/", s.Period, " ", s.Kind, " ", s.Number, " missed ", s.Missed, " to ", string(to))
}

// differ gives the first lines in which two sorted lists differ.
func differ(got, want []string) string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Sprintf("got %d lines, want %d; from line %d on\ngot  %q\nwant %q", len(got), len(want), i, got[min(i, len(got)):min(i+5, len(got))], want[min(i, len(want)):min(i+5, len(want))])
		}
	}
	return ""
}

var yearSeed = flag.Uint64("year.seed", 0, "seed of TestYear; 0: a new one")
var yearEvents = flag.Int("year.events", 60000, "events that TestYear makes")

const yearLength = 365 * 24 * time.Hour

// TestYear plays a year of random warnings and acts on the real engine and a
// real store, with restarts and outages, and compares every step with the model.
func TestYear(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if *yearSeed != 0 {
		seed = *yearSeed
	}
	t.Logf("seed %d: -year.seed repeats it", seed)
	y := makeYear(seed, *yearEvents, yearLength)
	want := y.expected()
	steps, told, orders, count := y.play(t, sabotage{})
	t.Logf("%d events, %d restarts; %d warnings and acts, %d steps", len(y.events), len(y.down), count, len(steps))
	if count < 20_000 {
		t.Errorf("only %d warnings and acts", count)
	}
	if d := differ(steps, want); d != "" {
		t.Errorf("the store's steps are not the model's: %s", d)
	}
	if d := differ(told, want); d != "" {
		t.Errorf("the journal's steps are not the model's: %s", d)
	}
	want = slices.DeleteFunc(want, func(s string) bool { return !strings.Contains(s, " supervise ") && !strings.Contains(s, " routine ") })
	if d := differ(orders, want); d != "" {
		t.Errorf("the orders are not the model's: %s", d)
	}
}

// TestYearCatches plays two months with a fault planted: the comparison of
// TestYear must see each of them, and nothing without one.
func TestYearCatches(t *testing.T) {
	y := makeYear(5, 7_000, yearLength/8)
	want := y.expected()
	for _, c := range []struct {
		name   string
		broken sabotage
		same   bool
	}{
		{name: "no fault", same: true},
		{name: "every 1000th due step is lost", broken: sabotage{open: `CREATE TABLE tally (n BIGINT);;INSERT INTO tally VALUES (0);;
			CREATE TRIGGER lost AFTER INSERT ON step WHEN NEW.kind IN ('notice','supervise') BEGIN
			UPDATE tally SET n = n + 1; DELETE FROM step WHERE id = NEW.id AND (SELECT n FROM tally) % 1000 = 0; END`}},
		{name: "the clock starts at the signal's own time", broken: sabotage{apply: `UPDATE warning SET due_at = due_at - (since - signal_at),
			wake = wake - (since - signal_at), anchor = signal_at WHERE anchor = since AND raised_at = since AND due_at > 0`}},
		{name: "the hold is forgotten", broken: sabotage{act: `DELETE FROM hold;;UPDATE warning SET hold_measured = 0, hold_until = 0 WHERE hold_measured > 0`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps, _, _, _ := y.play(t, c.broken)
			d := differ(steps, want)
			if c.same && d != "" {
				t.Errorf("they differ: %s", d)
			}
			if !c.same && d == "" {
				t.Error("the comparison does not see it")
			}
			t.Log(d)
		})
	}
}
