package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/account"
	"fengsui/store"
)

// wallLinkOf issues the link of a wall as the security administrator does.
func (f *fixture) wallLinkOf(role fengsui.Role) *httptest.ResponseRecorder {
	f.t.Helper()
	return f.do(fengsui.RoleSecurity, http.MethodPost, "/tokens", fmt.Sprintf(`{"user":%q,"name":"hall","readOnly":false,"wall":true,"until":%d}`, f.users[role].ID, now()+3600_000))
}

// byLink is a call with a cookie of the wall.
func (f *fixture) byLink(secret, method, path, body string) *http.Request {
	r := f.request(method, path, body)
	r.AddCookie(&http.Cookie{Name: wallCookie, Value: secret})
	f.keys++
	r.Header.Set(keyHeader, fmt.Sprintf("wall-key-%d", f.keys))
	return r
}

// A08: the link of a wall shows the wall to a browser that nobody signed in with, until
// it is revoked.
func TestWallLink(t *testing.T) {
	f := newFixture(t)
	refused(t, "a wall of the bureau's account", f.wallLinkOf(fengsui.RoleBureau), http.StatusUnprocessableEntity, "wall_leader")
	issued := answer[IssuedToken](t, f.wallLinkOf(fengsui.RoleLeader))
	if !strings.HasPrefix(issued.Secret, "fsw_") {
		t.Fatalf("issued %+v", issued)
	}
	list := answer[Tokens](t, f.do(fengsui.RoleSecurity, http.MethodGet, "/tokens", ""))
	if list.Total != 1 || !list.Items[0].Wall || !list.Items[0].ReadOnly || strings.Contains(fmt.Sprint(list), issued.Secret) {
		t.Errorf("the list is %+v", list)
	}

	w := f.send(f.request(http.MethodPost, "/wall/open", fmt.Sprintf(`{"secret":%q}`, issued.Secret)))
	if w.Code != http.StatusOK || len(w.Result().Cookies()) != 1 {
		t.Fatal(w.Code, w.Body)
	}
	c := w.Result().Cookies()[0]
	if c.Name != wallCookie || c.Path != "/api/v1/wall" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Expires.UnixMilli()/1000 != int64(list.Items[0].Until)/1000 {
		t.Errorf("the cookie is %+v", c)
	}
	if got := f.journalled("token"); got["issued"] != 1 || got["wall_opened"] != 1 {
		t.Errorf("the journal has %v", got)
	}
	got := answer[Wall](t, f.send(f.byLink(issued.Secret, http.MethodGet, "/wall", "")))
	if got.Open[fengsui.Red] != 2 || len(got.Grave) != 2 || got.Name == "" || got.Rules.Show != 1000 {
		t.Errorf("the wall shows %+v", got)
	}

	foreign := f.request(http.MethodPost, "/wall/open", fmt.Sprintf(`{"secret":%q}`, issued.Secret))
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	refused(t, "a page of another site", f.send(foreign), http.StatusForbidden, "cross_site")
	refused(t, "a guess", f.send(f.request(http.MethodPost, "/wall/open", `{"secret":"fsw_guess"}`)), http.StatusUnauthorized, "wall_over")

	// Who is signed in sees the wall of their own scope, and a link that is over does not
	// shut them out.
	if w := f.do(fengsui.RoleSecurity, http.MethodDelete, "/tokens/"+string(issued.Token), ""); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	refused(t, "a revoked link", f.send(f.byLink(issued.Secret, http.MethodGet, "/wall", "")), http.StatusUnauthorized, "wall_over")
	refused(t, "a revoked link, anew", f.send(f.request(http.MethodPost, "/wall/open", fmt.Sprintf(`{"secret":%q}`, issued.Secret))), http.StatusUnauthorized, "wall_over")
	both := f.as(fengsui.RoleZone, http.MethodGet, "/wall", "")
	both.AddCookie(&http.Cookie{Name: wallCookie, Value: issued.Secret})
	if got := answer[Wall](t, f.send(both)); got.Open[fengsui.Red] != 1 {
		t.Errorf("a zone sees %+v", got)
	}
	refused(t, "nobody", f.send(f.request(http.MethodGet, "/wall", "")), http.StatusUnauthorized, "sign_in")
}

// N08: the link of a wall opens the wall and nothing else, however it is shown.
func TestWallOnly(t *testing.T) {
	f := newFixture(t)
	secret := answer[IssuedToken](t, f.wallLinkOf(fengsui.RoleLeader)).Secret
	token := f.do(fengsui.RoleSecurity, http.MethodPost, "/tokens", fmt.Sprintf(`{"user":%q,"name":"board","readOnly":true,"until":%d}`, f.users[fengsui.RoleLeader].ID, now()+3600_000))
	plain := answer[IssuedToken](t, token).Secret
	n := 0
	for _, r := range f.api.Routes() {
		name := r.Method + " " + r.Path
		cases := scopeCases()[name]
		if r.Open || len(cases) == 0 {
			continue
		}
		path, body := r.Path, ""
		if cases[0].path != nil {
			path = cases[0].path(f.mine)
		}
		if cases[0].body != nil {
			body = cases[0].body(f.mine)
		}
		n++
		f.calls = nil
		shows := map[string]*http.Request{"the link as a token": f.request(r.Method, path, body), "the link as a session": f.request(r.Method, path, body)}
		shows["the link as a token"].Header.Set("Authorization", "Bearer "+secret)
		shows["the link as a session"].AddCookie(&http.Cookie{Name: cookieName, Value: secret})
		if r.Wall {
			// And nothing but a link stands in its cookie.
			shows["another token as a link"] = f.byLink(plain, r.Method, path, body)
			shows["a session as a link"] = f.byLink(f.signIn(fengsui.RoleLeader), r.Method, path, body)
		} else {
			shows["the link"] = f.byLink(secret, r.Method, path, body)
		}
		for what, req := range shows {
			req.Header.Set(keyHeader, "wall-only-key")
			if w := f.send(req); w.Code != http.StatusUnauthorized {
				t.Errorf("%s by %s: %d %s", name, what, w.Code, w.Body)
			}
		}
		if len(f.calls) > 0 {
			t.Errorf("%s: the stages were asked %v", name, f.calls)
		}
	}
	if n < 100 {
		t.Errorf("%d routes were tried", n)
	}
}

// The feed of a wall tells of warnings alone and names nobody, and ends at its next beat
// once the link is revoked.
func TestWallFeed(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Beat = time.Millisecond })
	issued := answer[IssuedToken](t, f.wallLinkOf(fengsui.RoleLeader))
	if err := f.db.Change(t.Context(), func(tx *store.Tx) error {
		for _, of := range []fengsui.Change{{Of: fengsui.Ref{Kind: "user", ID: "u9"}, Act: "changed"}, {Of: fengsui.Ref{Kind: "warning", ID: f.mine.warning.ID}, Act: "noted", Warning: f.mine.warning.ID, Level: fengsui.Red}} {
			of.By = fengsui.Actor{User: "u", Name: "Li Si"}
			if err := tx.Record(of); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	read := func(req *http.Request, on func(n int)) string {
		ctx, leave := context.WithTimeout(req.Context(), time.Minute) // only where it never ends
		defer leave()
		req.Header.Set("Last-Event-ID", "0")
		n := 0
		w := &flushed{httptest.NewRecorder(), func() { n++; on(n) }}
		f.api.ServeHTTP(w, req.WithContext(ctx))
		if ctx.Err() != nil {
			t.Error("the feed goes on")
		}
		return w.Body.String()
	}
	revoke := func(id fengsui.ID) func(int) {
		return func(n int) {
			if n == 3 {
				if err := f.acc.RevokeToken(t.Context(), security, fengsui.Platform("test"), id); err != nil {
					t.Error(err)
				}
			}
		}
	}
	text := read(f.byLink(issued.Secret, http.MethodGet, "/wall/feed", ""), revoke(issued.Token))
	if !strings.Contains(text, "noted") || strings.Contains(text, "u9") || strings.Contains(text, "Li Si") {
		t.Errorf("the wall hears %s", text)
	}
	// The feed of another token ends likewise.
	tok, secret, err := f.acc.IssueToken(t.Context(), security, fengsui.Platform("test"), account.Token{User: f.users[fengsui.RoleLeader].ID, Name: "x", Until: now() + 3600_000})
	if err != nil {
		t.Fatal(err)
	}
	req := f.request(http.MethodGet, "/journal/feed", "")
	req.Header.Set("Authorization", "Bearer "+secret)
	if text := read(req, revoke(tok.ID)); !strings.Contains(text, "Li Si") {
		t.Errorf("a token hears %s", text)
	}
}

// What the wall counts itself: enterprises by their gravest, points that are there, where
// a warning is.
func TestWallView(t *testing.T) {
	f := newFixture(t)
	f.api.c.Latest = func(p int64) (fengsui.Latest, bool) {
		return fengsui.Latest{Point: p, Value: 7, Received: now()}, p == f.mine.point.Num
	}
	got := answer[Wall](t, f.do(fengsui.RoleLeader, http.MethodGet, "/wall", ""))
	if got.Firms[fengsui.Red] != 2 || got.Firms[fengsui.None] != 0 || got.Online != (WallOnline{Points: 2, Online: 1}) || got.Pos != f.db.Head() || got.OnTime.Met != 3 {
		t.Errorf("got %+v", got)
	}
	first := got.Newest[0]
	if first.EnterpriseName != "我方运输" || first.SubjectName != "测点 MINE-1" || first.Spot == nil || *first.Spot != [2]float64{117.71, 39} || first.NextStep == nil || first.Latest == nil {
		t.Errorf("a warning of a tank: %+v", first)
	}
	if v := f.api.spot(fengsui.Warning{Enterprise: f.mine.enterprise.ID, Subject: fengsui.SubjectOf("device", f.mine.device.Num)}); v == nil || *v != [2]float64{117.7, 39} {
		t.Errorf("of a vehicle: %v", v)
	}
	if v := f.api.spot(fengsui.Warning{Subject: "enterprise/999"}); v != nil {
		t.Errorf("of nobody: %v", v)
	}
	// An open warning in no counter is said apart.
	f.api.c.Warnings = fewer{f}
	f.api.walls = kept[Wall]{}
	if got := answer[Wall](t, f.do(fengsui.RoleLeader, http.MethodGet, "/wall", "")); got.Open[fengsui.Red] != 1 || got.Apart != 1 {
		t.Errorf("with one shelved: %v open, %d apart", got.Open, got.Apart)
	}
}

// fewer hides one red warning from the counters.
type fewer struct{ *fixture }

func (f fewer) Counts(ctx context.Context, s fengsui.Scope) (fengsui.WarningCounts, error) {
	c, err := f.fixture.Counts(ctx, s)
	c.Open[fengsui.Red]--
	return c, err
}

// Many who look cost one reading; a failure is kept for nobody, and a panic leaves nobody
// waiting.
func TestKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k kept[int]
		reads := 0
		of := func(key string) (int, error) {
			return k.of(t.Context(), key, 2*time.Second, func(context.Context) (int, error) {
				reads++
				n := reads
				time.Sleep(3 * time.Second)
				return n, nil
			})
		}
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if v, err := of("a"); v != 1 || err != nil {
					t.Errorf("got %d %v", v, err)
				}
			})
		}
		all.Wait()
		if v, _ := of("b"); v != 2 {
			t.Errorf("another scope: %d", v)
		}
		if v, _ := of("a"); v != 3 || len(k.byKey) != 1 {
			t.Errorf("later: %d, %d are kept", v, len(k.byKey))
		}
		bad := errors.New("away")
		fail := func(context.Context) (int, error) { return 0, bad }
		if _, err := k.of(t.Context(), "c", time.Second, fail); !errors.Is(err, bad) || k.byKey["c"] != nil {
			t.Errorf("a failure: %v", err)
		}
		func() {
			defer func() { recover() }()
			k.of(t.Context(), "d", time.Second, func(context.Context) (int, error) { panic("x") })
		}()
		if k.byKey["d"] != nil {
			t.Error("a panic is kept")
		}
		ctx, leave := context.WithCancel(t.Context())
		all.Go(func() { of("e") })
		synctest.Wait()
		leave()
		if _, err := k.of(ctx, "e", time.Second, fail); !errors.Is(err, context.Canceled) {
			t.Errorf("who leaves waits on: %v", err)
		}
		all.Wait()
	})
}
