package registry

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

var (
	admin  = fengsui.Scope{Role: fengsui.RoleAdmin, All: true}
	master = bytes.Repeat([]byte{7}, 32)
)

func by(key string) fengsui.Actor {
	return fengsui.Actor{User: "u1", Name: "Admin", Role: fengsui.RoleAdmin, Key: key}
}

func openDB(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Place(t, filepath.Join(t.TempDir(), "t.db")), Tables())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func open(t testing.TB) *Registry {
	t.Helper()
	r, err := Open(t.Context(), Config{DB: openDB(t), Master: master})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// credit makes valid credit codes: the check digit by trial.
func credit(n int) string {
	base := fmt.Sprintf("91120116MA%07d", n)
	for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		if code := base + string(c); fengsui.CheckCreditCode(code) == nil {
			return code
		}
	}
	panic("no check digit fits")
}

func imports(t testing.TB, r *Registry, what, sheet string) Report {
	t.Helper()
	rep, err := r.Import(t.Context(), admin, by(""), what, []byte(sheet), false)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

const points = "enterprise,code,name,quantity,unit,range_low,range_high,hh,key,asset,device,every\n"

// plant imports one enterprise with a tank, a gateway and a point.
func plant(t testing.TB, r *Registry) *fengsui.Enterprise {
	t.Helper()
	for _, s := range [][2]string{
		{"enterprises", "credit_code,name,sector,zone,code\n" + credit(1) + ",华北石化,hazchem,120116401,BH-1\n"},
		{"assets", "enterprise,code,kind,name\nBH-1,T1,储罐,一号罐\n"},
		{"devices", "enterprise,code,name,keys\nBH-1,G1,网关,push=GW-1\n"},
		{"points", points + "BH-1,LT101,液位,液位,m,0,10,9,是,T1,G1,1m\n"},
	} {
		if rep := imports(t, r, s[0], s[1]); rep.Created != 1 || len(rep.Errors) > 0 {
			t.Fatalf("%s: %+v", s[0], rep)
		}
	}
	return r.District().EnterpriseByCode("BH-1")
}

// A12: regulators per sector are data; the tree is seeded once.
func TestSeed(t *testing.T) {
	r := open(t)
	d := r.District()
	if got := len(d.Kind(fengsui.Zone)); got != 26 {
		t.Errorf("got %d zones, streets and towns, want the 26 rows of 120116", got)
	}
	head := r.c.DB.Head()
	if err := r.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.c.DB.Head(); got != head {
		t.Errorf("a second seed wrote journal rows: head %d, want %d", got, head)
	}
	e := plant(t, r)
	for sector, want := range map[fengsui.Sector]string{
		"vehicles": "交警支队 区交运局", "hazchem": "区应急局", "hazchem_pipeline": "区应急局", "pipeline": "区发改委 区应急局",
		"fire": "消防救援支队", "construction": "区住建委", "warehousing": "", "trade": "",
	} {
		var names []string
		for _, p := range r.District().Holders(fengsui.AsRegulator, e, sector) {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("A12 regulators of %s: got %q, want %q", sector, got, want)
		}
	}
	for _, p := range d.Parties {
		if p.Kind == fengsui.Regulator && d.Parties[p.Parent] == nil {
			t.Errorf("%s hangs on no party of the tree", p.Name)
		}
	}
}

func TestPlant(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	d := r.District()
	if p := d.Parties[e.ID]; p == nil || p.Kind != fengsui.Firm || p.Parent != e.Zone {
		t.Errorf("the enterprise's party is %+v", p)
	}
	p := d.PointByCode(e.Num, "LT101")
	if p == nil {
		t.Fatal("the point is not in the district")
	}
	if p.Quantity != fengsui.LevelOf || !p.Key || p.Every != 60_000 || p.HH == nil || *p.HH != 9 || d.Assets[p.Asset].Kind != "tank" || d.Devices[p.Device].Keys["push"] != "GW-1" {
		t.Errorf("the point came in as %+v", p)
	}
}

// Errors are per row and column, and with one of them nothing comes in.
func TestImportErrors(t *testing.T) {
	r := open(t)
	plant(t, r)
	for _, c := range []struct {
		name, what, sheet, want string
	}{
		{"credit code", "enterprises", "credit_code,name,sector,zone\n" + credit(2) + ",A,fire,120116401\n911201160000000000,B,fire,120116401\n", "3 credit_code credit_code"},
		{"zone", "enterprises", "credit_code,name,sector,zone\n" + credit(2) + ",A,fire,999\n", "2 zone unknown_zone"},
		{"sector", "enterprises", "credit_code,name,sector,zone\n" + credit(2) + ",A,farming,120116401\n", "2 sector unknown_sector"},
		{"code taken", "enterprises", "credit_code,name,sector,zone,code\n" + credit(2) + ",A,fire,120116401,BH-1\n", "2 code code_taken"},
		{"empty", "enterprises", "credit_code,name,sector,zone\n" + credit(2) + ",,fire,\n", "2 name empty; 2 zone empty"},
		{"twice", "enterprises", "credit_code,name,sector,zone\n" + credit(2) + ",A,fire,120116401\n" + credit(2) + ",B,fire,120116401\n", "3  row_twice"},
		{"cells", "assets", "enterprise,code,kind,name\nBH-1,T2,tank\n", "2  cell_count"},
		{"enterprise", "assets", "enterprise,code,kind,name\nNONE,T2,tank,x\n", "2 enterprise no_enterprise"},
		{"limits", "points", points + "BH-1,P2,x,pressure,MPa,0,10,11,no,,,\n", "2 limits point_limits"},
		{"range", "points", points + "BH-1,P2,x,pressure,MPa,10,1,,no,,,\n", "2 range_low point_range"},
		{"number", "points", points + "BH-1,P2,x,pressure,MPa,zero,1,,no,,,\n", "2 range_low not_a_number"},
		{"key rate H17", "points", points + "BH-1,P2,x,pressure,MPa,0,1,,yes,,,6m\n", "2 every key_rate"},
		{"asset", "points", points + "BH-1,P2,x,pressure,MPa,0,1,,no,T9,,\n", "2 asset unknown_asset"},
		{"device", "points", points + "BH-1,P2,x,pressure,MPa,0,1,,no,,G9,\n", "2 device unknown_device"},
		{"quantity", "points", points + "BH-1,P2,x,mood,MPa,0,1,,no,,,\n", "2 quantity unknown_quantity"},
		{"good after bad", "points", points + "BH-1,P2,x,mood,MPa,0,1,,no,,,\nBH-1,P3,x,pressure,MPa,0,1,,no,,,\n", "2 quantity unknown_quantity"},
		{"contact", "contacts", "party,name,duty,phone,channels\nBH-1,张三,主要负责人,12,\nBH-1,李四,大王,,\nBH-1,王五,contact,,pigeon:coop\n", "2 phone bad_phone; 3 duty bad_duty; 4 channels unknown_channel"},
	} {
		head := r.c.DB.Head()
		rep := imports(t, r, c.what, c.sheet)
		var got []string
		for _, e := range rep.Errors {
			got = append(got, fmt.Sprintf("%d %s %s", e.Row, e.Column, e.Reason))
			if e.Message == "" {
				t.Errorf("%s: row %d has no sentence", c.name, e.Row)
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if r.c.DB.Head() != head {
			t.Errorf("%s: something was written", c.name)
		}
	}
}

func TestImportWhole(t *testing.T) {
	r := open(t)
	for _, c := range []struct{ name, what, sheet, want string }{
		{"gbk", "enterprises", "\xc6\xf3\xd2\xb5", "not_utf8"},
		{"empty", "enterprises", "", "no_header"},
		{"column", "enterprises", "credit_code,name,sector,zone,moon\n", "unknown_column"},
		{"missing", "enterprises", "credit_code,name,sector\n", "column_missing"},
		{"twice", "enterprises", "credit_code,name,sector,zone,name\n", "column_twice"},
		{"quotes", "enterprises", "credit_code,name,sector,zone\n\"a,b\n", "bad_csv"},
		{"sheet", "moons", "a\n", "no_sheet"},
		{"large", "enterprises", strings.Repeat("x", MaxSheet+1), "too_large"},
		{"rows", "assets", "enterprise,code,kind,name\n" + strings.Repeat("a,b,c,d\n", maxRows+1), "too_many_rows"},
	} {
		_, err := r.Import(t.Context(), admin, by(""), c.what, []byte(c.sheet), false)
		if got := reason(err); got != c.want {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.want)
		}
	}
	_, err := r.Import(t.Context(), fengsui.Scope{Role: fengsui.RoleDuty, All: true}, by(""), "assets", nil, false)
	if got := reason(err); got != "may_not" {
		t.Errorf("a duty officer imports: %v", err)
	}
}

func reason(err error) string {
	e, ok := err.(*fengsui.Error)
	if !ok {
		return fmt.Sprint(err)
	}
	return e.Reason
}

// Chinese headers, a byte order mark, a dry run, the same sheet again, a change.
func TestImportAgain(t *testing.T) {
	r := open(t)
	sheet := "\ufeff统一社会信用代码,企业名称,行业,功能区\r\n" + credit(3) + ",渤海化工,危险化学品企业,天津港保税区\r\n"
	head := r.c.DB.Head()
	rep, err := r.Import(t.Context(), admin, by(""), "enterprises", []byte(sheet), true)
	if err != nil || rep.Created != 1 || !rep.Dry || len(rep.Errors) > 0 {
		t.Fatalf("dry run: %+v, %v", rep, err)
	}
	if r.c.DB.Head() != head || len(r.District().Enterprises) != 0 {
		t.Error("a dry run wrote something")
	}
	if rep := imports(t, r, "enterprises", sheet); rep.Created != 1 {
		t.Errorf("first: %+v", rep)
	}
	head = r.c.DB.Head()
	if rep := imports(t, r, "enterprises", sheet); rep.Same != 1 || rep.Created+rep.Changed != 0 {
		t.Errorf("the same again: %+v", rep)
	}
	if r.c.DB.Head() != head {
		t.Error("the same sheet again wrote something")
	}
	sheet = strings.Replace(sheet, "天津港保税区", "塘沽街道", 1)
	if rep := imports(t, r, "enterprises", sheet); rep.Changed != 1 {
		t.Errorf("changed: %+v", rep)
	}
	for _, e := range r.District().Enterprises {
		if e.Code != "BH000001" || e.Version != 2 {
			t.Errorf("got code %s version %d, want BH000001 version 2", e.Code, e.Version)
		}
		if z := r.District().Parties[r.District().Parties[e.ID].Parent]; z.Name != "塘沽街道" {
			t.Errorf("the party's parent is %s", z.Name)
		}
	}
}

// Re-mapping a code makes a new num; nums are never used again (DESIGN §10).
func TestRemap(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	old := r.District().PointByCode(e.Num, "LT101")
	if rep := imports(t, r, "points", points+"BH-1,LT101,液位,level,m,0,12,9,yes,T1,G1,1m\n"); rep.Changed != 1 {
		t.Fatalf("%+v", rep)
	}
	if p := r.District().PointByCode(e.Num, "LT101"); p.Num != old.Num || p.RangeHigh != 12 || p.Version != 2 {
		t.Errorf("a wider range: got %+v, want num %d", p, old.Num)
	}
	if rep := imports(t, r, "points", points+"BH-1,LT101,压力,pressure,MPa,0,12,9,yes,T1,G1,1m\n"); rep.Changed != 1 || len(rep.Errors) > 0 {
		t.Fatalf("%+v", rep)
	}
	p := r.District().PointByCode(e.Num, "LT101")
	if p.Num == old.Num || p.ID == old.ID {
		t.Errorf("another quantity kept num %d and id %s", p.Num, p.ID)
	}
	if r.District().Point(old.Num) != nil {
		t.Error("the retired point is still judged")
	}
	if was := r.Retired(old.Num); was == nil || was.Name != "液位" {
		t.Errorf("the retired point is %+v", was)
	}
	if got, err := r.Point(t.Context(), fengsui.Everything(), old.ID); err != nil || got.Num != old.Num {
		t.Errorf("the retired point reads as %+v, %v", got, err)
	}
}

func TestContacts(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	sheet := "party,name,duty,phone,channels\nBH-1,张三,主要负责人,13800001234,email:z@example.cn;webhook:https://example.cn/x\nyygs,值班,duty_desk,,\nBH-1,李四,safety_head,,\n"
	if rep := imports(t, r, "contacts", sheet); rep.Changed != 2 || rep.Rows != 3 {
		t.Fatalf("%+v", rep)
	}
	got := r.District().Parties[e.ID].Contacts
	if len(got) != 2 || got[0].Name != "张三" || got[0].Duty != "principal" || len(got[0].Channels) != 2 || got[0].Channels[1].Kind != "webhook" || got[1].Name != "李四" {
		t.Errorf("got %+v", got)
	}
	head := r.c.DB.Head()
	zone := fengsui.Scope{Role: fengsui.RoleZone, Zone: e.Zone}
	if err := r.Reveal(t.Context(), zone, by("k-reveal-1"), e.ID); err != nil {
		t.Fatal(err)
	}
	if row, ok, _ := r.c.DB.ByKey(t.Context(), "u1", "k-reveal-1"); !ok || row.Act != "seen" || row.Enterprise != e.ID || row.Pos != head+1 {
		t.Errorf("the look is not on the journal: %+v", row)
	}
}

// H16: issued, rotated with two valid, revoked; sealed; shown once.
// TestKeyOfAnotherProcess: a key that another process issued is good here at once, and
// guessing keys looks into the store ten times a second at most.
func TestKeyOfAnotherProcess(t *testing.T) {
	one := open(t)
	e := plant(t, one)
	two, err := Open(t.Context(), one.c)
	if err != nil {
		t.Fatal(err)
	}
	k, want, err := one.Issue(t.Context(), admin, by("issue-key-1"), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, ok := two.Secret("BH-1", k.ID); !ok || !bytes.Equal(got, want) {
		t.Error("the key is not known in the other process")
	}
	before := two.lateAt
	for range 3 {
		if _, _, ok := two.Secret("BH-1", "guessed"); ok {
			t.Error("a guessed key is good")
		}
	}
	if took := two.lateAt.Sub(before); took < 3*catchUpEvery {
		t.Errorf("three guesses were looked up within %s", took)
	}
}

func TestKeys(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	ctx := t.Context()
	state := func(id string) string {
		b, s, ok := r.Secret("BH-1", id)
		if ok != (b != nil) {
			t.Errorf("ok is %v for a secret of %d bytes", ok, len(b))
		}
		return fmt.Sprint(s, " ", ok)
	}
	k1, s1, err := r.Issue(ctx, admin, by("issue-key-1"), e.ID)
	if err != nil || len(s1) != 32 {
		t.Fatal(err)
	}
	if row, ok, _ := r.c.DB.ByKey(ctx, "u1", "issue-key-1"); !ok || string(row.Of.ID) != k1.ID || bytes.Contains(row.After, s1) {
		t.Errorf("journal row %+v", row)
	}
	if b, _, ok := r.Secret("BH-1", k1.ID); !ok || !bytes.Equal(b, s1) {
		t.Error("the secret in memory is not the one issued")
	}
	if _, _, err := r.Issue(ctx, admin, by(""), e.ID); reason(err) != "key_active" {
		t.Errorf("a second key without rotation: %v", err)
	}
	k2, _, err := r.Rotate(ctx, admin, by("rotate-key-1"), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if row, ok, _ := r.c.DB.ByKey(ctx, "u1", "rotate-key-1"); !ok || string(row.Of.ID) != k2.ID {
		t.Errorf("the rotation's key does not lead to the new key: %+v", row)
	}
	if a, b := state(k1.ID), state(k2.ID); a != "rotating true" || b != "active true" {
		t.Errorf("while rotating: %s and %s", a, b)
	}
	if _, _, err := r.Rotate(ctx, admin, by(""), e.ID); reason(err) != "key_rotating" {
		t.Errorf("a rotation on top of one: %v", err)
	}
	if err := r.Revoke(ctx, admin, by(""), e.ID, k1.ID); err != nil {
		t.Fatal(err)
	}
	if a, b := state(k1.ID), state(k2.ID); a != "revoked false" || b != "active true" {
		t.Errorf("after the rotation: %s and %s", a, b)
	}
	if err := r.Revoke(ctx, admin, by(""), e.ID, k1.ID); reason(err) != "key_revoked" {
		t.Errorf("revoked twice: %v", err)
	}
	list, err := r.Keys(ctx, admin, e.ID)
	if err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	if list, _ := r.Keys(ctx, fengsui.Scope{Role: fengsui.RoleEnterprise, Enterprise: "other"}, e.ID); len(list) != 0 {
		t.Errorf("another enterprise sees %v", list)
	}

	// Sealed: not in the file, and another master key cannot open it.
	var sealed []byte
	if err := r.c.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT sealed FROM push_key WHERE id = $1`, k1.ID).Scan(&sealed)
	}); err != nil || bytes.Contains(sealed, s1) || len(sealed) < 44 {
		t.Errorf("sealed: %d bytes, %v", len(sealed), err)
	}
	if _, err := Open(ctx, Config{DB: r.c.DB, Master: bytes.Repeat([]byte{8}, 32)}); err == nil {
		t.Error("another master key opened the keys")
	}
	if _, err := Open(ctx, Config{DB: r.c.DB, Master: []byte("short")}); err == nil {
		t.Error("a short master key was taken")
	}
	// A rotation called off: the new key is revoked, the old one is active again.
	k3, _, err := r.Rotate(ctx, admin, by(""), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(ctx, admin, by(""), e.ID, k3.ID); err != nil {
		t.Fatal(err)
	}
	if got := state(k2.ID); got != "active true" {
		t.Errorf("after a rotation called off: %s", got)
	}
}

// DESIGN §10: registry changes reach intake by the journal; revocation acts
// within 1 s.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		e := plant(t, r)
		follower, err := Open(t.Context(), Config{DB: r.c.DB, Master: master})
		if err != nil {
			t.Fatal(err)
		}
		k, _, err := r.Issue(t.Context(), admin, by(""), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- follower.Run(ctx) }()
		time.Sleep(time.Second)
		synctest.Wait()
		if _, _, ok := follower.Secret("BH-1", k.ID); !ok {
			t.Error("the issued key has not arrived")
		}
		if err := r.Revoke(t.Context(), admin, by(""), e.ID, k.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, state, ok := follower.Secret("BH-1", k.ID); ok || state != fengsui.KeyRevoked {
			t.Errorf("1 s after the revocation: %v %v", state, ok)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestScope(t *testing.T) {
	r := open(t)
	a := plant(t, r)
	imports(t, r, "enterprises", "credit_code,name,sector,zone,code\n"+credit(2)+",别家,fire,120116001,BH-2\n")
	b := r.District().EnterpriseByCode("BH-2")
	for _, c := range []struct {
		name  string
		scope fengsui.Scope
		want  string
	}{
		{"all", fengsui.Everything(), "BH-2 BH-1"},
		{"enterprise", fengsui.Scope{Enterprise: a.ID}, "BH-1"},
		{"zone", fengsui.Scope{Zone: b.Zone}, "BH-2"},
		{"sector", fengsui.Scope{Sectors: []fengsui.Sector{"hazchem", "pipeline"}}, "BH-1"},
		{"nothing", fengsui.Scope{}, ""},
	} {
		list, total, err := r.Enterprises(t.Context(), c.scope, fengsui.EnterpriseFilter{}, fengsui.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, e := range list {
			codes = append(codes, e.Code)
		}
		if got := strings.Join(codes, " "); got != c.want || total != len(list) {
			t.Errorf("%s: got %q of %d, want %q", c.name, got, total, c.want)
		}
	}
	theirs := fengsui.Scope{Enterprise: b.ID}
	p := r.District().PointByCode(a.Num, "LT101")
	if _, err := r.Enterprise(t.Context(), theirs, a.ID); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("enterprise: %v", err)
	}
	if _, err := r.Contacts(t.Context(), theirs, a.ID); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("contacts: %v", err)
	}
	if _, err := r.Point(t.Context(), theirs, p.ID); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("point: %v", err)
	}
	if list, total, _ := r.Points(t.Context(), theirs, a.ID, fengsui.Page{Limit: 10}); len(list)+total != 0 {
		t.Errorf("points: %v of %d", list, total)
	}
	if list, total, _ := r.Enterprises(t.Context(), fengsui.Everything(), fengsui.EnterpriseFilter{Text: "石化"}, fengsui.Page{Limit: 10}); len(list) != 1 || total != 1 {
		t.Errorf("search: %v of %d", list, total)
	}
	if list, _, _ := r.Enterprises(t.Context(), fengsui.Everything(), fengsui.EnterpriseFilter{Text: "%"}, fengsui.Page{Limit: 10}); len(list) != 0 {
		t.Errorf("a percent sign matches %v", list)
	}
}

func FuzzSheet(f *testing.F) {
	f.Add("points", points+"BH-1,LT101,液位,level,m,0,10,9,yes,T1,G1,1m\n")
	f.Add("contacts", "party,name,duty,phone,channels\nBH-1,张三,principal,,email:a@b;webhook:https://x\n")
	f.Add("devices", "enterprise,code,name,keys\nBH-1,G1,x,push=1;a=b\n")
	f.Add("fences", "code,name,rule,enterprise,assets,ring,centre,radius\nF,x,禁出,BH-1,T1,1 2;3 4;5 6,1 2,3\n")
	f.Add("assets", "enterprise,code,kind,name,attr:plate,经度\nBH-1,V,车辆,x,y,z\n")
	f.Add("enterprises", "\ufeff统一社会信用代码,企业名称,行业,功能区\r\nx,\"y\n\",z,w\r\n")
	d, err := readData()
	if err != nil {
		f.Fatal(err)
	}
	e := &fengsui.Enterprise{ID: "e", Num: 1, Code: "BH-1"}
	r := &Registry{data: d}
	r.now.Store(&snapshot{district: fengsui.NewDistrict(nil, []*fengsui.Enterprise{e}, nil, nil, nil)})
	f.Fuzz(func(t *testing.T, what, sheet string) {
		var rep Report
		rows, err := readSheet([]byte(sheet), what, d.Sheets[what], &rep)
		if err != nil {
			return
		}
		b, numbers := newParser(r, &rep).batch(table{what, rows})
		items := len(b.Enterprises) + len(b.Assets) + len(b.Devices) + len(b.Points) + len(b.Fences) + len(b.Contacts)
		if items != len(numbers) {
			t.Fatalf("%d items have %d row numbers", items, len(numbers))
		}
		if d.Sheets[what] != nil && what != "contacts" && items+len(rep.Errors)+rep.More < len(rows) {
			t.Fatalf("%d rows became %d items and %d errors", len(rows), items, len(rep.Errors))
		}
	})
}

// BenchmarkImport is 5,000 points of one plant, the size of the simulated district.
func BenchmarkImport(b *testing.B) {
	var sheet strings.Builder
	sheet.WriteString(points)
	for i := range 5000 {
		fmt.Fprintf(&sheet, "BH-1,P%d,x,level,m,0,10,9,yes,T1,G1,1m\n", i)
	}
	for b.Loop() {
		b.StopTimer()
		r := open(b)
		plant(b, r)
		b.StartTimer()
		if rep := imports(b, r, "points", sheet.String()); rep.Created != 5000 {
			b.Fatalf("%+v", rep.Errors[:1])
		}
	}
}
