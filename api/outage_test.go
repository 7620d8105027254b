package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store"
)

// leave are the declared outages: each enterprise has the one that is called like it, of
// its point, and it runs.
type leave struct{ *fixture }

func (f leave) of(x things) fengsui.Outage {
	e := x.enterprise
	return fengsui.Outage{ID: "outage-" + e.ID, Number: "2026-1", Enterprise: e.ID, Zone: e.Zone, Sector: e.Sector, Reason: "breakdown", State: fengsui.OutageApproved,
		From: 1, To: now() + 3600_000, Until: now() + 3600_000, Targets: []fengsui.OutageTarget{{Kind: "point", ID: x.point.ID}}, Version: 1}
}

func (f leave) find(s fengsui.Scope, id fengsui.ID) (fengsui.Outage, error) {
	for _, x := range []things{f.mine, f.theirs} {
		if o := f.of(x); o.ID == id && s.Sees(o.Enterprise, o.Zone, o.Sector, fengsui.None) {
			return o, nil
		}
	}
	return fengsui.Outage{}, errTheirs()
}

func (f leave) Rules() *fengsui.OutageRules {
	return &fengsui.OutageRules{Name: "test", Reasons: []fengsui.OutageReason{{Key: "breakdown", Urgent: true}}, Classes: []fengsui.Misconduct{{Key: "serious", Public: true, Signs: []string{"*"}}}}
}

func (f leave) Outages(_ context.Context, s fengsui.Scope, _ fengsui.OutageFilter, _ fengsui.Page) (list []fengsui.Outage, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if o, err := f.find(s, "outage-"+x.enterprise.ID); err == nil {
			list = append(list, o)
		}
	}
	return list, len(list), f.saw("Outages", s, fengsui.Actor{})
}

func (f leave) Outage(_ context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Outage, error) {
	if err := f.saw("Outage", s, fengsui.Actor{}); err != nil {
		return fengsui.Outage{}, err
	}
	return f.find(s, id)
}

func (f leave) Held(_ context.Context, s fengsui.Scope, id fengsui.ID, _ fengsui.Page) ([]fengsui.HeldSilence, int, error) {
	o, err := f.find(s, id)
	if err != nil {
		return nil, 0, err
	}
	// The test looks for the enterprise's id: it is the model's name here.
	return []fengsui.HeldSilence{{Subject: fengsui.SubjectOf("point", f.mine.point.Num), Model: string(o.Enterprise), At: 5}}, 1, f.saw("Held", s, fengsui.Actor{})
}

func (f leave) Cover(context.Context) (fengsui.OutageCover, error) { return nil, nil }

func (f leave) Declared(_ context.Context, s fengsui.Scope, p *fengsui.Point, from, to fengsui.Millis) (list []fengsui.DeclaredStretch, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if o := f.of(x); x.point.ID == p.ID && o.From < to && o.End() > from {
			list = append(list, fengsui.DeclaredStretch{Outage: o.ID, Number: o.Number, From: o.From, To: o.End()})
		}
	}
	return list, f.saw("Declared", s, fengsui.Actor{})
}

func (f leave) Standing(_ context.Context, s fengsui.Scope) (int, error) {
	return 2, f.saw("Standing", s, fengsui.Actor{})
}

func (f leave) Offline(_ context.Context, s fengsui.Scope, _ fengsui.Page) (list []fengsui.Offline, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if e := x.enterprise; s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) {
			list = append(list, fengsui.Offline{Enterprise: e.ID, Points: 2, Silent: 1})
		}
	}
	return list, len(list), f.saw("Offline", s, fengsui.Actor{})
}

func (f leave) Ask(ctx context.Context, s fengsui.Scope, by fengsui.Actor, o fengsui.Outage, _ []fengsui.ID) (fengsui.Outage, error) {
	return o, f.act(ctx, "declare", s, by, fengsui.Ref{Kind: "outage", ID: "new"}, f.mine.warning, true)
}

func (f leave) on(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	o, err := f.find(s, id)
	if err != nil {
		return err
	}
	return f.act(ctx, name, s, by, fengsui.Ref{Kind: "outage", ID: id}, fengsui.Warning{Enterprise: o.Enterprise, Zone: o.Zone, Sector: o.Sector}, true)
}

func (f leave) Verify(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string, _ []fengsui.ID) error {
	return f.on(ctx, "verifyOutage", s, by, id)
}

func (f leave) Decide(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ fengsui.Millis, _ string) error {
	return f.on(ctx, "decideOutage", s, by, id)
}

func (f leave) Cancel(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string) error {
	return f.on(ctx, "cancelOutage", s, by, id)
}

func (f leave) End(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ fengsui.Millis, _ string) error {
	return f.on(ctx, "endOutage", s, by, id)
}

func (f leave) Sort(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _, _ string, _ []fengsui.ID) error {
	return f.onWarning(ctx, "sort", s, by, id)
}

func (f leave) Sorted(context.Context, fengsui.Scope, fengsui.ID) (*fengsui.Sorting, error) {
	return nil, nil
}

func (f leave) Sortings(_ context.Context, s fengsui.Scope, _ string, _ fengsui.Page) (list []fengsui.SortingView, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if e := x.enterprise; s.Sees(e.ID, e.Zone, e.Sector, fengsui.None) {
			list = append(list, fengsui.SortingView{Sorting: fengsui.Sorting{Warning: x.warning.ID, Class: "serious"}, Enterprise: e.ID})
		}
	}
	return list, len(list), f.saw("Sortings", s, fengsui.Actor{})
}

// letters are the complaints: each enterprise has the one that is called like it, handed
// to its zone and its regulator.
type letters struct{ *fixture }

func (f letters) find(s fengsui.Scope, id fengsui.ID) (fengsui.Complaint, fengsui.Warning, error) {
	for _, x := range []things{f.mine, f.theirs} {
		if c := (fengsui.Complaint{ID: "complaint-" + x.enterprise.ID, Enterprise: x.enterprise.ID, State: fengsui.ComplaintAssigned, Reachable: true, Version: 1}); c.ID == id && s.Sees(c.Enterprise, x.enterprise.Zone, x.enterprise.Sector, fengsui.None) {
			return c, fengsui.Warning{Enterprise: c.Enterprise, Zone: x.enterprise.Zone, Sector: x.enterprise.Sector}, nil
		}
	}
	return fengsui.Complaint{}, fengsui.Warning{}, errTheirs()
}

func (f letters) Rules() *fengsui.ComplaintRules { return &fengsui.ComplaintRules{Name: "test"} }

func (f letters) Report(ctx context.Context, key, call string, in fengsui.Intake) (fengsui.Receipt, error) {
	err := f.db.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "complaint", ID: fengsui.ID("of " + in.Text)}, Act: "taken", By: fengsui.Actor{Name: "public", Key: key, Call: call}})
	})
	return fengsui.Receipt{}, err
}

func (f letters) TakeDown(ctx context.Context, s fengsui.Scope, by fengsui.Actor, _ fengsui.Intake) (fengsui.Receipt, error) {
	return fengsui.Receipt{}, f.act(ctx, "takeDown", s, by, fengsui.Ref{Kind: "complaint", ID: "new"}, f.mine.warning, true)
}

func (f letters) Again(_ context.Context, id fengsui.ID) (fengsui.Receipt, error) {
	return fengsui.Receipt{Number: string(id), Secret: "secret"}, nil
}

func (f letters) Look(_ context.Context, r fengsui.Receipt) (fengsui.Complaint, error) {
	if r.Secret != "right" {
		return fengsui.Complaint{}, errTheirs()
	}
	return fengsui.Complaint{Number: r.Number, State: fengsui.ComplaintAnswered, Answered: &fengsui.Said{Signature: fengsui.Signature{User: "u", Name: "Officer"}, Text: "mended"}}, nil
}

func (f letters) Complaints(_ context.Context, s fengsui.Scope, _ fengsui.ComplaintFilter, _ fengsui.Page) (list []fengsui.Complaint, total int, err error) {
	for _, x := range []things{f.mine, f.theirs} {
		if c, _, err := f.find(s, "complaint-"+x.enterprise.ID); err == nil {
			list = append(list, c)
		}
	}
	return list, len(list), f.saw("Complaints", s, fengsui.Actor{})
}

func (f letters) Complaint(_ context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Complaint, error) {
	if err := f.saw("Complaint", s, fengsui.Actor{}); err != nil {
		return fengsui.Complaint{}, err
	}
	c, _, err := f.find(s, id)
	return c, err
}

func (f letters) on(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	_, w, err := f.find(s, id)
	if err != nil {
		return err
	}
	return f.act(ctx, name, s, by, fengsui.Ref{Kind: "complaint", ID: id}, w, true)
}

func (f letters) Assign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _, _ fengsui.ID, _ string) error {
	return f.on(ctx, "assignComplaint", s, by, id)
}

func (f letters) Answer(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string) error {
	return f.on(ctx, "answerComplaint", s, by, id)
}

func (f letters) Close(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _, _ string) error {
	return f.on(ctx, "closeComplaint", s, by, id)
}

func (f letters) Erase(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string) error {
	return f.on(ctx, "eraseReporter", s, by, id)
}

func (f letters) Reveal(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ string) error {
	return f.on(ctx, "reveal", s, by, id)
}

func (f letters) Reporter(_ context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Reporter, error) {
	_, _, err := f.find(s, id)
	return fengsui.Reporter{Contact: "Li, 13800001234"}, err
}

// TestPublicComplaint holds A42: anybody reports without an account; a repeat under the
// same key hears the same receipt and is taken in once; who looks learns the answer and no
// officer's name; an address can do it so often.
func TestPublicComplaint(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Rates.Public = Rate{0.001, 4} })
	send := func(path, key, body string) *httptest.ResponseRecorder {
		r := f.request(http.MethodPost, path, body)
		r.Header.Set(keyHeader, key)
		return f.send(r)
	}
	const report = `{"kind":"report","topic":"danger","text":"a leak"}`
	first := send("/public/complaints", "a-key-of-mine", report)
	again := send("/public/complaints", "a-key-of-mine", report)
	if first.Code != http.StatusOK || first.Body.String() != again.Body.String() || !strings.Contains(first.Body.String(), "of a leak") {
		t.Errorf("%d %s, then %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	if n := f.journalled("complaint")["taken"]; n != 1 {
		t.Errorf("taken in %d times", n)
	}
	rows, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "complaint", Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].By.From != "" {
		t.Errorf("the journal knows the address: %+v, %v", rows, err)
	}
	refused(t, "without a key", send("/public/complaints", "", report), http.StatusUnprocessableEntity, "idempotency_key")
	look := send("/public/complaints/look", "", `{"number":"C1","secret":"right"}`)
	if look.Code != http.StatusOK || !strings.Contains(look.Body.String(), "mended") || strings.Contains(look.Body.String(), "Officer") {
		t.Errorf("a look: %d %s", look.Code, look.Body)
	}
	refused(t, "the fifth of an address", send("/public/complaints", "another-key", report), http.StatusTooManyRequests, "too_many")
}

// TestDeclaredApart holds A36: warnings about what is out of use are counted apart, and
// marked in every list.
func TestDeclaredApart(t *testing.T) {
	f := newFixture(t)
	f.api.c.Outages = covering{leave{f}}
	n := answer[fengsui.WarningCounts](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings/counts", ""))
	if n.Declared != 2 || n.Held != 2 || n.Open[fengsui.Red] != 0 || n.Open[fengsui.Blue] != 0 {
		t.Errorf("counted %+v", n)
	}
	list := answer[WarningList](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings?declared=true", ""))
	if list.Total != 2 || list.Items[0].Outage == nil || list.Items[0].Outage.Number != "2026-1" {
		t.Errorf("listed %+v", list)
	}
	p := answer[PointView](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/points/"+string(f.mine.point.ID), ""))
	if p.Outage == nil {
		t.Errorf("the point is not marked: %+v", p)
	}
}

// covering is leave whose outages cover their points.
type covering struct{ leave }

func (f covering) Cover(context.Context) (fengsui.OutageCover, error) {
	o := f.of(f.mine)
	return fengsui.OutageCover{fengsui.SubjectOf("point", f.mine.point.Num): &o}, nil
}
