package api

import (
	"net/http"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store"
)

// TestRoster: an organisation sets its own contacts and roster, and no other's; what
// does not fit is refused with a sentence; whoever saw an older one is told (A05, A11).
func TestRoster(t *testing.T) {
	f := newFixture(t)
	read := func(role fengsui.Role, party string) RosterView {
		t.Helper()
		return answer[RosterInFull](t, f.do(role, http.MethodPost, "/roster/look", `{"party":"`+party+`"}`)).RosterView
	}
	v := read(fengsui.RoleEnterprise, "")
	if v.Party.ID != f.mine.enterprise.ID || len(v.Contacts) != 1 || v.Contacts[0].Phone != "13800001234" || v.Roster.Version != 1 || len(v.OnDuty) != 0 {
		t.Fatalf("the roster begins as %+v", v)
	}
	if strings.Join(v.Channels, " ") != "email sms voice wecom dingtalk feishu" {
		t.Errorf("an enterprise may enter %v", v.Channels)
	}
	put := func(role fengsui.Role, body string) (int, string) {
		t.Helper()
		w := f.do(role, http.MethodPut, "/roster", body)
		return w.Code, w.Body.String()
	}
	const shifts = `"shifts":[{"from":"00:00","to":"00:00","who":["Li"]}],"away":[],"quiet":{"from":"22:00","to":"07:00","upto":"yellow"},"chase":{"after":"5m","least":"orange"}`
	const contacts = `"contacts":[{"name":"Wang","duty":"principal","phone":"13800001234","channels":[{"kind":"voice","address":"13800001234","least":"red"},{"kind":"sms","address":"13800001234"}]},
		{"name":"Li","duty":"safety_head","channels":[{"kind":"email","address":"li@f.cn"}],"quiet":{"from":"23:00","to":"06:00","upto":"orange"}}],`
	if code, text := put(fengsui.RoleEnterprise, `{"version":1,`+contacts+shifts+`}`); code != http.StatusOK {
		t.Fatalf("set: %d %s", code, text)
	}
	v = read(fengsui.RoleEnterprise, "")
	if v.Roster.Version != 2 || len(v.Contacts) != 2 || v.Contacts[0].Channels[0].Least != fengsui.Red || v.Contacts[1].Quiet == nil || v.Roster.Chase.After != 300_000 || v.Roster.Quiet.To != 7*60 || strings.Join(v.OnDuty, " ") != "Li" {
		t.Errorf("it is %+v", v)
	}
	d := f.reg.District()
	if r := d.Rosters[f.mine.enterprise.ID]; r == nil || len(r.Shifts) != 1 || len(d.Parties[f.mine.enterprise.ID].Contacts) != 2 {
		t.Errorf("the district has not heard: %+v", r)
	}
	for want, body := range map[string]string{
		"changed":         `{"version":1,` + contacts + shifts + `}`,
		"unknown_contact": `{"version":2,"contacts":[],` + shifts + `}`,
		"bad_address":     `{"version":2,"contacts":[{"name":"Li","duty":"contact","channels":[{"kind":"wecom","address":"https://evil.example.cn/x"}]}],` + shifts + `}`,
		"channel_admin":   `{"version":2,"contacts":[{"name":"Li","duty":"contact","channels":[{"kind":"webhook","address":"https://10.0.0.1/x"}]}],` + shifts + `}`,
		"quiet_level":     `{"version":2,` + contacts + strings.Replace(shifts, `"upto":"yellow"`, `"upto":"red"`, 1) + `}`,
		"bad_chase":       `{"version":2,` + contacts + strings.Replace(shifts, `"5m"`, `"1s"`, 1) + `}`,
		"no_party":        `{"party":"` + string(f.theirs.enterprise.ID) + `","version":1,` + contacts + shifts + `}`,
		"bad_request":     `{"version":2,` + contacts + strings.Replace(shifts, `"00:00"`, `"25:00"`, 1) + `}`,
	} {
		if code, text := put(fengsui.RoleEnterprise, body); code == http.StatusOK || !strings.Contains(text, `"reason":"`+want+`"`) {
			t.Errorf("%s: %d %s", want, code, text)
		}
	}
	refused(t, "another's", f.do(fengsui.RoleEnterprise, http.MethodGet, "/roster?party="+string(f.theirs.enterprise.ID), ""), http.StatusNotFound, "no_party")
	refused(t, "another's, for the bureau", f.do(fengsui.RoleBureau, http.MethodGet, "/roster?party="+string(f.theirs.enterprise.ID), ""), http.StatusNotFound, "no_party")
	refused(t, "the duty desk's people", f.do(fengsui.RoleDuty, http.MethodGet, "/roster", ""), http.StatusForbidden, "may_not")
	if v := read(fengsui.RoleAdmin, string(f.theirs.enterprise.ID)); v.Party.ID != f.theirs.enterprise.ID || len(v.Channels) != 8 {
		t.Errorf("the administrator sees %+v", v)
	}
	refused(t, "another's, in full", f.do(fengsui.RoleEnterprise, http.MethodPost, "/roster/look", `{"party":"`+string(f.theirs.enterprise.ID)+`"}`), http.StatusNotFound, "no_party")
	// Without an act of its own nobody is shown a number, and none that is masked is kept.
	plain := f.do(fengsui.RoleEnterprise, http.MethodGet, "/roster", "").Body.String()
	for _, number := range []string{"13800001234", "li@f.cn"} {
		if strings.Contains(plain, number) {
			t.Errorf("the roster shows %s: %s", number, plain)
		}
	}
	if !strings.Contains(plain, `"138******34"`) || !strings.Contains(plain, `"l***@f.cn"`) {
		t.Errorf("the roster is %s", plain)
	}
	for _, masked := range []string{`{"name":"Li","duty":"contact","phone":"138******34"}`, `{"name":"Li","duty":"contact","channels":[{"kind":"email","address":"l***@f.cn"}]}`} {
		if code, text := put(fengsui.RoleEnterprise, `{"version":2,"contacts":[`+masked+`],`+shifts+`}`); code == http.StatusOK || !strings.Contains(text, `"reason":"masked"`) {
			t.Errorf("%s: %d %s", masked, code, text)
		}
	}
	looks, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "contacts", User: f.users[fengsui.RoleEnterprise].ID})
	if err != nil || len(looks) != 2 || looks[0].Act != "seen" || looks[0].Enterprise != f.mine.enterprise.ID {
		t.Errorf("the looks in the journal: %+v, %v", looks, err)
	}
	// An import that changes contacts says so to whoever has them open.
	sheet := "party,name,duty,phone,channels\nMINE-1,Zhao,principal,13800001234,email:z@example.cn;voice/red:13800001234\nMINE-1,Li,safety_head,,email:li@f.cn\n"
	if rep, err := f.reg.Import(t.Context(), admin, fengsui.Platform("test"), "contacts", []byte(sheet), false); err != nil || len(rep.Errors) > 0 {
		t.Fatal(rep, err)
	}
	v = read(fengsui.RoleEnterprise, "")
	if v.Roster.Version != 3 || len(v.Roster.Shifts) != 1 || v.Contacts[0].Channels[1].Least != fengsui.Red || v.Contacts[1].Quiet == nil {
		t.Errorf("after the import it is %+v", v)
	}
	if code, text := put(fengsui.RoleEnterprise, `{"version":2,`+contacts+shifts+`}`); code != http.StatusConflict {
		t.Errorf("over the import: %d %s", code, text)
	}
}
