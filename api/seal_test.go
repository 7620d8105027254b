package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store"
)

// wax is the fixture's seal.
type wax struct{ f *fixture }

func (x wax) Public() string { return "fengsui+0123abcd+key" }

func (x wax) Latest(_ context.Context, s fengsui.Scope) (fengsui.Head, error) {
	x.f.saw("Latest", s, fengsui.Actor{})
	return fengsui.Head{At: 2, Size: 20, Note: "newest"}, nil
}

func (x wax) Heads(_ context.Context, s fengsui.Scope, p fengsui.Page) ([]fengsui.Head, int, error) {
	x.f.saw("Heads", s, fengsui.Actor{})
	return []fengsui.Head{{At: 1, Size: int64(p.Limit), Day: "2026-01-01", Note: "kept"}}, 1, nil
}

func (x wax) Checked(_ context.Context, s fengsui.Scope) (fengsui.SealCheck, error) {
	x.f.saw("Checked", s, fengsui.Actor{})
	return fengsui.SealCheck{At: 3, Rows: 20, Faults: 1, First: "altered: position 7"}, nil
}

func (x wax) Prove(ctx context.Context, s fengsui.Scope, id fengsui.ID, w io.Writer) error {
	warning, err := x.f.Warning(ctx, s, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `{"warning":%q,"of":%q}`, id, warning.Enterprise)
	return err
}

// States knows of every row that it is sealed, but of the newest.
func (x wax) States(ctx context.Context, s fengsui.Scope, positions []int64) (map[int64]fengsui.RowSeal, error) {
	states := map[int64]fengsui.RowSeal{}
	for _, pos := range positions {
		st := fengsui.RowSeal{State: fengsui.SealWhole, Leaf: pos - 1, Head: fengsui.Head{At: 2, Size: 20}, Day: "2026-01-01"}
		if pos == x.f.db.Head()-1 { // behind it stands the look
			st = fengsui.RowSeal{State: fengsui.SealNone}
		}
		states[pos] = st
	}
	return states, x.f.saw("States", s, fengsui.Actor{})
}

// ProveFound tells what it was asked to prove, and whose it is.
func (x wax) ProveFound(ctx context.Context, s fengsui.Scope, asked map[string]string, positions []int64, hide func(int64) bool, w io.Writer) error {
	rows, _, err := x.f.db.Entries(ctx, s, store.Filter{Pos: positions})
	if err != nil {
		return err
	}
	out := foundFile{Asked: asked}
	for _, e := range rows {
		out.Rows = append(out.Rows, foundRow{e.Pos, e.Enterprise, hide(e.Pos)})
	}
	return json.NewEncoder(w).Encode(out)
}

// foundFile is what the fixture's seal writes.
type foundFile struct {
	Asked map[string]string
	Rows  []foundRow
}

type foundRow struct {
	Pos        int64
	Enterprise fengsui.ID
	Hidden     bool
}

// cracked is a seal that fails, after its first byte or before.
type cracked struct {
	wax
	begin bool
}

func (x cracked) Prove(_ context.Context, _ fengsui.Scope, _ fengsui.ID, w io.Writer) error {
	if x.begin {
		io.WriteString(w, "{")
		return errors.New("a node is gone")
	}
	return fengsui.Errorf(fengsui.Unavailable, "not_sealed", "nothing of this warning is sealed yet")
}

// TestSeal: heads are handed out to those who read the journal, the proof of a case
// to whoever sees the case, as a file; one that breaks off is cut and not shown as
// whole (A10).
func TestSeal(t *testing.T) {
	f := newFixture(t)
	v := answer[SealView](t, f.do(fengsui.RoleDiscipline, http.MethodGet, "/seal?limit=7", ""))
	if v.Key != "fengsui+0123abcd+key" || v.Latest.Note != "newest" || v.Total != 1 || len(v.Items) != 1 || v.Items[0].Size != 7 || v.Checked == nil || v.Checked.Faults != 1 {
		t.Errorf("got %+v, want the key, the newest head and one page", v)
	}
	if w := f.do(fengsui.RoleEnterprise, http.MethodGet, "/seal", ""); w.Code != http.StatusForbidden {
		t.Errorf("an enterprise asks for heads: got %d, want 403", w.Code)
	}

	path := "/warnings/" + string(f.mine.warning.ID) + "/proof"
	w := f.do(fengsui.RoleEnterprise, http.MethodGet, path, "")
	if want := fmt.Sprintf(`{"warning":%q,"of":%q}`, f.mine.warning.ID, f.mine.enterprise.ID); w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
	}
	if got, want := w.Header().Get("Content-Disposition"), "attachment; filename="+string(f.mine.warning.ID)+"-proof-u-"; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "Z.json") {
		t.Errorf("got the disposition %q, want %q", got, want)
	}

	f = newFixture(t, func(c *Config) { c.Seal = cracked{} })
	path = "/warnings/" + string(f.mine.warning.ID) + "/proof"
	w = f.do(fengsui.RoleEnterprise, http.MethodGet, path, "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Disposition") != "" || !strings.Contains(w.Body.String(), "not_sealed") {
		t.Errorf("nothing is sealed: got %d %s", w.Code, w.Body)
	}

	f = newFixture(t, func(c *Config) { c.Seal = cracked{begin: true} })
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("a proof that broke off: got the panic %v, want a cut connection", p)
		}
	}()
	w = f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings/"+string(f.mine.warning.ID)+"/proof", "")
	t.Errorf("a proof that broke off was answered: %d %q", w.Code, w.Body)
}
