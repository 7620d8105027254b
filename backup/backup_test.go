package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/crypt"
)

// key is a key file with some bytes.
func key(t *testing.T, fill string) Key {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(strings.Repeat(fill, keyBytes)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := ReadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func vault(t *testing.T, dir string, k Key) *Vault {
	t.Helper()
	v, err := Open(dir, k, crypt.AES)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var clock = time.Date(2026, 11, 27, 15, 4, 5, 0, time.UTC)

// backUp makes one backup of what is given, a second after the one before.
func backUp(t *testing.T, v *Vault, things map[string]string) (*Manifest, *Writer) {
	t.Helper()
	clock = clock.Add(time.Second)
	w, err := v.Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for name, text := range things {
		at := fengsui.Millis(len(text) + 1)
		if w.Same(Blob, name, int64(len(text)), at) {
			continue
		}
		if err := w.Add(t.Context(), Blob, name, at, func(to io.Writer) error {
			_, err := io.WriteString(to, text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := w.Finish(map[string]int{"things": len(things)})
	if err != nil {
		t.Fatal(err)
	}
	return m, w
}

func read(t *testing.T, v *Vault, m *Manifest, name string) string {
	t.Helper()
	i := slices.IndexFunc(m.Things, func(t Thing) bool { return t.Name == name })
	if i < 0 {
		t.Fatalf("%s is not in the backup", name)
	}
	var b bytes.Buffer
	if err := v.Copy(t.Context(), &b, &m.Things[i]); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestVault: each backup is whole by itself, what did not change is not copied again,
// and what no backup needs any more goes (N01).
func TestVault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v := vault(t, dir, key(t, "ab"))
	long := strings.Repeat("0123456789abcdef", 20_000) // 5 chunks
	first, w := backUp(t, v, map[string]string{"a": "one", "b": long, "empty": ""})
	if w.New != 3 {
		t.Errorf("the first copied %d", w.New)
	}
	second, w := backUp(t, v, map[string]string{"a": "one and more", "b": long, "c": "new", "same": "new"})
	if w.New != 2 {
		t.Errorf("the second copied %d, want the two contents that are new", w.New)
	}
	for name, want := range map[string]string{"a": "one", "b": long, "empty": ""} {
		if got := read(t, v, first, name); got != want {
			t.Errorf("%s of the first is %d bytes", name, len(got))
		}
	}
	if got := read(t, v, second, "same"); got != "new" {
		t.Errorf("same is %q", got)
	}
	// The name and the content of nothing can be seen.
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("0123456789abcdef012345")) || bytes.Contains(b, []byte(`"name"`)) {
			t.Errorf("%s can be read", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// A third, and only two are kept.
	clock = clock.Add(time.Second)
	w, err = v.Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	w.Same(Blob, "b", int64(len(long)), fengsui.Millis(len(long)+1))
	if _, err := w.Finish(nil); err != nil {
		t.Fatal(err)
	}
	gone, freed, err := w.Prune(2)
	w.Close()
	if err != nil || gone != 1 || freed == 0 {
		t.Errorf("prune: %d gone, %d freed, %v", gone, freed, err)
	}
	if err := v.Check(t.Context(), second); err != nil {
		t.Errorf("the second is not whole any more: %v", err)
	}
	if err := v.Check(t.Context(), first); err == nil {
		t.Error("what only the first needed is still there")
	}
	if names, err := v.Names(); err != nil || len(names) != 2 || names[0] != second.Name {
		t.Errorf("left are %v, %v", names, err)
	}
}

// TestVaultKey: another key opens nothing, and a vault is not made where something is.
func TestVaultKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	backUp(t, vault(t, dir, key(t, "ab")), map[string]string{"a": "one"})
	if _, err := Open(dir, key(t, "cd"), crypt.AES); err == nil || !strings.Contains(err.Error(), "the key is not the one") {
		t.Errorf("another key opens it: %v", err)
	}
	phrase := filepath.Join(t.TempDir(), "phrase")
	if err := os.WriteFile(phrase, []byte("a beacon in the north\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := ReadPassphrase(phrase)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "vault")
	m, _ := backUp(t, vault(t, other, k), map[string]string{"a": "one"})
	if v, err := Open(other, k, ""); err != nil || read(t, v, m, "a") != "one" {
		t.Errorf("the passphrase does not open it again: %v", err)
	}
	if s := fmt.Sprintf("%v %+v %#v", k, k, k); strings.Contains(s, "beacon") {
		t.Errorf("a key prints as %s", s)
	}
	if _, err := Open(filepath.Dir(phrase), k, crypt.AES); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("a vault is made among other files: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "none"), k, ""); err == nil {
		t.Error("what is not there opens")
	}
	if err := os.WriteFile(phrase, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPassphrase(phrase); err == nil {
		t.Error("a short passphrase is taken")
	}
}

// TestVaultDamage: whatever is altered, cut off or exchanged is noticed.
func TestVaultDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v := vault(t, dir, key(t, "ab"))
	long := strings.Repeat("0123456789abcdef", 20_000)
	m, _ := backUp(t, v, map[string]string{"a": long, "b": long[1:]})
	path := func(i int) string {
		p, err := v.piecePath(m.Things[i].Piece)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	whole, err := os.ReadFile(path(0))
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(path(1))
	if err != nil {
		t.Fatal(err)
	}
	head, part := len(fileForm[crypt.AES])+saltBytes, 64<<10+16
	r := rand.New(rand.NewPCG(1, 2))
	cases := map[string][]byte{
		"empty":       {},
		"exchanged":   other,
		"half a head": whole[:head/2],
		"no chunk":    whole[:head],
		"a chunk cut": whole[:head+part],
		"a byte cut":  whole[:len(whole)-1],
		"a byte more": append(slices.Clone(whole), 0),
		"swapped":     slices.Concat(whole[:head], whole[head+part:head+2*part], whole[head:head+part], whole[head+2*part:]),
		"doubled":     slices.Concat(whole[:head+part], whole[head:]),
		"left out":    slices.Concat(whole[:head+part], whole[head+2*part:]),
	}
	for i := range 40 {
		b := slices.Clone(whole)
		b[r.IntN(len(b))] ^= byte(1 << r.IntN(8))
		cases[fmt.Sprintf("bit %d", i)] = b
	}
	for name, b := range cases {
		if err := os.WriteFile(path(0), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := v.Check(t.Context(), m); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The manifest as well; what the backup before has is then copied again.
	if err := os.WriteFile(path(0), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(v.path(m.Name))
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(v.path(m.Name), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Read(""); !errors.Is(err, ErrBroken) {
		t.Errorf("an altered manifest reads as %v", err)
	}
	next, w := backUp(t, v, map[string]string{"a": long})
	if w.Before == nil {
		t.Error("nobody says that the backup before cannot be read")
	}
	if err := v.Check(t.Context(), next); err != nil {
		t.Error(err)
	}
	w, err = v.Begin(clock.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, _, err := w.Prune(5); err == nil {
		t.Error("pieces are cleared away while a manifest cannot be read")
	}
	if err := v.Check(t.Context(), next); err != nil {
		t.Error(err)
	}
}

// TestVaultCut: a backup that is killed anywhere leaves those before it, and what it
// left behind goes with the next. Two at once are refused.
func TestVaultCut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v := vault(t, dir, key(t, "ab"))
	first, _ := backUp(t, v, map[string]string{"a": "one"})
	clock = clock.Add(time.Second)
	w, err := v.Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Begin(clock.Add(time.Second)); err == nil || !strings.Contains(err.Error(), "under way") {
		t.Errorf("two backups at once: %v", err)
	}
	if err := w.Add(t.Context(), Blob, "b", 1, func(to io.Writer) error {
		_, err := io.WriteString(to, "two")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.path("tmp-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Close() // killed: nothing says that it ended
	if names, err := v.Names(); err != nil || len(names) != 1 {
		t.Errorf("there are %v, %v", names, err)
	}
	if err := v.Check(t.Context(), first); err != nil {
		t.Error(err)
	}
	clock = clock.Add(time.Second)
	if w, err = v.Begin(clock); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if !w.Same(Blob, "a", 3, 4) {
		t.Error("what did not change is copied again")
	}
	if _, err := w.Finish(nil); err != nil {
		t.Fatal(err)
	}
	if _, freed, err := w.Prune(0); err != nil || freed == 0 {
		t.Errorf("what was left behind stays: %d bytes, %v", freed, err)
	}
	if _, err := os.Stat(v.path("tmp-123")); err == nil {
		t.Error("the half file stays")
	}
	if names, _ := v.Names(); len(names) != 2 {
		t.Errorf("without a number all are kept, and there are %v", names)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	if err := v.Check(ctx, first); !errors.Is(err, gone) {
		t.Errorf("a check goes on after its end: %v", err)
	}
}
