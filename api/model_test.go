package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fengsui"
)

// stock is the fixture's inventory: a model and a grading standard of each of the two
// sectors, called as the sector is.
type stock struct{ f *fixture }

func (k stock) sectors(s fengsui.Scope) (list []things) {
	for _, x := range []things{k.f.mine, k.f.theirs} {
		if s.Sees("", "", x.enterprise.Sector, fengsui.None) {
			list = append(list, x)
		}
	}
	return list
}

func (k stock) version(x things) fengsui.ModelVersion {
	return fengsui.ModelVersion{Model: string(x.enterprise.Sector), Version: 1, Revision: 1, State: fengsui.ModelDraft, Sector: x.enterprise.Sector,
		Title: fengsui.Bilingual{Zh: string(x.enterprise.ID), En: "model"}}
}

// of asks for a right and finds a model by its sector's name, as the stage does.
func (k stock) of(name string, s fengsui.Scope, by fengsui.Actor, act fengsui.Act, id string) (things, error) {
	if err := s.Allow(act, fengsui.None); err != nil {
		return things{}, err
	}
	if err := k.f.saw(name, s, by); err != nil {
		return things{}, err
	}
	for _, x := range k.sectors(s) {
		if string(x.enterprise.Sector) == id {
			return x, nil
		}
	}
	return things{}, errTheirs()
}

func (k stock) do(ctx context.Context, name string, s fengsui.Scope, by fengsui.Actor, act fengsui.Act, id string) error {
	if _, err := k.of(name, s, by, act, id); err != nil {
		return err
	}
	return k.f.act(ctx, name, s, by, fengsui.Ref{Kind: "model", ID: fengsui.ID(id)}, fengsui.Warning{Sector: fengsui.Sector(id)}, true)
}

func (k stock) Models(_ context.Context, s fengsui.Scope, f fengsui.ModelFilter, p fengsui.Page) (list []fengsui.ModelVersion, total int, err error) {
	if err := k.f.saw(fmt.Sprintf("Models %+v %+v", f, p), s, fengsui.Actor{}); err != nil {
		return nil, 0, err
	}
	for _, x := range k.sectors(s) {
		list = append(list, k.version(x))
	}
	return list, len(list), nil
}

func (k stock) Model(_ context.Context, s fengsui.Scope, id string) (fengsui.ModelDetail, error) {
	x, err := k.of("Model", s, fengsui.Actor{}, fengsui.ActModels, id)
	if err != nil {
		return fengsui.ModelDetail{}, err
	}
	return fengsui.ModelDetail{Model: id, Versions: []fengsui.ModelVersion{k.version(x)}}, nil
}

func (k stock) Check(_ context.Context, s fengsui.Scope, text string) (fengsui.ModelCheck, error) {
	return fengsui.ModelCheck{Problems: []fengsui.ModelProblem{{Reason: "model_invalid", Text: "no: " + text}}, Notes: []string{}}, k.f.saw("Check", s, fengsui.Actor{})
}

func (k stock) Vocabulary(_ context.Context, s fengsui.Scope) (v fengsui.ModelVocabulary, err error) {
	if err := s.Allow(fengsui.ActDraft, fengsui.None); err != nil {
		return v, err
	}
	v = fengsui.ModelVocabulary{Functions: []fengsui.FormulaFunction{{Name: "max", Args: 2}}, Points: []fengsui.PointGroup{}}
	for _, x := range k.sectors(s) {
		v.Points = append(v.Points, fengsui.PointGroup{Asset: "tank", Code: string(x.enterprise.ID), Points: 1})
	}
	return v, k.f.saw("Vocabulary", s, fengsui.Actor{})
}

func (k stock) Draft(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, text string) error {
	return k.do(ctx, fmt.Sprintf("draft %d %s", revision, text), s, by, fengsui.ActDraft, id)
}
func (k stock) Submit(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64) error {
	return k.do(ctx, fmt.Sprintf("submit %d", revision), s, by, fengsui.ActDraft, id)
}
func (k stock) Release(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error {
	return k.do(ctx, fmt.Sprintf("release %d %s", revision, why), s, by, fengsui.ActApprove, id)
}
func (k stock) Refuse(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error {
	return k.do(ctx, fmt.Sprintf("refuse %d %s", revision, why), s, by, fengsui.ActApprove, id)
}
func (k stock) Retire(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, why string) error {
	return k.do(ctx, fmt.Sprintf("retire %d %s", revision, why), s, by, fengsui.ActApprove, id)
}
func (k stock) StartReplay(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string, revision int64, from, to fengsui.Millis) error {
	return k.do(ctx, fmt.Sprintf("replay %d %d-%d", revision, from, to), s, by, fengsui.ActDraft, id)
}
func (k stock) CancelReplay(ctx context.Context, s fengsui.Scope, by fengsui.Actor, id string) error {
	return k.do(ctx, "cancel replay", s, by, fengsui.ActDraft, id)
}

func (k stock) ReplayOf(_ context.Context, s fengsui.Scope, id string) (fengsui.Replay, error) {
	x, err := k.of("ReplayOf", s, fengsui.Actor{}, fengsui.ActModels, id)
	if err != nil {
		return fengsui.Replay{}, err
	}
	return fengsui.Replay{Model: id, State: fengsui.ReplayFailed, Why: string(x.enterprise.ID)}, nil
}

func (k stock) Gradings(_ context.Context, s fengsui.Scope, f fengsui.GradingFilter, p fengsui.Page) (list []fengsui.Grading, total int, err error) {
	if err := k.f.saw(fmt.Sprintf("Gradings %+v %+v", f, p), s, fengsui.Actor{}); err != nil {
		return nil, 0, err
	}
	for _, x := range k.sectors(s) {
		list = append(list, fengsui.Grading{Key: string(x.enterprise.Sector), Version: 1, Sector: x.enterprise.Sector})
	}
	return list, len(list), nil
}

func (k stock) DraftGrading(ctx context.Context, s fengsui.Scope, by fengsui.Actor, g fengsui.Grading) error {
	return k.do(ctx, fmt.Sprintf("draft grading %d %s %v", g.Revision, g.Source, g.Rows[0].Level), s, by, fengsui.ActDraft, g.Key)
}
func (k stock) GuideGrading(ctx context.Context, s fengsui.Scope, by fengsui.Actor, key string, revision int64, agreed bool, guidance string) error {
	return k.do(ctx, fmt.Sprintf("guide %d %v %s", revision, agreed, guidance), s, by, fengsui.ActApprove, key)
}

func gradingBody(sector fengsui.Sector) string {
	rows := ""
	for _, l := range []string{"red", "orange", "yellow", "blue"} {
		rows += fmt.Sprintf(`,{"level":%q,"criterion":{"zh":"准则","en":"criterion"}}`, l)
	}
	return fmt.Sprintf(`{"revision":0,"sector":%q,"title":{"zh":"标准","en":"standard"},"source":"AQ 3036","rows":[%s]}`, sector, rows[1:])
}

// What is asked of the inventory is what the caller said, and a list shows and counts
// no more than the caller's sectors (A18, A35).
func TestModels(t *testing.T) {
	f := newFixture(t)
	mine, theirs := string(f.mine.enterprise.Sector), string(f.theirs.enterprise.Sector)
	asked := func(want string) {
		t.Helper()
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.calls) == 0 || f.calls[len(f.calls)-1] != want {
			t.Errorf("the inventory was asked %q, want %q", f.calls, want)
		}
		f.calls = nil
	}
	for _, path := range []string{"/inventory", "/gradings"} {
		for role, want := range map[fengsui.Role]int{fengsui.RoleRegulator: 1, fengsui.RoleBureau: 2} {
			w := f.do(role, http.MethodGet, path, "")
			got := answer[struct{ Total int }](t, w).Total
			if got != want || strings.Contains(w.Body.String(), `"sector":"`+theirs+`"`) != (want == 2) || !strings.Contains(w.Body.String(), `"sector":"`+mine+`"`) {
				t.Errorf("%s as %s: got %s, want %d", path, role, w.Body, want)
			}
		}
	}
	f.do(fengsui.RoleBureau, http.MethodGet, "/inventory?state=draft&sector=fire&model=x&offset=3&limit=7", "")
	asked("Models {State:draft Sector:fire Model:x} {Offset:3 Limit:7}")
	f.do(fengsui.RoleBureau, http.MethodGet, "/gradings?state=guided&sector=fire&key=x", "")
	asked("Gradings {State:guided Sector:fire Key:x} {Offset:0 Limit:50}")

	for _, c := range []struct{ method, path, body, want string }{
		{http.MethodPut, "/draft", `{"revision":4,"text":"id: x"}`, "draft 4 id: x"},
		{http.MethodPost, "/submit", `{"revision":5}`, "submit 5"},
		{http.MethodPost, "/release", `{"revision":6,"why":"fits"}`, "release 6 fits"},
		{http.MethodPost, "/refuse", `{"revision":7,"why":"no"}`, "refuse 7 no"},
		{http.MethodPost, "/retire", `{"revision":8,"why":"old"}`, "retire 8 old"},
		{http.MethodPost, "/replay", `{"revision":9,"from":10,"to":20}`, "replay 9 10-20"},
		{http.MethodDelete, "/replay", "", "cancel replay"},
	} {
		w := f.do(fengsui.RoleRegulator, c.method, "/inventory/"+mine+c.path, c.body)
		if d := answer[Done](t, w); w.Code != http.StatusOK || d.Pos == 0 || d.Of.ID != fengsui.ID(mine) {
			t.Errorf("%s %s: got %d %s", c.method, c.path, w.Code, w.Body)
		}
		asked(c.want)
	}
	f.do(fengsui.RoleRegulator, http.MethodPut, "/gradings/"+mine+"/draft", gradingBody("vehicles"))
	asked("draft grading 0 AQ 3036 red")
	f.do(fengsui.RoleRegulator, http.MethodPost, "/gradings/"+mine+"/guide", `{"revision":2,"agreed":false,"guidance":"clearer"}`)
	asked("guide 2 false clearer")

	// A text at its longest fits, one that is longer does not; nothing is half said.
	if w := f.do(fengsui.RoleBureau, http.MethodPut, "/inventory/"+mine+"/draft", `{"revision":0,"text":"`+strings.Repeat("a", 32768)+`"}`); w.Code != http.StatusOK {
		t.Errorf("the longest text: %d %s", w.Code, w.Body)
	}
	for _, body := range []string{`{"revision":0,"text":"` + strings.Repeat("a", 32769) + `"}`, `{"revision":0}`, `{"text":"id: x"}`, `{"revision":-1,"text":"id: x"}`} {
		refused(t, body[:14], f.do(fengsui.RoleBureau, http.MethodPut, "/inventory/"+mine+"/draft", body), http.StatusUnprocessableEntity, "bad_request")
	}
	refused(t, "released without a reason", f.do(fengsui.RoleBureau, http.MethodPost, "/inventory/"+mine+"/release", `{"revision":1,"why":""}`), http.StatusUnprocessableEntity, "bad_request")
}
