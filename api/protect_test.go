package api

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/account"
)

// Every line of the grave acts is a route, and is declared so in the document.
func TestGraveActs(t *testing.T) {
	var routes []string
	for _, r := range New(Config{}).Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	for name, why := range grave {
		if !slices.Contains(routes, name) || why == "" {
			t.Errorf("%q is no route, or nobody says why it is grave (%q)", name, why)
		}
	}
}

// A grave act asks for the password again once ten minutes have passed; the same call
// under the same key is then carried out, once (N08).
func TestStepUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		release := func(key string) *httptest.ResponseRecorder {
			r := f.as(fengsui.RoleShift, http.MethodPost, "/clock/release", `{"why":"the clock is right"}`)
			r.Header.Set(keyHeader, key)
			return f.send(r)
		}
		if w := release("release-1"); w.Code != http.StatusOK {
			t.Fatalf("just signed in: %d %s", w.Code, w.Body)
		}
		time.Sleep(10*time.Minute + time.Second)
		f.calls = nil
		refused(t, "after ten minutes", release("release-2"), http.StatusForbidden, "step_up")
		if len(f.calls) > 0 {
			t.Errorf("it was carried out: %v", f.calls)
		}
		if w := f.do(fengsui.RoleShift, http.MethodPost, "/warnings/"+string(f.mine.warning.ID)+"/note", `{"kind":"note","why":"x"}`); w.Code != http.StatusOK {
			t.Errorf("what is not grave: %d %s", w.Code, w.Body)
		}
		refused(t, "a wrong password", f.do(fengsui.RoleShift, http.MethodPost, "/session/proof", `{"password":"guess"}`), http.StatusUnprocessableEntity, "wrong_password")
		refused(t, "still", release("release-2"), http.StatusForbidden, "step_up")
		if w := f.do(fengsui.RoleShift, http.MethodPost, "/session/proof", `{"password":"`+password+`"}`); w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
		first := release("release-2")
		if first.Code != http.StatusOK {
			t.Fatalf("after the password: %d %s", first.Code, first.Body)
		}
		if again := release("release-2"); again.Body.String() != first.Body.String() {
			t.Errorf("the repeat hears %s, the first heard %s", again.Body, first.Body)
		}
		if got := f.journalled("sign_in"); got["proved"] != 1 || got["proof_failed"] != 1 {
			t.Errorf("the journal has %v", got)
		}
	})
}

// A token does nothing grave, whatever its user may do.
func TestGraveByToken(t *testing.T) {
	f := newFixture(t)
	_, secret, err := f.acc.IssueToken(t.Context(), security, fengsui.Platform("test"), account.Token{User: f.users[fengsui.RoleBureau].ID, Name: "x", Until: now() + 60_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"POST /clock/release", "POST /session/totp"} {
		method, path, _ := strings.Cut(name, " ")
		r := f.request(method, path, `{"why":"x"}`)
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set(keyHeader, "token-key-1")
		refused(t, name, f.send(r), http.StatusForbidden, "not_by_token")
	}
}

// Who has a password that another set, or lacks the second factor that the role needs,
// does that first and nothing else.
func TestMust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		body := fmt.Sprintf(`{"login":"li","name":"Li","role":"duty","party":%q,"password":"set by another one"}`, f.users[fengsui.RoleDuty].Party)
		if w := f.do(fengsui.RoleSecurity, http.MethodPost, "/users", body); w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
		in := func(more string) *httptest.ResponseRecorder {
			return f.send(f.request(http.MethodPost, "/session", `{"login":"li","password":"a password of mine"`+more+`}`))
		}
		w := f.send(f.request(http.MethodPost, "/session", `{"login":"li","password":"set by another one"}`))
		if me := answer[Me](t, w); me.Must != account.MustPassword {
			t.Fatalf("must %q", me.Must)
		}
		cookie := w.Result().Cookies()[0]
		call := func(method, path, body string) *httptest.ResponseRecorder {
			r := f.request(method, path, body)
			r.AddCookie(cookie)
			f.keys++
			r.Header.Set(keyHeader, fmt.Sprintf("must-key-%d", f.keys))
			return f.send(r)
		}
		for _, path := range []string{"/warnings", "/sessions", "/journal/feed"} {
			refused(t, path, call(http.MethodGet, path, ""), http.StatusForbidden, "must_password")
		}
		refused(t, "an act", call(http.MethodPost, "/warnings/"+string(f.mine.warning.ID)+"/confirm", ""), http.StatusForbidden, "must_password")
		if w := call(http.MethodGet, "/session", ""); answer[Me](t, w).Must != account.MustPassword {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := call(http.MethodPost, "/session/password", `{"old":"set by another one","new":"a password of mine"}`); w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
		if w := call(http.MethodGet, "/warnings", ""); w.Code != http.StatusOK {
			t.Errorf("after the change: %d %s", w.Code, w.Body)
		}

		// The second factor, from its secret to the next sign-in.
		begun := answer[NewFactor](t, call(http.MethodPost, "/session/totp", ""))
		code := func() string { return totpCode(t, begun.Secret) }
		codes := answer[RecoveryCodes](t, call(http.MethodPost, "/session/totp/confirm", `{"code":"`+code()+`"}`))
		if len(codes.Codes) != 10 {
			t.Fatalf("got %+v", codes)
		}
		if got := answer[account.Factor](t, call(http.MethodGet, "/session/totp", "")); got.Since == 0 || got.Codes != 10 || got.Required {
			t.Errorf("got %+v", got)
		}
		refused(t, "without a code", in(""), http.StatusUnauthorized, "code_needed")
		refused(t, "a wrong code", in(`,"code":"000000"`), http.StatusUnauthorized, "wrong_code")
		time.Sleep(time.Minute)
		if w := in(`,"code":"` + code() + `"`); w.Code != http.StatusOK {
			t.Errorf("with a code: %d %s", w.Code, w.Body)
		}
		list := answer[Sessions](t, call(http.MethodGet, "/sessions", ""))
		if list.Total != 2 || list.Items[0].From != "10.1.2.3" || slices.IndexFunc(list.Items, func(x account.SignedIn) bool { return x.Current }) < 0 {
			t.Errorf("the sessions are %+v", list)
		}
		for _, x := range list.Items {
			if !x.Current {
				if w := call(http.MethodDelete, "/sessions/"+string(x.ID), ""); w.Code != http.StatusOK {
					t.Errorf("ending one: %d %s", w.Code, w.Body)
				}
			}
		}
		if w := call(http.MethodDelete, "/session/totp", ""); w.Code != http.StatusOK {
			t.Errorf("switched off: %d %s", w.Code, w.Body)
		}
		if w := in(""); w.Code != http.StatusOK {
			t.Errorf("after that: %d %s", w.Code, w.Body)
		}
	})
}

// totpCode is the code of now, written down a second time (RFC 4226, clause 5.3).
func totpCode(t testing.TB, secret string) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, time.Now().Unix()/30)
	sum := mac.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:])&0x7fffffff)%1_000_000)
}

// So many calls at once, then so many a second; the answer says how long to wait.
func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, func(c *Config) {
			c.Rates = Rates{Address: Rate{5, 50}, Caller: Rate{1, 10}, SignIn: Rate{0.1, 3}}
		})
		f.signIn(fengsui.RoleDuty)
		f.signIn(fengsui.RoleZone)
		time.Sleep(time.Minute)
		look := func(role fengsui.Role) *httptest.ResponseRecorder { return f.do(role, http.MethodGet, "/clock", "") }
		for i := range 10 {
			if w := look(fengsui.RoleDuty); w.Code != http.StatusOK {
				t.Fatalf("call %d: %d %s", i+1, w.Code, w.Body)
			}
		}
		w := look(fengsui.RoleDuty)
		refused(t, "the eleventh at once", w, http.StatusTooManyRequests, "too_many")
		if got := w.Header().Get("Retry-After"); got != "1" {
			t.Errorf("to wait %s s, want 1", got)
		}
		if w := look(fengsui.RoleZone); w.Code != http.StatusOK {
			t.Errorf("another caller: %d", w.Code)
		}
		time.Sleep(time.Second)
		if w := look(fengsui.RoleDuty); w.Code != http.StatusOK {
			t.Errorf("a second later: %d", w.Code)
		}
		time.Sleep(time.Minute)
		n := 0
		for range 60 {
			if w := f.send(f.request(http.MethodGet, "/nothing", "")); w.Code == http.StatusTooManyRequests {
				n++
			}
		}
		if n != 10 {
			t.Errorf("of 60 calls of one address at once %d were refused, want 10", n)
		}
		time.Sleep(time.Minute)
		for i, want := range []int{200, 200, 200, 429} {
			if w := f.send(f.request(http.MethodPost, "/session", `{"login":"u-duty","password":"`+password+`"}`)); w.Code != want {
				t.Errorf("sign-in %d: %d, want %d", i+1, w.Code, want)
			} else if got := w.Header().Get("Retry-After"); want == 429 && got != "10" {
				t.Errorf("to wait %s s for a sign-in, want 10", got)
			}
		}
		if got := f.journalled("refusal"); got["too_many from 10.1.2.3"] == 0 {
			t.Errorf("the journal has %v", got)
		}
	})
}

// A flood of addresses fills no memory: beyond the most, those not known share one
// bucket, and the others keep theirs.
func TestBuckets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBuckets(Rate{PerSecond: 1, Burst: 2})
		b.most = 100
		b.take("known")
		for i := range 10_000 {
			b.take(fmt.Sprint(i))
		}
		if len(b.byKey) > b.most+1 {
			t.Errorf("%d buckets, want at most %d and the shared one", len(b.byKey), b.most)
		}
		if wait := b.take("known"); wait != 0 {
			t.Errorf("one who was known waits %s", wait)
		}
		if wait := b.take("stranger"); wait == 0 {
			t.Error("a stranger in the flood does not wait")
		}
		time.Sleep(time.Minute)
		if wait := b.take("stranger"); wait != 0 || len(b.byKey) > 2 {
			t.Errorf("after the flood: a stranger waits %s, %d buckets", wait, len(b.byKey))
		}
	})
}

// A knocker fills no journal: one row a minute and address, which says how often.
func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := refusals{counts: map[string]int64{}, noted: map[[2]string]refusalSeen{}}
		var got []int64
		for range 150 { // one a second
			if n := r.count("token", "10.0.0.1"); n > 0 {
				got = append(got, n)
			}
			time.Sleep(time.Second)
		}
		if !slices.Equal(got, []int64{1, 60, 60}) || r.counts["token"] != 150 {
			t.Errorf("rows of %v, counted %v", got, r.counts)
		}
		if r.count("wrong_login", "x") != 0 {
			t.Error("account journals its own failures")
		}
		for i := range 3 * refusedMost {
			r.count("token", fmt.Sprint(i))
		}
		if len(r.noted) > refusedMost+len(suspect) {
			t.Errorf("%d addresses are remembered", len(r.noted))
		}
	})
}

// By TLS a browser is told to come by TLS from then on, and on plain HTTP it is not.
func TestStrictTransport(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Trust = true })
	r := f.request(http.MethodGet, "/nothing", "")
	if got := f.send(r).Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("plain: %q", got)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if got := f.send(r).Header().Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=31536000") {
		t.Errorf("by TLS: %q", got)
	}
}

// The journal shows nobody's telephone number: a look at one is an act of its own.
func TestJournalHidesContacts(t *testing.T) {
	f := newFixture(t)
	for _, role := range []fengsui.Role{fengsui.RoleAuditor, fengsui.RoleBureau} {
		w := f.do(role, http.MethodGet, "/journal?limit=500", "")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "联系 MINE-1") || strings.Contains(w.Body.String(), "13800001234") || strings.Contains(w.Body.String(), "x@example.cn") {
			t.Errorf("%s sees %d %.2000s", role, w.Code, w.Body)
		}
	}
	if got := string(hideContacts([]byte(`{"num":12345678901234567,"contacts":[{"name":"a","phone":"13800001234","channels":[{"kind":"email"}]}]}`))); got != `{"contacts":[{"name":"a","phone":"138******34"}],"num":12345678901234567}` {
		t.Errorf("got %s", got)
	}
	if got := string(hideContacts([]byte(`{"contacts":`))); got != `{"contacts":` {
		t.Errorf("what cannot be read: %s", got)
	}
}
