package app

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/bus"
	"fengsui/notify"
)

// facts is what a platform holds, by names that two runs share: times and ids are
// left out. Each fact should be there once.
type facts struct {
	warnings, steps, pushes, orders, journal, heard map[string]int

	deliveries         map[string][]uint64 // in the log: key -> digest of its samples, each time that it is there
	acted              map[actKey][]int64
	samples, positions int64 // in the log
}

// facts reads a platform that has stopped, past its own code: the tables as they
// are, the log, and what the receivers heard.
func (s *siege) facts() *facts {
	s.t.Helper()
	f := &facts{warnings: map[string]int{}, steps: map[string]int{}, pushes: map[string]int{}, orders: map[string]int{}, journal: map[string]int{}, heard: map[string]int{},
		deliveries: map[string][]uint64{}, acted: map[actKey][]int64{}}
	db := s.open()
	defer db.Close()
	const warning = `'#' || w.occurrence FROM %s JOIN warning w ON w.id = %s JOIN point n ON 'point/' || n.num = w.subject`
	named := func(columns, table, id string) string {
		return fmt.Sprintf(`SELECT `+columns+`, n.code || `+warning, table, id)
	}
	each(s.t, db, `SELECT w.model || ' on ' || n.code || '#' || w.occurrence FROM warning w JOIN point n ON 'point/' || n.num = w.subject`, 1, func(v []string) { f.warnings[v[0]]++ })
	each(s.t, db, named(`x.period || ' ' || x.kind || ' ' || x.number || ' level ' || x.level`, "step x", "x.warning"), 2, func(v []string) { f.steps[v[1]+" "+v[0]]++ })
	each(s.t, db, named(`x.act`, "journal x", "x.warning"), 2, func(v []string) { f.journal[v[1]+" "+v[0]]++ })
	each(s.t, db, `SELECT by_user, key, pos FROM journal WHERE key <> ''`, 3, func(v []string) {
		k := actKey{fengsui.ID(v[0]), v[1]}
		pos := int64(0)
		fmt.Sscan(v[2], &pos)
		f.acted[k] = append(f.acted[k], pos)
	})

	party := map[string]string{}
	each(s.t, db, `SELECT id, code FROM party UNION SELECT id, code FROM enterprise`, 2, func(v []string) { party[v[0]] = v[1] })
	each(s.t, db, named(`x.period || ' ' || x.kind || ' ' || x.number, x.party`, "disposal_order x", "x.warning"), 3, func(v []string) {
		f.orders[v[2]+" "+v[0]+" of "+cmp.Or(party[v[1]], v[1])]++
	})
	const machine = "the machine" // what its disk will do is not the story's
	push := map[string]string{}   // key -> its natural name
	each(s.t, db, `SELECT p.key, p.party, COALESCE(n.code || '#' || w.occurrence || ' ' || x.period || ' ', '') || p.kind || ' ' || p.number, p.kind FROM notify_push p
		LEFT JOIN step x ON x.id = p.step LEFT JOIN warning w ON w.id = p.warning LEFT JOIN point n ON 'point/' || n.num = w.subject`, 4, func(v []string) {
		if push[v[0]] = machine; v[3] == string(notify.StepDisk) {
			return
		}
		name := v[2] + " to " + cmp.Or(party[v[1]], v[1])
		push[v[0]] = name
		f.pushes[name]++
	})
	for path, keys := range s.ear.all() {
		for key := range keys {
			if push[key] == machine {
				continue
			}
			f.heard[cmp.Or(push[key], "unknown "+key)+" by "+path]++
		}
	}
	s.readLog(f)
	return f
}

// open opens the store for looking.
func (s *siege) open() *sql.DB {
	s.t.Helper()
	driver, place := "sqlite", "file:"+filepath.Join(s.c.Data, "fengsui.db")+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)"
	if s.c.Store.URL != "" {
		driver, place = "pgx", s.c.Store.URL
	}
	db, err := sql.Open(driver, place)
	if err != nil {
		s.t.Fatal(err)
	}
	return db
}

// each gives the rows of a query as text.
func each(t testing.TB, db *sql.DB, query string, columns int, f func([]string)) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	defer rows.Close()
	v := make([]string, columns)
	to := make([]any, columns)
	for i := range v {
		to[i] = &v[i]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		f(v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// twice is how many messages came more than once, under one key.
func (e *ear) twice() (n int) {
	for _, keys := range e.all() {
		for _, times := range keys {
			if times > 1 {
				n++
			}
		}
	}
	return n
}

func (e *ear) all() map[string]map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string]map[string]int{}
	for path, keys := range e.heard {
		all[path] = maps.Clone(keys)
	}
	return all
}

// readLog reads every delivery that the log holds.
func (s *siege) readLog(f *facts) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 2*time.Minute)
	defer cancel()
	archive, err := s.c.openBlob(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	log, err := bus.Open(ctx, bus.Config{Dir: filepath.Join(s.c.Data, "bus"), URL: s.c.Bus.URL, Tidy: func() bool { return false }, MinFree: 1, Archive: archive})
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	r := log.Reader(fengsui.Place{})
	defer r.Close()
	var buf []fengsui.Sample
	for tail := log.Tail(); ; {
		b, err := r.Next(ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, raw := range b.Records {
			rec, err := fengsui.ReadRecord(raw)
			if err == nil {
				buf, err = rec.Samples(buf[:0])
			}
			if err != nil {
				s.t.Fatalf("a record of the log: %v", err)
			}
			if rec.Tick {
				continue
			}
			var d digest
			for _, x := range buf {
				d.add(x.At, x.Value)
			}
			f.samples += int64(len(buf))
			f.positions += int64(len(rec.Positions))
			if rec.Adapter == push.Adapter {
				f.deliveries[rec.Idempotency] = append(f.deliveries[rec.Idempotency], uint64(d))
			}
		}
		if !b.Last().Less(tail) {
			return
		}
	}
}

// verdict is what came out of a comparison, by what was compared.
type verdict map[string][]string

func (v verdict) add(what, format string, args ...any) {
	v[what] = append(v[what], fmt.Sprintf(format, args...))
}

// report fails the test with what is in it.
func (v verdict) report(t *testing.T) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(v)) {
		list := v[what]
		slices.Sort(list)
		t.Errorf("%s: %d violations, %q", what, len(list), list[:min(len(list), 8)])
	}
}

// compare says where a run differs from the run that nothing happened to, and
// what of the acknowledged is not there.
func (s *siege) compare(want, got *facts) verdict {
	v := verdict{}
	for what, sets := range map[string][2]map[string]int{
		"warnings": {want.warnings, got.warnings}, "steps": {want.steps, got.steps}, "pushes": {want.pushes, got.pushes},
		"orders": {want.orders, got.orders}, "journal": {want.journal, got.journal}, "heard outside": {want.heard, got.heard},
	} {
		for k, n := range sets[0] {
			if m := sets[1][k]; m < n {
				v.add(what, "missing: %s (%d of %d)", k, m, n)
			}
		}
		for k, n := range sets[1] {
			if m := sets[0][k]; n > m {
				v.add(what, "too many: %s (%d, not %d)", k, n, m)
			}
		}
	}
	s.acknowledged(v, got)
	return v
}

// acknowledged looks for everything that the platform said yes to.
func (s *siege) acknowledged(v verdict, got *facts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, want := range s.deliveries {
		switch there := got.deliveries[key]; {
		case len(there) == 0:
			v.add("acknowledged samples", "lost: %s", key)
		case len(there) > 1:
			v.add("acknowledged samples", "%d times in the log: %s", len(there), key)
		case there[0] != want:
			v.add("acknowledged samples", "altered: %s", key)
		}
	}
	for key := range got.deliveries {
		if _, ok := s.deliveries[key]; !ok {
			v.add("acknowledged samples", "in the log and never sent to its end: %s", key)
		}
	}
	for key, pos := range s.acted {
		if there := got.acted[key]; len(there) != 1 || there[0] != pos {
			v.add("acknowledged acts", "%s was answered at %d and stands at %d", key.key, pos, there)
		}
	}
	for _, text := range s.wrong {
		v.add("on the way", "%s", text)
	}
}

// quiet waits until everything that was to be told has been told.
func (s *siege) quiet() {
	s.t.Helper()
	db := s.open()
	defer db.Close()
	var left, behind int
	until(s.t, func() string { return fmt.Sprintf("quiet: %d deliveries wait, notify is %d rows behind", left, behind) }, func() bool {
		err := db.QueryRow(`SELECT (SELECT COUNT(*) FROM notify_delivery WHERE state = 'waiting'), (SELECT MAX(pos) FROM journal) - (SELECT MAX(pos) FROM journal_place WHERE reader = 'notify')`).Scan(&left, &behind)
		return err == nil && left == 0 && behind == 0
	})
}
