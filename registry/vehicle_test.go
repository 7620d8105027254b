package registry

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"fengsui"
	"fengsui/store"
)

const examples = "../docs/examples/vehicles"

// haulage imports the example of a haulage firm with two vehicles.
func haulage(t testing.TB, r *Registry) *fengsui.Enterprise {
	t.Helper()
	for _, what := range []string{"enterprises", "assets", "devices"} {
		b, err := os.ReadFile(filepath.Join(examples, what+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if rep := imports(t, r, what, string(b)); rep.Created != rep.Rows || rep.Rows == 0 || len(rep.Errors) > 0 {
			t.Fatalf("%s: %+v", what, rep)
		}
	}
	return r.District().EnterpriseByCode("HAUL001")
}

// TestVehicles: the example's vehicles are assets with their attributes (V10), and
// their terminals are known by key.
func TestVehicles(t *testing.T) {
	r := open(t)
	e := haulage(t, r)
	again, err := Open(t.Context(), Config{DB: r.c.DB, Master: master})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Registry{"patched": r, "read afresh": again} {
		d := r.District()
		v := d.DeviceByKey("jt808", "013900000001")
		if v == nil || v.Enterprise != e.ID || v.Code != "T-1" || d.DeviceByKey("mqtt", "haul001-t2") == nil {
			t.Fatalf("%s: the key belongs to %+v", name, v)
		}
		a := d.Assets[v.Asset]
		want := map[string]string{"plate": "津A12345", "plate_colour": "yellow", "class": "hazmat", "media": "LNG", "load": "28.5", "speed_limit": "80"}
		if a == nil || a.Kind != "vehicle" || !maps.Equal(a.Attrs, want) {
			t.Errorf("%s: got the vehicle %+v, want the attributes %v", name, a, want)
		}
	}

	// The same in Chinese is the same; another class is a change.
	zh := "企业,资产编码,资产类型,资产名称,车牌号,车牌颜色,车辆类别,运输介质,核定载质量,限速,经度,纬度\n"
	rep := imports(t, r, "assets", zh+"HAUL001,V-1,车辆,LNG tank vehicle 1,津A12345,黄,危险货物运输车,LNG,28.5,80,,\n")
	if rep.Same != 1 || len(rep.Errors) > 0 {
		t.Errorf("in Chinese: got %+v, want it the same", rep)
	}
	rep = imports(t, r, "assets", zh+"HAUL001,V-1,车辆,LNG tank vehicle 1,津A12345,黄,过境危险货物运输车,LNG,28.5,80,117.7,39\n")
	v := r.District().Assets[r.District().DeviceByKey("jt808", "013900000001").Asset]
	if rep.Changed != 1 || v.Attrs["class"] != "transit_hazmat" || v.Lon != 117.7 || v.Lat != 39 {
		t.Errorf("changed: got %+v and %+v", rep, v)
	}
}

func TestVehicleErrors(t *testing.T) {
	r := open(t)
	plant(t, r)
	haulage(t, r)
	const assets = "enterprise,code,kind,name,lon,attr:plate,attr:class,attr:speed_limit\n"
	for _, c := range []struct{ name, what, sheet, want string }{
		{"no plate", "assets", assets + "HAUL001,V-9,vehicle,x,,,hazmat,\n", "attr:plate empty"},
		{"class", "assets", assets + "HAUL001,V-9,vehicle,x,,津A1,submarine,\n", "attr:class unknown_word"},
		{"number", "assets", assets + "HAUL001,V-9,vehicle,x,,津A1,hazmat,-3\n", "attr:speed_limit not_a_number"},
		{"of another kind", "assets", assets + "BH-1,T9,tank,x,,津A1,,\n", "attr:plate unknown_attr"},
		{"place", "assets", assets + "HAUL001,V-9,vehicle,x,200,津A1,hazmat,\n", "lon bad_place"},
		{"asset", "devices", "enterprise,code,name,asset\nHAUL001,T-9,x,T1\n", "asset unknown_asset"},
		{"another's key", "devices", "enterprise,code,name,key:jt808\nBH-1,T-9,x,013900000001\n", "keys key_taken"},
		{"key twice", "devices", "enterprise,code,name,key:jt808\nBH-1,T-8,x,1\nBH-1,T-9,x,1\n", "keys key_taken"},
		{"both ways", "devices", "enterprise,code,name,keys,key:jt808\nBH-1,T-9,x,jt808=1,2\n", "keys bad_keys"},
	} {
		head := r.c.DB.Head()
		rep := imports(t, r, c.what, c.sheet)
		if len(rep.Errors) != 1 || rep.Errors[0].Column+" "+rep.Errors[0].Reason != c.want {
			t.Errorf("%s: got %+v, want %s", c.name, rep.Errors, c.want)
		}
		if r.c.DB.Head() != head {
			t.Errorf("%s: something was written", c.name)
		}
	}
	for sheet, want := range map[string]string{
		"enterprise,code,name,attr:plate\n": "unknown_column", "enterprise,code,name,key:\n": "unknown_column", "enterprise,code,name,key:a,KEY:A\n": "column_twice",
	} {
		if _, err := r.Import(t.Context(), admin, by(""), "devices", []byte(sheet), false); reason(err) != want {
			t.Errorf("%q: got %v, want %s", sheet, err, want)
		}
	}
}

// TestKeyMoves: a key belongs to one device, and the refusal names the holder only to
// who may see it. Given up, it is free.
func TestKeyMoves(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	haulage(t, r)
	take := func(s fengsui.Scope) (string, string) {
		rep, err := r.Put(t.Context(), s, by(""), &Batch{Devices: []fengsui.Device{{Enterprise: e.ID, Code: "T-9", Name: "x", Keys: map[string]string{"jt808": "013900000001"}}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(rep.Errors) == 0 {
			return "", ""
		}
		return rep.Errors[0].Reason, rep.Errors[0].Message
	}
	if reason, text := take(admin); reason != "key_taken" || !strings.Contains(text, "T-1") || !strings.Contains(text, "Example Hazmat Haulage") {
		t.Errorf("to who sees all: got %s %q, want the holder's name", reason, text)
	}
	if reason, text := take(fengsui.Scope{Role: fengsui.RoleAdmin, Enterprise: e.ID}); reason != "key_taken" || strings.Contains(text, "T-1") || strings.Contains(text, "Haulage") {
		t.Errorf("to who does not: got %s %q, want no name", reason, text)
	}
	imports(t, r, "devices", "enterprise,code,name,key:mqtt\nHAUL001,T-1,Terminal of vehicle 1,new\n")
	if r.District().DeviceByKey("jt808", "013900000001") != nil || r.District().DeviceByKey("mqtt", "new") == nil {
		t.Error("the device has not changed its keys")
	}
	if reason, text := take(admin); reason != "" {
		t.Errorf("a free key: got %s %q", reason, text)
	}
	if v := r.District().DeviceByKey("jt808", "013900000001"); v == nil || v.Code != "T-9" {
		t.Errorf("the key belongs to %+v, want T-9", v)
	}
}

// TestMigrate brings a store from before there were vehicles up to date: of a key that
// two devices had, the older one keeps it.
func TestMigrate(t *testing.T) {
	old := fstest.MapFS{}
	for _, name := range []string{"001_registry.sql", "002_retired.sql"} {
		b, err := migrations.ReadFile("migrations/" + name)
		if err != nil {
			t.Fatal(err)
		}
		old[name] = &fstest.MapFile{Data: b}
	}
	path := filepath.Join(t.TempDir(), "t.db")
	db, err := store.Open(t.Context(), path, store.Tables{Stage: "registry", FS: old})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Change(t.Context(), func(tx *store.Tx) error {
		for _, q := range []string{
			`INSERT INTO enterprise (id,num,code,credit_code,name,short_name,sector,zone,address,lon,lat,version) VALUES ('e1',1,'E1','c','n','','fire','z','',0,0,1)`,
			`INSERT INTO asset (id,enterprise,code,kind,name,place) VALUES ('a1','e1','T1','tank','n','')`,
			`INSERT INTO device (id,num,enterprise,code,name,keys) VALUES ('d2',2,'e1','G2','n','{"jt808":"1","mqtt":"m"}')`,
			`INSERT INTO device (id,num,enterprise,code,name,keys) VALUES ('d1',1,'e1','G1','n','{"jt808":"1"}')`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "enterprise", ID: "e1"}, Act: "created", By: by(""), Enterprise: "e1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = store.Open(t.Context(), path, Tables()); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := Open(t.Context(), Config{DB: db, Master: master})
	if err != nil {
		t.Fatal(err)
	}
	if d := r.District(); d.Assets["a1"] == nil || !maps.Equal(d.Devices["d2"].Keys, map[string]string{"mqtt": "m"}) || d.DeviceByKey("jt808", "1") != d.Devices["d1"] {
		t.Errorf("got %+v and %+v", d.Assets["a1"], d.Devices["d2"])
	}
	rep := imports(t, r, "devices", "enterprise,code,name,key:jt808\nE1,G1,renamed,1\n")
	if rep.Changed != 1 {
		t.Errorf("the older device: got %+v, want it to keep its key", rep)
	}
	rep = imports(t, r, "devices", "enterprise,code,name,key:jt808\nE1,G2,renamed,1\n")
	if len(rep.Errors) != 1 || rep.Errors[0].Reason != "key_taken" {
		t.Errorf("the younger device: got %+v, want key_taken", rep)
	}
}

// TestAdopt: an unknown terminal becomes a device on a vehicle in one change, or
// nothing is changed at all.
func TestAdopt(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	haulage(t, r)
	truck := func() Adoption {
		return Adoption{Protocol: "jt808", Key: "013900000009", Device: fengsui.Device{Enterprise: e.ID, Code: "T-9", Name: "terminal"},
			Asset: &fengsui.Asset{Code: "V-9", Kind: "vehicle", Name: "truck", Attrs: map[string]string{"plate": "津A9", "class": "hazmat"}}}
	}
	tank := r.District().PointByCode(e.Num, "LT101").Asset
	for name, c := range map[string]struct {
		scope  fengsui.Scope
		change func(*Adoption)
		want   string
	}{
		"no right":         {fengsui.Scope{Role: fengsui.RoleDuty, All: true}, func(*Adoption) {}, "may_not"},
		"out of scope":     {fengsui.Scope{Role: fengsui.RoleAdmin, Enterprise: "other"}, func(*Adoption) {}, "no_enterprise"},
		"key of another":   {admin, func(a *Adoption) { a.Key = "013900000001" }, "key_taken"},
		"no key":           {admin, func(a *Adoption) { a.Key = "" }, "bad_keys"},
		"device there":     {admin, func(a *Adoption) { a.Device.Code = "G1" }, "code_taken"},
		"asset there":      {admin, func(a *Adoption) { a.Asset.Code = "T1" }, "code_taken"},
		"two assets":       {admin, func(a *Adoption) { a.Device.Asset = tank }, "two_assets"},
		"attribute":        {admin, func(a *Adoption) { a.Asset.Attrs["class"] = "submarine" }, "unknown_word"},
		"no name":          {admin, func(a *Adoption) { a.Device.Name = "" }, "empty"},
		"asset of another": {admin, func(a *Adoption) { a.Asset, a.Device.Asset = nil, "other" }, "unknown_asset"},
	} {
		a := truck()
		c.change(&a)
		head := r.c.DB.Head()
		_, err := r.Adopt(t.Context(), c.scope, by(""), a)
		if got := reason(err); got != c.want {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, c.want)
		}
		if r.c.DB.Head() != head || r.District().DeviceByKey("jt808", "013900000009") != nil {
			t.Errorf("%s: something was written", name)
		}
	}
	v, err := r.Adopt(t.Context(), admin, by(""), truck())
	if err != nil {
		t.Fatal(err)
	}
	d := r.District()
	if got := d.DeviceByKey("jt808", "013900000009"); got == nil || got.ID != v.ID || d.Assets[got.Asset].Attrs["plate"] != "津A9" {
		t.Errorf("adopted: got %+v", got)
	}
	entries, _, err := r.c.DB.Entries(t.Context(), fengsui.Everything(), store.Filter{Newest: true, Limit: 2})
	if err != nil || len(entries) != 2 || entries[0].Of.Kind != "device" || entries[1].Of.Kind != "asset" || entries[0].By.User != "u1" {
		t.Errorf("the journal has %+v, %v, want the device and before it the asset", entries, err)
	}
	// On an asset that is there.
	a := truck()
	a.Key, a.Device.Code, a.Asset, a.Device.Asset = "013900000010", "T-10", nil, tank
	if v, err := r.Adopt(t.Context(), admin, by(""), a); err != nil || r.District().Devices[v.ID].Asset != tank {
		t.Errorf("on the tank: got %+v, %v", v, err)
	}
}

func TestVehicleList(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	f := haulage(t, r)
	for _, c := range []struct {
		name       string
		scope      fengsui.Scope
		enterprise fengsui.ID
		text, want string
	}{
		{"all", fengsui.Everything(), "", "", "V-1 T-1; V-2 T-2"},
		{"plate", fengsui.Everything(), "", "B23", "V-2 T-2"},
		{"name", fengsui.Everything(), "", "Coach", "V-2 T-2"},
		{"enterprise", fengsui.Everything(), f.ID, "", "V-1 T-1; V-2 T-2"},
		{"of another", fengsui.Everything(), e.ID, "", ""},
		{"own", fengsui.Scope{Enterprise: f.ID}, "", "", "V-1 T-1; V-2 T-2"},
		{"not own", fengsui.Scope{Enterprise: e.ID}, "", "", ""},
		{"sector", fengsui.Scope{Sectors: []fengsui.Sector{"vehicles"}}, "", "津A", "V-1 T-1"},
		{"nothing", fengsui.Scope{}, "", "", ""},
	} {
		var got []string
		for _, v := range r.Vehicles(t.Context(), c.scope, c.enterprise, c.text) {
			text := v.Asset.Code
			for _, d := range v.Devices {
				text += " " + d.Code
			}
			got = append(got, text)
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	v := r.District().DeviceByKey("jt808", "013900000001")
	if got, err := r.Device(t.Context(), fengsui.Scope{Enterprise: f.ID}, v.ID); err != nil || got.Asset != v.Asset {
		t.Errorf("device: got %+v, %v", got, err)
	}
	if _, err := r.Device(t.Context(), fengsui.Scope{Enterprise: e.ID}, v.ID); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("device of another: got %v", err)
	}
}

// TestFences: fences come in by sheet or one by one, are seen by whom they are for,
// versioned, and patched into the district (V04).
func TestFences(t *testing.T) {
	r := open(t)
	e := plant(t, r)
	f := haulage(t, r)
	sheet, err := os.ReadFile(filepath.Join(examples, "fences.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if rep := imports(t, r, "fences", string(sheet)); rep.Created != 3 || len(rep.Errors) > 0 {
		t.Fatalf("%+v", rep)
	}
	if rep := imports(t, r, "fences", string(sheet)); rep.Same != 3 {
		t.Errorf("again: got %+v, want 3 the same", rep)
	}
	codes := func(s fengsui.Scope) string {
		var list []string
		for _, f := range r.Fences(t.Context(), s) {
			list = append(list, f.Code)
		}
		return strings.Join(list, " ")
	}
	for name, c := range map[string]struct {
		scope fengsui.Scope
		want  string
	}{
		"all": {fengsui.Everything(), "F-1 F-2 F-3"}, "own": {fengsui.Scope{User: "u", Enterprise: f.ID}, "F-1 F-2 F-3"},
		"another": {fengsui.Scope{User: "u", Enterprise: e.ID}, "F-1 F-2"}, "nobody": {fengsui.Scope{}, ""},
	} {
		if got := codes(c.scope); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	d := r.District()
	yard := r.Fences(t.Context(), fengsui.Everything())[2]
	truck := d.Assets[d.DeviceByKey("jt808", "013900000001").Asset]
	coach := d.Assets[d.DeviceByKey("jt808", "013900000002").Asset]
	if yard.Version != 1 || len(yard.Ring) != 5 || !yard.Watches(truck) || yard.Watches(coach) || !yard.Contains(117.7, 39) || yard.Contains(117.5, 39) {
		t.Errorf("the yard came in as %+v", yard)
	}

	// One by one: each names the version that it read.
	x := *yard
	x.Ring, x.Centre, x.Radius = nil, [2]float64{117.7, 39}, 900
	x, err = r.PutFence(t.Context(), admin, by(""), x)
	if now := r.District(); err != nil || x.Version != 2 || now.Fences[x.ID].Radius != 900 || d.Fences[x.ID].Radius != 0 || now.Devices[truck.ID] != d.Devices[truck.ID] {
		t.Errorf("changed: got %+v, %v", x, err)
	}
	again, err := Open(t.Context(), Config{DB: r.c.DB, Master: master})
	if err != nil || again.District().Fences[x.ID].Version != 2 || len(again.District().Fences) != 3 {
		t.Errorf("read afresh: got %v, %v", again.District().Fences, err)
	}
	for name, c := range map[string]struct {
		scope  fengsui.Scope
		change func(*fengsui.Fence)
		want   string
	}{
		"old version":        {admin, func(f *fengsui.Fence) { f.Version = 1 }, "changed"},
		"code of another":    {admin, func(f *fengsui.Fence) { f.Code, f.Enterprise = "F-1", "" }, "code_taken"},
		"enterprise changed": {admin, func(f *fengsui.Fence) { f.Enterprise = e.ID; f.Assets = nil }, "no_fence"},
		"none":               {admin, func(f *fengsui.Fence) { f.ID = "none" }, "code_taken"},
		"made twice":         {admin, func(f *fengsui.Fence) { f.ID, f.Radius = "", 800 }, "code_taken"},
		"shape":              {admin, func(f *fengsui.Fence) { f.Radius = 0 }, "fence_shape"},
		"class":              {admin, func(f *fengsui.Fence) { f.Classes = []string{"tank"} }, "unknown_word"},
		"asset of another":   {admin, func(f *fengsui.Fence) { f.Assets = []fengsui.ID{"none"} }, "unknown_asset"},
		"no right":           {fengsui.Scope{Role: fengsui.RoleZone, All: true}, func(*fengsui.Fence) {}, "may_not"},
		"out of scope":       {fengsui.Scope{Role: fengsui.RoleAdmin, Enterprise: e.ID}, func(*fengsui.Fence) {}, "no_enterprise"},
		"the district's":     {fengsui.Scope{Role: fengsui.RoleAdmin, Enterprise: e.ID}, func(f *fengsui.Fence) { f.ID, f.Enterprise = "", "" }, "may_not"},
	} {
		y, head := x, r.c.DB.Head()
		c.change(&y)
		if _, err := r.PutFence(t.Context(), c.scope, by(""), y); reason(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if r.c.DB.Head() != head {
			t.Errorf("%s: something was written", name)
		}
	}
	if err := r.DeleteFence(t.Context(), fengsui.Scope{Role: fengsui.RoleAdmin, Enterprise: e.ID}, by(""), x.ID); reason(err) != "no_enterprise" {
		t.Errorf("out of scope: got %v", err)
	}
	if err := r.DeleteFence(t.Context(), admin, by(""), x.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Fence(t.Context(), fengsui.Everything(), x.ID); reason(err) != "no_fence" || codes(fengsui.Everything()) != "F-1 F-2" {
		t.Errorf("deleted: got %v and %s", err, codes(fengsui.Everything()))
	}
	if err := r.DeleteFence(t.Context(), admin, by(""), x.ID); reason(err) != "no_fence" {
		t.Errorf("twice: got %v", err)
	}

	const columns = "code,name,rule,enterprise,speed_limit,assets,ring,centre,radius\n"
	for sheet, want := range map[string]string{
		"F,x,keep_in,,,,1 2;3,,":               "ring bad_places",
		"F,x,keep_in,,,,1 2;3 4;5 NaN,,":       "ring bad_places",
		"F,x,keep_in,,,,,1 2;3 4,5":            "centre bad_places",
		"F,x,slow,,,,,117 39,5":                "fence fence_speed",
		"F,x,keep_in,,,,0 0;1 1;1 0;0 1,,":     "fence fence_crossed",
		"F,x,keep_in,BH-1,,V-1,,117 39,5":      "assets unknown_asset",
		"F,x,keep_in,,,V-1,,117 39,5":          "assets unknown_asset",
		"F,x,keep_in,NONE,,,,117 39,5":         "enterprise no_enterprise",
		"F,x,keep_in,,,,,,\nF,y,keep_in,,,,,,": "fence fence_shape; row_twice",
	} {
		rep := imports(t, r, "fences", columns+sheet+"\n")
		var got []string
		for _, e := range rep.Errors {
			got = append(got, strings.TrimSpace(e.Column+" "+e.Reason))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%q: got %v, want %s", sheet, rep.Errors, want)
		}
	}
}

// BenchmarkVehicles is the list of 20,000 vehicles, which a map asks for again and
// again.
func BenchmarkVehicles(b *testing.B) {
	e := &fengsui.Enterprise{ID: "e", Num: 1, Code: "E1"}
	var assets []*fengsui.Asset
	var devices []*fengsui.Device
	for i := range 20_000 {
		id := fengsui.NewID()
		assets = append(assets, &fengsui.Asset{ID: id, Enterprise: "e", Code: fmt.Sprint(i), Kind: "vehicle", Attrs: map[string]string{"plate": fmt.Sprintf("津A%05d", i*7919%100_000)}})
		devices = append(devices, &fengsui.Device{ID: fengsui.NewID(), Num: int64(i + 1), Enterprise: "e", Code: fmt.Sprint(i), Asset: id})
	}
	r := new(Registry)
	r.now.Store(&snapshot{district: fengsui.NewDistrict(nil, []*fengsui.Enterprise{e}, assets, devices, nil)})
	for b.Loop() {
		if got := r.Vehicles(b.Context(), fengsui.Everything(), "", ""); len(got) != 20_000 || len(got[0].Devices) != 1 {
			b.Fatal(len(got))
		}
	}
}
