package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fengsui"
)

// room is a duty room with one handover, "h1", offered by the shift leader to the duty
// officer, at which mine was open.
type room struct{ *fixture }

func (f room) handover() fengsui.Handover {
	u := func(r fengsui.Role) fengsui.Signatory {
		return fengsui.Signatory{User: f.users[r].ID, Name: f.users[r].Name}
	}
	return fengsui.Handover{ID: "h1", Party: f.users[fengsui.RoleShift].Party, State: fengsui.HandoverOffered, By: u(fengsui.RoleShift), Taker: u(fengsui.RoleDuty), Version: 1}
}

func (f room) Watch(_ context.Context, s fengsui.Scope) (fengsui.Watch, error) {
	h := f.handover()
	return fengsui.Watch{Turn: fengsui.Turn{Who: []string{}}, Next: []string{}, Open: &h}, f.saw("Watch", s, fengsui.Actor{})
}

func (f room) Draft(_ context.Context, s fengsui.Scope, by fengsui.Actor, _ fengsui.Page) (fengsui.Handover, []fengsui.HandoverItem, error) {
	h := f.handover()
	h.Open = map[fengsui.Level]int{fengsui.Red: 1}
	return h, []fengsui.HandoverItem{{Warning: f.mine.warning.ID, Enterprise: f.mine.enterprise.ID, Subject: f.mine.warning.Subject, Level: fengsui.Red}}, f.saw("Draft", s, by)
}

func (f room) Handovers(_ context.Context, s fengsui.Scope, _ fengsui.Page) ([]fengsui.Handover, int, error) {
	return []fengsui.Handover{f.handover()}, 1, f.saw("Handovers", s, fengsui.Actor{})
}

func (f room) Handover(_ context.Context, s fengsui.Scope, id fengsui.ID) (fengsui.Handover, error) {
	if err := s.Allow(fengsui.ActWatch, fengsui.None); err != nil {
		return fengsui.Handover{}, err
	}
	if err := f.saw("Handover", s, fengsui.Actor{}); err != nil {
		return fengsui.Handover{}, err
	}
	if id != "h1" {
		return fengsui.Handover{}, errTheirs()
	}
	return f.handover(), nil
}

func (f room) HandoverItems(ctx context.Context, s fengsui.Scope, id fengsui.ID, _ fengsui.Page) ([]fengsui.HandoverItem, int, error) {
	_, err := f.Handover(ctx, s, id)
	return []fengsui.HandoverItem{{Warning: f.mine.warning.ID, Enterprise: f.mine.enterprise.ID, Subject: f.mine.warning.Subject, Level: fengsui.Red}}, 1, err
}

func (f room) Offer(ctx context.Context, s fengsui.Scope, by fengsui.Actor, taker fengsui.Colleague, _ string) error {
	return f.act(ctx, "offer to "+taker.Name, s, by, fengsui.Ref{Kind: "handover", ID: "h1"}, fengsui.Warning{}, true)
}

func (f room) answer(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	if err := s.Allow(fengsui.ActHandover, fengsui.None); err != nil {
		return err
	}
	return f.act(ctx, name, s, by, fengsui.Ref{Kind: "handover", ID: id}, fengsui.Warning{}, id == "h1")
}

func (f room) Sign(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string) error {
	return f.answer(ctx, "sign", s, by, id)
}

func (f room) Return(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID, _ int64, _ string) error {
	return f.answer(ctx, "return", s, by, id)
}

func (f room) Views(_ context.Context, s fengsui.Scope, page string) ([]fengsui.SavedView, error) {
	return []fengsui.SavedView{{ID: "v1", Page: page, Name: "red", Query: "level=red"}}, f.saw("Views", s, fengsui.Actor{})
}

// What a person keeps is not of the district: whoever is signed in keeps theirs.
func (f room) own(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	if err := f.saw(name, s, by); err != nil {
		return err
	}
	s.All = true
	return f.act(ctx, name, s, by, fengsui.Ref{Kind: "view", ID: id}, fengsui.Warning{}, true)
}

func (f room) SaveView(ctx context.Context, s fengsui.Scope, by fengsui.Actor, _ fengsui.SavedView) error {
	return f.own(ctx, "save view", s, by, "v1")
}

func (f room) DropView(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id fengsui.ID) error {
	return f.own(ctx, "drop view", s, by, id)
}

func deskRules() fengsui.DeskRules {
	return fengsui.DeskRules{Name: "test", Version: 1, Source: "test", Shelve: fengsui.ShelfRule{Longest: 1000, Offer: []fengsui.Span{1000}},
		Flood: fengsui.FloodRule{Count: 1, Within: 1000}, TakeBack: 1000, Announce: 1000, Wall: fengsui.WallRule{Show: 1000}}
}

// The watch and a warning go to people of one's own organisation, whose name the
// account says (A11).
func TestColleagues(t *testing.T) {
	f := newFixture(t)
	id := func(r fengsui.Role) string { return string(f.users[r].ID) }

	got := answer[Colleagues](t, f.do(fengsui.RoleShift, http.MethodGet, "/colleagues", ""))
	var names []string
	for _, c := range got.Items {
		names = append(names, c.Name)
	}
	if want := "Name duty, Name shift_leader"; got.Total != 2 || strings.Join(names, ", ") != want {
		t.Errorf("the colleagues are %v of %d, want %s", names, got.Total, want)
	}

	assign := func(holder string) (int, string) {
		w := f.do(fengsui.RoleShift, http.MethodPost, "/warnings/"+string(f.mine.warning.ID)+"/assign", fmt.Sprintf(`{"version":1,"to":"somebody","holder":%q}`, holder))
		return w.Code, w.Body.String()
	}
	if code, text := assign(id(fengsui.RoleDuty)); code != http.StatusOK || f.held != "Name duty "+id(fengsui.RoleDuty) {
		t.Errorf("to a colleague: %d %s, held by %q", code, text, f.held)
	}
	if code, text := assign(id(fengsui.RoleZone)); code != http.StatusUnprocessableEntity || !strings.Contains(text, "no_colleague") {
		t.Errorf("to another organisation's: %d %s", code, text)
	}
	if code, text := assign(id(fengsui.RoleAdmin)); code != http.StatusUnprocessableEntity || !strings.Contains(text, "no_colleague") {
		t.Errorf("to an administrator: %d %s", code, text)
	}

	if w := f.do(fengsui.RoleShift, http.MethodPost, "/handovers", `{"taker":"`+id(fengsui.RoleDuty)+`","note":""}`); w.Code != http.StatusOK || f.calls[len(f.calls)-1] != "offer to Name duty" {
		t.Errorf("a handover: %d %s, %v", w.Code, w.Body, f.calls)
	}
	for role, want := range map[fengsui.Role][]Verb{fengsui.RoleDuty: {"sign", "return"}, fengsui.RoleShift: {"return"}, fengsui.RoleBureau: {}} {
		if h := answer[HandoverView](t, f.do(role, http.MethodGet, "/handovers/h1", "")); fmt.Sprint(h.Acts) != fmt.Sprint(want) {
			t.Errorf("%s may %v, want %v", role, h.Acts, want)
		}
	}
	if d := answer[HandoverDraft](t, f.do(fengsui.RoleShift, http.MethodGet, "/watch/draft", "")); d.HandoverItems.Total != 1 || d.Items[0].SubjectName != f.mine.point.Name || d.PartyName == "" {
		t.Errorf("before it is signed: %+v", d)
	}
	items := answer[HandoverItems](t, f.do(fengsui.RoleDuty, http.MethodGet, "/handovers/h1/warnings", ""))
	if items.Total != 1 || items.Items[0].EnterpriseName != f.mine.enterprise.Name || items.Items[0].SubjectName != f.mine.point.Name {
		t.Errorf("what was open: %+v", items)
	}
}

// An open warning says what its point measures now, and the time line from where each
// act came, to those who read the journal.
func TestWarningNow(t *testing.T) {
	f := newFixture(t)
	path := "/warnings/" + string(f.mine.warning.ID)
	if w := answer[WarningDetail](t, f.do(fengsui.RoleDuty, http.MethodGet, path, "")); w.Latest == nil || w.Latest.Value != 7 {
		t.Errorf("the point measures %+v", w.Latest)
	}
	if w := f.do(fengsui.RoleDuty, http.MethodPost, path+"/confirm", ""); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	for role, want := range map[fengsui.Role]string{fengsui.RoleBureau: "10.1.2.3", fengsui.RoleDiscipline: "10.1.2.3", fengsui.RoleDuty: "", fengsui.RoleEnterprise: ""} {
		list := answer[Timeline](t, f.do(role, http.MethodGet, path+"/timeline", "")).Items
		if got := list[len(list)-1]; got.Act != "confirm" || got.ByFrom != want {
			t.Errorf("%s sees %s from %q, want %q", role, got.Act, got.ByFrom, want)
		}
	}
}
