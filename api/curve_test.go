package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"fengsui"
	"fengsui/store"
)

// TestCurve: a warning's curve is handed out as CSV to be saved, only its two
// parts exist, and one that breaks off is cut and not shown as whole (A18).
func TestCurve(t *testing.T) {
	f := newFixture(t)
	id := string(f.mine.warning.ID)
	for _, part := range []string{"before", "after"} {
		w := f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings/"+id+"/curve/"+part, "")
		mark, rest, _ := strings.Cut(w.Body.String(), "\n")
		if want := "part,enterprise\n" + part + "," + string(f.mine.enterprise.ID) + "\n"; w.Code != http.StatusOK || rest != want {
			t.Errorf("%s: got %d %q, want %q", part, w.Code, w.Body, want)
		}
		// Who took it away, and when: in the file and on the journal (N08).
		if !strings.HasPrefix(mark, "# exported 20") || !strings.HasSuffix(mark, " u-enterprise (MINE-1) 10.1.2.3") {
			t.Errorf("%s: it is marked %q", part, mark)
		}
		e, _, err := f.db.Entries(t.Context(), fengsui.Everything(), store.Filter{Kind: "export", Newest: true, Limit: 1})
		if err != nil || len(e) != 1 || e[0].Of.ID != f.mine.warning.ID || e[0].By.User != f.users[fengsui.RoleEnterprise].ID || !strings.Contains(string(e[0].After), "curve "+part) || e[0].Warning != "" {
			t.Errorf("%s: the journal has %+v, %v", part, e, err)
		}
		if got, want := w.Header().Get("Content-Type"), "text/csv; charset=utf-8"; got != want {
			t.Errorf("%s: it is of type %q, want %q", part, got, want)
		}
		if got, want := w.Header().Get("Content-Disposition"), "attachment; filename="+id+"-"+part+".csv"; got != want {
			t.Errorf("%s: got the disposition %q, want %q", part, got, want)
		}
	}
	if w := f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings/"+id+"/curve/middle", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a third part: got %d %s, want 422", w.Code, w.Body)
	}

	f = newFixture(t, func(c *Config) { c.Curves = broken{} })
	id = string(f.mine.warning.ID)
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("a curve that broke off: got the panic %v, want a cut connection", p)
		}
	}()
	w := f.do(fengsui.RoleEnterprise, http.MethodGet, "/warnings/"+id+"/curve/before", "")
	t.Errorf("a curve that broke off was answered: %d %q", w.Code, w.Body)
}

type broken struct{}

func (broken) Open(context.Context, fengsui.Scope, fengsui.ID, string) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader("time,"), iotest.ErrReader(errors.New("checksum")))), nil
}
