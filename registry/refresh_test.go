package registry

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"fengsui"
)

// TestRefresh: what is patched change by change is what a fresh start reads, and a
// change replaces nothing that it did not touch.
func TestRefresh(t *testing.T) {
	r := open(t)
	plant(t, r)
	imports(t, r, "enterprises", "credit_code,name,sector,zone,code\n"+credit(2)+",别家,fire,120116001,BH-2\n")
	imports(t, r, "points", points+"BH-2,P1,液位,液位,m,0,10,9,是,,,1m\n")
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sheet := func(what, sheet string) func() {
		return func() {
			t.Helper()
			if rep := imports(t, r, what, sheet); rep.Created+rep.Changed != 1 {
				t.Fatalf("%s: %+v, want one created or changed", what, rep)
			}
		}
	}
	theirs := r.District().EnterpriseByCode("BH-2").Num
	other := r.District().PointByCode(theirs, "P1")
	own := r.District().EnterpriseByCode("BH-1")
	var key fengsui.Key
	for _, c := range []struct {
		name                     string
		act                      func()
		district, points, assets bool // another one afterwards
	}{
		{"issue", func() {
			var err error
			key, _, err = r.Issue(t.Context(), admin, by(""), own.ID)
			do(err)
		}, false, false, false},
		{"rotate", func() { _, _, err := r.Rotate(t.Context(), admin, by(""), own.ID); do(err) }, false, false, false},
		{"revoke", func() { do(r.Revoke(t.Context(), admin, by(""), own.ID, key.ID)) }, false, false, false},
		{"look", func() { do(r.Reveal(t.Context(), fengsui.Scope{Role: fengsui.RoleBureau, All: true}, by(""), own.ID)) }, false, false, false},
		{"rename", sheet("enterprises", "credit_code,name,sector,zone,code\n"+credit(1)+",新名,pipeline,120116001,BH-1\n"), true, false, false},
		{"contact", sheet("contacts", "party,name,duty,phone,channels\nBH-1,张三,principal,13800000000,email:a@b\n"), true, false, false},
		{"new asset", sheet("assets", "enterprise,code,kind,name\nBH-1,T2,储罐,二号罐\n"), true, false, true},
		{"asset", sheet("assets", "enterprise,code,kind,name\nBH-1,T1,储罐,改名\n"), true, false, true},
		{"new device", sheet("devices", "enterprise,code,name,keys\nBH-1,G2,网关,push=GW-2\n"), true, false, false},
		{"device", sheet("devices", "enterprise,code,name,keys\nBH-1,G1,网关,push=GW-3\n"), true, false, false},
		{"new point", sheet("points", points+"BH-1,LT102,液位,液位,m,0,10,9,是,T1,G1,1m\n"), true, true, false},
		{"point", sheet("points", points+"BH-1,LT101,液位,液位,m,0,10,8,是,T1,G1,1m\n"), true, true, false},
		{"another point", sheet("points", points+"BH-1,LT101,压力,压力,MPa,0,10,8,是,T1,G1,1m\n"), true, true, false},
		{"new enterprise", sheet("enterprises", "credit_code,name,sector,zone,code\n"+credit(3)+",又一家,fire,120116001,BH-0\n"), true, false, false},
	} {
		was := r.District()
		old, err := json.Marshal(was)
		do(err)
		c.act()
		now := r.District()
		if got := now != was; got != c.district {
			t.Errorf("%s: another district: %v, want %v", c.name, got, c.district)
		}
		for what, x := range map[string]struct {
			was, now any
			want     bool
		}{"points": {was.Points, now.Points, c.points}, "assets": {was.Assets, now.Assets, c.assets}} {
			if got := reflect.ValueOf(x.was).Pointer() != reflect.ValueOf(x.now).Pointer(); got != x.want {
				t.Errorf("%s: another index of %s: %v, want %v", c.name, what, got, x.want)
			}
		}
		if left, err := json.Marshal(was); err != nil || string(left) != string(old) {
			t.Errorf("%s: the old snapshot was changed", c.name)
		}
		if now.PointByCode(theirs, "P1") != other {
			t.Errorf("%s: an untouched enterprise's point was replaced", c.name)
		}
		fresh, err := Open(t.Context(), Config{DB: r.c.DB, Master: master})
		do(err)
		if !reflect.DeepEqual(fresh.District(), now) {
			t.Errorf("%s: the patched district is not what a fresh start reads", c.name)
		}
		for name, maps := range map[string][2]map[any]any{"secrets": {all(&fresh.secrets), all(&r.secrets)}, "retired": {all(&fresh.retired), all(&r.retired)}} {
			if !reflect.DeepEqual(maps[0], maps[1]) {
				t.Errorf("%s: the %s are not what a fresh start reads", c.name, name)
			}
		}
	}
	if n := len(all(&r.retired)); n != 1 {
		t.Errorf("%d points are retired, want 1", n)
	}
}

func all(m interface{ Range(func(k, v any) bool) }) map[any]any {
	out := map[any]any{}
	m.Range(func(k, v any) bool { out[k] = v; return true })
	return out
}

// big is a registry of 100 enterprises with 1,000 points each.
func big(b *testing.B) *Registry {
	r := open(b)
	for i := range 100 {
		imports(b, r, "enterprises", fmt.Sprintf("credit_code,name,sector,zone,code\n%s,企业,fire,120116001,BE-%d\n", credit(i), i))
		var sheet strings.Builder
		sheet.WriteString(points)
		for p := range 1000 {
			fmt.Fprintf(&sheet, "BE-%d,P%d,x,level,m,0,10,9,yes,,,1m\n", i, p)
		}
		if rep := imports(b, r, "points", sheet.String()); rep.Created != 1000 {
			b.Fatalf("%+v", rep)
		}
	}
	return r
}

// BenchmarkChange is one change in a district of 100,000 points: a key that is
// rotated and revoked, a contact, a point's limit.
func BenchmarkChange(b *testing.B) {
	r := big(b)
	e := r.District().EnterpriseByCode("BE-7")
	key, _, err := r.Issue(b.Context(), admin, by(""), e.ID)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("key", func(b *testing.B) {
		for b.Loop() {
			next, _, err := r.Rotate(b.Context(), admin, by(""), e.ID)
			if err == nil {
				err = r.Revoke(b.Context(), admin, by(""), e.ID, key.ID)
			}
			if err != nil {
				b.Fatal(err)
			}
			key = next
		}
	})
	n := 0
	b.Run("contact", func(b *testing.B) {
		for b.Loop() {
			n++
			imports(b, r, "contacts", fmt.Sprintf("party,name,duty,phone,channels\nBE-7,N%d,principal,,email:a@b\n", n))
		}
	})
	b.Run("point", func(b *testing.B) {
		for b.Loop() {
			n++
			imports(b, r, "points", points+fmt.Sprintf("BE-7,P7,x,level,m,0,10,%g,yes,,,1m\n", 1+float64(n%8000)/1000))
		}
	})
}
