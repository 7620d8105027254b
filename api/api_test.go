package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fengsui"
	"fengsui/account"
	"fengsui/store"
)

func TestSession(t *testing.T) {
	f := newFixture(t)
	w := f.send(f.request(http.MethodPost, "/session", `{"login":"u-zone","password":"`+password+`"}`))
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	c := w.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "/" || len(c.Value) != 43 {
		t.Errorf("the cookie is %+v", c)
	}
	me := answer[Me](t, w)
	if me.User.Login != "u-zone" || me.Scope.Zone != f.mine.enterprise.Zone || me.Scope.All || me.Scope.Name != "天津港保税区" || me.Policy != "test@3" || me.IdleMs != 1_800_000 || me.Until == 0 {
		t.Errorf("got %+v", me)
	}
	if !slices.Contains(me.Acts, fengsui.ActDecide) || slices.Contains(me.Acts, fengsui.ActRegistry) {
		t.Errorf("the acts of a zone are %v", me.Acts)
	}
	if strings.Contains(w.Body.String(), c.Value) {
		t.Error("the secret stands in the body")
	}

	forwarded := func() *http.Request {
		req := f.request(http.MethodPost, "/session", `{"login":"u-zone","password":"`+password+`"}`)
		req.Header.Set("X-Forwarded-Proto", "https")
		req.Header.Set("X-Forwarded-For", "1.1.1.1, 2.2.2.2")
		return req
	}
	if c := f.send(forwarded()).Result().Cookies()[0]; c.Secure {
		t.Error("a header of just anybody makes the cookie Secure")
	}
	f.api.c.Trust = true
	if c := f.send(forwarded()).Result().Cookies()[0]; !c.Secure {
		t.Error("behind TLS the cookie is not Secure")
	}
	if remote, _ := f.api.origin(forwarded()); remote != "2.2.2.2" {
		t.Errorf("behind a proxy the caller is %s, want the one that the proxy saw", remote)
	}

	wrong := func(login string) *httptest.ResponseRecorder {
		return f.send(f.request(http.MethodPost, "/session", `{"login":"`+login+`","password":"wrong"}`))
	}
	a, b := wrong("u-zone"), wrong("nobody")
	refused(t, "a wrong password", a, http.StatusUnauthorized, "wrong_login")
	if a.Body.String() != b.Body.String() || len(a.Result().Cookies()) != 0 {
		t.Errorf("a known login hears %s, an unknown one %s", a.Body, b.Body)
	}
	for range 5 {
		a = wrong("u-zone")
	}
	refused(t, "a locked login", a, http.StatusTooManyRequests, "locked")
	if a.Header().Get("Retry-After") == "" {
		t.Error("a locked login is not told when to try again")
	}

	out := f.do(fengsui.RoleDuty, http.MethodDelete, "/session", "")
	if c := out.Result().Cookies()[0]; out.Code != http.StatusOK || c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("signing out: %d, cookie %+v", out.Code, c)
	}
	refused(t, "after signing out", f.do(fengsui.RoleDuty, http.MethodGet, "/session", ""), http.StatusUnauthorized, "session")
}

// An act comes from our own page or from a program, never from another site.
func TestCrossSite(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		name, header, value string
		want                int
	}{
		{"our page", "Sec-Fetch-Site", "same-origin", 200},
		{"the address bar", "Sec-Fetch-Site", "none", 200},
		{"another site", "Sec-Fetch-Site", "cross-site", 403},
		{"a neighbour", "Sec-Fetch-Site", "same-site", 403},
		{"our origin", "Origin", "http://example.com", 200},
		{"another origin", "Origin", "http://evil.example", 403},
		{"no origin", "Origin", "null", 403},
		{"a program", "X-Nothing", "", 200},
	} {
		req := f.as(fengsui.RoleDuty, http.MethodPost, "/warnings/"+string(f.mine.warning.ID)+"/confirm", "")
		req.Header.Set(c.header, c.value)
		if w := f.send(req); w.Code != c.want {
			t.Errorf("%s: got %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
		req = f.request(http.MethodPost, "/session", `{"login":"u-duty","password":"`+password+`"}`)
		req.Header.Set(c.header, c.value)
		if w := f.send(req); w.Code != c.want {
			t.Errorf("signing in from %s: got %d, want %d", c.name, w.Code, c.want)
		}
		req = f.as(fengsui.RoleDuty, http.MethodGet, "/warnings", "")
		req.Header.Set(c.header, c.value)
		if w := f.send(req); w.Code != 200 {
			t.Errorf("reading from %s: got %d", c.name, w.Code)
		}
	}
}

// An act that a telephone kept comes with its own time (A07, A19), and only in the name of
// who is signed in: whoever signed in there since sends nothing of it.
func TestActed(t *testing.T) {
	f := newFixture(t)
	warning, plan := "/warnings/"+string(f.mine.warning.ID), "/orders/"+string(f.mine.orders[fengsui.OrderPlan].ID)
	for _, c := range []struct{ of, act, body string }{
		{warning, "verify", `"version":1,"finding":"true","why":"x"`},
		{warning, "handle", `"version":1,"why":"x"`},
		{warning, "report", `"version":1,"why":"x"`},
		{warning, "ask", `"version":1,"to":"none","end":"cleared","why":"x"`},
		{warning, "note", `"kind":"note","why":"x"`},
		{plan, "check", `"version":1,"item":"x"`},
		{plan, "result", `"version":1,"result":"x"`},
	} {
		path := c.of + "/" + c.act
		c.body = "{" + c.body + `,"acted":{"at":1700000000000,"offset":-1500}}`
		req := f.as(fengsui.RoleEnterprise, http.MethodPost, path, c.body)
		req.Header.Set(userHeader, string(f.users[fengsui.RoleZone].ID))
		head := f.db.Head()
		refused(t, c.act+" of another person", f.send(req), http.StatusUnauthorized, "other_person")
		if f.db.Head() != head || f.acted != nil {
			t.Errorf("%s of another person was carried out", c.act)
		}
		req = f.as(fengsui.RoleEnterprise, http.MethodPost, path, c.body)
		req.Header.Set(userHeader, string(f.users[fengsui.RoleEnterprise].ID))
		if w := f.send(req); w.Code != 200 {
			t.Fatalf("%s: %d %s", c.act, w.Code, w.Body)
		}
		if a := f.acted; a == nil || a.At != 1700000000000 || a.Offset == nil || *a.Offset != -1500 {
			t.Errorf("%s: the stage hears %+v", c.act, a)
		}
		f.acted = nil
		refused(t, c.act+" before all time", f.do(fengsui.RoleEnterprise, http.MethodPost, path, strings.Replace(c.body, "1700000000000", "-1", 1)), http.StatusUnprocessableEntity, "bad_request")
	}
}

// A repeat under the same key is carried out once and hears the first answer.
func TestIdempotent(t *testing.T) {
	f := newFixture(t)
	path := "/warnings/" + string(f.mine.warning.ID) + "/note"
	send := func(role fengsui.Role, path, key string) *httptest.ResponseRecorder {
		req := f.as(role, http.MethodPost, path, `{"kind":"note","why":"seen"}`)
		req.Header.Set(keyHeader, key)
		return f.send(req)
	}
	first := send(fengsui.RoleDuty, path, "key-0001")
	if first.Code != 200 {
		t.Fatal(first.Code, first.Body)
	}
	done := answer[Done](t, first)
	if done.Pos != f.db.Head() || done.Of.ID != f.mine.warning.ID || done.Of.Kind != "warning" {
		t.Errorf("got %+v, head %d", done, f.db.Head())
	}
	f.calls = nil
	again := send(fengsui.RoleDuty, path, "key-0001")
	if again.Code != 200 || again.Body.String() != first.Body.String() {
		t.Errorf("the repeat hears %d %s, the first heard %s", again.Code, again.Body, first.Body)
	}
	if slices.Contains(f.calls, "note") || f.db.Head() != done.Pos {
		t.Errorf("the repeat was carried out: %v", f.calls)
	}
	refused(t, "the key for another warning", send(fengsui.RoleDuty, "/warnings/"+string(f.mine.other.ID)+"/note", "key-0001"), http.StatusUnprocessableEntity, "key_reused")
	for _, other := range []struct{ name, path, body string }{
		{"another body", path, `{"kind":"note","why":"seen by another"}`},
		{"another route of the same warning", "/warnings/" + string(f.mine.warning.ID) + "/confirm", ""},
		{"another address", path + "?again=1", `{"kind":"note","why":"seen"}`},
	} {
		req := f.as(fengsui.RoleDuty, http.MethodPost, other.path, other.body)
		req.Header.Set(keyHeader, "key-0001")
		f.calls = nil
		refused(t, other.name, f.send(req), http.StatusUnprocessableEntity, "key_reused")
		if f.db.Head() != done.Pos || slices.ContainsFunc(f.calls, func(c string) bool { return c == "note" || c == "confirm" }) {
			t.Errorf("%s was carried out: %v", other.name, f.calls)
		}
	}
	if w := send(fengsui.RoleShift, path, "key-0001"); w.Code != 200 || answer[Done](t, w).Pos == done.Pos {
		t.Errorf("another user's same key: %d %s", w.Code, w.Body)
	}
	for _, key := range []string{"", "short", strings.Repeat("x", 81)} {
		refused(t, fmt.Sprintf("the key %q", key), send(fengsui.RoleDuty, path, key), http.StatusUnprocessableEntity, "idempotency_key")
	}
	// Two at once: the store lets one through, the other hears its answer.
	f.fail = store.Repeated
	req := f.as(fengsui.RoleDuty, http.MethodPost, path, `{"kind":"note","why":"seen"}`)
	req.Header.Set(keyHeader, "key-0002")
	f.fail = nil
	if err := f.onWarning(t.Context(), "note", fengsui.Everything(), fengsui.Actor{User: f.users[fengsui.RoleDuty].ID, Key: "key-0002"}, f.mine.warning.ID); err != nil {
		t.Fatal(err)
	}
	head := f.db.Head()
	if w := f.send(req); w.Code != 200 || answer[Done](t, w).Pos != head {
		t.Errorf("of two at once: %d %s, want position %d", w.Code, w.Body, head)
	}
}

// A fengsui.Error becomes a status here and nowhere else.
func TestProblems(t *testing.T) {
	f := newFixture(t)
	secret := errors.New("password is hunter2 in /var/secret")
	for _, c := range []struct {
		err    error
		status int
		reason string
	}{
		{fengsui.Errorf(fengsui.Invalid, "x_invalid", "x"), 422, "x_invalid"},
		{fengsui.Errorf(fengsui.NotFound, "x_gone", "x"), 404, "x_gone"},
		{fengsui.Errorf(fengsui.Conflict, "x_changed", "x"), 409, "x_changed"},
		{fengsui.Errorf(fengsui.Forbidden, "x_no", "x"), 403, "x_no"},
		{fengsui.Errorf(fengsui.Unavailable, "x_away", "x"), 503, "x_away"},
		{errors.Join(fengsui.Errorf(fengsui.Unavailable, "store_away", "x"), secret), 503, "store_away"},
		{secret, 500, "internal"},
		{fmt.Errorf("read: %w", secret), 500, "internal"},
	} {
		f.fail = c.err
		f.log.Reset()
		w := f.do(fengsui.RoleDuty, http.MethodGet, "/warnings", "")
		refused(t, c.err.Error(), w, c.status, c.reason)
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%v: it is shown: %s", c.err, w.Body)
		}
		if got := w.Header().Get("Retry-After") != ""; got != (c.status == 503) {
			t.Errorf("%v: Retry-After is there: %v", c.err, got)
		}
		if got := strings.Contains(f.log.String(), "hunter2"); got != (c.status == 500) {
			t.Errorf("%v: it is in the log: %v", c.err, got)
		}
	}
	f.fail = nil
	w := f.do(fengsui.RoleDuty, http.MethodPost, "/warnings/"+string(f.mine.warning.ID)+"/note", `{"kind":"song","why":"","extra":1}`)
	refused(t, "a body that does not fit", w, 422, "bad_request")
	if p := answer[Problem](t, w); len(p.Details) != 3 {
		t.Errorf("the details are %+v", p.Details)
	}
	refused(t, "no JSON", f.do(fengsui.RoleDuty, http.MethodPost, "/warnings/x/note", `{`), 400, "bad_request")
	refused(t, "no route", f.do(fengsui.RoleDuty, http.MethodGet, "/nothing", ""), 404, "no_route")
	refused(t, "too large", f.do(fengsui.RoleDuty, http.MethodPost, "/warnings/"+string(f.mine.warning.ID)+"/note", `{"kind":"note","why":"`+strings.Repeat("x", maxBody)+`"}`), 413, "too_large")
	refused(t, "a page that is none", f.do(fengsui.RoleDuty, http.MethodGet, "/warnings?limit=100000", ""), 422, "bad_request")
}

func TestGuard(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Models = func() []fengsui.ModelCard { panic("no models, and a secret") } })
	w := f.do(fengsui.RoleDuty, http.MethodGet, "/models", "")
	refused(t, "a panic", w, 500, "internal")
	if strings.Contains(w.Body.String(), "secret") || !strings.Contains(f.log.String(), "no models") {
		t.Errorf("shown %s, logged %s", w.Body, f.log.String())
	}
	for header, want := range map[string]string{"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin"} {
		for _, w := range []*httptest.ResponseRecorder{w, f.do(fengsui.RoleDuty, http.MethodGet, "/warnings", ""), f.send(f.request(http.MethodGet, "/nothing", ""))} {
			if got := w.Header().Get(header); !strings.Contains(got, want) {
				t.Errorf("%s is %q, want %q", header, got, want)
			}
		}
	}
}

func TestToken(t *testing.T) {
	f := newFixture(t)
	issue := func(readOnly bool) (IssuedToken, string) {
		body := fmt.Sprintf(`{"user":%q,"name":"wall","readOnly":%v,"until":%d}`, f.users[fengsui.RoleZone].ID, readOnly, now()+3600_000)
		req := f.as(fengsui.RoleSecurity, http.MethodPost, "/tokens", body)
		first := answer[IssuedToken](t, f.send(req))
		repeat := f.as(fengsui.RoleSecurity, http.MethodPost, "/tokens", body)
		repeat.Header.Set(keyHeader, req.Header.Get(keyHeader))
		again := answer[IssuedToken](t, f.send(repeat))
		if again.Secret != "" || again.Token != first.Token || again.Done != first.Done {
			t.Errorf("the repeat hears %+v, the first heard %+v", again, first)
		}
		return first, first.Secret
	}
	call := func(secret, method, path, text string) *httptest.ResponseRecorder {
		req := f.request(method, path, text)
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("Sec-Fetch-Site", "cross-site") // no cookie, so no other site can borrow it
		f.keys++
		req.Header.Set(keyHeader, fmt.Sprintf("token-key-%d", f.keys))
		return f.send(req)
	}
	note := "/warnings/" + string(f.mine.warning.ID) + "/note"
	_, looking := issue(true)
	if w := call(looking, http.MethodGet, "/warnings", ""); w.Code != 200 || answer[WarningList](t, w).Total != 2 {
		t.Errorf("reading by a token: %d %s", w.Code, w.Body)
	}
	refused(t, "an act by a reading token", call(looking, http.MethodPost, note, `{"kind":"note","why":"x"}`), 403, "read_only")
	if got := answer[WarningDetail](t, call(looking, http.MethodGet, "/warnings/"+string(f.mine.warning.ID), "")); len(got.Acts) != 0 {
		t.Errorf("a reading token is offered %v", got.Acts)
	}
	tok, acting := issue(false)
	if w := call(acting, http.MethodPost, note, `{"kind":"note","why":"x"}`); w.Code != 200 {
		t.Errorf("an act by a token: %d %s", w.Code, w.Body)
	} else if e, _, _ := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Newest: true, Limit: 1}); e[0].By.Name != "Name zone (wall)" {
		t.Errorf("the journal says %s", e[0].By.Name)
	}
	refused(t, "a password by a token", call(acting, http.MethodPost, "/session/password", `{"old":"x","new":"something longer"}`), 403, "not_by_token")
	refused(t, "no token", call("fst_wrong", http.MethodGet, "/warnings", ""), 401, "session")
	list := answer[Tokens](t, f.do(fengsui.RoleSecurity, http.MethodGet, "/tokens", ""))
	if list.Total != 2 || strings.Contains(fmt.Sprint(list), acting) {
		t.Errorf("the list is %+v", list)
	}
	if w := f.do(fengsui.RoleSecurity, http.MethodDelete, "/tokens/"+string(tok.Token), ""); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	refused(t, "a revoked token", call(acting, http.MethodGet, "/warnings", ""), 401, "session")
}

func TestWarningView(t *testing.T) {
	f := newFixture(t)
	get := func(role fengsui.Role, id fengsui.ID) WarningDetail {
		return answer[WarningDetail](t, f.do(role, http.MethodGet, "/warnings/"+string(id), ""))
	}
	v := get(fengsui.RoleRegulator, f.mine.warning.ID)
	if v.EnterpriseName != "我方运输" || v.ZoneName != "天津港保税区" || v.SubjectName != "测点 MINE-1" || v.SubjectID != f.mine.point.ID || v.Place != "罐 MINE-1" {
		t.Errorf("the names are %+v", v.WarningView)
	}
	if v.NextStep == nil || v.NextStep.Kind != fengsui.StepNotice || v.NextStep.Number != 1 || v.NextStep.At != 1000+1800_000 || v.NextStep.Article != "Article x" {
		t.Errorf("the next step is %+v", v.NextStep)
	}
	if len(v.Periods) != 1 || len(v.Steps) != 1 || v.Steps[0].Told[0].Name != "我方运输" || len(v.Orders) != 3 || len(v.Asks) != 1 || v.Plan != "fire" || v.PolicySource != "draft" {
		t.Errorf("got %+v", v)
	}
	if len(v.Pushes) != 1 || v.Pushes[0].PartyName != "我方运输" {
		t.Errorf("the pushes are %+v", v.Pushes)
	}
	if got := get(fengsui.RoleEnterprise, f.mine.warning.ID).Pushes; len(got) != 0 {
		t.Errorf("an enterprise sees receivers: %+v", got)
	}

	// What the reader may do now. The policy of this test gives verdicts to the
	// regulator of the sector.
	for _, c := range []struct {
		role   fengsui.Role
		change func(*fengsui.Warning)
		want   string
	}{
		{fengsui.RoleDuty, nil, "confirm ask merge remind note"},
		{fengsui.RoleDuty, func(w *fengsui.Warning) { w.Level, w.Peak = fengsui.Orange, fengsui.Orange }, "confirm ask shelve merge remind note"},
		{fengsui.RoleDuty, func(w *fengsui.Warning) {
			w.Level, w.Peak, w.ShelvedUntil, w.ConfirmedAt = fengsui.Blue, fengsui.Blue, now()+60_000, 5
		}, "ask unshelve merge remind note"},
		{fengsui.RoleEnterprise, nil, "verify ask accident receive note"},
		{fengsui.RoleEnterprise, func(w *fengsui.Warning) { w.Work = fengsui.Handling }, "handle report ask accident note"},
		{fengsui.RoleRegulator, nil, "decide accident receive assign remind note"},
		{fengsui.RoleZone, nil, "ask accident receive assign remind note"},
		{fengsui.RoleBureau, nil, "accident receive assign remind note"},
		{fengsui.RoleRegulator, func(w *fengsui.Warning) { w.End = fengsui.Cleared }, "note"},
		{fengsui.RoleLeader, nil, ""},
		{fengsui.RoleDiscipline, nil, ""},
	} {
		was := f.mine.warning
		if c.change != nil {
			c.change(&f.mine.warning)
		}
		var words []string
		for _, verb := range get(c.role, f.mine.warning.ID).Acts {
			words = append(words, string(verb))
		}
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.role, got, c.want)
		}
		f.mine.warning = was
	}
	// No regulator of the sector: the bureau decides.
	was := f.mine.warning
	f.mine.warning.Sector = "trade"
	if got := get(fengsui.RoleBureau, was.ID).Acts; !slices.Contains(got, "decide") {
		t.Errorf("without a regulator the bureau may %v", got)
	}
	f.mine.warning = was

	// A warning has its model's sector and keeps its zone; the enterprise's file and
	// points go by the enterprise's own.
	f.theirs.warning.Sector, f.theirs.warning.Zone = f.mine.warning.Sector, f.mine.warning.Zone
	for _, role := range []fengsui.Role{fengsui.RoleRegulator, fengsui.RoleZone, fengsui.RoleDuty} {
		for _, x := range []things{f.mine, f.theirs} {
			seen, status := x.enterprise == f.mine.enterprise || role == fengsui.RoleDuty, http.StatusOK
			if !seen {
				status = http.StatusNotFound
			}
			if v := get(role, x.warning.ID); v.ID != x.warning.ID || v.EnterpriseSeen != seen {
				t.Errorf("%s, warning of %s: got %q, its enterprise seen %t, want %t", role, x.enterprise.Code, v.ID, v.EnterpriseSeen, seen)
			}
			for _, path := range []string{"/enterprises/" + string(x.enterprise.ID), "/points/" + string(x.point.ID)} {
				if w := f.do(role, http.MethodGet, path, ""); w.Code != status {
					t.Errorf("%s, %s of %s: got %d %s, want %d", role, path, x.enterprise.Code, w.Code, w.Body, status)
				}
			}
		}
	}

	list := answer[WarningList](t, f.do(fengsui.RoleDuty, http.MethodGet, "/warnings?level=red&level=orange&open=true", ""))
	if list.Total != 2 {
		t.Errorf("two levels, the red ones: %d", list.Total)
	}
	refused(t, "no such level", f.do(fengsui.RoleDuty, http.MethodGet, "/warnings?level=mauve", ""), 422, "bad_request")
}

// One time line: pushes and changes in order of time (A03).
func TestTimeline(t *testing.T) {
	f := newFixture(t)
	path := "/warnings/" + string(f.mine.warning.ID)
	if w := f.do(fengsui.RoleDuty, http.MethodPost, path+"/note", `{"kind":"call","why":"spoke to Li"}`); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	line := answer[Timeline](t, f.do(fengsui.RoleZone, http.MethodGet, path+"/timeline", ""))
	var got []string
	for _, i := range line.Items {
		got = append(got, i.Kind+" "+i.Act)
	}
	if strings.Join(got, ", ") != "push , change raised, change note" {
		t.Errorf("got %v", got)
	}
	if i := line.Items[1]; len(i.Steps) != 1 || i.Steps[0].Told[0].Name != "我方运输" || i.ByName != "platform/warning" || i.Why != "why MINE-1" {
		t.Errorf("got %+v", i)
	}
	if strings.Contains(fmt.Sprint(line), "10.1.2.3") {
		t.Error("the time line tells where people sit")
	}
}

// Telephone numbers are masked; each look at one is on the journal.
func TestContacts(t *testing.T) {
	f := newFixture(t)
	path := "/enterprises/" + string(f.mine.enterprise.ID)
	w := f.do(fengsui.RoleDuty, http.MethodGet, path, "")
	v := answer[EnterpriseDetail](t, w)
	if len(v.Contacts) != 1 || v.Contacts[0].Phone != "138******34" || len(v.Contacts[0].Channels) != 0 {
		t.Errorf("the contacts are %+v", v.Contacts)
	}
	if strings.Contains(w.Body.String(), "13800001234") {
		t.Error("the number is there in full")
	}
	if v.ZoneName != "天津港保税区" || v.Points != 1 || len(v.Assets) != 2 || len(v.Devices) != 2 || len(v.Warnings) != 2 || v.OpenTotal != 2 {
		t.Errorf("got %+v", v)
	}
	full := answer[Contacts](t, f.do(fengsui.RoleDuty, http.MethodPost, path+"/contacts", ""))
	if full.Contacts[0].Phone != "13800001234" || full.Pos != f.db.Head() {
		t.Errorf("got %+v", full)
	}
	e, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "contacts"})
	if err != nil || len(e) != 1 || e[0].Act != "seen" || e[0].By.User != f.users[fengsui.RoleDuty].ID || e[0].Enterprise != f.mine.enterprise.ID {
		t.Errorf("the journal has %+v, %v", e, err)
	}
	for in, want := range map[string]string{"": "", "13800001234": "138******34", "+86 138 0000 1234": "+86 1** **** **34", "022-6588": "022-**88", "110": "***"} {
		if got := maskPhone(in); got != want {
			t.Errorf("%q is masked as %q, want %q", in, got, want)
		}
	}
}

func TestPoints(t *testing.T) {
	f := newFixture(t)
	list := answer[PointList](t, f.do(fengsui.RoleZone, http.MethodGet, "/enterprises/"+string(f.mine.enterprise.ID)+"/points", ""))
	if list.Total != 1 || list.Items[0].Latest == nil || list.Items[0].Latest.Value != 7 || list.Items[0].AssetName != "罐 MINE-1" || list.Items[0].DeviceName != "网关 MINE-1" {
		t.Errorf("got %+v", list)
	}
	path := "/points/" + string(f.mine.point.ID) + "/trend"
	trend := answer[Trend](t, f.do(fengsui.RoleZone, http.MethodGet, path+"?from=1000&to=2000", ""))
	if trend.From != 1000 || trend.To != 2000 || len(trend.Buckets) != 1 || trend.Buckets[0].Last != float64(f.mine.point.Num) {
		t.Errorf("got %+v", trend)
	}
	refused(t, "backwards", f.do(fengsui.RoleZone, http.MethodGet, path+"?from=2000&to=1000", ""), 422, "trend_range")
	refused(t, "no range", f.do(fengsui.RoleZone, http.MethodGet, path, ""), 422, "bad_request")
	if p := answer[PointView](t, f.do(fengsui.RoleDuty, http.MethodGet, "/points/"+string(f.theirs.point.ID), "")); p.Latest != nil {
		t.Errorf("a point that nothing came from has %+v", p.Latest)
	}
}

func TestKeys(t *testing.T) {
	f := newFixture(t)
	path := "/enterprises/" + string(f.mine.enterprise.ID) + "/keys"
	req := f.as(fengsui.RoleAdmin, http.MethodPost, path+"/rotate", "")
	first := answer[IssuedKey](t, f.send(req))
	if len(first.Secret) != 44 || first.Key == "" || first.Key == f.mine.key {
		t.Errorf("got %+v", first)
	}
	repeat := f.as(fengsui.RoleAdmin, http.MethodPost, path+"/rotate", "")
	repeat.Header.Set(keyHeader, req.Header.Get(keyHeader))
	if again := answer[IssuedKey](t, f.send(repeat)); again.Secret != "" || again.Key != first.Key {
		t.Errorf("the repeat hears %+v", again)
	}
	list := answer[Keys](t, f.do(fengsui.RoleAdmin, http.MethodGet, path, ""))
	if len(list.Items) != 2 {
		t.Errorf("got %+v", list)
	}
	if w := f.do(fengsui.RoleAdmin, http.MethodDelete, path+"/"+f.mine.key, ""); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, state, ok := f.reg.Secret("MINE-1", f.mine.key); ok || state != fengsui.KeyRevoked {
		t.Errorf("after revoking: %v %v", state, ok)
	}
}

func TestImport(t *testing.T) {
	f := newFixture(t)
	send := func(path, sheet string) *httptest.ResponseRecorder {
		req := f.as(fengsui.RoleAdmin, http.MethodPost, path, sheet)
		req.Header.Set("Content-Type", "text/csv")
		return f.send(req)
	}
	sheet := "enterprise,code,kind,name\nMINE-1,T2,tank,二号罐\nMINE-1,,tank,x\n"
	f.signIn(fengsui.RoleAdmin)
	head := f.db.Head()
	if rep := answer[ImportReport](t, send("/import/assets", sheet)); len(rep.Errors) != 1 || rep.Errors[0].Row != 3 || rep.Errors[0].Column != "code" || rep.Rows != 2 || f.db.Head() != head {
		t.Errorf("with an error: %+v", rep)
	}
	sheet = "enterprise,code,kind,name\nMINE-1,T2,tank,二号罐\n"
	if rep := answer[ImportReport](t, send("/import/assets?dry=true", sheet)); rep.Created != 1 || !rep.Dry || f.db.Head() != head {
		t.Errorf("dry: %+v", rep)
	}
	if rep := answer[ImportReport](t, send("/import/assets", sheet)); rep.Created != 1 || rep.Dry || rep.Pos != head+1 || f.db.Head() != head+1 {
		t.Errorf("for good: %+v", rep)
	}
	refused(t, "no such sheet", send("/import/moons", sheet), 422, "bad_request")
	refused(t, "too large", send("/import/assets", strings.Repeat("x", 16<<20+1)), 413, "too_large")
}

func TestFiles(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.MaxFile = 1000 })
	form := func(field, name, content string) *http.Request {
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, _ := m.CreateFormFile(field, name)
		part.Write([]byte(content))
		m.Close()
		req := f.as(fengsui.RoleEnterprise, http.MethodPost, "/files", form.String())
		req.Header.Set("Content-Type", m.FormDataContentType())
		return req
	}
	req := form("file", "现场.jpg", "picture")
	w := f.send(req)
	file := answer[fengsui.File](t, w)
	if w.Code != 200 || file.Name != "现场.jpg" || file.Size != 7 {
		t.Errorf("%d %+v", w.Code, file)
	}
	repeat := form("file", "现场.jpg", "picture") // under another boundary
	repeat.Header.Set(keyHeader, req.Header.Get(keyHeader))
	f.calls = nil
	if again := answer[fengsui.File](t, f.send(repeat)); again.ID != file.ID || slices.Contains(f.calls, "upload") {
		t.Errorf("the repeat hears %+v, calls %v", again, f.calls)
	}
	other := form("file", "现场.jpg", "another picture")
	other.Header.Set(keyHeader, req.Header.Get(keyHeader))
	refused(t, "the key of another file", f.send(other), 422, "key_reused")
	if slices.Contains(f.calls, "upload") {
		t.Error("another file under the key was kept")
	}
	refused(t, "another part", f.send(form("picture", "a.jpg", "x")), 422, "bad_form")
	refused(t, "too large", f.send(form("file", "a.jpg", strings.Repeat("x", 100_000))), 413, "too_large")
	refused(t, "no form", f.do(fengsui.RoleEnterprise, http.MethodPost, "/files", `{}`), 422, "bad_form")
	cut := f.as(fengsui.RoleEnterprise, http.MethodPost, "/files", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf")
	cut.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	refused(t, "a form cut short", f.send(cut), 422, "bad_form")

	w = f.do(fengsui.RoleZone, http.MethodGet, "/files/"+string(f.mine.file.ID), "")
	if w.Code != 200 || w.Body.String() != "bytes" || w.Header().Get("Content-Type") != "image/jpeg" || w.Header().Get("Content-Length") != "5" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "inline") {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	f.mine.file.Type, f.mine.file.Name = "text/html", "\"\r\nX: y.html"
	w = f.do(fengsui.RoleZone, http.MethodGet, "/files/"+string(f.mine.file.ID), "")
	if w.Header().Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || w.Header().Get("X") != "" {
		t.Errorf("a page as evidence is shown in place: %v", w.Header())
	}
}

func TestDistrictReads(t *testing.T) {
	f := newFixture(t)
	parties := answer[Parties](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/parties", ""))
	if len(parties.Items) != 36 || len(parties.Sectors) != 8 {
		t.Errorf("%d parties and %d sectors, want 36 and 8", len(parties.Items), len(parties.Sectors))
	}
	if p := answer[Policy](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/policy", "")); p.InForce.Name != "test" || p.InForce.Rules[fengsui.Red] == nil {
		t.Errorf("the policy is %+v", p)
	}
	if c := answer[ClockView](t, f.do(fengsui.RoleDuty, http.MethodGet, "/clock", "")); !c.Held || c.Why == "" {
		t.Errorf("the clock is %+v", c)
	}
	if h := answer[HealthList](t, f.do(fengsui.RoleDuty, http.MethodGet, "/health", "")); !h.OK || len(h.Items) != 1 || h.Now == 0 {
		t.Errorf("the health is %+v", h)
	}
	audit := answer[Audit](t, f.do(fengsui.RoleDiscipline, http.MethodGet, "/journal?kind=warning&limit=2", ""))
	if audit.Total != 4 || len(audit.Items) != 2 || audit.Items[0].Pos < audit.Items[1].Pos {
		t.Errorf("the journal shows %d of %d", len(audit.Items), audit.Total)
	}
}

func TestAccounts(t *testing.T) {
	f := newFixture(t)
	body := fmt.Sprintf(`{"login":"li","name":"Li","role":"zone","party":%q,"password":"long enough for it"}`, f.mine.enterprise.Zone)
	done := answer[Done](t, f.do(fengsui.RoleSecurity, http.MethodPost, "/users", body))
	u := answer[fengsui.User](t, f.do(fengsui.RoleSecurity, http.MethodGet, "/users/"+string(done.Of.ID), ""))
	if u.Login != "li" || u.Role != fengsui.RoleZone || u.Version != 1 {
		t.Errorf("got %+v", u)
	}
	change := fmt.Sprintf(`{"version":1,"name":"Li","role":"zone","party":%q,"least":"orange","disabled":true}`, u.Party)
	path := "/users/" + string(u.ID)
	if w := f.do(fengsui.RoleSecurity, http.MethodPost, path, change); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	refused(t, "an old version", f.do(fengsui.RoleSecurity, http.MethodPost, path, change), 409, "changed")
	if w := f.do(fengsui.RoleSecurity, http.MethodPost, path+"/password", `{"password":"another long one"}`); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := f.do(fengsui.RoleSecurity, http.MethodPost, path+"/unlock", ""); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	list := f.do(fengsui.RoleSecurity, http.MethodGet, "/users", "")
	if got := answer[Users](t, list); got.Total != len(fengsui.Roles)+1 || strings.Contains(list.Body.String(), "argon2") {
		t.Errorf("got %s", list.Body)
	}
	if w := f.do(fengsui.RoleDuty, http.MethodPost, "/session/password", `{"old":"`+password+`","new":"a new one of mine"}`); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, _, err := f.acc.SignIn(t.Context(), account.Credentials{Login: "u-duty", Password: "a new one of mine", From: "x"}); err != nil {
		t.Error(err)
	}
}

// Every list in an answer is a list, never null, however empty the district is.
func TestNoNull(t *testing.T) {
	f := newFixture(t, func(c *Config) {
		c.Models = func() []fengsui.ModelCard { return nil }
		c.Strays = func(context.Context, fengsui.Scope, fengsui.Page) ([]fengsui.Stray, int, error) { return nil, 0, nil }
	})
	for _, path := range []string{"/session", "/warnings?text=none", "/warnings/" + string(f.mine.warning.ID), "/warnings/" + string(f.mine.warning.ID) + "/timeline", "/orders",
		"/enterprises?text=none", "/enterprises/" + string(f.mine.enterprise.ID), "/enterprises/" + string(f.mine.enterprise.ID) + "/points", "/parties", "/models", "/policy", "/strays", "/health"} {
		w := f.do(fengsui.RoleDuty, http.MethodGet, path, "")
		var v any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != 200 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), ":null") {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
}
