package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fengsui"
	"fengsui/account"
	"fengsui/store"
)

// TestAbuse holds N08: what somebody hostile sends is refused with a sentence, counted,
// and journalled where people at work do not do it.
func TestAbuse(t *testing.T) {
	t.Run("guessing", testGuessing)
	t.Run("fixation", testFixation)
	t.Run("cross_site", testForeignPages)
	t.Run("forged", testForged)
	t.Run("traversal", testTraversal)
	t.Run("oversized", testOversized)
	t.Run("slow", testSlow)
	t.Run("injection", testInjection)
}

// journalled are the acts on the journal of a kind, by act and whose they are.
func (f *fixture) journalled(kind string) map[string]int {
	f.t.Helper()
	list, _, err := f.db.Entries(f.t.Context(), fengsui.Everything(), store.Filter{Kind: kind, Limit: 1000})
	if err != nil {
		f.t.Fatal(err)
	}
	n := map[string]int{}
	for _, e := range list {
		if kind == "refusal" {
			n[string(e.Of.ID)+" from "+e.By.From]++
			continue
		}
		n[e.Act]++
	}
	return n
}

// A known login and an unknown one are locked after the same guesses under the same
// words, and an address that goes through logins has to wait.
func testGuessing(t *testing.T) {
	f := newFixture(t)
	guess := func(login string) *httptest.ResponseRecorder {
		return f.send(f.request(http.MethodPost, "/session", fmt.Sprintf(`{"login":%q,"password":"guess"}`, login)))
	}
	for _, login := range []string{"u-duty", "nobody"} {
		for i := range 5 {
			refused(t, fmt.Sprintf("guess %d at %s", i+1, login), guess(login), http.StatusUnauthorized, "wrong_login")
		}
		refused(t, "the sixth at "+login, guess(login), http.StatusTooManyRequests, "locked")
	}
	refused(t, "the right password", f.send(f.request(http.MethodPost, "/session", `{"login":"u-duty","password":"`+password+`"}`)), http.StatusTooManyRequests, "locked")
	for i := range 40 {
		guess(fmt.Sprintf("name%d", i))
	}
	refused(t, "an address with 50 failures", f.send(f.request(http.MethodPost, "/session", `{"login":"u-zone","password":"`+password+`"}`)), http.StatusTooManyRequests, "slow_down")
	elsewhere := f.request(http.MethodPost, "/session", `{"login":"u-zone","password":"`+password+`"}`)
	elsewhere.RemoteAddr = "10.9.9.9:1"
	if w := f.send(elsewhere); w.Code != http.StatusOK {
		t.Errorf("from elsewhere: %d %s", w.Code, w.Body)
	}
	if got := f.journalled("sign_in"); got["sign_in_failed"] != 45 || got["login_locked"] != 2 || got["signed_in"] != 1 {
		t.Errorf("the journal has %v", got)
	}
	if got := f.api.Refused(); got["wrong_login"] != 47 || got["locked"] != 3 || got["slow_down"] != 4 {
		t.Errorf("counted %v", got)
	}
}

// A session that an attacker planted in the browser is not the one that a sign-in opens,
// and the one that the browser had ends.
func testFixation(t *testing.T) {
	f := newFixture(t)
	in := func(cookie string) string {
		r := f.request(http.MethodPost, "/session", `{"login":"u-duty","password":"`+password+`"}`)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
		}
		w := f.send(r)
		if w.Code != http.StatusOK || len(w.Result().Cookies()) != 1 {
			t.Fatal(w.Code, w.Body)
		}
		return w.Result().Cookies()[0].Value
	}
	look := func(cookie string) *httptest.ResponseRecorder {
		r := f.request(http.MethodGet, "/session", "")
		r.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
		return f.send(r)
	}
	planted := strings.Repeat("A", 43)
	first := in(planted)
	if first == planted {
		t.Fatal("the planted secret opens the session")
	}
	refused(t, "the planted one", look(planted), http.StatusUnauthorized, "session")
	second := in(first)
	refused(t, "the one of before the sign-in", look(first), http.StatusUnauthorized, "session")
	if second == first || look(second).Code != http.StatusOK {
		t.Error("signing in again opens no session of its own")
	}
}

// Pages of other sites are counted and journalled (TestCrossSite holds what is refused).
func testForeignPages(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		r := f.as(fengsui.RoleDuty, http.MethodPost, "/warnings/"+string(f.mine.warning.ID)+"/confirm", "")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		refused(t, "a page of another site", f.send(r), http.StatusForbidden, "cross_site")
	}
	if slices.Contains(f.calls, "confirm") {
		t.Error("it was carried out")
	}
	if got := f.api.Refused()["cross_site"]; got != 3 {
		t.Errorf("counted %d", got)
	}
	if got := f.journalled("refusal"); got["cross_site from 10.1.2.3"] != 1 {
		t.Errorf("the journal has %v, want one row a minute", got)
	}
}

// Tokens and cookies that were never issued let nobody in, whatever they look like.
func testForged(t *testing.T) {
	f := newFixture(t)
	n := 0
	for _, secret := range []string{"", "fst_", "fst_" + strings.Repeat("A", 43), strings.Repeat("A", 43), "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ.", "' OR '1'='1", "fst_%", strings.Repeat("x", 30_000), f.users[fengsui.RoleSecurity].Login, string(f.users[fengsui.RoleSecurity].ID)} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := f.request(method, "/users", "")
			r.Header.Set("Authorization", "Bearer "+secret)
			r.Header.Set(keyHeader, "forged-key")
			refused(t, fmt.Sprintf("the token %.20q", secret), f.send(r), http.StatusUnauthorized, "session")
			n++
		}
		r := f.request(http.MethodGet, "/users", "")
		r.Header.Set("Cookie", cookieName+"="+url.QueryEscape(secret))
		if w := f.send(r); w.Code != http.StatusUnauthorized {
			t.Errorf("the cookie %.20q: %d %s", secret, w.Code, w.Body)
		}
	}
	// A digest is what the store holds: it opens nothing.
	r := f.request(http.MethodGet, "/session", "")
	r.AddCookie(&http.Cookie{Name: cookieName, Value: strings.Repeat("0123456789abcdef", 4)})
	refused(t, "a digest as a cookie", f.send(r), http.StatusUnauthorized, "session")
	if got := f.api.Refused()["token"]; got != int64(n) {
		t.Errorf("counted %d forged tokens of %d", got, n)
	}
	if got := f.journalled("refusal"); got["token from 10.1.2.3"] != 1 || got["session from 10.1.2.3"] != 1 {
		t.Errorf("the journal has %v, want one row of each a minute", got)
	}
}

var hostilePaths = []string{"../../../../etc/passwd", "..\\..\\windows\\win.ini", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%252f..%252fetc", "/etc/passwd", ".", "..", "a/../../b", "\x00", "blob/../fengsui.db"}

// No name leads out of where it belongs. What a key of a blob may be, blob itself
// tests, and what the console serves, web.
func testTraversal(t *testing.T) {
	f := newFixture(t)
	for _, bad := range hostilePaths {
		for _, at := range []string{"/files/", "/warnings/", "/enterprises/", "/points/", "/inventory/", "/users/"} {
			r := f.as(fengsui.RoleSecurity, http.MethodGet, at+url.PathEscape(bad), "")
			if w := f.send(r); w.Code != http.StatusNotFound && w.Code != http.StatusForbidden && w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect {
				t.Errorf("%s%q: %d %s", at, bad, w.Code, w.Body)
			}
		}
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, _ := m.CreateFormFile("file", bad)
		part.Write([]byte("picture"))
		m.Close()
		r := f.as(fengsui.RoleEnterprise, http.MethodPost, "/files", form.String())
		r.Header.Set("Content-Type", m.FormDataContentType())
		w := f.send(r)
		if w.Code == http.StatusOK {
			if name := answer[fengsui.File](t, w).Name; strings.ContainsAny(name, "/\x00") || name == ".." || name == "." {
				t.Errorf("the file %q is kept under the name %q", bad, name)
			}
		} else if w.Code >= 500 {
			t.Errorf("the file %q: %d %s", bad, w.Code, w.Body)
		}
		if w := f.do(fengsui.RoleAdmin, http.MethodPost, "/import/"+url.PathEscape(bad), "x"); w.Code < 300 || w.Code >= 500 {
			t.Errorf("the sheet %q: %d %s", bad, w.Code, w.Body)
		}
	}
}

// Every route that takes a body stops reading where its limit is.
func testOversized(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.MaxFile, c.MaxSheet = 10_000, 20_000 })
	n := 0
	for path, item := range f.api.huma.OpenAPI().Paths {
		for method, op := range operations(item) {
			if op.RequestBody == nil || path == "/files" {
				continue // TestFiles holds it for files
			}
			n++
			body := &endless{left: 64 << 20}
			r := f.as(fengsui.RoleDuty, method, strings.NewReplacer("{what}", "points", "{id}", "x", "{key}", "x").Replace(path), "x")
			r.Header.Set("Content-Type", map[bool]string{true: "text/csv", false: "application/json"}[path == "/import/{what}"])
			r.Body, r.ContentLength = io.NopCloser(body), -1
			right := op.Metadata["route"].(Route).Act
			if right != "" && !strings.Contains(path, "{id}") {
				for _, role := range fengsui.Roles {
					if s := (fengsui.Scope{Role: role}); s.May(right, fengsui.None) {
						r.Header.Set("Cookie", cookieName+"="+f.signIn(role))
						break
					}
				}
			}
			refused(t, method+" "+path, f.send(r), http.StatusRequestEntityTooLarge, "too_large")
			if read := 64<<20 - body.left; read > 1<<20 {
				t.Errorf("%s %s read %d bytes before it stopped", method, path, read)
			}
		}
	}
	if got := f.api.Refused()["too_large"]; n < 30 || got != int64(n) {
		t.Errorf("%d routes take a body, %d refusals were counted", n, got)
	}
	if got := f.journalled("refusal"); got["too_large from 10.1.2.3"] != 1 {
		t.Errorf("the journal has %v", got)
	}
}

// endless is a body that goes on for long.
type endless struct{ left int }

func (e *endless) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(b), e.left)
	for i := range b[:n] {
		b[i] = ' '
	}
	e.left -= n
	return n, nil
}

func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}
	maps.DeleteFunc(all, func(_ string, op *huma.Operation) bool { return op == nil })
	return all
}

// A body that never comes to its end is given up, over a real connection: of a call
// that reads it, of a file, and of a call that wants none.
func testSlow(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.BodyTime, c.FileTime = 200*time.Millisecond, 200*time.Millisecond })
	cookie := f.signIn(fengsui.RoleEnterprise)
	desk := f.signIn(fengsui.RoleDuty)
	server := httptest.NewServer(f.api)
	defer server.Close()
	for _, c := range []struct{ name, cookie, path, kind, begin, want string }{
		{"a note", cookie, "/warnings/" + string(f.mine.warning.ID) + "/note", "application/json", `{"kind":"note","why":"`, "HTTP/1.1 408"},
		{"a file", cookie, "/files", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nhalf", "HTTP/1.1 408"},
		{"what wants no body", desk, "/warnings/" + string(f.mine.warning.ID) + "/confirm", "application/json", "{", ""},
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s%s HTTP/1.1\r\nHost: x\r\nCookie: %s=%s\r\nIdempotency-Key: slow-key-%d\r\nContent-Type: %s\r\nContent-Length: 60000\r\n\r\n%s", Prefix, c.path, cookieName, c.cookie, len(c.name), c.kind, c.begin)
		conn.SetReadDeadline(time.Now().Add(20 * time.Second)) // only a server that never gives up
		b, err := io.ReadAll(conn)
		if err != nil {
			t.Errorf("%s: the server waits for ever: %v", c.name, err)
		}
		if !strings.HasPrefix(string(b), c.want) {
			t.Errorf("%s: got %q, want %s", c.name, b, c.want)
		}
		conn.Close()
	}
	if got := f.api.Refused()["too_slow"]; got != 2 {
		t.Errorf("counted %d", got)
	}
	if got := f.journalled("refusal"); got["too_slow from 127.0.0.1"] != 1 {
		t.Errorf("the journal has %v", got)
	}
}

// injections are texts that mean something to SQL, to templates, to a browser, to a
// shell or to a path. Here they are text.
var injections = []string{
	`'; DROP TABLE account_user; --`,
	`" OR ""="`,
	`1) UNION SELECT password, password, password FROM account_user --`,
	`%' OR '1'='1' ESCAPE '\`,
	`{{constructor.constructor('return 7*191')()}}`,
	`${7*191}<%= 7*191 %>#{7*191}`,
	`<script>alert(1)</script><img src=x onerror=alert(1)>`,
	"../../../etc/passwd\x00.jpg",
	"a\r\nSet-Cookie: fengsui_session=x",
	"`$(reboot)`|reboot;",
	"\u202e\ufeff\U0010ffff",
}

// Every text field of the document, in bodies, addresses and queries, one after the
// other: none makes an error of ours, none comes back as anything but JSON, and
// nothing is read or lost by it.
func testInjection(t *testing.T) {
	f := newFixture(t)
	cases := scopeCases()
	users := func() (n int) {
		list, total, err := f.acc.Users(t.Context(), security, "", fengsui.Page{Limit: 1000})
		if err != nil || len(list) != total {
			t.Fatal(err)
		}
		return total
	}
	before := users()
	fields, calls, taken := map[string]bool{}, 0, 0
	send := func(r Route, field, path, body string) {
		calls++
		fields[field] = true
		role := fengsui.RoleDuty
		for _, x := range fengsui.Roles {
			if s := (fengsui.Scope{Role: x}); s.May(r.Act, fengsui.Red) {
				role = x
				break
			}
		}
		try := func() *httptest.ResponseRecorder {
			req := f.asSure(role, r.Method, path, body)
			if r.Open {
				req.Header.Del("Cookie")
			}
			req.RemoteAddr = fmt.Sprintf("10.2.%d.%d:1", calls/250, calls%250)
			return f.send(req)
		}
		w := try()
		if w.Code == http.StatusUnauthorized && !r.Open { // what was tried before ended the session
			f.cookie[role] = ""
			w = try()
		}
		text := w.Body.String()
		kind := w.Header().Get("Content-Type")
		if w.Code >= 500 || strings.Contains(text, "$argon2id") || strings.Contains(text, "1337") || strings.Contains(text, "SQL") || strings.Contains(text, "syntax error") || len(w.Header().Values("Set-Cookie")) > 0 && !r.Open {
			t.Errorf("%s = %q (%s as %s): %d %s", field, body, path, role, w.Code, text)
		}
		if w.Code < 300 {
			taken++
		}
		if w.Code != http.StatusNotFound && !strings.HasPrefix(kind, "application/json") && kind != problemType && !strings.HasPrefix(kind, "text/csv") && !strings.HasPrefix(kind, "text/event-stream") && w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect && r.Path != "/files/{id}" {
			t.Errorf("%s: the answer is of the type %q", field, kind)
		}
	}
	for _, r := range f.api.Routes() {
		name := r.Method + " " + r.Path
		op := operations(f.api.huma.OpenAPI().Paths[r.Path])[r.Method]
		if len(cases[name]) == 0 {
			continue // TestScope says so
		}
		c := cases[name][0]
		path, text := r.Path, ""
		if c.path != nil {
			path = c.path(f.mine)
		}
		if c.body != nil {
			text = c.body(f.mine)
		}
		if r.Path == "/journal/feed" || r.Path == "/wall/feed" {
			continue // TestFeed: its one text is a number or refused
		}
		for _, bad := range injections {
			for _, p := range op.Parameters {
				s := f.schema(p.Schema)
				if s == nil || s.Type != huma.TypeString && s.Type != huma.TypeArray {
					continue
				}
				switch p.In {
				case "query":
					join := "?"
					if strings.Contains(path, "?") {
						join = "&"
					}
					send(r, name+" ?"+p.Name, path+join+p.Name+"="+url.QueryEscape(bad), text)
				case "path":
					send(r, name+" {"+p.Name+"}", strings.ReplaceAll(r.Path, "{"+p.Name+"}", url.PathEscape(bad)), text)
				}
			}
			if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
				continue
			}
			var base any
			json.Unmarshal([]byte(text), &base)
			f.mutate(op.RequestBody.Content["application/json"].Schema, base, bad, "", func(field string, v any) {
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				send(r, name+" "+field, path, string(b))
			})
		}
	}
	t.Logf("%d text fields, %d calls, %d of them carried out", len(fields), calls, taken)
	if len(fields) < 120 || taken < 100 {
		t.Errorf("%d text fields were found and %d calls carried out: the walk misses some", len(fields), taken)
	}
	if after := users(); after < before {
		t.Errorf("%d accounts of %d are left", after, before)
	}

	// What was taken is kept letter for letter.
	for i, bad := range injections {
		name := strings.TrimSpace(strings.NewReplacer("\x00", "", "\r\n", " ").Replace(bad))
		body, _ := json.Marshal(map[string]any{"login": fmt.Sprintf("kept%d", i), "name": name, "role": "duty", "party": f.users[fengsui.RoleDuty].Party, "password": password})
		w := f.asked(fengsui.RoleSecurity, http.MethodPost, "/users", string(body))
		if w.Code != http.StatusOK {
			t.Errorf("the name %q: %d %s", name, w.Code, w.Body)
			continue
		}
		u := answer[fengsui.User](t, f.asked(fengsui.RoleSecurity, http.MethodGet, "/users/"+string(answer[Done](t, w).Of.ID), ""))
		if u.Name != name {
			t.Errorf("the name %q is kept as %q", name, u.Name)
		}
	}
}

// asSure is as, with a session that is there whatever was done before.
func (f *fixture) asSure(role fengsui.Role, method, path, body string) *http.Request {
	f.t.Helper()
	if f.cookie[role] == "" {
		if err := f.acc.Unlock(f.t.Context(), security, fengsui.Platform("test"), f.users[role].ID); err != nil {
			f.t.Fatal(err)
		}
		secret, _, err := f.acc.SignIn(f.t.Context(), account.Credentials{Login: "u-" + string(role), Password: password, From: "10.3.3.3"})
		if err != nil {
			f.t.Fatalf("signing in as %s: %v", role, err)
		}
		f.cookie[role] = secret
	}
	return f.as(role, method, path, body)
}

func (f *fixture) asked(role fengsui.Role, method, path, body string) *httptest.ResponseRecorder {
	f.t.Helper()
	f.cookie[role] = ""
	return f.send(f.asSure(role, method, path, body))
}

// schema follows a reference.
func (f *fixture) schema(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = f.api.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// mutate puts a text into each text field of a body in turn; base is a body that fits.
func (f *fixture) mutate(s *huma.Schema, base any, bad, at string, yield func(field string, v any)) {
	s = f.schema(s)
	switch {
	case s == nil:
	case s.Type == huma.TypeString:
		yield(at, bad)
	case s.Type == huma.TypeArray:
		f.mutate(s.Items, nil, bad, at+"[]", func(field string, v any) { yield(field, []any{v}) })
	case s.Type == huma.TypeObject:
		was, _ := base.(map[string]any)
		with := func(key string, v any) map[string]any {
			m := maps.Clone(was)
			if m == nil {
				m = map[string]any{}
			}
			m[key] = v
			return m
		}
		for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
			f.mutate(s.Properties[key], was[key], bad, at+"."+key, func(field string, v any) { yield(field, with(key, v)) })
		}
		if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
			yield(at+".(key)", with(bad, "x"))
			f.mutate(more, nil, bad, at+".(value)", func(field string, v any) { yield(field, with("x", v)) })
		}
	}
}
