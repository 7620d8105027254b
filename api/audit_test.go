package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store"
)

// deeds is what the fixture's warnings did: each thing once, for whoever sees it.
type deeds struct{ *fixture }

func (f deeds) Aims() fengsui.AlarmAims {
	return fengsui.AlarmAims{Name: "test", Version: 1, Source: "test", Rate: 6, Frequent: 10, Audit: fengsui.AuditRule{Back: 2 * fengsui.Day, Before: 7 * fengsui.Day, Again: fengsui.Day}}
}

// each calls fn with what the scope sees, and says that it was asked.
func (f deeds) each(name string, s fengsui.Scope, fn func(things)) (int, error) {
	n := 0
	for _, x := range []things{f.mine, f.theirs} {
		if e := x.enterprise; s.Sees(e.ID, e.Zone, e.Sector, fengsui.Red) {
			fn(x)
			n++
		}
	}
	return n, f.saw(name, s, fengsui.Actor{})
}

func (f deeds) Performance(_ context.Context, s fengsui.Scope, from, to, now fengsui.Millis) (p fengsui.Performance, err error) {
	p = fengsui.Performance{From: from, Upto: min(to, now)}
	p.Total, err = f.each("Performance", s, func(x things) {
		p.Frequent = append(p.Frequent, fengsui.FrequentFigure{Model: "tank-level", Subject: x.warning.Subject, Enterprise: x.enterprise.ID, Warning: x.warning.ID, Count: 1})
	})
	return p, err
}

func (f deeds) Chattering(_ context.Context, s fengsui.Scope, _, _ fengsui.Millis, _ fengsui.Page) (list []fengsui.Chatter, total int, err error) {
	total, err = f.each("Chattering", s, func(x things) {
		list = append(list, fengsui.Chatter{Subject: x.warning.Subject, Enterprise: x.enterprise.ID, Warning: x.warning.ID, Most: 3})
	})
	return list, total, err
}

func (f deeds) Missed(_ context.Context, s fengsui.Scope, from, to fengsui.Millis, _ fengsui.Page) (list []fengsui.LimitMissed, total int, err error) {
	total, err = f.each("Missed", s, func(x things) {
		list = append(list, fengsui.LimitMissed{Warning: x.warning.ID, Enterprise: x.enterprise.ID, Subject: x.warning.Subject, DueAt: from})
	})
	return list, total, err
}

func (f deeds) FalseAlarms(_ context.Context, s fengsui.Scope, _, _ fengsui.Millis, _ fengsui.Page) ([]fengsui.FalseAlarms, int, error) {
	return []fengsui.FalseAlarms{{User: "u", Name: "Li", Count: 2}}, 1, f.saw("FalseAlarms", s, fengsui.Actor{})
}

func (f deeds) Gaps(_ context.Context, s fengsui.Scope, silent []string, _, _ fengsui.Millis, _ fengsui.Page) (list []fengsui.Gap, total int, err error) {
	if !slices.Equal(silent, []string{"silence"}) {
		f.t.Errorf("asked about the models %v", silent)
	}
	total, err = f.each("Gaps", s, func(x things) {
		list = append(list, fengsui.Gap{Warning: x.warning.ID, Enterprise: x.enterprise.ID, Subject: x.warning.Subject, Silent: x.warning.Subject})
	})
	return list, total, err
}

func (f deeds) LimitChanges(_ context.Context, s fengsui.Scope, _, _ fengsui.Millis, _ fengsui.Page) (list []fengsui.LimitChange, total int, err error) {
	total, err = f.each("LimitChanges", s, func(x things) {
		list = append(list, fengsui.LimitChange{Pos: 1, Enterprise: x.enterprise.ID, Followed: fengsui.Affected{Enterprise: x.enterprise.ID, Warning: x.warning.ID, Subject: x.warning.Subject}})
	})
	return list, total, err
}

// looks are the looks that the journal has: at what, by whom.
func (f *fixture) looks() (list []string) {
	f.t.Helper()
	rows, _, err := f.db.Entries(f.t.Context(), fengsui.Everything(), store.Filter{Kind: fengsui.KindLook, Limit: 1000})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range rows {
		if e.Act != "looked" || e.Warning != "" || e.By.From != "10.1.2.3" {
			f.t.Errorf("a look is %+v", e)
		}
		list = append(list, fmt.Sprintf("%s %s %s", e.By.Role, e.Of.ID, e.After))
	}
	return list
}

// TestAudit: the journal is searched by person, enterprise, case, time and act; each row
// says how it stands under the seal; who looks is written down, and the page that follows
// is the next of the same search (A10).
func TestAudit(t *testing.T) {
	f := newFixture(t)
	path := "/warnings/" + string(f.mine.warning.ID)
	if w := f.do(fengsui.RoleDuty, http.MethodPost, path+"/confirm", ""); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	find := func(query string) Audit {
		t.Helper()
		w := f.do(fengsui.RoleDiscipline, http.MethodGet, "/journal?"+query, "")
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", query, w.Code, w.Body)
		}
		return answer[Audit](t, w)
	}
	f.signIn(fengsui.RoleDiscipline)
	for query, want := range map[string]int{
		"person=name+DUTY&kind=warning":                            1,
		"person=Name+%25&kind=warning":                             0, // a sign of LIKE is a letter here
		"user=" + string(f.users[fengsui.RoleDuty].ID):             2, // signed in, confirmed
		"act=raised&enterprise=" + string(f.mine.enterprise.ID):    2,
		"act=confirm&enterprise=" + string(f.theirs.enterprise.ID): 0,
		"warning=" + string(f.mine.warning.ID):                     2,
		"act=raised&from=1&to=2":                                   0,
	} {
		if got := find(query); got.Total != want || len(got.Items) != want {
			t.Errorf("%s: got %d of %d, want %d", query, len(got.Items), got.Total, want)
		}
	}
	first := find("limit=2")
	if first.Upto == 0 || len(first.Items) != 2 || first.Items[0].Pos != first.Upto || first.Items[0].Seal.State != fengsui.SealNone || first.Items[1].Seal.State != fengsui.SealWhole || first.Items[1].Seal.Day == "" {
		t.Errorf("the first page: %+v", first)
	}
	if got := first.Items[0]; got.Of.Kind != fengsui.KindLook {
		t.Errorf("the newest row is %+v, want the look before", got)
	}
	second := find(fmt.Sprintf("limit=2&offset=2&upto=%d", first.Upto))
	if second.Total != first.Total || second.Items[0].Pos != first.Items[1].Pos-1 {
		t.Errorf("the page after %d begins with %d, and there are %d and %d", first.Items[1].Pos, second.Items[0].Pos, first.Total, second.Total)
	}
	for _, question := range []string{"limits", "false-alarms", "gaps", "thresholds"} {
		for _, role := range []fengsui.Role{fengsui.RoleDiscipline, fengsui.RoleBureau, fengsui.RoleAuditor} {
			if w := f.do(role, http.MethodGet, "/audit/"+question+"?to=864000000", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"from":662400000`) {
				t.Errorf("%s as %s: %d %s", question, role, w.Code, w.Body)
			}
		}
		if w := f.do(fengsui.RoleDuty, http.MethodGet, "/audit/"+question, ""); w.Code != http.StatusForbidden {
			t.Errorf("the duty desk asks for %s: %d", question, w.Code)
		}
	}
	// Who audits a case looks at it once, whatever its page reads anew.
	for range 3 {
		for _, role := range []fengsui.Role{fengsui.RoleDiscipline, fengsui.RoleDuty} {
			if w := f.do(role, http.MethodGet, path+"/timeline", ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "looked") {
				t.Fatal(w.Code, w.Body)
			}
		}
	}
	looks := f.looks()
	if n := len(looks); n != 9+12+1 {
		t.Errorf("there are %d looks:\n%s", n, strings.Join(looks, "\n"))
	}
	for _, want := range []string{
		`discipline journal {"limit"`, // no such filter
		`discipline journal {"act":"raised","from":"1","to":"2"}`, `discipline journal {"person":"name DUTY","kind"`, `bureau limits {`, `auditor false_alarms {`, "discipline " + string(f.mine.warning.ID),
	} {
		there := slices.ContainsFunc(looks, func(l string) bool { return strings.HasPrefix(l, want) })
		if want == `discipline journal {"person":"name DUTY","kind"` {
			there = slices.Contains(looks, `discipline journal {"kind":"warning","person":"name DUTY"}`)
		}
		if there != !strings.HasSuffix(want, `"limit"`) {
			t.Errorf("%q: %v in\n%s", want, there, strings.Join(looks, "\n"))
		}
	}
	// The live feed tells nobody who looks.
	c := scopeCase{}
	if feed := c.call(f, fengsui.RoleBureau, Route{Method: http.MethodGet, Path: "/journal/feed"}, f.mine).Body.String(); strings.Contains(feed, `"look"`) || !strings.Contains(feed, "confirm") {
		t.Errorf("the feed is %s", feed)
	}
}

// TestJournalProof: what was found is handed out with its proof, inside the scope, once
// the person has shown again who it is, and by a row of the journal; contacts stay
// covered (A10).
func TestJournalProof(t *testing.T) {
	f := newFixture(t)
	w := f.do(fengsui.RoleDiscipline, http.MethodGet, "/journal/proof?act=raised&enterprise="+string(f.mine.enterprise.ID), "")
	if got := w.Header().Get("Content-Disposition"); w.Code != http.StatusOK || !strings.HasPrefix(got, "attachment; filename=journal-proof-u-discipline-") {
		t.Fatal(w.Code, w.Body, got)
	}
	file := answer[foundFile](t, w)
	if len(file.Rows) != 2 || file.Rows[0].Hidden || file.Rows[0].Enterprise != f.mine.enterprise.ID || file.Asked["act"] != "raised" || !strings.Contains(file.Asked["by"], "u-discipline") {
		t.Errorf("got %+v", file)
	}
	if got := f.journalled("export"); got["exported"] != 1 {
		t.Errorf("the journal has %v", got)
	}
	// Of a party's rows those with telephone numbers come without their content.
	file = answer[foundFile](t, f.do(fengsui.RoleBureau, http.MethodGet, "/journal/proof?kind=party&enterprise="+string(f.mine.enterprise.ID), ""))
	if len(file.Rows) != 2 || file.Rows[0].Hidden || !file.Rows[1].Hidden {
		t.Fatalf("a party made and given a contact: got %+v, want the second covered", file.Rows)
	}
	pos := file.Rows[0].Pos
	file = answer[foundFile](t, f.do(fengsui.RoleBureau, http.MethodGet, fmt.Sprintf("/journal/proof?pos=%d&pos=%d", pos, pos+1), ""))
	if len(file.Rows) != 2 || file.Rows[1].Pos != pos+1 || file.Asked["pos"] != fmt.Sprintf("%d,%d", pos, pos+1) {
		t.Errorf("by position: got %+v", file)
	}
	refused(t, "nothing is found", f.do(fengsui.RoleBureau, http.MethodGet, "/journal/proof?act=none", ""), http.StatusNotFound, "nothing_found")
	if w := f.do(fengsui.RoleDuty, http.MethodGet, "/journal/proof", ""); w.Code != http.StatusForbidden {
		t.Errorf("the duty desk takes a proof: %d", w.Code)
	}
	if _, ok := grave["GET /journal/proof"]; !ok {
		t.Error("a proof of what everybody did leaves without a second look at who takes it")
	}
}

// TestPerformance: the figures of a civil period go to whoever may see them, with the
// names of what they are about.
func TestPerformance(t *testing.T) {
	f := newFixture(t)
	at := int64(1_790_000_000_000) // Monday 21 September 2026, 22:13:20 civil
	for period, want := range map[string][2]int64{
		"day": {1_789_920_000_000, 1_790_006_400_000}, "week": {1_789_920_000_000, 1_790_524_800_000}, "month": {1_788_192_000_000, 1_790_784_000_000},
	} {
		w := f.do(fengsui.RoleShift, http.MethodGet, fmt.Sprintf("/performance?period=%s&at=%d", period, at), "")
		v := answer[PerformanceView](t, w)
		if v.From != fengsui.Millis(want[0]) || v.To != fengsui.Millis(want[1]) {
			t.Errorf("%s: got %d to %d, want %v", period, v.From, v.To, want)
		}
		if len(v.Frequent) != 2 || v.Frequent[0].SubjectName != f.mine.point.Name || v.Frequent[0].EnterpriseName == "" || v.Aims.Rate != 6 {
			t.Errorf("%s: got %+v", period, v)
		}
	}
	refused(t, "no such period", f.do(fengsui.RoleShift, http.MethodGet, "/performance?period=year", ""), http.StatusUnprocessableEntity, "bad_request")
	for _, role := range fengsui.Roles {
		want := http.StatusForbidden
		if role == fengsui.RoleShift || role == fengsui.RoleBureau || role == fengsui.RoleAdmin {
			want = http.StatusOK
		}
		for _, path := range []string{"/performance", "/performance/chattering"} {
			if w := f.do(role, http.MethodGet, path, ""); w.Code != want {
				t.Errorf("%s as %s: %d, want %d", path, role, w.Code, want)
			}
		}
	}
}
