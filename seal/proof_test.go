package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fengsui"
	"fengsui/store"
	"fengsui/store/storetest"
)

// court is the scope of discipline inspection, yard that of an enterprise.
var (
	court = fengsui.Scope{Role: fengsui.RoleDiscipline, All: true}
	yard  = fengsui.Scope{Role: fengsui.RoleEnterprise, Enterprise: "e1"}
)

func sealedStore(t testing.TB, rows int) (*store.DB, *Sealer, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fengsui.db")
	d := openStore(t, path)
	t.Cleanup(func() { d.Close() })
	s := newSealer(t, d, &shelf{})
	write(t, d, 0, rows)
	sealUp(t, s)
	return d, s, path
}

func proof(t testing.TB, s *Sealer, scope fengsui.Scope, warning fengsui.ID) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Prove(t.Context(), scope, warning, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestErase: what was erased by rule is gone from the journal and the leaf goes on
// proving the rest; what was destroyed without a rule is named.
func TestErase(t *testing.T) {
	d, s, path := sealedStore(t, 40)
	by := fengsui.Actor{Name: "Wang"}
	erase := func(pos int64, code fengsui.Code) {
		t.Helper()
		err := s.Erase(t.Context(), fengsui.Everything(), by, "asked for by the person", pos)
		if code == "" && err != nil || code != "" && (err == nil || fengsui.CodeOf(err) != code) {
			t.Errorf("erase %d: got %v, want %q", pos, err, code)
		}
	}
	erase(17, "")
	erase(17, fengsui.Conflict)
	erase(41, fengsui.NotFound) // the erasing itself, not sealed yet
	erase(99, fengsui.NotFound)
	sealUp(t, s)
	erase(41, fengsui.Invalid)
	if err := s.Erase(t.Context(), fengsui.Scope{Zone: "z1"}, by, "x", 18); fengsui.CodeOf(err) != fengsui.NotFound {
		t.Errorf("a zone erases: %v", err)
	}
	rows, _, err := d.Entries(t.Context(), fengsui.Everything(), store.Filter{After: 16, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if e := rows[0]; e.Pos != 17 || e.Act != "verified" || e.By != (fengsui.Actor{Role: fengsui.RoleDuty}) || e.Why != "" || len(e.Before) > 0 || len(e.Tell) > 0 {
		t.Errorf("position 17: got %+v, want only its frame", e)
	}
	if r, faults := verify(t, Check{Place: path}); r.Rows != 41 || r.Erased != 1 || len(faults) > 0 {
		t.Errorf("got %+v, %q, want 41 rows, one of them erased, and no fault", r, faults)
	}
	c, _, err := CheckCase(bytes.NewReader(proof(t, s, court, "w0")))
	if err != nil || len(c.Rows) != 11 || c.Rows[4].Row["pos"] != "17" || c.Rows[4].Row["by_name"] != "" || !strings.Contains(c.Rows[4].Line(), "(erased)") {
		t.Errorf("the case shows %d rows, the fifth as %q (%v), want 11 and the fifth erased", len(c.Rows), c.Rows[4].Line(), err)
	}

	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ statement, want string }{
		{`UPDATE journal SET by_name = 'Zhao' WHERE pos = 17`, "destroyed: position 17: by_name: it was erased, and something was written in its place"},
		{`UPDATE journal SET act = 'noted' WHERE pos = 17`, "altered: position 17: what differs cannot be told"},
		{`UPDATE seal_leaf SET content = zeroblob(32) WHERE pos = 17`, "altered: position 17: what differs cannot be told"},
		{`UPDATE journal SET object = '18' WHERE pos = 41`, "altered: position 41: object"},
	} {
		got := check(t, tampered(t, path, c.statement), nil)
		if !slices.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.statement, got, c.want)
		}
	}
	silent := tampered(t, path, `UPDATE journal SET by_user='', by_from='', key='', call='', by_name='', why='', before='', after='', tell='' WHERE pos = 18`)
	if got := check(t, silent, nil); len(got) != 1 || !strings.HasPrefix(got[0], "altered: position 18: by_user, by_from") {
		t.Errorf("emptied without the seal: got %q, want position 18 altered", got)
	}
	got := check(t, tampered(t, path, `DELETE FROM journal WHERE pos = 41`), nil)
	if want := []string{"destroyed: position 17: no row says who erased it and why", "removed: position 41"}; !slices.Equal(got, want) {
		t.Errorf("the reason removed: got %q, want %q", got, want)
	}
}

// TestCase: the file of one case proves every row by itself, and nothing of it can
// be altered, left out or added (A10).
func TestCase(t *testing.T) {
	d, s, path := sealedStore(t, 450)
	write(t, d, 450, 455)
	file := proof(t, s, court, "w1")
	c, at, err := CheckCase(bytes.NewReader(file), s.Public())
	if err != nil || len(c.Rows) != 113 || c.Later != 1 || at == 0 {
		t.Fatalf("got %d rows and %d later (%v), want 113 and 1", len(c.Rows), c.Later, err)
	}
	if got, want := c.Rows[1].Row["why"], "reason 5 核实"; got != want || c.Rows[1].Row["by_from"] != "10.0.0.7" {
		t.Errorf("the second row: got %q from %q, want %q from 10.0.0.7", got, c.Rows[1].Row["by_from"], want)
	}
	var offline bytes.Buffer
	if err := ProvePlace(t.Context(), storetest.Place(t, path), "w1", &offline); err != nil || offline.String() != string(file) {
		t.Errorf("the file made without the platform differs (%v)", err)
	}

	// The enterprise sees its own case, without accounts, addresses and keys.
	seen, _, err := CheckCase(bytes.NewReader(proof(t, s, yard, "w1")), s.Public())
	if err != nil || len(seen.Rows) != 113 || seen.Rows[1].Row["by_name"] != "Li" {
		t.Errorf("the enterprise: got %d rows, %v, want all 113", len(seen.Rows), err)
	}
	for _, hidden := range origin {
		if _, there := seen.Rows[1].Row[hidden]; there {
			t.Errorf("the enterprise sees %s", hidden)
		}
	}
	for _, x := range []struct {
		name    string
		scope   fengsui.Scope
		warning fengsui.ID
	}{{"another enterprise", fengsui.Scope{Role: fengsui.RoleEnterprise, Enterprise: "e2"}, "w1"}, {"nobody", fengsui.Scope{}, "w1"}, {"no warning", court, "none"}} {
		if err := s.Prove(t.Context(), x.scope, x.warning, &bytes.Buffer{}); fengsui.CodeOf(err) != fengsui.NotFound {
			t.Errorf("%s: got %v, want not found", x.name, err)
		}
	}

	var names []string
	var altered [][]byte
	for name, f := range map[string]func(*Case){
		"a word":       func(c *Case) { c.Rows[3].Row["why"] = "another" },
		"a time":       func(c *Case) { c.Rows[3].Row["at"] = "1" },
		"who":          func(c *Case) { c.Rows[3].Row["by_name"] = "Zhao" },
		"a path":       func(c *Case) { c.Rows[3].Path[0] = strings.Repeat("0", 64) },
		"a short path": func(c *Case) { c.Rows[3].Path = c.Rows[3].Path[1:] },
		"a leaf":       func(c *Case) { c.Rows[3].Leaf++ },
		"left out":     func(c *Case) { c.Rows = slices.Delete(c.Rows, 3, 4) },
		"first left":   func(c *Case) { c.Rows = c.Rows[1:] },
		"renumbered":   func(c *Case) { c.Rows = c.Rows[1:]; renumber(c) },
		"twice":        func(c *Case) { c.Rows = slices.Insert(c.Rows, 3, c.Rows[3]); renumber(c) },
		"turned":       func(c *Case) { c.Rows[3], c.Rows[4] = c.Rows[4], c.Rows[3] },
		"none":         func(c *Case) { c.Rows = nil },
		"another case": func(c *Case) { c.Warning = "w2" },
		"a salt":       func(c *Case) { c.Rows[3].Salts[partContent] = strings.Repeat("0", 32) },
		"a short salt": func(c *Case) { c.Rows[3].Salts[partContent] = "00" },
		"no salt":      func(c *Case) { delete(c.Rows[3].Salts, partContent) },
		"the size":     func(c *Case) { c.Head = strings.Replace(c.Head, "\n450\n", "\n449\n", 1) },
		"the key":      func(c *Case) { c.Key = "fengsui+00000000+AAAA" },
		"another form": func(c *Case) { c.Form = "fengsui case 2" },
		"no signature": func(c *Case) { c.Head, _, _ = strings.Cut(c.Head, "—") },
		"a hash for it": func(c *Case) {
			delete(c.Rows[3].Salts, partContent)
			c.Rows[3].Hashes = map[string]string{partContent: "00"}
		},
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
		names, altered = append(names, name), append(altered, b)
	}
	altered = append(altered, []byte("{}"))
	for i, err := range python(t, "", altered...) {
		if err == nil {
			t.Errorf("%s: the altered file passes the Python verifier", append(names, "empty")[i])
		}
	}
	other, err := newSigner([]byte(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := CheckCase(bytes.NewReader(file), other.pub); err == nil {
		t.Error("the file passes under another key")
	}
	whole := [][]byte{file, proof(t, s, yard, "w1")}
	for i, err := range append(python(t, s.Public(), whole...), python(t, "", file)...) {
		if err != nil {
			t.Errorf("the Python verifier refuses file %d: %v", i, err)
		}
	}
	for _, err := range python(t, other.pub, whole...) {
		if err == nil {
			t.Error("a file passes the Python verifier under another key")
		}
	}

	// What was altered in the journal is not proved.
	d.Close()
	broken := tampered(t, path, `UPDATE journal SET why = 'x' WHERE pos = 6`)
	if err := ProvePlace(t.Context(), broken, "w1", &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "journal row 6 is not what was sealed") {
		t.Errorf("got %v, want that row 6 cannot be proved", err)
	}
}

func renumber(c *Case) {
	for i := range c.Rows {
		c.Rows[i].Nth = int64(i) + 1
	}
}

// python runs the example that others may begin with on each file.
func python(t *testing.T, key string, files ...[]byte) []error {
	t.Helper()
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import cryptography").CombinedOutput(); err != nil {
		t.Fatalf("the Python example cannot run: apt-get install python3 python3-cryptography (%v: %s)", err, out)
	}
	args := []string{filepath.Join("..", "docs", "examples", "check_case.py")}
	if key != "" {
		args = append(args, "--key", key)
	}
	dir := t.TempDir()
	for i, b := range files {
		path := filepath.Join(dir, fmt.Sprintf("%02d.json", i))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	out, _ := exec.Command(python, args...).CombinedOutput() // its lines say more than its status
	if bytes.Contains(out, []byte("Traceback")) {
		t.Fatalf("the Python verifier fell over: %s", out)
	}
	errs := make([]error, len(files))
	for i := range files {
		line := regexp.MustCompile(fmt.Sprintf(`(?m)^.*%02d\.json: .*$`, i)).Find(out)
		if !bytes.Contains(line, []byte("113 rows fit the head of ")) {
			errs[i] = fmt.Errorf("it says %q", line)
		}
	}
	return errs
}

// TestColumns: a column that the journal gets must get into the leaf's next form.
func TestColumns(t *testing.T) {
	inFile(t)
	d, _, _ := sealedStore(t, 1)
	var got []string
	err := d.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT name FROM pragma_table_info('journal')`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			got = append(got, name)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(columns)); !slices.Equal(got, want) {
		t.Errorf("the journal has the columns %v, the leaf covers %v", got, want)
	}
	if got, want := strings.Join(columns, ", "), sqlColumns; got != want {
		t.Errorf("read in the order %s, hashed in %s", want, got)
	}
}

const goldenLeaf = "bc846a96ad3d08a49959d53f7d8b985803ebad6aed9de115790499281abb71ab" // also computed by a program of its own from docs/seal.md

// TestLeaf keeps the first form of a leaf to the byte: every sealed row depends on it.
func TestLeaf(t *testing.T) {
	var r row
	for i, name := range columns {
		r[i] = []byte(name + "\n值")
	}
	l := leaf{nth: 3, salt: []byte("0123456789abcdefFEDCBA9876543210")}
	var c coder
	h := c.hash(&l, &r)
	if got, want := fmt.Sprintf("%x", h[:]), goldenLeaf; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// An erased row has the leaf that it had.
	o, x := c.parts(&l, &r)
	erased := leaf{nth: 3, origin: o[:], content: x[:]}
	for i := colOrigin; i < colEnd; i++ {
		r[i] = nil
	}
	if got := c.hash(&erased, &r); got != h {
		t.Errorf("erased: got %x, want %x", got, h)
	}
}

// TestBroken: when the sealed rows do not fit the newest head nothing is sealed on
// top, and Ready says why (A25, A41).
func TestBroken(t *testing.T) {
	d, _, path := sealedStore(t, 20)
	d.Close()
	for _, statement := range []string{
		`DELETE FROM seal_leaf WHERE leaf = 19`, `DELETE FROM seal_leaf`, `DELETE FROM seal_head`,
		`UPDATE seal_hash SET hash = zeroblob(32) WHERE id = 30`, `DELETE FROM seal_hash WHERE id = 30`,
	} {
		x := openStore(t, tampered(t, path, statement))
		s := newSealer(t, x, &shelf{})
		write(t, x, 20, 21)
		if _, err := s.seal(t.Context(), 21); !errors.Is(err, errBroken) {
			t.Errorf("%s: seal: got %v, want %v", statement, err, errBroken)
		}
		if err := s.Ready(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("%s: ready: got %v, want %v", statement, err, errBroken)
		}
		x.Close()
	}
}

// FuzzCheckCase: a file from outside never panics, and none but the true one passes.
func FuzzCheckCase(f *testing.F) {
	_, s, _ := sealedStore(f, 12)
	file := proof(f, s, court, "w1")
	f.Add(file)
	f.Add([]byte(`{"form":"fengsui case 1","rows":[{}]}`))
	var want Case
	if err := json.Unmarshal(file, &want); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, _, err := CheckCase(bytes.NewReader(b), s.Public())
		if err != nil {
			return
		}
		for i, r := range c.Rows {
			for _, name := range columns {
				if got, want := r.Row[name], want.Rows[i].Row[name]; got != want && got != "" {
					t.Errorf("row %d passes with %s %q, want %q", i, name, got, want)
				}
			}
		}
	})
}

// FuzzHead: a head from outside never panics, and what passes says what was signed.
func FuzzHead(f *testing.F) {
	s, err := newSigner(seed)
	if err != nil {
		f.Fatal(err)
	}
	keys, err := verifiers([]string{s.pub})
	if err != nil {
		f.Fatal(err)
	}
	want := head{at: 1_700_000_000_123, size: 7, root: [32]byte{1}}
	signed, err := s.head(want)
	if err != nil {
		f.Fatal(err)
	}
	if got, err := openHead(signed, keys); err != nil || got != want {
		f.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	f.Add(signed)
	f.Add(want.text())
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := openHead(text, keys); err == nil && h != want {
			t.Errorf("got %+v from %q, want %+v", h, text, want)
		}
		if h, err := parseHead(text); err == nil && h.text() != text {
			t.Errorf("%q is read as %q", text, h.text())
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	const rows = 20_000
	for b.Loop() {
		b.StopTimer()
		d := bulk(b, rows)
		s := newSealer(b, d, &shelf{})
		b.StartTimer()
		sealUp(b, s)
		b.StopTimer()
		d.Close()
		b.StartTimer()
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkVerify(b *testing.B) {
	const rows = 20_000
	path := filepath.Join(b.TempDir(), "fengsui.db")
	d := openStore(b, path)
	defer d.Close()
	write(b, d, 0, rows)
	sealUp(b, newSealer(b, d, &shelf{}))
	for b.Loop() {
		if r, faults := verify(b, Check{Place: path}); r.Rows != rows || len(faults) > 0 {
			b.Fatalf("got %+v, %q", r, faults)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func bulk(b *testing.B, rows int) *store.DB {
	d := openStore(b, filepath.Join(b.TempDir(), "fengsui.db"))
	write(b, d, 0, rows)
	return d
}

// fill writes rows in few transactions.
