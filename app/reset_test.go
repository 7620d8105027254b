package app

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/account"
	"fengsui/store"
)

// TestReset: the machine's own command lets a person in again whom nobody else can: with a
// new password, without the second factor and the lock, and with a journal row for each;
// a wrong login changes nothing (N08).
func TestReset(t *testing.T) {
	ctx := t.Context()
	file, c := initial(t)
	password := filepath.Join(t.TempDir(), "password")
	reset := func(login, text string) error {
		t.Helper()
		if err := os.WriteFile(password, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return (&ResetCommand{Config: file, Login: login, Password: password}).Run(ctx)
	}
	open := func() *Platform {
		t.Helper()
		p, err := Open(ctx, c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	const old, fresh = "an old password 1A", "quite another one 2B"
	p := open()
	if err := p.Registry.Seed(ctx); err != nil {
		t.Fatal(err)
	}
	operator := p.Registry.District().Kind(fengsui.Operator)[0].ID
	by := fengsui.Actor{Name: "admin command"}
	u, err := p.Accounts.CreateUser(ctx, securityScope(), by, fengsui.User{Login: "last", Name: "Last", Role: fengsui.RoleSecurity, Party: operator}, old)
	if err != nil {
		t.Fatal(err)
	}
	in := func(p *Platform, text string) (account.Session, error) {
		_, s, err := p.Accounts.SignIn(ctx, account.Credentials{Login: "last", Password: text, From: "10.0.0.1"})
		return s, err
	}
	secret, s, err := p.Accounts.SignIn(ctx, account.Credentials{Login: "last", Password: old, From: "10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := reset("last", fresh); err == nil || !strings.Contains(err.Error(), "another fengsui") {
		t.Errorf("while the platform runs: %v, want a refusal", err)
	}
	self := fengsui.Actor{User: u.ID, Name: u.Name, Role: u.Role}
	e, err := p.Accounts.BeginTOTP(ctx, s.Scope, self, secret)
	if err != nil || e.Secret == "" {
		t.Fatal(e, err)
	}
	if _, err := p.Accounts.ConfirmTOTP(ctx, s.Scope, self, secret, codeOf(t, e.Secret)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}

	if err := reset("nobody", fresh); err == nil || !strings.Contains(err.Error(), `no account with the login "nobody"`) {
		t.Errorf("an unknown login: %v", err)
	}
	if err := reset("las", fresh); err == nil {
		t.Error("a part of a login was enough")
	}
	if err := reset("last", "short"); err == nil {
		t.Error("a weak password was taken")
	}
	p = open()
	if _, err := in(p, old); err == nil || !strings.Contains(err.Error(), "second factor") {
		t.Errorf("after refusals the old password: %v, want the question for the code", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}

	if err := reset("LAST", fresh); err != nil { // logins are lower case, whoever types them
		t.Fatal(err)
	}
	if err := reset("last", fresh+"3"); err != nil { // the second factor is off already
		t.Fatal(err)
	}
	p = open()
	defer p.Close()
	if _, err := in(p, old); fengsui.CodeOf(err) != fengsui.Forbidden {
		t.Errorf("the old password: %v, want a refusal", err)
	}
	s, err = in(p, fresh+"3")
	if err != nil {
		t.Fatalf("the new password: %v", err)
	}
	if f, err := p.Accounts.Factor(ctx, s.Scope); err != nil || f.Since != 0 {
		t.Errorf("the second factor is %+v, %v", f, err)
	}
	rows, _, err := p.DB.Entries(ctx, fengsui.Everything(), store.Filter{Kind: "user", Object: u.ID})
	acts := map[string]int{}
	for _, r := range rows {
		if acts[r.Act]++; r.By.Name != "admin command" && r.By.User != u.ID {
			t.Errorf("%s is by %+v", r.Act, r.By)
		}
		if strings.Contains(string(r.After)+string(r.Before), fresh) {
			t.Errorf("%s tells the password", r.Act)
		}
	}
	if err != nil || acts["password_set"] != 2 || acts["totp_reset"] != 1 {
		t.Errorf("the journal has %v, %v, want two passwords set", acts, err)
	}
}

// codeOf is the code of a second factor now (RFC 6238).
func codeOf(t *testing.T, secret string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}
