package outage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

// district has two enterprises in two zones; F's gateway has two key points and one of
// its own.
func district() *fengsui.District {
	party := func(id, kind string, sectors ...fengsui.Sector) *fengsui.Party {
		return &fengsui.Party{ID: fengsui.ID(id), Kind: fengsui.PartyKind(kind), Code: id, Name: id, Sectors: sectors}
	}
	point := func(num int64, firm, device fengsui.ID) *fengsui.Point {
		return &fengsui.Point{ID: fengsui.ID(fmt.Sprint("p", num)), Num: num, Enterprise: firm, Code: fmt.Sprint("p", num), Key: true, Device: device}
	}
	return fengsui.NewDistrict(
		[]*fengsui.Party{party("bureau", "bureau"), party("reg", "regulator", "fire"), party("zone", "zone"), party("zone2", "zone"), party("desk", "operator"), party("f", "enterprise"), party("f2", "enterprise")},
		[]*fengsui.Enterprise{{ID: "f", Num: 1, Code: "F", Zone: "zone", Sector: "fire"}, {ID: "f2", Num: 2, Code: "F2", Zone: "zone2", Sector: "hazchem"}}, nil,
		[]*fengsui.Device{{ID: "g", Num: 5, Enterprise: "f", Code: "G"}},
		[]*fengsui.Point{point(11, "f", "g"), point(12, "f", "g"), point(13, "f", ""), point(21, "f2", "")})
}

func scope(role fengsui.Role, party fengsui.ID) fengsui.Scope {
	return fengsui.ScopeOf("user-"+party, role, district().Parties[party], fengsui.None)
}

var (
	firm   = scope(fengsui.RoleEnterprise, "f")
	other  = scope(fengsui.RoleEnterprise, "f2")
	zone   = scope(fengsui.RoleZone, "zone")
	reg    = scope(fengsui.RoleRegulator, "reg")
	bureau = scope(fengsui.RoleBureau, "bureau")
)

func by(s fengsui.Scope) fengsui.Actor {
	return fengsui.Actor{User: s.User, Name: "Wang", Role: s.Role}
}

// stages stand in for warnings and files: they write down what they are given.
type stages struct {
	raised []fengsui.Finding
	model  string // of the one warning, "w", of enterprise f
}

func (x *stages) Apply(_ context.Context, tx *store.Tx, list []fengsui.Finding) error {
	if len(list) == 0 {
		return nil
	}
	x.raised = append(x.raised, list...)
	return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: "w"}, Act: "raised", By: fengsui.Platform("test")})
}

func (x *stages) Annotate(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, act, why string, acted *fengsui.Acted, detail any) (fengsui.Warning, error) {
	w := fengsui.Warning{ID: "w", Enterprise: "f", Zone: "zone", Sector: "fire", Peak: fengsui.Yellow, Model: x.model}
	if id != w.ID || !s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) {
		return w, fengsui.Errorf(fengsui.NotFound, "no_warning", "there is no such warning")
	}
	return w, tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: id}, Act: act, By: by, Why: why, After: detail})
}

func (x *stages) Attach(_ *store.Tx, _ fengsui.Scope, _, _, _ fengsui.ID, _ fengsui.Sector, files []fengsui.ID) ([]fengsui.File, error) {
	list := []fengsui.File{}
	for _, id := range files {
		list = append(list, fengsui.File{ID: id})
	}
	return list, nil
}

type lab struct {
	*Desk
	t  *testing.T
	x  *stages
	db *store.DB
}

func newLab(t *testing.T) lab {
	t.Helper()
	db, err := store.Open(context.Background(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), Tables())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	x := &stages{model: "silence"}
	d, err := New(Config{DB: db, District: district, Warnings: x, Files: x, Silent: func(m string) bool { return m != "level" }})
	if err != nil {
		t.Fatal(err)
	}
	return lab{d, t, x, db}
}

func (l lab) refused(what, want string, err error) {
	l.t.Helper()
	got := ""
	if e, ok := errors.AsType[*fengsui.Error](err); ok {
		got = e.Reason
	} else if err != nil {
		got = err.Error()
	}
	if got != want {
		l.t.Errorf("%s: %v (%q), want %q", what, err, got, want)
	}
}

// breakdown asks for points to be out of use from now on.
func (l lab) breakdown(hours int, points ...fengsui.ID) fengsui.Outage {
	l.t.Helper()
	o := fengsui.Outage{Reason: "breakdown", From: now(), To: now().Add(fengsui.SpanOf(time.Duration(hours) * time.Hour)), Why: "lightning", Measures: "rounds every hour"}
	for _, p := range points {
		o.Targets = append(o.Targets, fengsui.OutageTarget{Kind: "point", ID: p})
	}
	o, err := l.Ask(context.Background(), firm, by(firm), o, []fengsui.ID{"photo"})
	if err != nil {
		l.t.Fatal(err)
	}
	return o
}

func (l lab) granted(hours int, points ...fengsui.ID) fengsui.Outage {
	l.t.Helper()
	ctx := context.Background()
	o := l.breakdown(hours, points...)
	err := errors.Join(l.Verify(ctx, bureau, by(bureau), o.ID, 1, "true", nil), l.Decide(ctx, bureau, by(bureau), o.ID, 2, o.To, "so be it"))
	if err != nil {
		l.t.Fatal(err)
	}
	if o, err = l.Outage(ctx, bureau, o.ID); err != nil {
		l.t.Fatal(err)
	}
	return o
}

var places uint32

// says lets a model conclude something about a subject, as app does; it returns what it
// concluded, to be said again.
func (l lab) says(model string, subject fengsui.Subject, rung string) []fengsui.Finding {
	l.t.Helper()
	places++
	f := fengsui.Finding{Place: fengsui.Place{Seq: 1, Index: places}, Model: model, Subject: subject, Enterprise: 1, At: now(), Learnt: now(), Rung: rung, Unit: "s"}
	if rung != "" {
		f.Level, f.Value = fengsui.Yellow, 60
	}
	list := []fengsui.Finding{f}
	l.again(list)
	return list
}

func (l lab) again(list []fengsui.Finding) {
	l.t.Helper()
	err := l.db.Change(context.Background(), func(tx *store.Tx) error {
		rest, err := l.Hear(tx, list)
		if err != nil {
			return err
		}
		return l.x.Apply(context.Background(), tx, rest)
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// raised checks what became a warning since the last time, as "subject rung".
func (l lab) raised(want ...string) {
	l.t.Helper()
	var got []string
	for _, f := range l.x.raised {
		got = append(got, string(f.Subject)+" "+f.Rung)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		l.t.Errorf("raised %q, want %q", got, want)
	}
	l.x.raised = nil
}

// TestLife walks every act of a declared outage, and who may not do it (A36).
func TestLife(t *testing.T) {
	l, ctx := newLab(t), context.Background()
	o := l.breakdown(5, "p11")
	if o.State != fengsui.OutageAsked || len(o.Files) != 1 || o.Zone != "zone" || o.AnswerBy <= o.Asked.At {
		t.Errorf("asked: %+v", o)
	}
	_, err := l.Ask(ctx, bureau, by(bureau), o, nil)
	l.refused("the bureau declares", "may_not", err)
	_, err = l.Ask(ctx, other, by(other), o, nil)
	l.refused("another's point", "outage_foreign", err)

	l.refused("another enterprise's", "no_outage", l.Cancel(ctx, other, by(other), o.ID, 1, "x"))
	l.refused("the enterprise verifies", "may_not", l.Verify(ctx, firm, by(firm), o.ID, 1, "x", nil))
	l.refused("without a word", "text_missing", l.Verify(ctx, reg, by(reg), o.ID, 1, " ", nil))
	l.refused("approved unseen", "outage_unverified", l.Decide(ctx, bureau, by(bureau), o.ID, 1, o.To, "x"))
	l.refused("the regulator verifies", "", l.Verify(ctx, reg, by(reg), o.ID, 1, "burnt", []fengsui.ID{"f1"}))
	l.refused("the regulator approves", "may_not", l.Decide(ctx, reg, by(reg), o.ID, 2, o.To, "x"))
	l.refused("of an old version", "stale", l.Decide(ctx, bureau, by(bureau), o.ID, 1, o.To, "x"))
	l.refused("longer", "outage_longer", l.Decide(ctx, bureau, by(bureau), o.ID, 2, o.To+1, "x"))
	half := o.From + (o.To-o.From)/2
	l.refused("shorter than asked", "", l.Decide(ctx, bureau, by(bureau), o.ID, 2, half, "half of it"))
	l.refused("decided twice", "outage_phase", l.Decide(ctx, bureau, by(bureau), o.ID, 3, 0, "x"))
	l.refused("cancelled too late", "outage_phase", l.Cancel(ctx, firm, by(firm), o.ID, 3, "x"))
	l.refused("made longer again", "outage_longer", l.End(ctx, bureau, by(bureau), o.ID, 3, o.To, "x"))
	l.refused("shortened", "", l.End(ctx, bureau, by(bureau), o.ID, 3, half-1000, "sooner"))
	l.refused("the zone ends it", "may_not", l.End(ctx, zone, by(zone), o.ID, 4, 0, "x"))
	l.refused("the enterprise ends it", "", l.End(ctx, firm, by(firm), o.ID, 4, 0, "mended"))
	l.refused("ended twice", "outage_phase", l.End(ctx, firm, by(firm), o.ID, 5, 0, "x"))

	refused, cancelled := l.breakdown(1, "p12"), l.breakdown(1, "p13")
	l.refused("refused", "", l.Decide(ctx, bureau, by(bureau), refused.ID, 1, 0, "nothing is broken"))
	l.refused("cancelled", "", l.Cancel(ctx, firm, by(firm), cancelled.ID, 1, "a mistake"))

	got, err := l.Outage(ctx, zone, o.ID)
	if err != nil || got.Verified.Text != "burnt" || got.Decided.Text != "half of it" || got.Ended.Text != "mended" || got.Until != half || got.Phase(now()) != fengsui.OutageOver {
		t.Errorf("at the end: %+v, %v", got, err)
	}
	rows, _, err := l.db.Entries(ctx, fengsui.Everything(), store.Filter{Kind: "outage", Limit: 100})
	acts := ""
	for _, e := range rows {
		acts += e.Act + " "
	}
	if want := "outage_asked outage_verified outage_approved outage_shortened outage_ended outage_asked outage_asked outage_refused outage_cancelled "; err != nil || acts != want {
		t.Errorf("the journal has %s, want %s (%v)", acts, want, err)
	}
	var after fengsui.Outage
	if err := json.Unmarshal(rows[2].After, &after); err != nil || after.Until != half || len(rows[2].Tell) != 1 || len(rows[2].Tell[0].To) != 3 {
		t.Errorf("approved: %s tells %+v", rows[2].After, rows[2].Tell)
	}
}

// Lists hold what is in scope and in the phase asked for.
func TestOutages(t *testing.T) {
	l, ctx := newLab(t), context.Background()
	l.granted(3, "p11")
	asked := l.breakdown(3, "p12")
	f := func(s fengsui.Scope, q fengsui.OutageFilter, want int) {
		t.Helper()
		list, total, err := l.Outages(ctx, s, q, fengsui.Page{Limit: 10})
		if err != nil || total != want || len(list) != want {
			t.Errorf("%s %+v: %d of %d, want %d (%v)", s.Party, q, len(list), total, want, err)
		}
	}
	for _, s := range []fengsui.Scope{firm, zone, reg, bureau} {
		f(s, fengsui.OutageFilter{}, 2)
	}
	f(other, fengsui.OutageFilter{}, 0)
	f(fengsui.Scope{}, fengsui.OutageFilter{}, 0)
	f(bureau, fengsui.OutageFilter{Phase: fengsui.OutagePending}, 1)
	f(bureau, fengsui.OutageFilter{Phase: fengsui.OutageRuns}, 1)
	f(bureau, fengsui.OutageFilter{Phase: fengsui.OutageAhead}, 0)
	f(bureau, fengsui.OutageFilter{Phase: fengsui.OutageOver}, 0)
	f(bureau, fengsui.OutageFilter{Target: "p12"}, 1)
	f(bureau, fengsui.OutageFilter{Enterprise: "f2"}, 0)
	list, _, _ := l.Outages(ctx, bureau, fengsui.OutageFilter{}, fengsui.Page{Limit: 1})
	if len(list) != 1 || list[0].ID != asked.ID {
		t.Errorf("what waits for an answer is not on top: %+v", list)
	}
}

// TestHold holds A36: silence of exactly what a running outage covers becomes no warning,
// and everything else does.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLab(t), context.Background()
		l.breakdown(5, "p13") // only asked for
		o := l.granted(2, "p11")
		silent := l.says("silence", "point/11", "offline")
		l.again(silent) // the evaluator may ask twice
		l.says("silence", "point/12", "offline")
		l.says("silence", "point/13", "offline")
		l.says("silence", "device/5", "offline") // its other point is not out of use
		l.says("level", "point/11", "HH")
		l.raised("point/12 offline", "point/13 offline", "device/5 offline", "point/11 HH")
		if n, err := l.Standing(ctx, firm); n != 1 || err != nil {
			t.Errorf("%d are held, %v", n, err)
		}
		if n, _ := l.Standing(ctx, other); n != 0 {
			t.Errorf("another sees %d", n)
		}
		l.says("silence", "point/12", "")
		l.says("silence", "point/11", "")
		l.raised("point/12 ") // the held one never was a warning and does not return
		l.says("silence", "point/11", "fault")
		l.says("silence", "point/11", "offline")
		l.raised()
		held, total, err := l.Held(ctx, zone, o.ID, fengsui.Page{})
		if err != nil || total != 2 || held[0].Until != 0 || held[1].Until == 0 || held[0].From != held[0].At-60_000 {
			t.Errorf("held %+v, %v", held, err)
		}

		// It ends early: what is silent is a warning in the same act, with its whole length.
		time.Sleep(time.Hour)
		if err := l.End(ctx, firm, by(firm), o.ID, o.Version, 0, "mended"); err != nil {
			t.Fatal(err)
		}
		if len(l.x.raised) != 1 || l.x.raised[0].Value != 3660 || l.x.raised[0].Learnt != now() {
			t.Errorf("raised %+v", l.x.raised)
		}
		l.raised("point/11 offline")
		l.says("silence", "point/11", "")
		l.raised("point/11 ")
		if held, _, _ := l.Held(ctx, zone, o.ID, fengsui.Page{}); len(held) != 2 || !held[0].Raised {
			t.Errorf("afterwards %+v", held)
		}
		l.says("silence", "point/11", "offline") // nothing covers it any more
		l.raised("point/11 offline")
	})
}

// What is held when an outage runs out is a warning within seconds, and goes on being held
// where another outage begins before.
func TestRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- l.Desk.Run(ctx) }()
		l.granted(1, "p11", "p12")
		l.granted(3, "p12")
		l.says("silence", "device/5", "offline") // both of its key points are out of use
		l.says("silence", "point/12", "offline")
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		l.raised()
		time.Sleep(time.Minute + look)
		synctest.Wait()
		l.raised("device/5 offline")
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		l.raised("point/12 offline")
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// A warning that was open before the outage stays what it is, and its return is told.
func TestOpenBefore(t *testing.T) {
	l := newLab(t)
	l.says("silence", "point/11", "offline")
	l.granted(2, "p11")
	l.says("silence", "point/11", "offline")
	l.says("silence", "point/11", "")
	l.raised("point/11 offline", "point/11 offline", "point/11 ")
}

// TestOffline holds A37: who is silent without leave, and beyond which line.
func TestOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLab(t), context.Background()
		l.granted(24, "p13")
		l.says("silence", "point/13", "offline")
		l.says("silence", "device/5", "offline")
		f := func(want string) {
			t.Helper()
			list, _, err := l.Offline(ctx, zone, fengsui.Page{})
			got := ""
			for _, o := range list {
				got += fmt.Sprintf("%d of %d, %s, %d lines", o.Silent, o.Points, o.Longest.Duration(), len(o.Lines))
			}
			if err != nil || got != want {
				t.Errorf("got %q, want %q (%v)", got, want, err)
			}
		}
		f("2 of 3, 1m0s, 0 lines")
		time.Sleep(48*time.Hour - time.Minute)
		f("2 of 3, 48h0m0s, 0 lines") // exactly at the limit
		if err := l.db.Change(ctx, func(tx *store.Tx) error { return l.release(ctx, tx, now()) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		f("3 of 3, 48h1m0s, 1 lines")
		time.Sleep(72 * time.Hour)
		f("3 of 3, 120h1m0s, 2 lines")
		if list, total, _ := l.Offline(ctx, other, fengsui.Page{}); total != 0 {
			t.Errorf("another sees %+v", list)
		}
		p := district().Points["p13"]
		if list, err := l.Excused(ctx, p, now()-fengsui.Millis(7*fengsui.Day), now()); err != nil || len(list) != 1 || list[0].To-list[0].From != fengsui.Millis(fengsui.Day) {
			t.Errorf("excused %+v, %v", list, err)
		}
	})
}

// TestSort holds A37: a failure is sorted under Article 25 by those who may, on the record
// of its warning; the newest counts.
func TestSort(t *testing.T) {
	l, ctx := newLab(t), context.Background()
	l.refused("the enterprise", "may_not", l.Sort(ctx, firm, by(firm), "w", "serious", "x", nil))
	l.refused("another's", "no_warning", l.Sort(ctx, other, by(other), "w", "serious", "x", nil))
	l.refused("no such class", "no_class", l.Sort(ctx, bureau, by(bureau), "w", "nonsense", "x", nil))
	l.refused("the regulator", "", l.Sort(ctx, reg, by(reg), "w", "not_maintained", "never calibrated", nil))
	l.refused("the bureau", "", l.Sort(ctx, bureau, by(bureau), "w", "serious", "switched off by hand", []fengsui.ID{"f1"}))
	l.x.model = "tank_level"
	l.refused("an alarm is no upkeep", "class_unfit", l.Sort(ctx, bureau, by(bureau), "w", "not_maintained", "x", nil))
	x, err := l.Sorted(ctx, zone, "w")
	if err != nil || x == nil || x.Class != "serious" || !x.Public || len(x.Files) != 1 {
		t.Errorf("sorted %+v, %v", x, err)
	}
	if x, err := l.Sorted(ctx, other, "w"); x != nil || err != nil {
		t.Errorf("another sees %+v, %v", x, err)
	}
	for class, want := range map[string]int{"": 1, "serious": 1, "not_maintained": 0} {
		if list, total, err := l.Sortings(ctx, reg, class, fengsui.Page{}); err != nil || total != want || len(list) != want {
			t.Errorf("%q: %+v, %v", class, list, err)
		}
	}
}

// The shipped rules are whole, and broken ones are refused with a sentence.
func TestRules(t *testing.T) {
	r, err := Load("binhai")
	if err != nil || r.Class("serious") == nil || !r.Class("serious").Public || r.Reason("breakdown") == nil {
		t.Fatal(r, err)
	}
	for _, text := range []string{"", "name: x", "nonsense: 1"} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestDeclared holds A36: what a curve says of a point are the outages that it was under,
// as far as they ran, and no other's.
func TestDeclared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, ctx := newLab(t), context.Background()
		began := now()
		o := l.granted(2, "p11")
		l.breakdown(5, "p11") // only asked for
		p := l.c.District().Points["p11"]
		ask := func(what string, p *fengsui.Point, from, to fengsui.Millis, want ...fengsui.DeclaredStretch) {
			t.Helper()
			got, err := l.Declared(ctx, firm, p, from, to)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
			}
		}
		runs := fengsui.DeclaredStretch{Outage: o.ID, Number: o.Number, From: o.From, To: o.End()}
		ask("while it runs", p, began, began+1000, runs)
		if got, err := l.Declared(ctx, other, p, began, began+1000); err != nil || len(got) != 0 {
			t.Errorf("another enterprise sees %+v, %v", got, err)
		}
		ask("before it", p, o.From-2000, o.From)
		ask("another point", l.c.District().Points["p12"], began, began+1000)
		time.Sleep(time.Hour)
		if err := l.End(ctx, firm, by(firm), o.ID, o.Version, 0, "mended"); err != nil {
			t.Fatal(err)
		}
		runs.To = began + 3600_000
		ask("when it ended early", p, began, began+2*3600_000, runs)
		ask("after it", p, began+3600_000, began+2*3600_000)
	})
}
