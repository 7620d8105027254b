package account

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// own is what a signed-in person calls with.
type own struct {
	scope  fengsui.Scope
	by     fengsui.Actor
	secret string
	id     fengsui.ID
	must   Must
}

func enter(t testing.TB, a *Accounts, c Credentials) (own, string) {
	t.Helper()
	secret, s, err := a.SignIn(t.Context(), c)
	if err != nil {
		return own{}, reason(err)
	}
	return own{s.Scope, fengsui.Actor{User: s.User.ID, Name: s.User.Name, Role: s.User.Role, From: c.From}, secret, s.ID, s.Must}, "<nil>"
}

// The rules of passwords, one row a rule (N08; GB/T 22239-2019, 8.1.4.1 a).
func TestPasswordRules(t *testing.T) {
	common := commonest()
	if len(common) < 5000 {
		t.Fatalf("%d common passwords", len(common))
	}
	strict := Rules{Length: 12, Long: -1, Kinds: 4}
	for _, c := range []struct {
		rules    Rules
		password string
		want     string
	}{
		{Rules{}, "Kx7-mmqpz", "password_length"},
		{Rules{}, "Kx7-mmqpzt", ""},
		{Rules{}, strings.Repeat("ab3-", 51), "password_length"},
		{Rules{}, "燧燧烽燧烽台烽火台9a", ""}, // characters, not bytes
		{Rules{}, "kxmmqpzttvrw", "password_kinds"},
		{Rules{}, "kxmmqpzttv99", "password_kinds"},
		{Rules{}, "kxmmqpzttv9-", ""},
		{Rules{}, "correct horse battery", ""}, // long enough to need no kinds
		{strict, "correct horse battery", "password_kinds"},
		{strict, "Correct horse battery 9", ""},
		{Rules{}, "I am wang 2024", "password_weak"},
		{Rules{}, "----------------", "password_weak"},
		{Rules{}, "Password2024!", "password_weak"},
		{Rules{}, "P@ssw0rd2024", "password_weak"},
		{Rules{}, "12345678Ab!", ""}, // not on the list, nor one with something around it
		{Rules{}, "Woaini1314!!", "password_weak"},
		{Rules{}, "Qwertyuiop123!", "password_weak"},
		{Rules{}, "dragondragon1!", "password_weak"},
	} {
		c.rules.defaults()
		got := ""
		if err := c.rules.check("wang", c.password, common); err != nil {
			got = reason(err)
		}
		if got != c.want {
			t.Errorf("%q under %+v: got %q, want %q", c.password, c.rules, got, c.want)
		}
	}
}

// A password that another person chose must be changed first; so must one that is too
// old; and the last ones do not come again.
func TestPasswordLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t, func(c *Config) { c.Rules.Kept = 3 })
		u := add(t, a, "wang", fengsui.RoleDuty, "op")
		ctx := t.Context()
		me, _ := enter(t, a, Credentials{Login: "wang", Password: good, From: "x"})
		if me.must != MustPassword {
			t.Fatalf("with a password set by another: must %q", me.must)
		}
		if s, err := a.Session(ctx, me.secret); err != nil || s.Must != MustPassword {
			t.Errorf("the session must %q, %v", s.Must, err)
		}
		change := func(old, new string) string {
			time.Sleep(time.Second)
			return reason(a.ChangePassword(ctx, me.scope, me.by, me.secret, old, new))
		}
		if got := change(good, good); got != "password_used" {
			t.Errorf("the same again: %s", got)
		}
		pw := func(n int) string { return fmt.Sprintf("a long password, number %d", n) }
		if got := change(good, pw(1)); got != "<nil>" {
			t.Fatal(got)
		}
		if s, _ := a.Session(ctx, me.secret); s.Must != "" {
			t.Errorf("after the change: must %q", s.Must)
		}
		for i := 1; i < 4; i++ {
			if got := change(pw(i), pw(i+1)); got != "<nil>" {
				t.Fatal(i, got)
			}
		}
		for n := 4; n > 1; n-- {
			if got := change(pw(4), pw(n)); got != "password_used" {
				t.Errorf("number %d of 4 again: %s", n, got)
			}
		}
		if got := change(pw(4), pw(1)); got != "<nil>" {
			t.Errorf("the fourth last again: %s", got)
		}

		time.Sleep(90*24*time.Hour - time.Minute)
		if me, _ = enter(t, a, Credentials{Login: "wang", Password: pw(1), From: "x"}); me.must != "" {
			t.Errorf("a minute before 90 days: must %q", me.must)
		}
		time.Sleep(2 * time.Minute)
		if s, err := a.Session(ctx, me.secret); err != nil || s.Must != MustPassword {
			t.Errorf("at 90 days the open session must %q, %v", s.Must, err)
		}
		if err := a.SetPassword(ctx, admin, root, u.ID, "set by another one"); err != nil {
			t.Fatal(err)
		}
		if me, _ = enter(t, a, Credentials{Login: "wang", Password: "set by another one", From: "x"}); me.must != MustPassword {
			t.Errorf("set by another again: must %q", me.must)
		}
	})
}

// An account from the machine's own command line keeps its password.
func TestFirstAccount(t *testing.T) {
	a, _ := open(t)
	u := fengsui.User{Login: "boss", Name: "Boss", Role: fengsui.RoleSecurity, Party: "op"}
	if _, err := a.CreateUser(t.Context(), admin, fengsui.Actor{Name: "admin command"}, u, good); err != nil {
		t.Fatal(err)
	}
	if me, why := enter(t, a, Credentials{Login: "boss", Password: good, From: "x"}); why != "<nil>" || me.must != "" {
		t.Errorf("%s, must %q", why, me.must)
	}
}

// RFC 6238, appendix B, the column of SHA-1: 8 digits of the secret
// "12345678901234567890".
func TestTOTPVectors(t *testing.T) {
	for unix, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := totp([]byte("12345678901234567890"), unix/30, 8); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
	}
}

// authenticator is what a person's telephone holds.
type authenticator []byte

func (x authenticator) code(skew int64) string {
	return totp(x, time.Now().Unix()/30+skew, totpDigits)
}

func enrol(t testing.TB, a *Accounts, me own) (authenticator, []string) {
	t.Helper()
	e, err := a.BeginTOTP(t.Context(), me.scope, me.by, me.secret)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := plain32.DecodeString(e.Secret)
	if err != nil || len(raw) != totpSecret {
		t.Fatalf("the secret is %q: %v", e.Secret, err)
	}
	uri, err := url.Parse(e.URI)
	if err != nil || uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Query().Get("secret") != e.Secret || uri.Query().Get("issuer") != "fengsui" {
		t.Errorf("the address is %s, %v", e.URI, err)
	}
	x := authenticator(raw)
	if _, err := a.ConfirmTOTP(t.Context(), me.scope, me.by, me.secret, "000000"); reason(err) != "totp_code" {
		t.Errorf("confirmed by a wrong code: %v", err)
	}
	codes, err := a.ConfirmTOTP(t.Context(), me.scope, me.by, me.secret, x.code(0))
	if err != nil || len(codes) != recoveryCodes {
		t.Fatal(codes, err)
	}
	return x, codes
}

// The second factor (N08; GB/T 22239-2019, 8.1.4.1 d): a code is taken once, within a
// step of its time, and one of recovery once.
func TestTOTP(t *testing.T) {
	var path, secret string
	var codes []string
	synctest.Test(t, func(t *testing.T) {
		var a *Accounts
		a, path = open(t)
		u := add(t, a, "wang", fengsui.RoleDuty, "op")
		in := func(code string) string {
			_, why := enter(t, a, Credentials{Login: "wang", Password: good, Code: code, From: "x"})
			return why
		}
		me, _ := enter(t, a, Credentials{Login: "wang", Password: good, From: "x"})
		var phone authenticator
		phone, codes = enrol(t, a, me)
		secret = string(phone)
		if _, err := a.BeginTOTP(t.Context(), me.scope, me.by, me.secret); reason(err) != "totp_active" {
			t.Errorf("begun over an active one: %v", err)
		}
		time.Sleep(time.Minute)
		for range 60 { // the first half of a sign-in is no failure, of the login or of the office
			if got := in(""); got != "code_needed" {
				t.Fatalf("without a code: %s", got)
			}
		}
		if _, why := enter(t, a, Credentials{Login: "wang", Password: "wrong", Code: phone.code(0), From: "x"}); why != "wrong_login" {
			t.Errorf("a right code with a wrong password: %s", why)
		}
		code := phone.code(0)
		if got := in(code[:3] + " " + code[3:]); got != "<nil>" {
			t.Errorf("a right code, typed as it is shown: %s", got)
		}
		if got := in(code); got != "wrong_code" {
			t.Errorf("the same code again: %s", got)
		}
		if got := in(phone.code(-1)); got != "wrong_code" {
			t.Errorf("a code of before the one taken: %s", got)
		}
		time.Sleep(time.Minute)
		if got := in(phone.code(1)); got != "<nil>" {
			t.Errorf("a telephone 30 s ahead: %s", got)
		}
		time.Sleep(2 * time.Minute)
		if got := in(phone.code(-2)); got != "wrong_code" {
			t.Errorf("a telephone a minute behind: %s", got)
		}
		if got := in(strings.ToUpper(codes[3])); got != "<nil>" {
			t.Errorf("a recovery code: %s", got)
		}
		if got := in(codes[3]); got != "wrong_code" {
			t.Errorf("a recovery code twice: %s", got)
		}
		if f, err := a.Factor(t.Context(), me.scope); err != nil || f.Since == 0 || f.Codes != recoveryCodes-1 || f.Required {
			t.Errorf("the factor is %+v, %v", f, err)
		}
		for range 5 {
			in("123456")
		}
		if got := in(phone.code(0)); got != "locked" {
			t.Errorf("after five wrong codes: %s", got)
		}
		if err := a.Unlock(t.Context(), admin, root, u.ID); err != nil {
			t.Fatal(err)
		}

		// The telephone is lost.
		if err := a.ResetTOTP(t.Context(), fengsui.Scope{Role: fengsui.RoleAdmin, All: true}, root, u.ID); reason(err) != "may_not" {
			t.Errorf("reset by who gives no rights: %v", err)
		}
		me, _ = enter(t, a, Credentials{Login: "wang", Password: good, Code: codes[0], From: "x"})
		if err := a.ResetTOTP(t.Context(), admin, root, u.ID); err != nil {
			t.Fatal(err)
		}
		if a.Alive(t.Context(), me.secret) {
			t.Error("a session outlives the reset of its factor")
		}
		if got := in(""); got != "<nil>" {
			t.Errorf("after the reset: %s", got)
		}
		if err := a.ResetTOTP(t.Context(), admin, root, u.ID); reason(err) != "no_totp" {
			t.Errorf("reset twice: %v", err)
		}
		if err := a.c.DB.Close(); err != nil {
			t.Fatal(err)
		}
	})
	for _, f := range []string{path, path + "-wal"} {
		b, _ := os.ReadFile(f)
		for _, text := range []string{secret, plain32.EncodeToString([]byte(secret)), codes[5], strings.ReplaceAll(codes[5], "-", "")} {
			if strings.Contains(string(b), text) {
				t.Errorf("%s holds a secret of the second factor in the clear", filepath.Base(f))
			}
		}
	}
}

// A role that needs a second factor sets it up first, and cannot switch it off.
func TestTOTPRequired(t *testing.T) {
	a, _ := open(t, func(c *Config) { c.TOTP = []fengsui.Role{fengsui.RoleSecurity} })
	if _, err := a.CreateUser(t.Context(), admin, fengsui.Platform("test"), fengsui.User{Login: "boss", Name: "Boss", Role: fengsui.RoleSecurity, Party: "op"}, good); err != nil {
		t.Fatal(err)
	}
	me, _ := enter(t, a, Credentials{Login: "boss", Password: good, From: "x"})
	if me.must != MustTOTP {
		t.Fatalf("without a factor: must %q", me.must)
	}
	enrol(t, a, me)
	if s, err := a.Session(t.Context(), me.secret); err != nil || s.Must != "" {
		t.Errorf("after it is set up: must %q, %v", s.Must, err)
	}
	if err := a.RemoveTOTP(t.Context(), me.scope, me.by, me.secret); reason(err) != "totp_required" {
		t.Errorf("switched off: %v", err)
	}
	if err := a.ResetTOTP(t.Context(), me.scope, me.by, me.scope.User); reason(err) != "own_account" {
		t.Errorf("reset by its own owner: %v", err)
	}
	zone := add(t, a, "zone", fengsui.RoleZone, "zone")
	other, _ := enter(t, a, Credentials{Login: zone.Login, Password: good, From: "x"})
	if _, err := a.RecoveryCodes(t.Context(), other.scope, other.by, other.secret); reason(err) != "no_totp" {
		t.Errorf("recovery of nothing: %v", err)
	}
	_, first := enrol(t, a, other)
	second, err := a.RecoveryCodes(t.Context(), other.scope, other.by, other.secret)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{first[0]: "wrong_code", second[0]: "<nil>"} {
		if _, why := enter(t, a, Credentials{Login: zone.Login, Password: good, Code: code, From: "x"}); why != want {
			t.Errorf("a recovery code: %s, want %s", why, want)
		}
	}
	if err := a.RemoveTOTP(t.Context(), other.scope, other.by, other.secret); err != nil {
		t.Errorf("switched off where it may be: %v", err)
	}
}

// A person has so many sessions at most; the one unused for longest ends. They see
// their own, and end one or all others.
func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t, func(c *Config) { c.Sessions = 3 })
		add(t, a, "wang", fengsui.RoleDuty, "op")
		add(t, a, "li", fengsui.RoleDuty, "op")
		ctx := t.Context()
		in := func(login, agent string) own {
			me, why := enter(t, a, Credentials{Login: login, Password: good, From: "10.0.0." + agent, Agent: "Browser " + agent})
			if why != "<nil>" {
				t.Fatal(why)
			}
			return me
		}
		one := in("wang", "1")
		time.Sleep(2 * time.Minute)
		two := in("wang", "2")
		time.Sleep(2 * time.Minute)
		if _, err := a.Session(ctx, one.secret); err != nil { // used after two was
			t.Fatal(err)
		}
		three := in("wang", "3")
		theirs := in("li", "9")
		time.Sleep(time.Second)
		four := in("wang", "4")
		for name, c := range map[string]struct {
			own
			want bool
		}{"one": {one, true}, "two, unused for longest": {two, false}, "three": {three, true}, "four": {four, true}, "another's": {theirs, true}} {
			if got := a.Alive(ctx, c.secret); got != c.want {
				t.Errorf("%s is there: %v", name, got)
			}
		}
		list, total, err := a.Sessions(ctx, four.scope, four.id, fengsui.Page{Limit: 2})
		if err != nil || total != 3 || len(list) != 2 || list[0].ID != four.id || !list[0].Current || list[0].From != "10.0.0.4" || list[0].Agent != "Browser 4" || list[0].BeganAt != now() || list[1].Current {
			t.Errorf("got %+v of %d, %v", list, total, err)
		}
		if err := a.EndSession(ctx, theirs.scope, theirs.by, one.id); reason(err) != "no_session" {
			t.Errorf("ending another's: %v", err)
		}
		if err := a.EndSession(ctx, four.scope, four.by, one.id); err != nil || a.Alive(ctx, one.secret) {
			t.Errorf("ending one: %v", err)
		}
		if err := a.EndOthers(ctx, four.scope, four.by, four.secret); err != nil || a.Alive(ctx, three.secret) || !a.Alive(ctx, four.secret) || !a.Alive(ctx, theirs.secret) {
			t.Errorf("ending the others: %v", err)
		}
		// Who signs in again from the same browser has a new secret, and the old one is
		// worth nothing.
		again, _ := enter(t, a, Credentials{Login: "wang", Password: good, From: "x", Old: four.secret})
		if again.secret == four.secret || a.Alive(ctx, four.secret) {
			t.Error("the session from before the sign-in lives on")
		}
		if got := acts(t, a); !strings.Contains(got, "session_ended") || !strings.Contains(got, "sessions_ended") {
			t.Errorf("journal: %q", got)
		}
	})
}

// Password or code given again is written on the session; a wrong one counts like a
// failed sign-in.
func TestProve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t)
		add(t, a, "wang", fengsui.RoleDuty, "op")
		me, _ := enter(t, a, Credentials{Login: "wang", Password: good, From: "x"})
		phone, _ := enrol(t, a, me)
		proved := func() fengsui.Millis {
			s, err := a.Session(t.Context(), me.secret)
			if err != nil {
				t.Fatal(err)
			}
			return s.ProvedAt
		}
		for _, c := range []struct{ name, password, code, want string }{
			{"by password", good, "", "<nil>"},
			{"by code", "", "now", "<nil>"},
			{"by the same code", "", "last", "totp_code"},
			{"by nothing", "", "", "wrong_password"},
		} {
			time.Sleep(time.Minute)
			before, code := proved(), c.code
			switch code {
			case "now":
				code = phone.code(0)
			case "last":
				code = phone.code(-2)
			}
			err := a.Prove(t.Context(), me.scope, me.by, me.secret, c.password, code)
			if reason(err) != c.want {
				t.Errorf("%s: %v", c.name, err)
			}
			if got, want := proved() > before, c.want == "<nil>"; got != want {
				t.Errorf("%s: proved is %v", c.name, got)
			}
		}
		if err := a.Prove(t.Context(), me.scope, me.by, "", good, ""); reason(err) != "not_by_token" {
			t.Errorf("by a token: %v", err)
		}
		for range 3 {
			a.Prove(t.Context(), me.scope, me.by, me.secret, "guess", "")
		}
		if err := a.Prove(t.Context(), me.scope, me.by, me.secret, good, ""); reason(err) != "locked" {
			t.Errorf("after five wrong ones: %v", err)
		}
		if got := acts(t, a); strings.Count(got, "proof_failed") != 5 || strings.Count(got, "proved") != 2 {
			t.Errorf("journal: %q", got)
		}
	})
}

// Nobody gives rights to themselves, and nobody borrows an administrator's.
func TestOwnRights(t *testing.T) {
	a, _ := open(t)
	boss := add(t, a, "boss", fengsui.RoleSecurity, "op")
	add(t, a, "second", fengsui.RoleSecurity, "op")
	system := add(t, a, "system", fengsui.RoleAdmin, "op")
	me := fengsui.ScopeOf(boss.ID, boss.Role, parties["op"], fengsui.None)
	by := fengsui.Actor{User: boss.ID, Name: boss.Name, Role: boss.Role}
	for what, change := range map[string]func(*fengsui.User){
		"role":     func(u *fengsui.User) { u.Role = fengsui.RoleAdmin },
		"level":    func(u *fengsui.User) { u.Least = fengsui.Red },
		"disabled": func(u *fengsui.User) { u.Disabled = true },
	} {
		u := boss
		change(&u)
		if _, err := a.ChangeUser(t.Context(), me, by, u); reason(err) != "own_account" {
			t.Errorf("own %s: %v", what, err)
		}
	}
	u := boss
	u.Name = "Boss of all"
	if _, err := a.ChangeUser(t.Context(), me, by, u); err != nil {
		t.Errorf("own name: %v", err)
	}
	if err := a.SetPassword(t.Context(), me, by, boss.ID, "another good one"); reason(err) != "own_account" {
		t.Errorf("own password without the old: %v", err)
	}
	until := now().Add(1000)
	for _, id := range []fengsui.ID{system.ID, boss.ID} {
		if _, _, err := a.IssueToken(t.Context(), me, by, Token{User: id, Name: "x", Until: until}); reason(err) != "token_admin" {
			t.Errorf("a token for an administrator: %v", err)
		}
	}
	// The system's administrator reaches no account at all.
	sys := fengsui.ScopeOf(system.ID, system.Role, parties["op"], fengsui.None)
	system.Role = fengsui.RoleSecurity
	if _, err := a.ChangeUser(t.Context(), sys, fengsui.Actor{User: system.ID}, system); reason(err) != "may_not" {
		t.Errorf("the system's administrator makes itself the other: %v", err)
	}
}

// What one administrator held is two's from now on: of those of before, the oldest that
// is not switched off gives rights, the others keep the system, and the journal says so.
func TestMigrateAdministrators(t *testing.T) {
	a, _ := open(t)
	ctx := t.Context()
	off := add(t, a, "off", fengsui.RoleAdmin, "op")
	first := add(t, a, "first", fengsui.RoleAdmin, "op")
	time.Sleep(2 * time.Millisecond) // ids of one millisecond have no order
	second := add(t, a, "second", fengsui.RoleAdmin, "op")
	b, err := migrations.ReadFile("migrations/003_protection.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, move, ok := strings.Cut(string(b), "ADD COLUMN moved BIGINT NOT NULL DEFAULT 0;")
	if !ok {
		t.Fatal("the migration moves nobody")
	}
	err = a.c.DB.Change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE account_user SET disabled = 1 WHERE id = $1`, off.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(strings.TrimSuffix(strings.TrimSpace(move), ";")); err != nil {
			return err
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "test", ID: "x"}, Act: "migrated", By: root})
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second start has nothing to say
		if a, err = Open(ctx, a.c); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[fengsui.ID]fengsui.Role{off.ID: fengsui.RoleAdmin, first.ID: fengsui.RoleSecurity, second.ID: fengsui.RoleAdmin} {
		if u, err := a.User(ctx, admin, id); err != nil || u.Role != want {
			t.Errorf("%s is %s, %v, want %s", u.Login, u.Role, err, want)
		}
	}
	list, _, err := a.c.DB.Entries(ctx, fengsui.Everything(), store.Filter{Kind: "user"})
	list = slices.DeleteFunc(list, func(e store.Entry) bool { return e.By.Name != "platform/account" })
	if err != nil || len(list) != 1 || list[0].Of.ID != first.ID || list[0].Why == "" {
		t.Errorf("the journal has %+v, %v", list, err)
	}
}

// A wrong master key opens no factor, and says so.
func TestWrongMaster(t *testing.T) {
	a, _ := open(t)
	add(t, a, "wang", fengsui.RoleDuty, "op")
	me, _ := enter(t, a, Credentials{Login: "wang", Password: good, From: "x"})
	_, codes := enrol(t, a, me)
	c := a.c
	c.Master = []byte(strings.Repeat("x", 32))
	b, err := Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.SignIn(t.Context(), Credentials{Login: "wang", Password: good, Code: codes[0], From: "x"}); err == nil || fengsui.CodeOf(err) != fengsui.Internal {
		t.Errorf("under another master key: %v", err)
	}
	c.Master = nil
	if _, err := Open(context.Background(), c); err == nil {
		t.Error("opened without a master key")
	}
}
