package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"fengsui"
)

// What a circle on the map holds is measured on the server, and only of one's own.
func TestInside(t *testing.T) {
	f := newFixture(t)
	f1 := func(role fengsui.Role, query string) Inside {
		t.Helper()
		return answer[Inside](t, f.do(role, http.MethodGet, "/map/inside?"+query, ""))
	}
	// Firms and the one vehicle that said where it is stand at 117.7, 39; tanks 865 m east.
	near := f1(fengsui.RoleDuty, "lon=117.7&lat=39&radius=800")
	if near.Firms != 2 || near.Vehicles != 1 || near.Assets != 0 || near.Devices != 1 || near.Contacts != 2 || near.Total != 4 {
		t.Errorf("within 800 m: %+v", near)
	}
	wide := f1(fengsui.RoleDuty, "lon=117.7&lat=39&radius=900&kind=asset")
	if wide.Assets != 2 || wide.Total != 2 || len(wide.Items) != 2 || wide.Firms != 2 || wide.Items[0].Metres < 860 || wide.Items[0].Metres > 870 {
		t.Errorf("tanks within 900 m: %+v", wide)
	}
	if one := f1(fengsui.RoleDuty, "lon=117.7&lat=39&radius=900&limit=1&offset=4"); len(one.Items) != 1 || one.Total != 6 || one.Items[0].Kind != placedAsset {
		t.Errorf("the fifth: %+v", one)
	}
	mine := f1(fengsui.RoleEnterprise, "lon=117.7&lat=39&radius=900")
	if mine.Firms != 1 || mine.Assets != 1 || mine.Contacts != 1 || slices.ContainsFunc(mine.Items, func(p Placed) bool { return p.Enterprise != f.mine.enterprise.ID }) {
		t.Errorf("an enterprise sees %+v", mine)
	}
	refused(t, "no radius", f.do(fengsui.RoleDuty, http.MethodGet, "/map/inside?lon=117.7&lat=39", ""), http.StatusUnprocessableEntity, "bad_request")
	refused(t, "half the globe", f.do(fengsui.RoleDuty, http.MethodGet, "/map/inside?lon=117.7&lat=39&radius=9000000", ""), http.StatusUnprocessableEntity, "bad_request")
}

func TestSearch(t *testing.T) {
	f := newFixture(t)
	names := func(text string) string {
		t.Helper()
		var list []string
		for _, p := range answer[PlacedList](t, f.do(fengsui.RoleDuty, http.MethodGet, "/map/search?text="+text, "")).Items {
			list = append(list, string(p.Kind)+" "+p.Code)
		}
		return strings.Join(list, ", ")
	}
	for text, want := range map[string]string{
		"%E6%88%91%E6%96%B9":        "firm MINE-1",                                             // 我方, in its name
		"mine-1":                    "firm MINE-1, vehicle V1, asset T1, device D1, device G1", // either case
		"%E6%B4%A5A-their":          "vehicle V1",                                              // 津A-, of a plate
		"%E7%BD%90%20theirs":        "asset T1",                                                // 罐 and theirs: every word
		"nothing%20of%20the%20kind": "",
	} {
		if got := names(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	refused(t, "only spaces", f.do(fengsui.RoleDuty, http.MethodGet, "/map/search?text=%20", ""), http.StatusUnprocessableEntity, "no_text")
}

func TestProcess(t *testing.T) {
	f := newFixture(t)
	got := answer[Process](t, f.do(fengsui.RoleDuty, http.MethodGet, "/enterprises/"+string(f.mine.enterprise.ID)+"/process", ""))
	if got.Total != 1 || len(got.Kinds) != 1 || got.Kinds[0] != (ProcessKind{Kind: "tank", Assets: 1, Points: 1}) || got.Items[0].Code != "T1" || len(got.Items[0].Points) != 1 || got.Items[0].Points[0].Latest == nil {
		t.Errorf("got %+v", got)
	}
	none := answer[Process](t, f.do(fengsui.RoleDuty, http.MethodGet, "/enterprises/"+string(f.mine.enterprise.ID)+"/process?kind=none", ""))
	if none.Total != 0 || len(none.Kinds) != 1 {
		t.Errorf("points without an asset: %+v", none)
	}
}

func TestQuality(t *testing.T) {
	f := newFixture(t)
	got := answer[FirmQualityList](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/quality?days=3", ""))
	if got.Total != 1 || got.To-got.From != fengsui.Millis(3*fengsui.Day) || got.Policy.Offline.Line != 0.05 {
		t.Fatalf("got %+v", got)
	}
	v := got.Items[0]
	// Its one point was last heard at 0, long beyond both numbers of days; of its two
	// devices the terminal was, and the gateway too, by its point.
	if v.EnterpriseName == "" || v.Offline != 0.5 || v.Now.Points != 1 || v.Now.Online != 0 || !slices.Equal(v.Now.Beyond, []int{1, 1}) || v.Devices.Devices != 2 || v.Devices.Online != 0 {
		t.Errorf("got %+v", v)
	}
	points := answer[PointQualityList](t, f.do(fengsui.RoleEnterprise, http.MethodGet, "/enterprises/"+string(f.mine.enterprise.ID)+"/quality", ""))
	if points.Total != 1 || points.Items[0].ID != f.mine.point.ID || points.Items[0].Beyond != 2 || points.Items[0].Latest == nil {
		t.Errorf("got %+v", points)
	}
}
