package disposal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"fengsui"
	"fengsui/blob"
	"fengsui/store"
	"fengsui/store/storetest"
)

// district has two enterprises in two zones and two regulators of one sector.
func district() *fengsui.District {
	party := func(id, kind string, sectors ...fengsui.Sector) *fengsui.Party {
		return &fengsui.Party{ID: fengsui.ID(id), Kind: fengsui.PartyKind(kind), Code: id, Name: id, Sectors: sectors}
	}
	firm := func(id, zone string, num int64) *fengsui.Enterprise {
		return &fengsui.Enterprise{ID: fengsui.ID(id), Num: num, Code: id, Zone: fengsui.ID(zone), Sector: "hazchem"}
	}
	point := func(num int64, q fengsui.Quantity) *fengsui.Point {
		return &fengsui.Point{ID: fengsui.ID(fmt.Sprint("p", num)), Num: num, Enterprise: "firm", Code: fmt.Sprint("p", num), Quantity: q}
	}
	return fengsui.NewDistrict(
		[]*fengsui.Party{party("bureau", "bureau"), party("reg1", "regulator", "hazchem"), party("reg2", "regulator", "hazchem"),
			party("reg3", "regulator", "fire"), party("zone", "zone"), party("zone2", "zone"), party("desk", "operator"),
			party("firm", "enterprise"), party("firm2", "enterprise")},
		[]*fengsui.Enterprise{firm("firm", "zone", 1), firm("firm2", "zone2", 2)}, nil, nil,
		[]*fengsui.Point{point(1, fengsui.LevelOf), point(2, fengsui.Toxic), point(3, fengsui.Combustible), point(4, fengsui.Temperature), point(5, fengsui.Flow)})
}

func scope(role fengsui.Role, party string) fengsui.Scope {
	return fengsui.ScopeOf(fengsui.ID("user-"+party), role, district().Parties[fengsui.ID(party)], fengsui.None)
}

var (
	firm   = scope(fengsui.RoleEnterprise, "firm")
	other  = scope(fengsui.RoleEnterprise, "firm2")
	zone   = scope(fengsui.RoleZone, "zone")
	zone2  = scope(fengsui.RoleZone, "zone2")
	reg1   = scope(fengsui.RoleRegulator, "reg1")
	reg2   = scope(fengsui.RoleRegulator, "reg2")
	reg3   = scope(fengsui.RoleRegulator, "reg3")
	bureau = scope(fengsui.RoleBureau, "bureau")
	duty   = scope(fengsui.RoleDuty, "desk")
	shift  = scope(fengsui.RoleShift, "desk")
)

func by(s fengsui.Scope) fengsui.Actor {
	return fengsui.Actor{User: s.User, Name: "Wang", Role: s.Role}
}

// warnings stands in for the warning stage: its contract on one map.
type warnings struct {
	list  map[fengsui.ID]*fengsui.Warning
	acted *fengsui.Acted // of the last progress or note
}

func (f *warnings) act(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, act, why string, detail any) (*fengsui.Warning, error) {
	w := f.list[id]
	if w == nil || !s.Sees(w.Enterprise, w.Zone, w.Sector, w.Peak) {
		return nil, fengsui.Errorf(fengsui.NotFound, "no_warning", "there is no such warning")
	}
	return w, tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: id}, Act: act, By: by, Why: why, After: detail,
		Warning: id, Enterprise: w.Enterprise, Zone: w.Zone, Sector: w.Sector, Level: w.Peak})
}

func (f *warnings) Decide(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, v fengsui.Verdict) (fengsui.Warning, error) {
	w, err := f.act(tx, s, by, v.Warning, "decided", v.Why, v)
	if err != nil {
		return fengsui.Warning{}, err
	}
	if w.Version != v.Version {
		return fengsui.Warning{}, errStale
	}
	w.Version++
	w.Level, w.End = v.To, v.End
	return *w, nil
}

func (f *warnings) Progress(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, version int64, act string, to fengsui.Work, why string, acted *fengsui.Acted, detail any) (fengsui.Warning, error) {
	f.acted = acted
	w, err := f.act(tx, s, by, id, act, why, detail)
	if err != nil {
		return fengsui.Warning{}, err
	}
	if w.Version != version {
		return fengsui.Warning{}, errStale
	}
	n := *w
	n.Work, n.Version = to, n.Version+1
	if s.May(fengsui.ActVerify, n.Peak) { // as the transaction would: a refusal later changes nothing
		*w = n
	}
	return n, nil
}

func (f *warnings) Annotate(tx *store.Tx, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, act, why string, acted *fengsui.Acted, detail any) (fengsui.Warning, error) {
	f.acted = acted
	w, err := f.act(tx, s, by, id, act, why, detail)
	if err != nil {
		return fengsui.Warning{}, err
	}
	return *w, nil
}

type house struct {
	*Desk
	t  *testing.T
	db *store.DB
	w  *warnings
}

func build(t *testing.T) *house {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "f.db")), Tables())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	dir, err := blob.Open(filepath.Join(t.TempDir(), "blob"))
	if err != nil {
		t.Fatal(err)
	}
	d := district()
	w := &warnings{list: map[fengsui.ID]*fengsui.Warning{}}
	policy := &fengsui.Escalation{Name: "binhai", Version: 1, Rules: map[fengsui.Level]*fengsui.Rule{
		fengsui.Red:    {Article: "23", Track: fengsui.AsRegulator},
		fengsui.Yellow: {Article: "21", Track: fengsui.AsZone},
		fengsui.Blue:   {Article: "20", Track: fengsui.AsEnterprise},
	}}
	desk, err := New(Config{DB: db, District: func() *fengsui.District { return d }, Blob: dir, Warnings: w, Policy: func(string) *fengsui.Escalation { return policy },
		Acted: fengsui.ActedRule{Ahead: fengsui.SpanOf(2 * time.Minute), Back: fengsui.SpanOf(7 * 24 * time.Hour), Differ: fengsui.SpanOf(time.Minute)}})
	if err != nil {
		t.Fatal(err)
	}
	return &house{desk, t, db, w}
}

// raise puts a warning of firm in place.
func (h *house) raise(l fengsui.Level) *fengsui.Warning {
	w := &fengsui.Warning{ID: fengsui.NewID(), Enterprise: "firm", Zone: "zone", Sector: "hazchem", Subject: fengsui.SubjectOf("point", 1),
		Model: "m", Policy: "binhai@1", Level: l, Peak: l, Measured: l, Condition: fengsui.Active, Work: fengsui.New, Period: 1, Version: 1}
	h.w.list[w.ID] = w
	return w
}

// step fires a step of a warning as the clock would.
func (h *house) step(w *fengsui.Warning, kind fengsui.StepKind, period int, to ...fengsui.ID) fengsui.Step {
	h.t.Helper()
	s := fengsui.Step{ID: fengsui.NewID(), Warning: w.ID, Period: period, Kind: kind, Number: 1, Level: w.Level, FiredAt: now()}
	for _, p := range to {
		s.To = append(s.To, fengsui.Told{Party: p})
	}
	h.fire(w, s)
	return s
}

func (h *house) fire(w *fengsui.Warning, s fengsui.Step) {
	h.t.Helper()
	err := h.db.Change(h.t.Context(), func(tx *store.Tx) error {
		if err := h.OnStep(tx, *w, s); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "warning", ID: w.ID}, Act: string(s.Kind), By: fengsui.Platform("warning"), Tell: []fengsui.Step{s}, Warning: w.ID, Level: w.Peak})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) orders(s fengsui.Scope, f fengsui.OrderFilter) []fengsui.Order {
	h.t.Helper()
	list, total, err := h.Orders(h.t.Context(), s, f, fengsui.Page{})
	if err != nil || total != len(list) {
		h.t.Fatalf("orders: %d of %d, %v", len(list), total, err)
	}
	return list
}

// acts are the journal's words about a warning.
func (h *house) acts(id fengsui.ID) (list []string) {
	h.t.Helper()
	rows, _, err := h.db.Entries(h.t.Context(), fengsui.Everything(), store.Filter{Warning: id})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range rows {
		list = append(list, e.Act)
	}
	return list
}

func refused(t *testing.T, what string, err error, want fengsui.Code, reason string) {
	t.Helper()
	e, ok := errors.AsType[*fengsui.Error](err)
	if !ok || e.Code != want || e.Reason != reason {
		t.Errorf("%s: got %v, want %s %s", what, err, want, reason)
	}
}

func ok(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestHandling walks an enterprise's way through a warning (A07, A19): verify,
// handle, report, ask; the zone decides.
func TestHandling(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	w := h.raise(fengsui.Yellow)
	photo, err := h.Upload(ctx, firm, by(firm), "现场.jpg", "image/jpeg", strings.NewReader("\xff\xd8\xff\xe0 photo"))
	ok(t, "upload", err)
	refused(t, "a finding that is none", h.Verify(ctx, firm, by(firm), w.ID, 1, "maybe", "", nil, nil), fengsui.Invalid, "finding")
	refused(t, "false without a word", h.Verify(ctx, firm, by(firm), w.ID, 1, "false", " ", nil, nil), fengsui.Invalid, "text_missing")
	refused(t, "the zone verifies", h.Verify(ctx, zone, by(zone), w.ID, 1, "true", "", nil, nil), fengsui.Forbidden, "may_not")
	refused(t, "a stranger verifies", h.Verify(ctx, other, by(other), w.ID, 1, "true", "", nil, nil), fengsui.NotFound, "no_warning")
	refused(t, "a strange file", h.Verify(ctx, firm, by(firm), w.ID, 1, "true", "", []fengsui.ID{"x"}, nil), fengsui.NotFound, "no_file")
	if got := h.acts(w.ID); len(got) != 0 {
		t.Fatalf("refused acts left %v in the journal", got)
	}
	ok(t, "verify", h.Verify(ctx, firm, by(firm), w.ID, 1, "true", "level is high", []fengsui.ID{photo.ID}, nil))
	refused(t, "verify what was seen before", h.Handle(ctx, firm, by(firm), w.ID, 1, "", nil, nil), fengsui.Conflict, "stale")
	ok(t, "handle", h.Handle(ctx, firm, by(firm), w.ID, 2, "valve shut", nil, nil))
	refused(t, "report nothing", h.Report(ctx, firm, by(firm), w.ID, 3, "", nil, nil), fengsui.Invalid, "text_missing")
	acted := &fengsui.Acted{At: 1}
	ok(t, "report", h.Report(ctx, firm, by(firm), w.ID, 3, "level is back", []fengsui.ID{photo.ID}, acted))
	if h.w.acted != acted {
		t.Error("the act's own time does not reach the warning")
	}
	if got := h.w.list[w.ID].Work; got != fengsui.Reported {
		t.Errorf("work %v, want reported", got)
	}
	down := fengsui.Verdict{Warning: w.ID, Version: 4, End: fengsui.Cleared, Why: "safe again"}
	refused(t, "ask without why", h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 4, End: fengsui.Cleared}, nil), fengsui.Invalid, "text_missing")
	refused(t, "ask for more", h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 4, To: fengsui.Red, Why: "x"}, nil), fengsui.Invalid, "ask_what")
	refused(t, "ask for both", h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 4, To: fengsui.Blue, End: fengsui.Cleared, Why: "x"}, nil), fengsui.Invalid, "ask_what")
	refused(t, "ask about what was", h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 3, End: fengsui.Cleared, Why: "x"}, nil), fengsui.Conflict, "stale")
	ok(t, "ask", h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 4, To: fengsui.Blue, Why: "lower"}, nil))
	ok(t, "ask anew", h.Ask(ctx, firm, by(firm), down, nil))
	asks := func(s fengsui.Scope) string {
		list, err := h.Asks(ctx, s, w.ID)
		ok(t, "asks", err)
		var text []string
		for _, a := range list {
			text = append(text, strings.TrimSpace(fmt.Sprint(a.Party, " ", a.To, " ", a.End, " ", a.Outcome)))
		}
		return strings.Join(text, "; ")
	}
	if got, want := asks(zone), "firm none cleared; firm blue open replaced"; got != want {
		t.Errorf("asks: %q, want %q", got, want)
	}
	if got := asks(other); got != "" {
		t.Errorf("a stranger sees asks: %q", got)
	}
	ok(t, "decide", h.Decide(ctx, zone, by(zone), down))
	if got, want := asks(firm), "firm none cleared decided; firm blue open replaced"; got != want {
		t.Errorf("asks after the verdict: %q, want %q", got, want)
	}
	refused(t, "ask about an ended one", h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 5, End: fengsui.Cleared, Why: "x"}, nil), fengsui.Conflict, "warning_ended")
	if got, want := h.acts(w.ID), []string{"verified", "handling", "reported", "asked", "asked", "decided"}; !slices.Equal(got, want) {
		t.Errorf("journal %v, want %v", got, want)
	}
}

// TestSteps: a step opens its orders once, for each party that it names (A20-A23).
func TestSteps(t *testing.T) {
	for _, c := range []struct {
		id   string
		kind fengsui.StepKind
		to   []fengsui.ID
		want []string
	}{
		{"A20", fengsui.StepRoutine, []fengsui.ID{"firm"}, []string{"routine firm"}},
		{"A21", fengsui.StepSupervise, []fengsui.ID{"zone"}, []string{"supervise zone"}},
		{"A23 two regulators", fengsui.StepSupervise, []fengsui.ID{"reg2", "reg1"}, []string{"supervise reg1", "supervise reg2"}},
		{"nobody", fengsui.StepSupervise, nil, []string{"supervise bureau"}},
		{"a notice", fengsui.StepNotice, []fengsui.ID{"zone"}, nil},
		{"a push", fengsui.StepPush, []fengsui.ID{"zone"}, nil},
	} {
		h := build(t)
		w := h.raise(fengsui.Red)
		s := h.step(w, c.kind, 1, c.to...)
		for range 2 {
			var got []string
			for _, o := range h.orders(bureau, fengsui.OrderFilter{Warning: w.ID}) {
				got = append(got, fmt.Sprint(o.Kind, " ", o.Party))
				if o.Level != fengsui.Red || o.Enterprise != "firm" || o.OpenedAt != s.FiredAt {
					t.Errorf("%s: order %+v does not say where it belongs", c.id, o)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: orders %v, want %v", c.id, got, c.want)
			}
			h.fire(w, s) // the same step once more
		}
		if c.want == nil {
			continue
		}
		h.step(w, c.kind, 2, c.to...)
		if got, want := len(h.orders(bureau, fengsui.OrderFilter{Warning: w.ID})), 2*len(c.want); got != want {
			t.Errorf("%s: %d orders after the next period's step, want %d", c.id, got, want)
		}
	}
}

// TestOrder walks an order to its result (A21): it outlives the warning.
func TestOrder(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	w := h.raise(fengsui.Yellow)
	h.step(w, fengsui.StepSupervise, 1, "zone")
	o := h.orders(zone, fengsui.OrderFilter{Open: true})[0]

	refused(t, "assign to nobody", h.AssignOrder(ctx, zone, by(zone), o.ID, 1, ""), fengsui.Invalid, "text_missing")
	refused(t, "the firm assigns", h.AssignOrder(ctx, firm, by(firm), o.ID, 1, "Li"), fengsui.Forbidden, "may_not")
	refused(t, "another zone assigns", h.AssignOrder(ctx, zone2, by(zone2), o.ID, 1, "Li"), fengsui.NotFound, "no_order")
	ok(t, "assign", h.AssignOrder(ctx, zone, by(zone), o.ID, 1, "Li"))
	ok(t, "the shift leader assigns", h.AssignOrder(ctx, shift, by(shift), o.ID, 2, "Liu"))
	ok(t, "clear the warning", h.Decide(ctx, zone, by(zone), fengsui.Verdict{Warning: w.ID, Version: 1, End: fengsui.Cleared, Why: "safe"}))
	h.step(h.w.list[w.ID], fengsui.StepEnded, 1)
	if got := len(h.orders(zone, fengsui.OrderFilter{Open: true})); got != 1 {
		t.Fatalf("%d open orders after the warning's end, want 1: an order stays open until its result", got)
	}
	photo, err := h.Upload(ctx, zone, by(zone), "a.png", "", strings.NewReader("\x89PNG\r\n\x1a\n..."))
	ok(t, "upload", err)
	refused(t, "no words", h.OrderResult(ctx, zone, by(zone), o.ID, 3, "", nil, nil), fengsui.Invalid, "text_missing")
	refused(t, "old version", h.OrderResult(ctx, zone, by(zone), o.ID, 2, "seen", nil, nil), fengsui.Conflict, "stale")
	refused(t, "another's order", h.OrderResult(ctx, reg1, by(reg1), o.ID, 3, "seen", nil, nil), fengsui.Forbidden, "not_your_order")
	refused(t, "the desk", h.OrderResult(ctx, duty, by(duty), o.ID, 3, "seen", nil, nil), fengsui.Forbidden, "may_not")
	refused(t, "out of scope", h.OrderResult(ctx, reg3, by(reg3), o.ID, 3, "seen", nil, nil), fengsui.NotFound, "no_order")
	ok(t, "result", h.OrderResult(ctx, zone, by(zone), o.ID, 3, "on site, all safe", []fengsui.ID{photo.ID}, nil))
	refused(t, "result twice", h.OrderResult(ctx, zone, by(zone), o.ID, 4, "again", nil, nil), fengsui.Conflict, "order_done")
	got, err := h.Order(ctx, firm, o.ID)
	ok(t, "order", err)
	if got.Assignee != "Liu" || got.Result != "on site, all safe" || got.DoneAt == 0 || !slices.Equal(got.Evidence, []fengsui.ID{photo.ID}) {
		t.Errorf("order %+v lacks what was recorded", got)
	}
	if list := h.orders(zone, fengsui.OrderFilter{Open: true}); len(list) != 0 {
		t.Errorf("%d orders are still open", len(list))
	}
	if list := h.orders(zone, fengsui.OrderFilter{Done: true}); len(list) != 1 {
		t.Errorf("%d orders are done, want 1", len(list))
	}
	if want := []string{"supervise", "order_opened", "order_assigned", "order_assigned", "decided", "ended", "order_result"}; true {
		got := h.acts(w.ID)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("journal %v, want %v", got, want)
		}
	}
}

// TestOrderOnce: of many who record a result at once one is taken.
func TestOrderOnce(t *testing.T) {
	h := build(t)
	w := h.raise(fengsui.Red)
	h.step(w, fengsui.StepSupervise, 1, "reg1")
	o := h.orders(reg1, fengsui.OrderFilter{})[0]
	var won sync.Map
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			if err := h.OrderResult(t.Context(), reg1, by(reg1), o.ID, 1, fmt.Sprint(i), nil, nil); err == nil {
				won.Store(i, true)
			} else if fengsui.CodeOf(err) != fengsui.Conflict {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	n := 0
	won.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d results were taken, want 1", n)
	}
}

// TestRoutine: a blue warning's item is the enterprise's, which may then decide
// (A20).
func TestRoutine(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	w := h.raise(fengsui.Blue)
	h.step(w, fengsui.StepRoutine, 1, "firm")
	o := h.orders(firm, fengsui.OrderFilter{Kind: fengsui.OrderRoutine})[0]
	refused(t, "the zone closes it", h.OrderResult(ctx, zone, by(zone), o.ID, 1, "x", nil, nil), fengsui.Forbidden, "may_not")
	ok(t, "result", h.OrderResult(ctx, firm, by(firm), o.ID, 1, "gasket replaced in the round", nil, nil))
	ok(t, "clear", h.Decide(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 1, End: fengsui.Cleared, Why: "closed in the round"}))
}

// TestAccident: the matching plan starts at once, beside the clock (A19).
func TestAccident(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	w := h.raise(fengsui.Red)
	refused(t, "no such plan", h.Accident(ctx, firm, by(firm), w.ID, 1, "tsunami", "x"), fengsui.Invalid, "no_plan")
	refused(t, "without why", h.Accident(ctx, firm, by(firm), w.ID, 1, "", ""), fengsui.Invalid, "text_missing")
	refused(t, "the desk", h.Accident(ctx, duty, by(duty), w.ID, 1, "", "x"), fengsui.Forbidden, "may_not")
	refused(t, "old version", h.Accident(ctx, firm, by(firm), w.ID, 0, "", "x"), fengsui.Conflict, "stale")
	before := *w
	ok(t, "accident", h.Accident(ctx, firm, by(firm), w.ID, 1, "", "it ran over"))
	refused(t, "twice", h.Accident(ctx, firm, by(firm), w.ID, 1, "overfill", "again"), fengsui.Conflict, "plan_runs")
	ok(t, "another plan too", h.Accident(ctx, reg1, by(reg1), w.ID, 1, "fire_explosion", "it burns"))
	if *w != before {
		t.Errorf("the accident changed the warning: %+v, want %+v", *w, before)
	}
	list := h.orders(firm, fengsui.OrderFilter{Kind: fengsui.OrderPlan})
	if len(list) != 2 || list[0].Plan != "overfill" || list[0].Party != "firm" || len(list[0].Checklist) != len(h.plan("overfill").Items) {
		t.Fatalf("plan orders %+v, want overfill and fire_explosion of the firm", list)
	}
	o := list[0]
	refused(t, "no such item", h.TickPlan(ctx, firm, by(firm), o.ID, 1, "pray", "", nil), fengsui.NotFound, "no_item")
	refused(t, "the zone ticks", h.TickPlan(ctx, zone, by(zone), o.ID, 1, "stop_feed", "", nil), fengsui.Forbidden, "may_not")
	ok(t, "tick", h.TickPlan(ctx, firm, by(firm), o.ID, 1, "stop_feed", "P-101 stopped", nil))
	refused(t, "tick twice", h.TickPlan(ctx, firm, by(firm), o.ID, 2, "stop_feed", "", nil), fengsui.Conflict, "item_done")
	got, err := h.Order(ctx, firm, o.ID)
	ok(t, "order", err)
	if c := got.Checklist[0]; c.Item != "stop_feed" || c.DoneAt == 0 || c.DoneBy != "Wang" || c.Note != "P-101 stopped" {
		t.Errorf("the ticked item is %+v", c)
	}
}

// TestActed: what was done on site keeps its own time, on the order, in the list and on the
// record, and stands in doubt where it lies before the order (A07, A19).
func TestActed(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	w := h.raise(fengsui.Red)
	ok(t, "accident", h.Accident(ctx, firm, by(firm), w.ID, 1, "", "it ran over"))
	o := h.orders(firm, fengsui.OrderFilter{Kind: fengsui.OrderPlan})[0]
	offset := int64(-1500)
	acted := func(at fengsui.Millis) *fengsui.Acted { return &fengsui.Acted{At: at, Offset: &offset} }
	early := acted(o.OpenedAt.Add(fengsui.SpanOf(-time.Hour)))
	ok(t, "tick", h.TickPlan(ctx, firm, by(firm), o.ID, 1, "stop_feed", "P-101 stopped", acted(o.OpenedAt)))
	ok(t, "result", h.OrderResult(ctx, firm, by(firm), o.ID, 2, "all safe", nil, early))
	got, err := h.Order(ctx, firm, o.ID)
	ok(t, "order", err)
	if a := got.Checklist[0].Acted; a == nil || a.At != o.OpenedAt || *a.Offset != offset || a.Doubt != "" {
		t.Errorf("the ticked item was done at %+v", a)
	}
	if a := got.Acted; a == nil || a.At != early.At || *a.Offset != offset || a.Doubt != fengsui.DoubtBefore {
		t.Errorf("the result was found at %+v", a)
	}
	if a := h.w.acted; a == nil || a.At != early.At || a.Doubt != fengsui.DoubtBefore {
		t.Errorf("the warning's record has %+v, want %+v", a, got.Acted)
	}
	rows, _, err := h.db.Entries(ctx, fengsui.Everything(), store.Filter{Warning: w.ID})
	ok(t, "entries", err)
	var row struct{ Acted *fengsui.Acted }
	for _, e := range rows {
		if e.Act == "plan_ticked" {
			ok(t, "row", json.Unmarshal(e.After, &row))
		}
	}
	if row.Acted == nil || row.Acted.At != o.OpenedAt {
		t.Errorf("the row of the tick has %+v", row.Acted)
	}
	for what, act := range map[string]func(*fengsui.Acted) error{
		"note": func(a *fengsui.Acted) error { return h.Note(ctx, duty, by(duty), w.ID, "call", "no answer", a) },
		"ask": func(a *fengsui.Acted) error {
			return h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 1, End: fengsui.Cleared, Why: "x"}, a)
		},
	} {
		ok(t, what, act(early))
		if h.w.acted != early {
			t.Errorf("%s: its own time is lost", what)
		}
	}
}

// TestRemind tells the enterprise and the body that tracks, and not who reminds.
func TestRemind(t *testing.T) {
	for _, c := range []struct {
		level fengsui.Level
		by    fengsui.Scope
		want  []fengsui.ID
	}{
		{fengsui.Red, duty, []fengsui.ID{"firm", "reg1", "reg2"}},
		{fengsui.Red, reg2, []fengsui.ID{"firm", "reg1"}},
		{fengsui.Yellow, duty, []fengsui.ID{"firm", "zone"}},
		{fengsui.Blue, duty, []fengsui.ID{"firm"}},
	} {
		h := build(t)
		w := h.raise(c.level)
		for n := range 2 {
			ok(t, "remind", h.Remind(t.Context(), c.by, by(c.by), w.ID, "please look"))
			rows, _, err := h.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Warning: w.ID, Kind: "step"})
			ok(t, "entries", err)
			if len(rows) != n+1 || len(rows[n].Tell) != 1 {
				t.Fatalf("%v: %d steps in the journal, want %d", c.level, len(rows), n+1)
			}
			s := rows[n].Tell[0]
			var got []fengsui.ID
			for _, to := range s.To {
				got = append(got, to.Party)
			}
			if !slices.Equal(got, c.want) || s.Kind != fengsui.StepRemind || s.Number != n+1 || s.Warning != w.ID || s.Level != c.level {
				t.Errorf("%v: told %v by %+v, want %v", c.level, got, s, c.want)
			}
		}
		refused(t, "the firm reminds", h.Remind(t.Context(), firm, by(firm), w.ID, ""), fengsui.Forbidden, "may_not")
	}
}

func TestNote(t *testing.T) {
	h := build(t)
	w := h.raise(fengsui.Red)
	ok(t, "note", h.Note(t.Context(), duty, by(duty), w.ID, "note", "fire brigade is on its way", nil))
	ok(t, "call", h.Note(t.Context(), duty, by(duty), w.ID, "call", "called Wang, no answer", nil))
	refused(t, "a song", h.Note(t.Context(), duty, by(duty), w.ID, "song", "la", nil), fengsui.Invalid, "note_kind")
	refused(t, "nothing", h.Note(t.Context(), duty, by(duty), w.ID, "note", "\n", nil), fengsui.Invalid, "text_missing")
	refused(t, "too much", h.Note(t.Context(), duty, by(duty), w.ID, "note", strings.Repeat("长", maxText+1), nil), fengsui.Invalid, "text_too_long")
	refused(t, "a stranger", h.Note(t.Context(), other, by(other), w.ID, "note", "x", nil), fengsui.NotFound, "no_warning")
	if got, want := h.acts(w.ID), []string{"noted", "called"}; !slices.Equal(got, want) {
		t.Errorf("journal %v, want %v", got, want)
	}
}

// TestRepeated: a call that is sent again under its key is carried out once.
func TestRepeated(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	w := h.raise(fengsui.Red)
	actor := by(firm)
	calls := []func() error{
		func() error { return h.Accident(ctx, firm, actor, w.ID, 1, "", "x") },
		func() error {
			_, err := h.Upload(ctx, firm, actor, "a.txt", "text/plain", strings.NewReader("hello"))
			return err
		},
		func() error {
			return h.Ask(ctx, firm, actor, fengsui.Verdict{Warning: w.ID, Version: 1, End: fengsui.Cleared, Why: "x"}, nil)
		},
	}
	for i, call := range calls {
		actor.Key = fmt.Sprint("key", i)
		ok(t, "first call", call())
		if err := call(); !errors.Is(err, store.Repeated) {
			t.Errorf("call %d again: %v, want repeated", i, err)
		}
	}
	dir := h.c.Blob.(*blob.Dir)
	items, err := dir.List(ctx, "evidence/")
	ok(t, "list", err)
	if len(items) != 1 {
		t.Errorf("%d files on disk, want 1: a refused upload leaves none", len(items))
	}
}

// TestScope: whoever does not see the warning sees nothing that hangs on it, in
// lists, totals and by ID; and an upgrade moves all of it along.
func TestScope(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	w := h.raise(fengsui.Yellow)
	h.step(w, fengsui.StepSupervise, 1, "zone")
	f, err := h.Upload(ctx, firm, by(firm), "a.txt", "", strings.NewReader("hello"))
	ok(t, "upload", err)
	leader := scope(fengsui.RoleLeader, "bureau")
	leader.Least = fengsui.Orange
	sees := func(s fengsui.Scope) string {
		list, total, err := h.Orders(ctx, s, fengsui.OrderFilter{}, fengsui.Page{})
		ok(t, "orders", err)
		of, err := h.OrdersOf(ctx, s, w.ID)
		ok(t, "orders of", err)
		asks, err := h.Asks(ctx, s, w.ID)
		ok(t, "asks", err)
		file := 0
		if _, r, err := h.File(ctx, s, f.ID); err == nil {
			b, _ := io.ReadAll(r)
			r.Close()
			if string(b) == "hello" {
				file = 1
			}
		} else {
			refused(t, "file", err, fengsui.NotFound, "no_file")
		}
		return fmt.Sprint(len(list), total, len(of), len(asks), file)
	}
	all := []fengsui.Scope{firm, zone, reg1, bureau, duty}
	for _, s := range all {
		want := "1 1 1 0 0"
		if s.User == firm.User {
			want = "1 1 1 0 1" // the uploader's own
		}
		if got := sees(s); got != want {
			t.Errorf("%s sees %s before the file is used, want %s", s.Role, got, want)
		}
	}
	ok(t, "verify", h.Verify(ctx, firm, by(firm), w.ID, 1, "true", "", []fengsui.ID{f.ID}, nil))
	ok(t, "ask", h.Ask(ctx, firm, by(firm), fengsui.Verdict{Warning: w.ID, Version: 2, End: fengsui.Cleared, Why: "x"}, nil))
	for _, s := range all {
		if got, want := sees(s), "1 1 1 1 1"; got != want {
			t.Errorf("%s sees %s, want %s", s.Role, got, want)
		}
	}
	for _, s := range []fengsui.Scope{{}, other, zone2, reg3, leader} {
		if got, want := sees(s), "0 0 0 0 0"; got != want {
			t.Errorf("%s %s sees %s of theirs, want %s", s.Role, s.Party, got, want)
		}
		o := h.orders(bureau, fengsui.OrderFilter{})[0]
		_, err := h.Order(ctx, s, o.ID)
		refused(t, "order", err, fengsui.NotFound, "no_order")
	}
	w = h.w.list[w.ID]
	w.Level, w.Peak = fengsui.Red, fengsui.Red
	h.step(w, fengsui.StepPush, 2, "firm")
	if got, want := sees(leader), "1 1 1 1 1"; got != want {
		t.Errorf("after the upgrade the leader sees %s, want %s", got, want)
	}
}

func TestPages(t *testing.T) {
	h := build(t)
	for range 7 {
		h.step(h.raise(fengsui.Red), fengsui.StepSupervise, 1, "reg1")
	}
	seen := map[fengsui.ID]bool{}
	for offset := 0; offset < 9; offset += 3 {
		list, total, err := h.Orders(t.Context(), reg1, fengsui.OrderFilter{Party: "reg1", Enterprise: "firm"}, fengsui.Page{Offset: offset, Limit: 3})
		ok(t, "page", err)
		if want := min(3, 7-offset); len(list) != want || total != 7 {
			t.Errorf("page at %d has %d of %d, want %d of 7", offset, len(list), total, want)
		}
		for _, o := range list {
			seen[o.ID] = true
		}
	}
	if len(seen) != 7 {
		t.Errorf("the pages hold %d orders, want 7", len(seen))
	}
}

func TestUpload(t *testing.T) {
	h := build(t)
	ctx := t.Context()
	for _, c := range []struct{ name, claimed, body, file, kind string }{
		{"现场 1.jpg", "image/jpeg", "\xff\xd8\xff\xe1..", "现场 1.jpg", "image/jpeg"},
		{"a.gif", "image/png", "GIF89a..", "a.gif", "image/gif"},
		{"a.webp", "", "RIFF\x01\x02\x03\x04WEBPVP8 ", "a.webp", "image/webp"},
		{"a.heic", "", "\x00\x00\x00\x18ftypheic\x00", "a.heic", "image/heic"},
		{"clip.mp4", "", "\x00\x00\x00\x18ftypisom\x00", "clip.mp4", "video/mp4"},
		{"clip.mp4", "", "\x00\x00\x00\x18ftypmp42\x00", "clip.mp4", "video/mp4"},
		{"r.pdf", "", "%PDF-1.7\n", "r.pdf", "application/pdf"},
		{`C:\tmp\..\说明.txt`, "text/html", "处理完毕\n", "说明.txt", "text/plain; charset=utf-8"},
		{"../../etc/passwd", "", "x", "passwd", "text/plain; charset=utf-8"},
		{"\x00\n\u202e", "", "x", "file", "text/plain; charset=utf-8"},
	} {
		f, err := h.Upload(ctx, firm, by(firm), c.name, c.claimed, strings.NewReader(c.body))
		if err != nil || f.Name != c.file || f.Type != c.kind || f.Size != int64(len(c.body)) || len(f.SHA256) != 64 {
			t.Errorf("%q: %+v, %v; want %s as %s", c.name, f, err, c.file, c.kind)
		}
	}
	up := func(s fengsui.Scope, r io.Reader) error {
		_, err := h.Upload(ctx, s, by(s), "x", "application/x-msdownload", r)
		return err
	}
	refused(t, "a program", up(firm, strings.NewReader("MZ\x90\x00")), fengsui.Invalid, "file_type")
	refused(t, "a film of another kind", up(firm, strings.NewReader("\x00\x00\x00\x14ftypqt  ")), fengsui.Invalid, "file_type")
	refused(t, "nothing", up(firm, strings.NewReader("")), fengsui.Invalid, "file_empty")
	refused(t, "one byte too many", up(firm, strings.NewReader(strings.Repeat("a", 10<<20+1))), fengsui.Invalid, "file_too_large")
	refused(t, "a leader uploads", up(scope(fengsui.RoleLeader, "bureau"), strings.NewReader("a")), fengsui.Forbidden, "may_not")
	ok(t, "exactly the limit", up(firm, strings.NewReader(strings.Repeat("a", 10<<20))))
	broken := io.MultiReader(strings.NewReader(strings.Repeat("a", 9000)), badReader{})
	if err := up(firm, broken); err == nil {
		t.Error("a file that broke off was taken")
	}
	items, err := h.c.Blob.(*blob.Dir).List(ctx, "")
	ok(t, "list", err)
	if len(items) != 11 {
		t.Errorf("%d files on disk, want the 11 that were taken", len(items))
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestPlans: the shipped plans are whole, in both languages, and each warning has
// one that fits (A19).
func TestPlans(t *testing.T) {
	h := build(t)
	if got := len(h.Plans()); got != 5 {
		t.Errorf("%d plans are shipped, want 5", got)
	}
	for _, c := range []struct {
		subject fengsui.Subject
		want    string
	}{
		{"point/1", "overfill"}, {"point/2", "poisoning"}, {"point/3", "leak"}, {"point/4", "fire_explosion"}, {"point/5", "generic"},
		{"point/99", "generic"}, {"device/1", "generic"}, {"enterprise/1", "generic"}, {"", "generic"},
	} {
		if got := h.PlanFor(fengsui.Warning{Subject: c.subject, Model: "m"}); got == nil || got.Key != c.want {
			t.Errorf("plan for %q: %+v, want %s", c.subject, got, c.want)
		}
	}
	plan := "{key: %s, name: {zh: 甲, en: A}, source: s, for: %s, items: [{key: i, text: {zh: 乙, en: B}}]}"
	load := func(files ...string) error {
		m := fstest.MapFS{}
		for i, f := range files {
			m[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(f)}
		}
		list, err := LoadPlans(m)
		if err == nil {
			h.c.Plans = list
		}
		return err
	}
	generic := fmt.Sprintf(plan, "g", "{any: true}")
	ok(t, "by model", load(fmt.Sprintf(plan, "q", "{quantities: [level]}"), fmt.Sprintf(plan, "m", "{models: [tank.over]}"), generic))
	if got := h.PlanFor(fengsui.Warning{Subject: "point/1", Model: "tank.overfill"}); got.Key != "m" {
		t.Errorf("plan by model: %s, want m before the quantity's", got.Key)
	}
	for what, files := range map[string][]string{
		"none for any":      {fmt.Sprintf(plan, "q", "{quantities: [level]}")},
		"two for any":       {generic, fmt.Sprintf(plan, "h", "{any: true}")},
		"a key twice":       {generic, fmt.Sprintf(plan, "g", "{}")},
		"an unknown field":  {generic, "{key: x, colour: red}"},
		"one language":      {strings.Replace(generic, ", en: B", "", 1)},
		"no items":          {strings.Replace(generic, "items: [{key: i, text: {zh: 乙, en: B}}]", "items: []", 1)},
		"an item twice":     {strings.Replace(generic, "items: [", "items: [{key: i, text: {zh: 乙, en: B}}, ", 1)},
		"something broken}": {"}"},
	} {
		if load(files...) == nil {
			t.Errorf("plans with %s were taken", what)
		}
	}
}

// FuzzDecode: whatever bytes are uploaded, the type is one of the list or none,
// and the name is safe.
func FuzzDecode(f *testing.F) {
	rules, err := loadFileRules(fileTypes)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("\xff\xd8\xff"), "a.jpg")
	f.Add([]byte("RIFF....WEBP"), `..\..\a`)
	f.Add([]byte("文本"), "\xff\xfe/")
	f.Fuzz(func(t *testing.T, head []byte, name string) {
		kind := rules.sniff(head)
		if kind != "" && !slices.ContainsFunc(rules.Types, func(x fileType) bool { return x.Type == kind }) {
			t.Errorf("type %q is not in the list", kind)
		}
		if strings.HasPrefix(kind, "text/") && bytes.ContainsAny(head, "\x00\x1b") {
			t.Errorf("%q was taken for text", head)
		}
		if safe := fileName(name); safe == "" || len([]rune(safe)) > 120 || strings.ContainsAny(safe, "/\\\x00\n\"") || safe == ".." {
			t.Errorf("%q became %q", name, safe)
		}
	})
}

func TestReadableCut(t *testing.T) {
	text := strings.Repeat("危", 1366) // a rune lies across the window's end
	if !readable([]byte(text)[:sniffed]) {
		t.Error("text cut inside a rune was not taken for text")
	}
	if readable([]byte("a\xffb")) {
		t.Error("broken UTF-8 was taken for text")
	}
}

var _ Blob = (*blob.Dir)(nil)
