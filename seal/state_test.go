package seal

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store"
)

// TestStates: each row of a page says whether it is what its leaf says, and which head
// covers it (A10).
func TestStates(t *testing.T) {
	inFile(t) // it is altered behind the platform's back
	d, s, path := sealedStore(t, 40)
	if err := s.handOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), fengsui.Everything(), fengsui.Actor{Name: "Wang"}, "asked for", 17); err != nil {
		t.Fatal(err)
	}
	sealUp(t, s)
	write(t, d, 40, 41)
	states := func(s *Sealer, scope fengsui.Scope, positions ...int64) map[int64]fengsui.RowSeal {
		t.Helper()
		got, err := s.States(t.Context(), scope, positions)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := states(s, court, 1, 17, 40, 41, 42, 99)
	if len(got) != 5 {
		t.Errorf("got %v, want five rows", got)
	}
	for pos, want := range map[int64]fengsui.SealState{1: fengsui.SealWhole, 17: fengsui.SealErased, 40: fengsui.SealWhole, 41: fengsui.SealWhole, 42: fengsui.SealNone} {
		g := got[pos]
		if g.State != want || want != fengsui.SealNone && (g.Leaf != pos-1 || g.Head.Size <= g.Leaf || g.Head.At == 0) || g.Head.Note != "" {
			t.Errorf("position %d: got %+v, want %s", pos, g, want)
		}
	}
	if got[40].Day == "" || got[40].Head.Size != 40 || got[41].Day != "" {
		t.Errorf("got %+v and %+v, want the first covered by the day's head and the second not", got[40], got[41])
	}
	if got := states(s, fengsui.Scope{Role: fengsui.RoleEnterprise, Enterprise: "e2"}, 1, 2); len(got) != 0 {
		t.Errorf("another enterprise sees %v", got)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		statement string
		want      fengsui.SealState
	}{
		{`UPDATE journal SET why = 'x' WHERE pos = 6`, fengsui.SealAltered},
		{`UPDATE journal SET act = 'x' WHERE pos = 17`, fengsui.SealAltered},
		{`DELETE FROM seal_hash WHERE id = 0`, fengsui.SealAltered},
		{`UPDATE journal SET why = 'x' WHERE pos = 7`, fengsui.SealWhole},
	} {
		pos := int64(6)
		switch {
		case strings.Contains(c.statement, "17"):
			pos = 17
		case strings.Contains(c.statement, "seal_hash"):
			pos = 1
		}
		broken := openStore(t, tampered(t, path, c.statement))
		if got := states(newSealer(t, broken, &shelf{}), court, pos)[pos].State; got != c.want {
			t.Errorf("%s: position %d is %s, want %s", c.statement, pos, got, c.want)
		}
		broken.Close()
	}
}

// TestFound: what somebody looked for is proved row by row; what was altered is refused,
// and nobody may say that it is the proof of a case (A10).
func TestFound(t *testing.T) {
	d, s, _ := sealedStore(t, 450)
	write(t, d, 450, 451)
	var positions []int64
	rows, _, err := d.Entries(t.Context(), court, store.Filter{Warning: "w1", Newest: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range rows {
		positions = append(positions, e.Pos)
	}
	found := func(scope fengsui.Scope, positions []int64) ([]byte, error) {
		var b bytes.Buffer
		err := s.ProveFound(t.Context(), scope, map[string]string{"warning": "w1"}, positions, func(pos int64) bool { return pos == 6 }, &b)
		return b.Bytes(), err
	}
	file, err := found(court, append(positions, 451))
	if err != nil {
		t.Fatal(err)
	}
	c, at, err := CheckCase(bytes.NewReader(file), s.Public())
	if err != nil || len(c.Rows) != 113 || c.Later != 1 || c.Warning != "" || c.Asked["warning"] != "w1" || at == 0 {
		t.Fatalf("got %d rows and %d later (%v), want 113 and 1", len(c.Rows), c.Later, err)
	}
	if _, there := c.Rows[1].Row["why"]; there || c.Rows[1].Row["pos"] != "6" || c.Rows[1].Row["by_from"] != "10.0.0.7" || c.Rows[2].Row["why"] != "reason 9 核实" {
		t.Errorf("got %v and %v, want the content of the first withheld", c.Rows[1].Row, c.Rows[2].Row)
	}
	for _, err := range append(python(t, s.Public(), file), python(t, "", file)...) {
		if err != nil {
			t.Errorf("the Python verifier: %v", err)
		}
	}
	for name, f := range map[string]func(*Case){
		"a word":       func(c *Case) { c.Rows[3].Row["why"] = "another" },
		"turned":       func(c *Case) { c.Rows[3], c.Rows[4] = c.Rows[4], c.Rows[3] },
		"twice":        func(c *Case) { c.Rows = slices.Insert(c.Rows, 3, c.Rows[3]) },
		"none":         func(c *Case) { c.Rows = nil },
		"filled in":    func(c *Case) { c.Rows[1].Row["why"] = "reason" },
		"a case of w2": func(c *Case) { c.Form, c.Warning = caseForm, "w2" },
		"its number":   func(c *Case) { c.Rows[3].Nth++ },
	} {
		var c Case
		if err := json.Unmarshal(file, &c); err != nil {
			t.Fatal(err)
		}
		f(&c)
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := CheckCase(bytes.NewReader(b)); err == nil {
			t.Errorf("%s: the altered file passes", name)
		}
		if python(t, "", b)[0] == nil {
			t.Errorf("%s: the altered file passes the Python verifier", name)
		}
	}
	// Rows left out are not noticed, and the form says so: nothing claims that they are all.
	var fewer Case
	if err := json.Unmarshal(file, &fewer); err != nil {
		t.Fatal(err)
	}
	fewer.Rows = slices.Delete(fewer.Rows, 3, 4)
	b, _ := json.Marshal(fewer)
	if c, _, err := CheckCase(bytes.NewReader(b)); err != nil || len(c.Rows) != 112 {
		t.Errorf("a part of it: %v", err)
	}

	if _, err := found(fengsui.Scope{Role: fengsui.RoleEnterprise, Enterprise: "e2"}, positions); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("another enterprise: %v", err)
	}
	if _, err := found(court, []int64{451}); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("not sealed yet: %v", err)
	}
	if _, err := found(court, nil); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("nothing: %v", err)
	}
	if _, err := found(court, make([]int64, MaxFound+1)); fengsui.CodeOf(err) != fengsui.Invalid {
		t.Errorf("too many: %v", err)
	}
	if _, err := newSealer(t, openStore(t, filepath.Join(t.TempDir(), "empty.db")), &shelf{}).States(t.Context(), court, []int64{1}); err != nil {
		t.Errorf("an empty store: %v", err)
	}
}
