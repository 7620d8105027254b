package account

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
)

// The first administrator of a platform comes by a link that is used once, within a day,
// and is given once (N08).
func TestFirstLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t)
		secret, l, err := a.First(t.Context(), false)
		if err != nil || l.Kind != LinkFirst || l.Until != now().Add(fengsui.SpanOf(24*time.Hour)) {
			t.Fatalf("the first link: %+v, %v", l, err)
		}
		if _, _, err := a.First(t.Context(), false); reason(err) != "init_done" {
			t.Errorf("a second init: %v", err)
		}
		lost := secret
		if secret, _, err = a.First(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Look(t.Context(), lost); reason(err) != "link_over" {
			t.Errorf("the link that another took the place of: %v", err)
		}
		time.Sleep(24 * time.Hour)
		if _, err := a.Look(t.Context(), secret); reason(err) != "link_over" {
			t.Errorf("a link after its day: %v", err)
		}
		if secret, _, err = a.First(t.Context(), false); err != nil {
			t.Fatalf("an init after the link's day: %v", err)
		}
		x := Activation{Secret: secret, Login: "Root", Name: "Zhang San", Party: "op", Password: "short"}
		if _, err := a.Activate(t.Context(), x, "10.0.0.1"); reason(err) != "password_length" {
			t.Errorf("a weak password: %v", err)
		}
		x.Password = good
		u, err := a.Activate(t.Context(), x, "10.0.0.1")
		if err != nil || u.Login != "root" || u.Role != fengsui.RoleSecurity {
			t.Fatalf("the first administrator: %+v, %v", u, err)
		}
		if _, s, err := a.SignIn(t.Context(), Credentials{Login: "root", Password: good}); err != nil || s.Must != "" {
			t.Errorf("signing in by one's own choice: %+v, %v", s, err)
		}
		x.Login = "other"
		if _, err := a.Activate(t.Context(), x, "10.0.0.1"); reason(err) != "link_over" {
			t.Errorf("a link used twice: %v", err)
		}
		for _, again := range []bool{false, true} {
			if _, _, err := a.First(t.Context(), again); reason(err) != "init_over" {
				t.Errorf("init of a platform with accounts (again %v): %v", again, err)
			}
		}
	})
}

// A person's link: seven days, once; the newest counts; nobody signs in before, and no
// secret stands in the store or the journal.
func TestActivation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := open(t, func(c *Config) { c.TOTP = nil })
		u, err := a.CreateUser(t.Context(), admin, root, fengsui.User{Login: "li", Name: "Li", Role: fengsui.RoleDuty, Party: "op"}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{"", good} {
			if _, _, err := a.SignIn(t.Context(), Credentials{Login: "li", Password: p, From: "10.0.0.9"}); reason(err) != "wrong_login" {
				t.Errorf("signing in before the link was used: %v", err)
			}
		}
		old, _, err := a.Invite(t.Context(), admin, root, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		secret, l, err := a.Invite(t.Context(), admin, root, u.ID)
		if err != nil || l.Kind != LinkNew || l.Login != "li" || l.Until != now().Add(fengsui.SpanOf(7*24*time.Hour)) {
			t.Fatalf("the link: %+v, %v", l, err)
		}
		time.Sleep(7*24*time.Hour - time.Second)
		if _, err := a.Activate(t.Context(), Activation{Secret: old, Password: good}, ""); reason(err) != "link_over" {
			t.Errorf("the older of two links: %v", err)
		}
		// Of many who use it at once one succeeds.
		var wg sync.WaitGroup
		errs := make(chan error, 5)
		for range cap(errs) {
			wg.Go(func() {
				_, err := a.Activate(t.Context(), Activation{Secret: secret, Password: good}, "10.0.0.1")
				errs <- err
			})
		}
		wg.Wait()
		ok := 0
		for range cap(errs) {
			switch err := <-errs; {
			case err == nil:
				ok++
			case reason(err) != "link_over":
				t.Error(err)
			}
		}
		if ok != 1 {
			t.Errorf("%d of those who used it at once succeeded, want 1", ok)
		}
		session, s, err := a.SignIn(t.Context(), Credentials{Login: "li", Password: good})
		if err != nil || s.Must != "" {
			t.Fatalf("after the link: %+v, %v", s, err)
		}

		// Set back: the password stays until the link is used, then it is gone for good
		// and the sessions with it.
		secret, l, err = a.Invite(t.Context(), admin, root, u.ID)
		if err != nil || l.Kind != LinkReset {
			t.Fatalf("a link to another password: %+v, %v", l, err)
		}
		if _, err := a.Session(t.Context(), session); err != nil {
			t.Errorf("a link that nobody used ended the session: %v", err)
		}
		if _, err := a.Activate(t.Context(), Activation{Secret: secret, Password: good}, ""); reason(err) != "password_used" {
			t.Errorf("the same password again: %v", err)
		}
		if _, err := a.Activate(t.Context(), Activation{Secret: secret, Password: "another " + good}, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(t.Context(), session); err == nil {
			t.Error("the session outlived the password")
		}
		if _, _, err := a.SignIn(t.Context(), Credentials{Login: "li", Password: good}); reason(err) != "wrong_login" {
			t.Errorf("the old password: %v", err)
		}

		// A password that another set, and an account that is switched off, end a link.
		secret, _, _ = a.Invite(t.Context(), admin, root, u.ID)
		if err := a.SetPassword(t.Context(), admin, root, u.ID, "set by another one"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Look(t.Context(), secret); reason(err) != "link_over" {
			t.Errorf("a link after the password was set otherwise: %v", err)
		}
		secret, _, _ = a.Invite(t.Context(), admin, root, u.ID)
		u.Disabled = true
		if _, err := a.ChangeUser(t.Context(), admin, root, u); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Look(t.Context(), secret); reason(err) != "link_over" {
			t.Errorf("a link of an account that is off: %v", err)
		}
		if _, _, err := a.Invite(t.Context(), admin, root, u.ID); reason(err) != "user_off" {
			t.Errorf("a new link of an account that is off: %v", err)
		}
		entries, _, err := a.c.DB.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "user", Object: u.ID})
		if err != nil {
			t.Fatal(err)
		}
		var acts []string
		for _, e := range entries {
			acts = append(acts, e.Act)
			if strings.Contains(string(e.After), secret) {
				t.Errorf("the journal tells the secret: %s", e.After)
			}
		}
		if got := strings.Join(acts, " "); got != "created link_made link_made activated link_made activated link_made password_set link_made changed" {
			t.Errorf("the journal has %s", got)
		}
	})
}

// Who answers for an organisation's accounts sets back the others of it, and nobody
// else's (A05).
func TestPeople(t *testing.T) {
	a, _ := open(t)
	lead, peer := add(t, a, "lead", fengsui.RoleEnterprise, "firm"), add(t, a, "peer", fengsui.RoleEnterprise, "firm")
	zone, duty := add(t, a, "zone", fengsui.RoleZone, "zone"), add(t, a, "duty", fengsui.RoleDuty, "op")
	scope := func(u fengsui.User) fengsui.Scope { return fengsui.ScopeOf(u.ID, u.Role, parties[u.Party], 0) }
	by := fengsui.Actor{User: lead.ID, Name: lead.Name, Role: lead.Role}
	if _, _, err := a.People(t.Context(), scope(lead), fengsui.Page{}); reason(err) != "not_lead" {
		t.Errorf("the list, of one who was not named: %v", err)
	}
	if _, _, err := a.InvitePeer(t.Context(), scope(lead), by, peer.ID); reason(err) != "not_lead" {
		t.Errorf("a link by one who was not named: %v", err)
	}
	lead.Lead = true
	var err error
	if lead, err = a.ChangeUser(t.Context(), admin, root, lead); err != nil || !lead.Lead {
		t.Fatal(lead, err)
	}
	list, total, err := a.People(t.Context(), scope(lead), fengsui.Page{})
	if err != nil || total != 2 || len(list) != 2 || list[0].ID != lead.ID || !list[0].Lead || list[1].ID != peer.ID {
		t.Errorf("the organisation's accounts: %+v, %d, %v", list, total, err)
	}
	secret, l, err := a.InvitePeer(t.Context(), scope(lead), by, peer.ID)
	if err != nil || l.Kind != LinkReset {
		t.Fatal(l, err)
	}
	if _, err := a.Activate(t.Context(), Activation{Secret: secret, Password: "a wholly new one"}, ""); err != nil {
		t.Error(err)
	}
	for _, other := range []fengsui.User{zone, duty} {
		if _, _, err := a.InvitePeer(t.Context(), scope(lead), by, other.ID); reason(err) != "no_user" {
			t.Errorf("a link for %s of another organisation: %v", other.Login, err)
		}
	}
	if _, _, err := a.InvitePeer(t.Context(), scope(lead), by, lead.ID); reason(err) == "" || err == nil {
		t.Error("a link for oneself")
	}
	peer.Lead, peer.Version = true, 1
	if _, err := a.ChangeUser(t.Context(), admin, root, peer); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.InvitePeer(t.Context(), scope(lead), by, peer.ID); reason(err) != "not_a_peer" {
		t.Errorf("a link for another who answers for accounts: %v", err)
	}
	if _, _, err := a.Invite(t.Context(), scope(lead), by, peer.ID); fengsui.CodeOf(err) != fengsui.Forbidden {
		t.Errorf("the administrator's way: %v", err)
	}
	duty.Lead = true
	if _, err := a.ChangeUser(t.Context(), admin, root, duty); reason(err) != "user_lead" {
		t.Errorf("a role that answers for nobody: %v", err)
	}
}
