package fengsui

import (
	"slices"
	"testing"
)

// TestScopeSees holds A05: what a person sees follows from role and party.
func TestScopeSees(t *testing.T) {
	firm := ScopeOf("u", RoleEnterprise, &Party{ID: "e1", Kind: Firm}, None)
	zone := ScopeOf("u", RoleZone, &Party{ID: "z1", Kind: Zone}, Yellow)
	regulator := ScopeOf("u", RoleRegulator, &Party{ID: "r1", Kind: Regulator, Sectors: []Sector{"fire"}}, Orange)
	duty := ScopeOf("u", RoleDuty, &Party{ID: "o", Kind: Operator}, None)
	nobody := Scope{}
	f := func(name string, s Scope, e, z ID, sec Sector, peak Level, want bool) {
		t.Helper()
		if got := s.Sees(e, z, sec, peak); got != want {
			t.Errorf("%s sees %s/%s/%s at %v: %v, want %v", name, e, z, sec, peak, got, want)
		}
	}
	f("enterprise", firm, "e1", "z1", "fire", Blue, true)
	f("enterprise", firm, "e2", "z1", "fire", Red, false)
	f("zone", zone, "e1", "z1", "fire", Yellow, true)
	f("zone", zone, "e1", "z1", "fire", Blue, false)
	f("zone", zone, "e1", "z2", "fire", Red, false)
	f("zone, no level", zone, "e1", "z1", "fire", None, true)
	f("regulator", regulator, "e1", "z9", "fire", Orange, true)
	f("regulator", regulator, "e1", "z9", "fire", Yellow, false)
	f("regulator", regulator, "e1", "z9", "hazchem", Red, false)
	f("duty", duty, "e9", "z9", "", None, true)
	f("nobody", nobody, "e1", "z1", "fire", Red, false)
	f("nobody", nobody, "", "", "", None, false)
}

func TestMay(t *testing.T) {
	f := func(r Role, a Act, l Level, want bool) {
		t.Helper()
		s := Scope{Role: r}
		if got := s.May(a, l); got != want {
			t.Errorf("%s may %s at %v: %v, want %v", r, a, l, got, want)
		}
	}
	f(RoleDuty, ActShelve, Orange, true)
	f(RoleDuty, ActShelve, Red, false) // console-ux 3.1: a red one cannot be shelved
	f(RoleEnterprise, ActVerify, Red, true)
	f(RoleZone, ActVerify, Red, false)
	f(RoleLeader, ActConfirm, Blue, false)
	f(RoleDiscipline, ActAudit, None, true)
	f(RoleDuty, ActDecide, Blue, false) // the operator decides nothing (A05)
	for _, r := range Roles {
		f(r, ActSee, Red, true)
	}
	f("", ActSee, None, false)
}

// Three administer, and no right of one is another's (N08; GB/T 22239-2019, 8.1.5):
// who keeps the system gives no rights, who gives rights reads no journal, and who
// reads the journal changes nothing.
func TestThreeAdministrators(t *testing.T) {
	want := map[Role][]Act{
		RoleAdmin:    {ActSee, ActRegistry, ActKeys, ActQuarantine, ActRoster, ActHealth, ActFigures},
		RoleSecurity: {ActSee, ActAccounts},
		RoleAuditor:  {ActSee, ActAudit},
	}
	for role, acts := range want {
		s := Scope{Role: role}
		for _, a := range Acts {
			if got := s.May(a, None); got != slices.Contains(acts, a) {
				t.Errorf("%s may %s: %v", role, a, got)
			}
		}
	}
	for _, role := range Roles {
		s := Scope{Role: role}
		if s.May(ActAccounts, None) && role != RoleSecurity {
			t.Errorf("%s gives rights", role)
		}
	}
}
