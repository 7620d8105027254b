package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fengsui"
)

// TestVehicles: the list shows where each is, and narrows by plate, enterprise and box
// (V03).
func TestVehicles(t *testing.T) {
	f := newFixture(t)
	for query, want := range map[string]string{
		"":                  "津A-MINE-1 津A-THEIRS-1",
		"?limit=1&offset=1": "津A-THEIRS-1",
		"?text=THEIRS":      "津A-THEIRS-1",
		"?text=%25":         "",
		"?enterprise=" + string(f.mine.enterprise.ID): "津A-MINE-1",
		"?box=117,38,118,40":                          "津A-MINE-1",
		"?box=118,38,119,40":                          "",
		"?box=117,39.1,118,40":                        "",
		"?box=170,38,-170,40":                         "",
		"?box=100,38,-170,40":                         "津A-MINE-1", // across the 180th meridian
	} {
		got := answer[VehicleList](t, f.do(fengsui.RoleDuty, http.MethodGet, "/vehicles"+query, ""))
		var plates []string
		for _, v := range got.Items {
			plates = append(plates, v.Attrs["plate"])
		}
		if strings.Join(plates, " ") != want {
			t.Errorf("%q: got %v, want %q", query, plates, want)
		}
	}
	v := answer[VehicleList](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/vehicles", ""))
	if v.Total != 1 || len(v.Items[0].Devices) != 1 || v.Items[0].Devices[0].ID != f.mine.device.ID || v.Items[0].EnterpriseName == "" {
		t.Fatalf("mine: got %+v", v)
	}
	want := fengsui.Whereabouts{Device: f.mine.device.ID, Enterprise: f.mine.enterprise.ID, Asset: f.mine.device.Asset, At: 5, Received: 7,
		Lon: 117.7, Lat: 39, Speed: 40, Fix: true, Level: fengsui.Yellow}
	if w := v.Items[0].Where; w == nil || *w != want {
		t.Errorf("mine: got %+v, want %+v", w, want)
	}
	for _, box := range []string{"1,2,3", "1,2,3,x", "1,2,3,NaN", "1,5,2,4", "-181,0,0,1"} {
		refused(t, box, f.do(fengsui.RoleDuty, http.MethodGet, "/vehicles?box="+box, ""), http.StatusUnprocessableEntity, "bad_box")
	}
}

// TestDevices: the list narrows by what it is fitted to, where, and whether it was
// heard; a device's page has the warnings about it that are open or of today, and no
// other's.
func TestDevices(t *testing.T) {
	var heard fengsui.Millis
	var f *fixture
	warnings := map[string][]fengsui.Warning{}
	f = newFixture(t, func(c *Config) {
		c.Where = func(d int64) (fengsui.Position, fengsui.Millis, fengsui.Level, bool) {
			return fengsui.Position{Device: d, At: heard, Lon: 117.7, Lat: 39, Fix: true}, heard, fengsui.None, heard > 0 && d == f.mine.device.Num
		}
		c.Latest = func(int64) (fengsui.Latest, bool) { return fengsui.Latest{}, false }
		c.Warnings = aboutDevices{c.Warnings, warnings}
	})
	heard = now() - 60_000
	for query, want := range map[string]string{ // a vehicle's terminal and a gateway each
		"":                           "MINE-1/D1 MINE-1/G1 THEIRS-1/D1 THEIRS-1/G1",
		"?limit=1&offset=2":          "THEIRS-1/D1",
		"?kind=vehicle":              "MINE-1/D1 THEIRS-1/D1",
		"?kind=tank":                 "",
		"?state=online":              "MINE-1/D1",
		"?state=silent&kind=vehicle": "THEIRS-1/D1",
		"?text=" + url.QueryEscape("津A-THEIRS"): "THEIRS-1/D1", // the plate
		"?text=%25": "",
		"?enterprise=" + string(f.mine.enterprise.ID): "MINE-1/D1 MINE-1/G1",
		"?zone=" + string(f.theirs.enterprise.Zone):   "THEIRS-1/D1 THEIRS-1/G1",
	} {
		got := answer[DeviceList](t, f.do(fengsui.RoleDuty, http.MethodGet, "/devices"+query, ""))
		var codes []string
		for _, v := range got.Items {
			codes = append(codes, f.reg.District().Enterprises[v.Enterprise].Code+"/"+v.Code)
		}
		if strings.Join(codes, " ") != want {
			t.Errorf("%q: got %v, want %q", query, codes, want)
		}
	}

	about := func(id string, num int64, at fengsui.Millis) fengsui.Warning {
		return fengsui.Warning{ID: fengsui.ID(id), Enterprise: f.mine.enterprise.ID, Subject: fengsui.SubjectOf("device", num), RaisedAt: at}
	}
	num := f.mine.device.Num
	warnings["open"] = []fengsui.Warning{about("old", num, 1000), about("both", num, now()), about("another's", num+1000, now())}
	warnings["shelved"] = []fengsui.Warning{about("shelved", num, 2000)}
	ofPoint := about("a point's", num, now())
	ofPoint.Subject = fengsui.SubjectOf("point", f.mine.point.Num)
	warnings["today"] = []fengsui.Warning{about("both", num, now()), about("ended", num, now()-1), ofPoint}
	v := answer[DeviceDetail](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/devices/"+string(f.mine.device.ID), ""))
	var ids []string
	for _, w := range v.Warnings {
		ids = append(ids, string(w.ID))
	}
	if got := strings.Join(ids, " "); got != "both ended shelved old" {
		t.Errorf("its warnings: got %s, newest first", got)
	}
	for query, want := range map[string]string{
		"?device=" + string(f.mine.device.ID):                                       "both,ended",
		"?open=true&device=" + string(f.mine.device.ID):                             "both,old",
		"?point=" + string(f.mine.point.ID):                                         "a point's",
		"?device=" + string(f.mine.device.ID) + "&point=" + string(f.mine.point.ID): "", // of the gateway
	} {
		var ids []string
		for offset := 0; ; offset++ { // one a page
			list := answer[WarningList](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings"+query+"&offset="+strconv.Itoa(offset), ""))
			for _, w := range list.Items {
				ids = append(ids, string(w.ID))
			}
			if len(list.Items) == 0 {
				break
			}
		}
		slices.Sort(ids)
		if got := strings.Join(ids, ","); got != want {
			t.Errorf("warnings%s: got %q, want %q", query, got, want)
		}
	}
	refused(t, "another's device", f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings?device="+string(f.theirs.device.ID), ""), http.StatusNotFound, "no_device")
	refused(t, "another's point", f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings?point="+string(f.theirs.point.ID), ""), http.StatusNotFound, "no_point")
	if v.Heard != heard || v.Silent || v.Where == nil || v.Fitted == nil || v.Fitted.Attrs["plate"] != "津A-MINE-1" || v.Today > now() || v.Today <= now()-86_400_000 {
		t.Errorf("got %+v", v)
	}
	heard = now() - 11*60_000
	if v := answer[DeviceDetail](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/devices/"+string(f.mine.device.ID), "")); !v.Silent {
		t.Error("not heard for 11 minutes, and not silent")
	}
	refused(t, "none", f.do(fengsui.RoleDuty, http.MethodGet, "/devices/none", ""), http.StatusNotFound, "no_device")
}

// aboutDevices answers with warnings by what of them is asked for, one a page.
type aboutDevices struct {
	warningStage
	by map[string][]fengsui.Warning
}

type warningStage = Warnings

func (a aboutDevices) Warnings(_ context.Context, _ fengsui.Scope, f fengsui.WarningFilter, p fengsui.Page) ([]fengsui.Warning, int, error) {
	list := a.by["today"]
	switch {
	case f.Open:
		list = a.by["open"]
	case f.Shelved:
		list = a.by["shelved"]
	}
	list = slices.DeleteFunc(slices.Clone(list), func(w fengsui.Warning) bool { return !slices.Contains(f.Subjects, w.Subject) })
	return list[min(p.Offset, len(list)):min(p.Offset+1, len(list))], len(list), nil
}

func TestTrack(t *testing.T) {
	f := newFixture(t)
	path := "/devices/" + string(f.mine.device.ID) + "/track"
	got := answer[Track](t, f.do(fengsui.RoleEnterprise, http.MethodGet, path+"?from=1000&to=2000&points=10", ""))
	if len(got.Points) != 1 || got.Points[0] != (TrackPoint{1000, 117.7, 39, 40, 90}) || got.Device != f.mine.device.ID {
		t.Errorf("got %+v", got)
	}
	refused(t, "backwards", f.do(fengsui.RoleEnterprise, http.MethodGet, path+"?from=2000&to=1000", ""), http.StatusUnprocessableEntity, "trend_range")
	refused(t, "none", f.do(fengsui.RoleDuty, http.MethodGet, "/devices/none/track?from=1&to=2", ""), http.StatusNotFound, "no_device")
	for _, query := range []string{"?from=1", "?from=1&to=2&points=1", "?from=1&to=2&points=5001"} {
		if w := f.do(fengsui.RoleDuty, http.MethodGet, path+query, ""); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d %s", query, w.Code, w.Body)
		}
	}
}

// TestAdopt: the quarantine says by what an unknown device is known and how an unknown
// point came; adopted, the device is there, once.
func TestAdopt(t *testing.T) {
	var strays []fengsui.Stray
	f := newFixture(t, func(c *Config) {
		c.Strays = func(context.Context, fengsui.Scope, fengsui.Page) ([]fengsui.Stray, int, error) {
			return strays, len(strays), nil
		}
	})
	strays = []fengsui.Stray{
		{Code: "jt808:0139:1", First: 1000, Last: 2000, Count: 5},
		{Code: "jt808:" + "MINE-1", Count: 1},
		{Code: "…", Count: 9},
		{Enterprise: f.mine.enterprise.ID, Code: "X:1", First: 1000, Last: 31_000, Count: 4},
		{Enterprise: f.mine.enterprise.ID, Code: "P1", Count: 1},
	}
	items := answer[Strays](t, f.do(fengsui.RoleAdmin, http.MethodGet, "/strays", "")).Items
	if d := items[0].Device; d == nil || *d != (StrayDevice{"jt808", "0139:1"}) || items[0].Known || items[0].Point != nil {
		t.Errorf("an unknown device: got %+v", items[0])
	}
	if !items[1].Known || items[2].Device != nil || items[2].Known {
		t.Errorf("a known device and the rest: got %+v and %+v", items[1], items[2])
	}
	if p := items[3].Point; p == nil || *p != (StrayPoint{"MINE-1", "X:1", 10_000}) || items[3].Known || items[3].Device != nil {
		t.Errorf("an unknown point: got %+v", items[3])
	}
	if p := items[4].Point; p == nil || p.Every != 0 || !items[4].Known {
		t.Errorf("a point that is known by now: got %+v", items[4])
	}

	body := fmt.Sprintf(`{"protocol":"jt808","key":"0139:1","enterprise":%q,"code":"D9","name":"terminal","newAsset":{"code":"V9","kind":"vehicle","name":"truck","attrs":{"plate":"津A9","class":"hazmat"}}}`, f.mine.enterprise.ID)
	refused(t, "a vehicle without its plate", f.do(fengsui.RoleAdmin, http.MethodPost, "/strays/adopt", strings.Replace(body, `"plate":"津A9",`, "", 1)), http.StatusUnprocessableEntity, "empty")
	req := f.as(fengsui.RoleAdmin, http.MethodPost, "/strays/adopt", body)
	w := f.send(req)
	if w.Code != http.StatusOK {
		t.Fatalf("adopt: %d %s", w.Code, w.Body)
	}
	done := answer[Done](t, w)
	repeat := f.as(fengsui.RoleAdmin, http.MethodPost, "/strays/adopt", body)
	repeat.Header.Set(keyHeader, req.Header.Get(keyHeader))
	if got := answer[Done](t, f.send(repeat)); got != done {
		t.Errorf("repeated: got %+v, want the first answer %+v", got, done)
	}
	refused(t, "another call", f.do(fengsui.RoleAdmin, http.MethodPost, "/strays/adopt", body), http.StatusConflict, "code_taken")
	d := f.reg.District()
	v := d.DeviceByKey("jt808", "0139:1")
	if v == nil || d.Assets[v.Asset].Attrs["plate"] != "津A9" {
		t.Errorf("adopted: got %+v", v)
	}
	if items := answer[Strays](t, f.do(fengsui.RoleAdmin, http.MethodGet, "/strays", "")).Items; !items[0].Known {
		t.Error("the quarantine does not say that the device is known now")
	}
}

// TestKinds: a form that registers a vehicle learns what it must say, and in which
// words.
func TestKinds(t *testing.T) {
	f := newFixture(t)
	for _, k := range answer[Kinds](t, f.do(fengsui.RoleAdmin, http.MethodGet, "/kinds", "")).Items {
		if k.Key != "vehicle" {
			continue
		}
		by := map[string]AttributeView{}
		for _, a := range k.Attributes {
			by[a.Key] = a
		}
		if !by["plate"].Must || len(by["plate"].Words) > 0 || !by["class"].Must || !slices.Contains(by["class"].Words, "hazmat") || !by["speed_limit"].Number || by["speed_limit"].Must {
			t.Errorf("a vehicle: got %+v", k.Attributes)
		}
		return
	}
	t.Error("there is no vehicle among the kinds")
}

// TestFences: a fence of the largest size is made, changed by who read its version,
// and taken away.
func TestFences(t *testing.T) {
	f := newFixture(t)
	var ring strings.Builder
	for i := range fengsui.MaxRing - 1 { // a saw whose last place closes it
		fmt.Fprintf(&ring, "[%.15f,%.15f],", 117+float64(i)/3000, 39+float64(i%2)/3000)
	}
	text := fmt.Sprintf(`{"code":"F9","name":"x","rule":"keep_out","ring":[%s]}`, strings.TrimSuffix(ring.String(), ","))
	if w := f.do(fengsui.RoleAdmin, http.MethodPost, "/fences", text); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "fence_crossed") {
		t.Errorf("a saw that its closing line crosses: got %d %.300s", w.Code, w.Body)
	}
	text = strings.Replace(text, "39.000000000000000", "38.5", 1)
	w := f.do(fengsui.RoleAdmin, http.MethodPost, "/fences", text)
	if w.Code != http.StatusOK {
		t.Fatalf("make: %d %.300s", w.Code, w.Body)
	}
	id := answer[Done](t, w).Of.ID
	list := answer[FenceList](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/fences?limit=1&offset=1", ""))
	if list.Total != 2 || len(list.Items) != 1 || list.Items[0].ID != id || len(list.Items[0].Ring) != fengsui.MaxRing {
		t.Errorf("the enterprise sees %d of %d, want its own and the district's", len(list.Items), list.Total)
	}
	if list := answer[FenceList](t, f.do(fengsui.RoleDuty, http.MethodGet, "/fences?offset=99", "")); list.Total != 3 || len(list.Items) != 0 {
		t.Errorf("beyond the end: got %+v", list)
	}
	change := `{"version":1,"code":"F9","name":"y","rule":"slow","speedLimit":30,"centre":[117.7,39],"radius":50}`
	if w := f.do(fengsui.RoleAdmin, http.MethodPut, "/fences/"+string(id), change); w.Code != http.StatusOK {
		t.Fatalf("change: %d %s", w.Code, w.Body)
	}
	refused(t, "changed meanwhile", f.do(fengsui.RoleAdmin, http.MethodPut, "/fences/"+string(id), change), http.StatusConflict, "changed")
	if got := f.reg.District().Fences[id]; got.Version != 2 || got.Radius != 50 || len(got.Ring) != 0 {
		t.Errorf("changed: got %+v", got)
	}
	if w := f.do(fengsui.RoleAdmin, http.MethodDelete, "/fences/"+string(id), ""); w.Code != http.StatusOK || f.reg.District().Fences[id] != nil {
		t.Errorf("taken away: got %d %s", w.Code, w.Body)
	}
	refused(t, "gone", f.do(fengsui.RoleAdmin, http.MethodDelete, "/fences/"+string(id), ""), http.StatusNotFound, "no_fence")
	refused(t, "gone", f.do(fengsui.RoleAdmin, http.MethodPut, "/fences/"+string(id), change), http.StatusNotFound, "no_fence")
	if entries := answer[Audit](t, f.do(fengsui.RoleDiscipline, http.MethodGet, "/journal?object="+string(id), "")); entries.Total != 3 {
		t.Errorf("the journal has %d rows of it, want 3", entries.Total)
	}
}
