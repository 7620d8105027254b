package warning

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

// The district of the tests: one of each party, their IDs being their names.
// Enterprise 1 is hazchem (regulator REG), 2 fire (nobody's), 3 pipeline (the
// bureau and a second regulator).
func testDistrict() *fengsui.District {
	party := func(id fengsui.ID, kind fengsui.PartyKind, sectors ...fengsui.Sector) *fengsui.Party {
		return &fengsui.Party{ID: id, Kind: kind, Code: string(id), Name: "party " + string(id), Sectors: sectors}
	}
	parties := []*fengsui.Party{
		party("BUR", fengsui.Bureau, "pipeline"), party("REG", fengsui.Regulator, "hazchem"), party("NDRC", fengsui.Regulator, "pipeline"),
		party("ZONE", fengsui.Zone), party("ZONE2", fengsui.Zone), party("DUTY", fengsui.Operator), party("CITY", fengsui.Municipal),
	}
	var firms []*fengsui.Enterprise
	for i, sector := range []fengsui.Sector{"hazchem", "fire", "pipeline"} {
		id := fengsui.ID(fmt.Sprintf("ENT%d", i+1))
		parties = append(parties, party(id, fengsui.Firm))
		firms = append(firms, &fengsui.Enterprise{ID: id, Num: int64(i + 1), Code: "code-" + string(id), Name: "Works " + string(id), Sector: sector, Zone: "ZONE"})
	}
	asset := &fengsui.Asset{ID: "A1", Enterprise: "ENT1", Code: "TK-101", Kind: "tank", Name: "Tank 101"}
	points := []*fengsui.Point{{ID: "P1", Num: 1, Enterprise: "ENT1", Asset: "A1", Code: "LT-101", Name: "level of 101"}}
	return fengsui.NewDistrict(parties, firms, []*fengsui.Asset{asset}, nil, points)
}

// lab is an engine on a real store. Times in what it prints count from t0.
type lab struct {
	t        testing.TB
	ctx      context.Context
	path     string
	db       *store.DB
	e        *Engine
	config   Config
	district *fengsui.District
	t0       time.Time
	seq      uint64
	orders   []string
	stop     func()
}

func newLab(t testing.TB, change ...func(*lab)) *lab {
	l := &lab{t: t, ctx: t.Context(), district: testDistrict(), t0: time.Now()}
	dir := t.TempDir()
	if _, err := os.Stat("/dev/shm"); err == nil {
		if dir, err = os.MkdirTemp("/dev/shm", "warning"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	l.path = filepath.Join(dir, "test.db")
	p, err := Load("binhai")
	if err != nil {
		t.Fatal(err)
	}
	l.config = Config{Policies: []*fengsui.Escalation{p}, Log: slog.New(slog.DiscardHandler)}
	l.config.District = func() *fengsui.District { return l.district }
	l.config.OnStep = func(tx *store.Tx, w fengsui.Warning, s fengsui.Step) error {
		l.orders = append(l.orders, fmt.Sprintf("%s %s %s/%d", l.since(s.FiredAt), w.Subject, s.Kind, s.Number))
		return nil
	}
	for _, f := range change {
		f(l)
	}
	l.open()
	return l
}

// open opens the store and lets the clock run.
func (l *lab) open() {
	l.t.Helper()
	l.openStill()
	l.run()
}

// openStill opens the store without its clock.
func (l *lab) openStill() {
	l.t.Helper()
	var err error
	if l.db, err = store.Open(l.ctx, storetest.Place(l.t, l.path), Tables()); err != nil {
		l.t.Fatal(err)
	}
	l.config.DB = l.db
	if l.e, err = New(l.config); err != nil {
		l.t.Fatal(err)
	}
	l.stop = func() { l.db.Close() }
}

func (l *lab) run() {
	ctx, cancel := context.WithCancel(l.ctx)
	done := make(chan error, 1) // one result
	e, db := l.e, l.db
	go func() { done <- e.Run(ctx) }()
	l.stop = func() {
		cancel()
		if err := <-done; err != nil {
			l.t.Errorf("Run: %v", err)
		}
		db.Close()
	}
}

// restart is a crash and a start after an outage.
func (l *lab) restart(outage time.Duration) {
	l.stop()
	time.Sleep(outage)
	l.open()
}

// sleep lets virtual time pass until d after t0.
func (l *lab) until(d time.Duration) {
	time.Sleep(time.Until(l.t0.Add(d)))
}

func (l *lab) since(m fengsui.Millis) string { return span(m.Time().Sub(l.t0)) }

func span(d time.Duration) string {
	text := fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	if ms := d.Milliseconds() % 1000; ms != 0 {
		text += fmt.Sprintf(".%03d", ms)
	}
	return text
}

const tank = "tank_level"

// finding makes a finding of the tank model about a point of enterprise 1.
func (l *lab) finding(point int64, level fengsui.Level) fengsui.Finding {
	l.seq++
	now := fengsui.At(time.Now())
	return fengsui.Finding{
		Partition: 0, Place: fengsui.Place{Seq: l.seq}, Model: tank, Version: 1, Subject: fengsui.SubjectOf("point", point), Enterprise: 1, Level: level,
		At: now - 700, Learnt: now, Rung: level.String(), Value: float64(level), Limit: 1, Unit: "m",
		Evidence: []fengsui.Sample{{Point: point, At: now - 700, Value: float64(level)}},
	}
}

func (l *lab) apply(list ...fengsui.Finding) {
	l.t.Helper()
	if err := l.db.Change(l.ctx, func(tx *store.Tx) error { return l.e.Apply(l.ctx, tx, list) }); err != nil {
		l.t.Fatalf("apply: %v", err)
	}
}

// measure applies one finding about a point of enterprise 1.
func (l *lab) measure(point int64, level fengsui.Level) {
	l.t.Helper()
	l.apply(l.finding(point, level))
}

// all lists the warnings of a point, oldest first.
func (l *lab) all(point int64) []fengsui.Warning {
	l.t.Helper()
	list, _, err := l.e.Warnings(l.ctx, fengsui.Everything(), fengsui.WarningFilter{}, fengsui.Page{Limit: 1000})
	if err != nil {
		l.t.Fatal(err)
	}
	list = slices.DeleteFunc(list, func(w fengsui.Warning) bool { return w.Subject != fengsui.SubjectOf("point", point) })
	slices.SortFunc(list, func(a, b fengsui.Warning) int { return a.Occurrence - b.Occurrence })
	return list
}

// last is the newest warning of a point.
func (l *lab) last(point int64) fengsui.Warning {
	l.t.Helper()
	list := l.all(point)
	if len(list) == 0 {
		l.t.Fatalf("point %d has no warning", point)
	}
	return list[len(list)-1]
}

var someone = fengsui.Actor{User: "U1", Name: "Officer"}

// scope is that of a role at a party.
func (l *lab) scope(role fengsui.Role, party fengsui.ID) fengsui.Scope {
	return fengsui.ScopeOf("U1", role, l.district.Parties[party], fengsui.None)
}

func (l *lab) regulator() fengsui.Scope { return l.scope(fengsui.RoleRegulator, "REG") }
func (l *lab) zone() fengsui.Scope      { return l.scope(fengsui.RoleZone, "ZONE") }
func (l *lab) firm() fengsui.Scope      { return l.scope(fengsui.RoleEnterprise, "ENT1") }
func (l *lab) duty() fengsui.Scope      { return l.scope(fengsui.RoleDuty, "DUTY") }
func (l *lab) shift() fengsui.Scope     { return l.scope(fengsui.RoleShift, "DUTY") }

func (l *lab) decide(s fengsui.Scope, v fengsui.Verdict) error {
	return l.db.Change(l.ctx, func(tx *store.Tx) error {
		_, err := l.e.Decide(tx, s, someone, v)
		return err
	})
}

// lower and end carry out a verdict on the newest warning of a point by whoever
// may.
func (l *lab) lower(point int64, to fengsui.Level) { l.t.Helper(); l.verdict(point, to, fengsui.Open) }
func (l *lab) end(point int64, end fengsui.End)    { l.t.Helper(); l.verdict(point, fengsui.None, end) }

func (l *lab) verdict(point int64, to fengsui.Level, end fengsui.End) {
	l.t.Helper()
	w := l.last(point)
	s := map[fengsui.Level]fengsui.Scope{fengsui.Blue: l.firm(), fengsui.Yellow: l.zone(), fengsui.Orange: l.regulator(), fengsui.Red: l.regulator()}[w.Level]
	if err := l.decide(s, fengsui.Verdict{Warning: w.ID, Version: w.Version, To: to, End: end, Why: "seen on site"}); err != nil {
		l.t.Fatalf("verdict: %v", err)
	}
}

// annotate puts a note on the record.
func (l *lab) annotate(t testing.TB, id fengsui.ID) {
	t.Helper()
	err := l.db.Change(l.ctx, func(tx *store.Tx) error {
		_, err := l.e.Annotate(tx, l.duty(), someone, id, "note", "called them", nil, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// steps prints a warning's steps, the uplink aside.
func (l *lab) steps(id fengsui.ID) string {
	l.t.Helper()
	list, err := l.e.Steps(l.ctx, fengsui.Everything(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range list {
		if s.Kind == fengsui.StepUplink {
			continue
		}
		fmt.Fprintf(&b, "%s %s/%d %s", l.since(s.FiredAt), s.Kind, s.Number, s.Level)
		if s.DueAt != s.FiredAt {
			fmt.Fprintf(&b, " due %s", l.since(s.DueAt))
		}
		if s.Missed > 0 {
			fmt.Fprintf(&b, " missed %d", s.Missed)
		}
		b.WriteString(" to " + toldText(s.To) + "\n")
	}
	return b.String()
}

func toldText(to []fengsui.Told) string {
	var words []string
	for _, t := range to {
		var caps []string
		for _, c := range t.Capacities {
			caps = append(caps, string(c))
		}
		words = append(words, string(t.Party)+"("+strings.Join(caps, "+")+")")
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// acts prints the journal of a warning: when, act, level after it.
func (l *lab) acts(id fengsui.ID) string {
	l.t.Helper()
	var words []string
	for _, e := range l.entries(store.Filter{Warning: id, Limit: 100000}) {
		words = append(words, l.since(e.At)+" "+e.Act)
	}
	return strings.Join(words, "\n") + "\n"
}

func (l *lab) entries(f store.Filter) []store.Entry {
	l.t.Helper()
	list, _, err := l.db.Entries(l.ctx, fengsui.Everything(), f)
	if err != nil {
		l.t.Fatal(err)
	}
	return list
}

// same compares texts of lines, whatever their indentation.
func same(t testing.TB, what, got, want string) {
	t.Helper()
	clean := func(s string) string {
		var lines []string
		for _, line := range strings.Split(s, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	}
	if g, w := clean(got), clean(want); g != w {
		t.Errorf("%s: got\n%s\n\nwant\n%s", what, g, w)
	}
}
