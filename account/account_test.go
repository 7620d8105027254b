package account

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

var (
	admin = fengsui.Scope{User: "root", Role: fengsui.RoleSecurity, All: true}
	root  = fengsui.Actor{User: "root", Name: "Root", Role: fengsui.RoleSecurity}
	cheap = Cost{Memory: 64, Passes: 1, Lanes: 1}

	parties = map[fengsui.ID]*fengsui.Party{
		"op":   {ID: "op", Kind: fengsui.Operator, Name: "运营公司"},
		"bur":  {ID: "bur", Kind: fengsui.Bureau, Name: "区应急局"},
		"firm": {ID: "firm", Kind: fengsui.Firm, Name: "华北石化"},
		"zone": {ID: "zone", Kind: fengsui.Zone, Name: "天津港保税区"},
		"reg":  {ID: "reg", Kind: fengsui.Regulator, Name: "交运局", Sectors: []fengsui.Sector{"vehicles"}},
	}
)

const good = "correct horse battery"

func open(t testing.TB, change ...func(*Config)) (*Accounts, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.db")
	db, err := store.Open(t.Context(), storetest.Place(t, path), Tables())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c := Config{DB: db, Master: make([]byte, 32), Party: func(id fengsui.ID) *fengsui.Party { return parties[id] }, Cost: cheap}
	for _, f := range change {
		f(&c)
	}
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return a, path
}

func add(t testing.TB, a *Accounts, login string, role fengsui.Role, party fengsui.ID) fengsui.User {
	t.Helper()
	u, err := a.CreateUser(t.Context(), admin, root, fengsui.User{Login: login, Name: "N " + login, Role: role, Party: party}, good)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func reason(err error) string {
	if e, ok := err.(*fengsui.Error); ok {
		return e.Reason
	}
	return fmt.Sprint(err)
}

func acts(t testing.TB, a *Accounts) string {
	t.Helper()
	list, _, err := a.c.DB.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "sign_in"})
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, e := range list {
		words = append(words, e.Act)
	}
	return strings.Join(words, " ")
}

func TestSignIn(t *testing.T) {
	a, path := open(t)
	u := add(t, a, "Wang", fengsui.RoleDuty, "op")
	secret, s, err := a.SignIn(t.Context(), Credentials{Login: " WANG ", Password: good, From: "10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if s.User.ID != u.ID || !s.Scope.All || s.Scope.User != u.ID || s.Scope.Role != fengsui.RoleDuty {
		t.Errorf("got %+v", s)
	}
	if got, err := a.Session(t.Context(), secret); err != nil || got.User != u || got.Until != s.Until {
		t.Errorf("the session reads as %+v, %v", got, err)
	}
	for _, c := range [][2]string{{"wang", "wrong password"}, {"nobody", good}, {"nobody", ""}, {"", ""}} {
		if _, _, err := a.SignIn(t.Context(), Credentials{Login: c[0], Password: c[1], From: "10.0.0.1"}); reason(err) != "wrong_login" {
			t.Errorf("%q with %q: got %v, want the same words for all", c[0], c[1], err)
		}
	}
	if got, want := acts(t, a), "signed_in sign_in_failed sign_in_failed sign_in_failed sign_in_failed"; got != want {
		t.Errorf("journal: got %q, want %q", got, want)
	}
	if err := a.SignOut(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(t.Context(), secret); reason(err) != "session" {
		t.Errorf("after signing out: %v", err)
	}

	// Neither passwords nor secrets lie in the files, and no login that is none.
	if err := a.c.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{path, path + "-wal"} {
		b, _ := os.ReadFile(f)
		for _, text := range []string{secret, good, "wrong password"} {
			if strings.Contains(string(b), text) {
				t.Errorf("%s holds %q", filepath.Base(f), text)
			}
		}
	}
}

// An unknown login costs one hash, as a known one does: seen by the memory that the
// hash fills, which unlike time is the same on a loaded machine.
func TestUnknownLoginCosts(t *testing.T) {
	const memory = 16 << 20
	a, _ := open(t, func(c *Config) { c.Cost = Cost{Memory: memory >> 10, Passes: 1, Lanes: 1} })
	add(t, a, "wang", fengsui.RoleDuty, "op")
	for _, login := range []string{"wang", "nobody"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, _, err := a.SignIn(t.Context(), Credentials{Login: login, Password: "wrong password", From: "x"}); err == nil {
			t.Fatalf("%s signed in with a wrong password", login)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got < memory || got > 2*memory {
			t.Errorf("signing in as %s fills %d bytes, want one hash of %d", login, got, memory)
		}
	}
}

func TestLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t)
		u := add(t, a, "wang", fengsui.RoleDuty, "op")
		try := func(login, password string) string {
			_, _, err := a.SignIn(t.Context(), Credentials{Login: login, Password: password, From: "10.0.0.1"})
			return reason(err)
		}
		for i := range 5 {
			if got := try("wang", "wrong"); got != "wrong_login" {
				t.Fatalf("failure %d: %s", i+1, got)
			}
		}
		if got := try("wang", good); got != "locked" {
			t.Errorf("the right password on a locked login: %s", got)
		}
		for range 5 {
			try("nobody", "x")
		}
		if got := try("nobody", "x"); got != "locked" {
			t.Errorf("an unknown login locks too, or it would be told apart: %s", got)
		}
		if got := acts(t, a); strings.Count(got, "login_locked") != 2 {
			t.Errorf("journal: %q", got)
		}
		time.Sleep(15*time.Minute - time.Second)
		if got := try("wang", good); got != "locked" {
			t.Errorf("a second before the lock ends: %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := try("wang", good); got != "<nil>" {
			t.Errorf("after the lock: %s", got)
		}
		for range 5 {
			try("wang", "wrong")
		}
		if err := a.Unlock(t.Context(), admin, root, u.ID); err != nil {
			t.Fatal(err)
		}
		if got := try("wang", good); got != "<nil>" {
			t.Errorf("unlocked by an administrator: %s", got)
		}
	})
}

// However many guesses come at once, no more than five are checked.
func TestLockAtOnce(t *testing.T) {
	a, _ := open(t)
	add(t, a, "wang", fengsui.RoleDuty, "op")
	var mu sync.Mutex
	got := map[string]int{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: "guess", From: "10.0.0.1"})
			mu.Lock()
			defer mu.Unlock()
			got[reason(err)]++
		})
	}
	wg.Wait()
	if got["wrong_login"] != 5 || got["locked"] != 15 {
		t.Errorf("20 guesses at once: %v, want 5 checked and 15 refused", got)
	}
}

func TestAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t, func(c *Config) { c.Address = 10 })
		add(t, a, "wang", fengsui.RoleDuty, "op")
		for range 30 { // an office that signs in well is not slowed
			if _, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "10.0.0.1"}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 10 {
			a.SignIn(t.Context(), Credentials{Login: fmt.Sprintf("guess%d", i), Password: "x", From: "10.0.0.1"})
		}
		if _, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "10.0.0.1"}); reason(err) != "slow_down" {
			t.Errorf("after 10 failures from one address: %v", err)
		}
		if _, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "10.0.0.2"}); err != nil {
			t.Errorf("from another address: %v", err)
		}
		time.Sleep(16 * time.Minute)
		if _, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "10.0.0.1"}); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

func TestSessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t)
		add(t, a, "wang", fengsui.RoleDuty, "op")
		in := func() string {
			secret, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "x"})
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		secret := in()
		for range 23 { // slides on for 11.1 h
			time.Sleep(29 * time.Minute)
			if _, err := a.Session(t.Context(), secret); err != nil {
				t.Fatalf("while in use: %v", err)
			}
		}
		time.Sleep(29 * time.Minute)
		if _, err := a.Session(t.Context(), secret); err != nil {
			t.Errorf("at 11.6 h: %v", err)
		}
		time.Sleep(29 * time.Minute)
		if _, err := a.Session(t.Context(), secret); reason(err) != "session" {
			t.Errorf("at 12.1 h: %v", err)
		}
		secret = in()
		time.Sleep(20 * time.Minute)
		if !a.Alive(t.Context(), secret) {
			t.Error("not alive at 20 min")
		}
		time.Sleep(11 * time.Minute)
		if a.Alive(t.Context(), secret) {
			t.Error("looking whether it is alive made it last longer")
		}
		if _, err := a.Session(t.Context(), secret); reason(err) != "session" {
			t.Errorf("unused for 31 min: %v", err)
		}
	})
}

// A change of role, of party, or the account switched off acts at the next call.
func TestChangeActsAtOnce(t *testing.T) {
	a, _ := open(t)
	add(t, a, "boss", fengsui.RoleSecurity, "op")
	u := add(t, a, "wang", fengsui.RoleDuty, "op")
	secret, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "x"})
	if err != nil {
		t.Fatal(err)
	}
	stale := u
	u.Role, u.Party = fengsui.RoleZone, "zone"
	if u, err = a.ChangeUser(t.Context(), admin, root, u); err != nil {
		t.Fatal(err)
	}
	if s, err := a.Session(t.Context(), secret); err != nil || s.Scope.All || s.Scope.Zone != "zone" {
		t.Errorf("after the change of role: %+v, %v", s.Scope, err)
	}
	if _, err := a.ChangeUser(t.Context(), admin, root, stale); reason(err) != "changed" {
		t.Errorf("an old version: %v", err)
	}
	u.Disabled = true
	if u, err = a.ChangeUser(t.Context(), admin, root, u); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(t.Context(), secret); reason(err) != "session" {
		t.Errorf("after switching off: %v", err)
	}
	if _, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "x"}); reason(err) != "wrong_login" {
		t.Errorf("signing in to what is switched off: %v", err)
	}
}

func TestUserRefused(t *testing.T) {
	a, _ := open(t)
	boss := add(t, a, "boss", fengsui.RoleSecurity, "op")
	for _, c := range []struct {
		u        fengsui.User
		password string
		want     string
	}{
		{fengsui.User{Login: "boss", Name: "x", Role: fengsui.RoleDuty, Party: "op"}, good, "login_taken"},
		{fengsui.User{Login: "a b", Name: "x", Role: fengsui.RoleDuty, Party: "op"}, good, "user_login"},
		{fengsui.User{Login: "li", Name: "", Role: fengsui.RoleDuty, Party: "op"}, good, "user_name"},
		{fengsui.User{Login: "li", Name: "x", Role: "king", Party: "op"}, good, "user_role"},
		{fengsui.User{Login: "li", Name: "x", Role: fengsui.RoleDuty, Party: "none"}, good, "user_party"},
		{fengsui.User{Login: "li", Name: "x", Role: fengsui.RoleLeader, Party: "firm"}, good, "user_seat"},
		{fengsui.User{Login: "li", Name: "x", Role: fengsui.RoleDuty, Party: "firm"}, good, "user_seat"},
		{fengsui.User{Login: "li", Name: "x", Role: fengsui.RoleDuty, Party: "op"}, "short", "password_length"},
		{fengsui.User{Login: "lili", Name: "x", Role: fengsui.RoleDuty, Party: "op"}, "I am LiLi 2024", "password_weak"},
		{fengsui.User{Login: "li", Name: "x", Role: fengsui.RoleDuty, Party: "op"}, "aaaaaaaaaaaa", "password_weak"},
	} {
		if _, err := a.CreateUser(t.Context(), admin, root, c.u, c.password); reason(err) != c.want {
			t.Errorf("%+v with %q: got %v, want %s", c.u, c.password, err, c.want)
		}
	}
	for _, role := range fengsui.Roles {
		if role == fengsui.RoleSecurity {
			continue
		}
		s := fengsui.Scope{Role: role, All: true}
		if _, err := a.CreateUser(t.Context(), s, root, fengsui.User{}, good); reason(err) != "may_not" {
			t.Errorf("%s creates accounts: %v", role, err)
		}
		if _, _, err := a.Users(t.Context(), s, "", fengsui.Page{}); reason(err) != "may_not" {
			t.Errorf("%s lists accounts: %v", role, err)
		}
	}
	boss.Disabled = true
	if _, err := a.ChangeUser(t.Context(), admin, root, boss); reason(err) != "last_admin" {
		t.Errorf("the last administrator switches itself off: %v", err)
	}
}

// Accounts are found by a part of the login or the name; what LIKE reads otherwise is
// text here.
func TestUsersText(t *testing.T) {
	a, _ := open(t)
	add(t, a, "wang", fengsui.RoleDuty, "op")
	add(t, a, "li_1", fengsui.RoleDuty, "op")
	for text, want := range map[string][]string{"": {"li_1", "wang"}, "wan": {"wang"}, "N li": {"li_1"}, "_": {"li_1"}, "%": nil, "nobody": nil} {
		list, total, err := a.Users(t.Context(), admin, text, fengsui.Page{Limit: 1000})
		var logins []string
		for _, u := range list {
			logins = append(logins, u.Login)
		}
		if err != nil || total != len(want) || !slices.Equal(logins, want) {
			t.Errorf("%q: got %v of %d, %v, want %v", text, logins, total, err, want)
		}
	}
	if list, total, err := a.Users(t.Context(), admin, "a", fengsui.Page{Limit: 1, Offset: 1}); err != nil || total != 1 || len(list) != 0 {
		t.Errorf("beyond the end: got %v of %d, %v", list, total, err)
	}
}

func TestPassword(t *testing.T) {
	a, _ := open(t)
	u := add(t, a, "wang", fengsui.RoleDuty, "op")
	ctx := t.Context()
	mine, s, _ := a.SignIn(ctx, Credentials{Login: "wang", Password: good, From: "x"})
	other, _, _ := a.SignIn(ctx, Credentials{Login: "wang", Password: good, From: "x"})
	by := fengsui.Actor{User: u.ID, Name: u.Name, Role: u.Role, From: "x", Key: "change-pw"}
	if err := a.ChangePassword(ctx, s.Scope, by, mine, "wrong", "another good one"); reason(err) != "wrong_password" {
		t.Errorf("with a wrong old one: %v", err)
	}
	if err := a.ChangePassword(ctx, s.Scope, by, mine, good, "another good one"); err != nil {
		t.Fatal(err)
	}
	if !a.Alive(ctx, mine) || a.Alive(ctx, other) {
		t.Error("one's own session goes on and the others end")
	}
	if _, _, err := a.SignIn(ctx, Credentials{Login: "wang", Password: good, From: "x"}); reason(err) != "wrong_login" {
		t.Errorf("the old password: %v", err)
	}
	if err := a.SetPassword(ctx, admin, root, u.ID, "set by another one"); err != nil {
		t.Fatal(err)
	}
	if a.Alive(ctx, mine) {
		t.Error("the session outlives a password set by another")
	}
	if _, _, err := a.SignIn(ctx, Credentials{Login: "wang", Password: "set by another one", From: "x"}); err != nil {
		t.Error(err)
	}
}

// A dearer cost is taken over at the next sign-in.
func TestCostRises(t *testing.T) {
	a, _ := open(t)
	u := add(t, a, "wang", fengsui.RoleDuty, "op")
	a.c.Cost = Cost{Memory: 128, Passes: 2, Lanes: 1}
	if _, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "x"}); err != nil {
		t.Fatal(err)
	}
	var hash string
	if err := a.c.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		_, hash, err = user(tx, u.ID)
		return err
	}); err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("the hash is %q, %v", hash, err)
	}
	if _, _, err := a.SignIn(t.Context(), Credentials{Login: "wang", Password: good, From: "x"}); err != nil {
		t.Error(err)
	}
}

func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t)
		u := add(t, a, "reg", fengsui.RoleRegulator, "reg")
		ctx := t.Context()
		u.Least = fengsui.Yellow
		u, err := a.ChangeUser(ctx, admin, root, u)
		if err != nil {
			t.Fatal(err)
		}
		until := now().Add(fengsui.SpanOf(48 * time.Hour))
		tok, secret, err := a.IssueToken(ctx, admin, root, Token{User: u.ID, Name: "board", Least: fengsui.Blue, ReadOnly: true, Until: until})
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.Bearer(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		if s.Scope.All || len(s.Scope.Sectors) != 1 || s.Scope.Least != fengsui.Yellow || !s.ReadOnly || s.Token != tok.ID {
			t.Errorf("a token sees more than its user: %+v", s)
		}
		for _, until := range []fengsui.Millis{0, now(), now().Add(fengsui.SpanOf(400 * 24 * time.Hour))} {
			if _, _, err := a.IssueToken(ctx, admin, root, Token{User: u.ID, Name: "x", Until: until}); reason(err) != "token_until" {
				t.Errorf("until %d: %v", until, err)
			}
		}
		time.Sleep(49 * time.Hour)
		if _, err := a.Bearer(ctx, secret); reason(err) != "session" {
			t.Errorf("a token that is over: %v", err)
		}
		tok, secret, err = a.IssueToken(ctx, admin, root, Token{User: u.ID, Name: "board", Until: now().Add(1000)})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.RevokeToken(ctx, admin, root, tok.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Bearer(ctx, secret); reason(err) != "session" {
			t.Errorf("a revoked token: %v", err)
		}
		if err := a.RevokeToken(ctx, admin, root, tok.ID); reason(err) != "no_token" {
			t.Errorf("revoked twice: %v", err)
		}
		if list, total, err := a.Tokens(ctx, admin, fengsui.Page{Limit: 10}); err != nil || total != 2 || list[0].RevokedAt != now() || list[0].RevokedBy != root.Name || list[0].IssuedBy != root.Name || list[0].Login != u.Login || list[1].RevokedAt != 0 || list[1].RevokedBy != "" {
			t.Errorf("%+v of %d, %v", list, total, err)
		}
	})
}

// The link of a wall is a leader's, looks only, and is no token elsewhere; it ends with its
// time, its revocation, and when its owner is no leader any more.
func TestWallLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t)
		ctx := t.Context()
		reg := add(t, a, "reg", fengsui.RoleRegulator, "reg")
		u := add(t, a, "boss", fengsui.RoleLeader, "bur")
		issue := func(user fengsui.ID) (Token, string, error) {
			return a.IssueToken(ctx, admin, root, Token{User: user, Name: "hall", Wall: true, Until: now().Add(fengsui.SpanOf(48 * time.Hour))})
		}
		if _, _, err := issue(reg.ID); reason(err) != "wall_leader" {
			t.Errorf("of a regulator: %v", err)
		}
		tok, secret, err := issue(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.Wall(ctx, secret)
		if err != nil || !s.ReadOnly || !s.Scope.All || s.Token != tok.ID || s.User.Name != u.Name+" (hall)" {
			t.Errorf("the wall is %+v, %v", s, err)
		}
		if _, err := a.Bearer(ctx, secret); reason(err) != "session" {
			t.Errorf("the link as a token: %v", err)
		}
		if _, err := a.Session(ctx, secret); reason(err) != "session" {
			t.Errorf("the link as a session: %v", err)
		}
		_, plain, err := a.IssueToken(ctx, admin, root, Token{User: u.ID, Name: "x", Until: now().Add(60_000)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Wall(ctx, plain); reason(err) != "wall_over" {
			t.Errorf("a token as a link: %v", err)
		}
		if _, err := a.OpenWall(ctx, fengsui.Actor{From: "10.0.0.9"}, secret); err != nil {
			t.Error(err)
		}
		// Its owner becomes another: it must not show another's view.
		moved := u
		moved.Role = fengsui.RoleBureau
		if moved, err = a.ChangeUser(ctx, admin, root, moved); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Wall(ctx, secret); reason(err) != "wall_over" {
			t.Errorf("of a former leader: %v", err)
		}
		moved.Role = fengsui.RoleLeader
		if _, err = a.ChangeUser(ctx, admin, root, moved); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Wall(ctx, secret); err != nil {
			t.Errorf("of a leader again: %v", err)
		}
		if err := a.RevokeToken(ctx, admin, root, tok.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Wall(ctx, secret); reason(err) != "wall_over" {
			t.Errorf("revoked: %v", err)
		}
		_, secret, _ = issue(u.ID)
		time.Sleep(49 * time.Hour)
		if _, err := a.OpenWall(ctx, fengsui.Actor{}, secret); reason(err) != "wall_over" {
			t.Errorf("over: %v", err)
		}
	})
}

// Waiting for a hash ends with the caller.
func TestHashWait(t *testing.T) {
	a, _ := open(t)
	for range hashes {
		a.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.newHash(ctx, "x"); reason(err) != "busy" {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(cheap.hash("x"))
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2i$v=19$m=1,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		c, salt, hash, err := parse(text)
		if err == nil && (c.text(salt, hash) != text || c.Memory > maxMemory || c.Passes > maxPasses || c.Lanes == 0) {
			t.Fatalf("%q was taken as %+v", text, c)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	c := Cost{Memory: 64 << 10, Passes: 3, Lanes: 4}
	for b.Loop() {
		c.hash(good)
	}
}

func BenchmarkSession(b *testing.B) {
	a, _ := open(b)
	add(b, a, "wang", fengsui.RoleDuty, "op")
	secret, _, err := a.SignIn(b.Context(), Credentials{Login: "wang", Password: good, From: "x"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := a.Session(b.Context(), secret); err != nil {
			b.Fatal(err)
		}
	}
}
