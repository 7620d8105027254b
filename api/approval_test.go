package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
)

func twoPeople(t testing.TB) func(*Config) {
	t.Helper()
	list, err := ReadPairs(nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Pairs = list }
}

// Every line of the list is a route; and whoever may approve cannot be made, changed or
// let in by one person alone, or one person would have both pairs of eyes.
func TestPairs(t *testing.T) {
	list, err := ReadPairs(nil)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, r := range New(Config{}).Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	var approve []fengsui.Role
	acts := map[string]Pair{}
	for _, p := range list {
		acts[p.Act] = p
		approve = append(approve, p.Approve...)
		if !slices.Contains(routes, p.Act) {
			t.Errorf("%s is no route", p.Act)
		}
	}
	for _, act := range []string{"POST /users", "POST /users/{id}", "POST /users/{id}/password", "POST /users/{id}/link", "DELETE /users/{id}/totp"} {
		for _, r := range append(approve, fengsui.RoleAdmin, fengsui.RoleSecurity, fengsui.RoleAuditor) {
			if !slices.Contains(acts[act].Roles, r) {
				t.Errorf("%s needs no second person for a %s, who may approve", act, r)
			}
		}
	}
	for text, want := range map[string]string{
		`[{"act":"POST /warnings/{id}/note","approve":["bureau"],"why":"x"}]`: "is no grave act",
		`[{"act":"POST /held/release","approve":[],"why":"x"}]`:               "must say who approves",
		`[{"act":"POST /held/release","approve":["king"],"why":"x"}]`:         `no role "king"`,
		`[{"act":"POST /held/release","aprove":["bureau"],"why":"x"}]`:        "unknown field",
	} {
		if _, err := ReadPairs([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// post is a call under a key of its own.
func (f *fixture) post(role fengsui.Role, path, body string) *httptest.ResponseRecorder {
	return f.do(role, http.MethodPost, path, body)
}

func (f *fixture) approvals(role fengsui.Role) ApprovalList {
	f.t.Helper()
	w := f.do(role, http.MethodGet, "/approvals?open=true", "")
	var l ApprovalList
	if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil || w.Code != http.StatusOK {
		f.t.Fatal(w.Code, w.Body, err)
	}
	return l
}

func (f *fixture) done(what string, w *httptest.ResponseRecorder) {
	f.t.Helper()
	if w.Code != http.StatusOK {
		f.t.Fatalf("%s: %d %s", what, w.Code, w.Body)
	}
}

// A right that administers is given by two people: one proposes, another approves, the
// first carries it out, once; everything is in the journal, and no secret is shown (N08).
func TestFourEyes(t *testing.T) {
	f := newFixture(t, twoPeople(t))
	party := f.users[fengsui.RoleAdmin].Party
	create := func(login string, role fengsui.Role) string {
		return fmt.Sprintf(`{"login":%q,"name":"N","role":%q,"party":%q,"password":"hidden from all others"}`, login, role, party)
	}
	propose := func(login string) string {
		return fmt.Sprintf(`{"method":"POST","path":"/users","why":"he takes over","body":%s}`, create(login, fengsui.RoleAdmin))
	}
	refused(t, "alone", f.post(fengsui.RoleSecurity, "/users", create("li", fengsui.RoleAdmin)), http.StatusForbidden, "second_person")
	f.done("what is not of the list", f.post(fengsui.RoleSecurity, "/users", create("zhou", fengsui.RoleDuty)))
	refused(t, "what needs none", f.post(fengsui.RoleSecurity, "/approvals", fmt.Sprintf(`{"method":"POST","path":"/users","why":"x","body":%s}`, create("wu", fengsui.RoleDuty))), http.StatusUnprocessableEntity, "no_second")
	f.calls = nil
	for _, path := range []string{"/clock/release", "/held/release/", "/approvals", "/held/../clock/release", "/held/release?x=1"} {
		refused(t, path, f.post(fengsui.RoleShift, "/approvals", `{"method":"POST","path":"`+path+`","why":"x","body":{"why":"x"}}`), http.StatusUnprocessableEntity, "no_second")
	}
	if len(f.calls) > 0 {
		t.Errorf("a proposal was carried out: %v", f.calls)
	}
	refused(t, "who may not do it", f.post(fengsui.RoleBureau, "/approvals", propose("li")), http.StatusForbidden, "may_not")
	if w := f.post(fengsui.RoleSecurity, "/approvals", `{"method":"POST","path":"/users","why":"x","body":{"login":"li"}}`); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a body that the act would refuse: %d %s", w.Code, w.Body)
	}

	r := f.as(fengsui.RoleSecurity, http.MethodPost, "/approvals", propose("li"))
	r.Header.Set(keyHeader, "propose-li")
	first := f.send(r)
	f.done("propose", first)
	r = f.as(fengsui.RoleSecurity, http.MethodPost, "/approvals", propose("li"))
	r.Header.Set(keyHeader, "propose-li")
	if again := f.send(r); again.Body.String() != first.Body.String() {
		t.Errorf("the repeat hears %s, the first heard %s", again.Body, first.Body)
	}
	for role, want := range map[fengsui.Role][]string{fengsui.RoleSecurity: {"withdraw"}, fengsui.RoleBureau: {"decide"}, fengsui.RoleShift: nil, fengsui.RoleDuty: nil, fengsui.RoleAdmin: nil, fengsui.RoleEnterprise: nil} {
		l := f.approvals(role)
		if want == nil && l.Total != 0 || want != nil && (l.Total != 1 || !slices.Equal(l.Items[0].Acts, want)) {
			t.Errorf("%s sees %+v, want one with %v", role, l, want)
		}
	}
	p := f.approvals(fengsui.RoleBureau).Items[0]
	if p.Why != "he takes over" || p.ByName != "Name security" || !strings.Contains(p.Shown, `"login":"li"`) || strings.Contains(p.Shown, "hidden") {
		t.Errorf("the one who decides sees %+v", p)
	}
	decide := `{"approve":true,"reason":"I asked him"}`
	at := "/approvals/" + string(p.ID)
	refused(t, "too early", f.post(fengsui.RoleSecurity, at+"/carry-out", ""), http.StatusConflict, "approval_waits")
	refused(t, "one's own", f.post(fengsui.RoleSecurity, at+"/decide", decide), http.StatusForbidden, "approval_own")
	refused(t, "who may not", f.post(fengsui.RoleShift, at+"/decide", decide), http.StatusNotFound, "no_approval")
	refused(t, "another's to withdraw", f.post(fengsui.RoleBureau, at+"/withdraw", ""), http.StatusNotFound, "no_approval")
	f.done("approve", f.post(fengsui.RoleBureau, at+"/decide", decide))
	refused(t, "twice", f.post(fengsui.RoleBureau, at+"/decide", decide), http.StatusConflict, "approval_over")
	refused(t, "another's to carry out", f.post(fengsui.RoleBureau, at+"/carry-out", ""), http.StatusNotFound, "no_approval")
	refused(t, "the act itself is still refused", f.post(fengsui.RoleSecurity, "/users", create("li", fengsui.RoleAdmin)), http.StatusForbidden, "second_person")
	f.done("carry out", f.post(fengsui.RoleSecurity, at+"/carry-out", ""))
	refused(t, "once more", f.post(fengsui.RoleSecurity, at+"/carry-out", ""), http.StatusConflict, "approval_over")
	made, total, err := f.acc.Users(t.Context(), security, "li", fengsui.Page{})
	i := slices.IndexFunc(made, func(u fengsui.User) bool { return u.Login == "li" })
	if err != nil || i < 0 || made[i].Role != fengsui.RoleAdmin {
		t.Fatalf("there is %v, %d, %v", made, total, err)
	}
	if got := f.journalled("approval"); got["proposed"] != 1 || got["approved"] != 1 || got["done"] != 1 {
		t.Errorf("the journal has %v", got)
	}
	e, found, err := f.db.ByKey(t.Context(), f.users[fengsui.RoleSecurity].ID, "approval-"+string(p.ID))
	if err != nil || !found || e.Act != "created" || e.Of.ID != made[i].ID {
		t.Errorf("under the approval's key is %+v, %v", e, err)
	}
	whole := f.do(fengsui.RoleAuditor, http.MethodGet, "/journal?limit=500", "").Body.String()
	if !strings.Contains(whole, "he takes over") || strings.Contains(whole, "hidden from all") {
		t.Error("the journal does not say why it was proposed, or says the password")
	}
}

// A secret that an approved act shows goes to the one who proposed it.
func TestFourEyesSecret(t *testing.T) {
	f := newFixture(t, twoPeople(t))
	admin := f.users[fengsui.RoleAdmin]
	link := "/users/" + string(admin.ID) + "/link"
	refused(t, "alone", f.post(fengsui.RoleSecurity, link, ""), http.StatusForbidden, "second_person")
	f.done("propose", f.post(fengsui.RoleSecurity, "/approvals", `{"method":"POST","path":"`+link+`","why":"she forgot it"}`))
	p := f.approvals(fengsui.RoleBureau).Items[0]
	if p.Subject != admin.ID || p.Name != admin.Name {
		t.Errorf("it is about %q, %q", p.Subject, p.Name)
	}
	f.done("approve", f.post(fengsui.RoleBureau, "/approvals/"+string(p.ID)+"/decide", `{"approve":true,"reason":"x"}`))
	w := f.post(fengsui.RoleSecurity, "/approvals/"+string(p.ID)+"/carry-out", "")
	f.done("carry out", w)
	out := answer[CarriedOut](t, w)
	if l, err := f.acc.Look(t.Context(), out.Secret); err != nil || l.Login != admin.Login {
		t.Errorf("the link %+v opens %+v, %v", out, l, err)
	}
}

// What was refused, withdrawn or waited too long is not carried out; a proof that is too
// old is asked for again before an approval counts.
func TestFourEyesEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, twoPeople(t), func(c *Config) { c.PairTime = 8 * time.Minute })
		propose := func() string {
			t.Helper()
			f.done("propose", f.post(fengsui.RoleShift, "/approvals", `{"method":"POST","path":"/held/release","why":"x","body":{"which":"later","why":"x"}}`))
			return "/approvals/" + string(f.approvals(fengsui.RoleBureau).Items[0].ID)
		}
		p := propose()
		f.done("refuse", f.post(fengsui.RoleBureau, p+"/decide", `{"approve":false,"reason":"not yet"}`))
		refused(t, "refused", f.post(fengsui.RoleShift, p+"/carry-out", ""), http.StatusConflict, "approval_over")
		p = propose()
		f.done("withdraw", f.post(fengsui.RoleShift, p+"/withdraw", ""))
		refused(t, "withdrawn", f.post(fengsui.RoleBureau, p+"/decide", `{"approve":true,"reason":"x"}`), http.StatusConflict, "approval_over")
		p = propose()
		f.done("approve", f.post(fengsui.RoleBureau, p+"/decide", `{"approve":true,"reason":"x"}`))
		time.Sleep(9 * time.Minute)
		refused(t, "too late", f.post(fengsui.RoleShift, p+"/carry-out", ""), http.StatusConflict, "approval_over")
		if n := f.approvals(fengsui.RoleShift).Total; n != 0 {
			t.Errorf("%d are open", n)
		}
		p = propose()
		f.calls = nil
		time.Sleep(2 * time.Minute)
		refused(t, "an old proof", f.post(fengsui.RoleBureau, p+"/decide", `{"approve":true,"reason":"x"}`), http.StatusForbidden, "step_up")
		f.done("proof", f.post(fengsui.RoleBureau, "/session/proof", `{"password":"`+password+`"}`))
		f.done("approve", f.post(fengsui.RoleBureau, p+"/decide", `{"approve":true,"reason":"x"}`))
		refused(t, "the proposer's old proof", f.post(fengsui.RoleShift, p+"/carry-out", ""), http.StatusForbidden, "step_up")
		f.done("proof", f.post(fengsui.RoleShift, "/session/proof", `{"password":"`+password+`"}`))
		f.done("carry out", f.post(fengsui.RoleShift, p+"/carry-out", ""))
		if len(f.calls) != 1 {
			t.Errorf("the stages were asked %v, want one release", f.calls)
		}
	})
}

// Where there is nobody else who could approve, one person does it, and the journal says
// so: a platform begins with one account.
func TestFourEyesAlone(t *testing.T) {
	f := newFixture(t, twoPeople(t))
	u := f.users[fengsui.RoleBureau]
	u.Disabled = true
	if _, err := f.acc.ChangeUser(t.Context(), security, fengsui.Platform("test"), u); err != nil {
		t.Fatal(err)
	}
	body := func(login string, role fengsui.Role, party fengsui.ID, more string) string {
		return fmt.Sprintf(`{"login":%q,"name":"N","role":%q,"party":%q%s}`, login, role, party, more)
	}
	// One who has not set a password yet cannot approve either.
	f.done("alone", f.post(fengsui.RoleSecurity, "/users", body("b2", fengsui.RoleBureau, u.Party, "")))
	f.done("alone still", f.post(fengsui.RoleSecurity, "/users", body("b3", fengsui.RoleBureau, u.Party, `,"password":"set by another one"`)))
	if got := f.journalled("approval"); got["alone"] != 2 {
		t.Errorf("the journal has %v", got)
	}
	refused(t, "no longer alone", f.post(fengsui.RoleSecurity, "/users", body("b4", fengsui.RoleBureau, u.Party, "")), http.StatusForbidden, "second_person")
	list, _, err := f.acc.Approvals(t.Context(), security, nil, false, fengsui.Page{})
	if err != nil || len(list) != 0 {
		t.Errorf("kept is %v, %v", list, err)
	}
}
