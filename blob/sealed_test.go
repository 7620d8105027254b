package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fengsui"
	"fengsui/crypt"
)

var (
	aesKey = Key{crypt.AES, bytes.Repeat([]byte{1}, crypt.KeyBytes)}
	smKey  = Key{crypt.SM, bytes.Repeat([]byte{2}, crypt.KeyBytes)}
)

func seal(t testing.TB, inner Store, with Key, former ...Key) *Sealed {
	t.Helper()
	s, err := Seal(inner, &with, former, "heads/")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onDisk is every file below a directory, by its path there.
func onDisk(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Nothing of what was put can be read on the disk, but what is to be read by others.
func TestSealed(t *testing.T) {
	for _, k := range []Key{aesKey, smKey} {
		dir := t.TempDir()
		d, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		s := seal(t, d, k)
		put(t, s, "evidence/1", "what a camera saw")
		put(t, s, "heads/day.note", "handed out")
		for path, text := range onDisk(t, dir) {
			if strings.Contains(text, "camera") || path == "evidence/1" {
				t.Errorf("%s: %s lies on the disk as %q", k.Suite, path, text)
			}
		}
		if got := onDisk(t, dir)["heads/day.note"]; got != "handed out" {
			t.Errorf("a head lies there as %q", got)
		}
		if got := get(t, s, "heads/day.note"); got != "handed out" {
			t.Errorf("a head reads as %q", got)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", k, k, &k, k); strings.Contains(text, "[1") || strings.Contains(text, "0x1") || strings.Contains(text, "[2") {
			t.Errorf("a key prints as %s", text)
		}
		if _, _, err := s.Put(t.Context(), "sealed/x", strings.NewReader("")); code(err) != fengsui.Invalid {
			t.Errorf("a name of ours was taken: %v", err)
		}
	}
}

// What was altered, cut off or put in the place of another is refused, and so is what
// another key has sealed.
func TestSealedTamper(t *testing.T) {
	dir := t.TempDir()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := seal(t, d, aesKey)
	put(t, s, "a", "first")
	put(t, s, "b", "other")
	path := func(key string) string { return filepath.Join(dir, "sealed", key) }
	whole, other := onDisk(t, dir)["sealed/a"], onDisk(t, dir)["sealed/b"]
	read := func(s *Sealed) error {
		r, err := s.Get(t.Context(), "a")
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.ReadAll(r)
		return err
	}
	for name, text := range map[string]string{
		"another blob": other, "cut": whole[:len(whole)-1], "half a form": whole[:5], "empty": "", "more": whole + "x",
		"a bit": whole[:len(whole)-3] + string(whole[len(whole)-3]^1) + whole[len(whole)-2:], "its form": "x" + whole[1:],
	} {
		if err := os.WriteFile(path("a"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := read(s); !errors.Is(err, crypt.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path("a"), []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := read(s); err != nil {
		t.Errorf("as it was: %v", err)
	}
	if err := read(seal(t, d, smKey)); !errors.Is(err, crypt.ErrBroken) || !strings.Contains(err.Error(), "former_key_files") {
		t.Errorf("without its key: %v", err)
	}
}

// Blobs of before, of a former key and of another suite are read beside new ones; Reseal
// brings all to what is configured now, and back; their times stay (N08).
func TestReseal(t *testing.T) {
	dir := t.TempDir()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "log/1", "of before")
	put(t, seal(t, d, aesKey), "log/2", "of a former key")
	now := seal(t, d, smKey, aesKey)
	put(t, now, "log/3", "of now")
	put(t, now, "heads/1", "handed out")
	if err := d.date("log/1", 1000); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"log/1": "of before", "log/2": "of a former key", "log/3": "of now", "heads/1": "handed out"}
	check := func(what string, s *Sealed) {
		t.Helper()
		items, err := s.List(t.Context(), "")
		if err != nil || len(items) != len(want) {
			t.Fatalf("%s: the list is %v, %v", what, items, err)
		}
		for _, i := range items {
			if got := get(t, s, i.Key); got != want[i.Key] || i.Size != int64(len(got)) {
				t.Errorf("%s: %s reads as %q, its size is said to be %d", what, i.Key, got, i.Size)
			}
			if i.Key == "log/1" && i.At != 1000 {
				t.Errorf("%s: it was put at %d, want 1000", what, i.At)
			}
		}
	}
	check("mixed", now)
	if n, err := now.Reseal(t.Context()); n != 2 || err != nil {
		t.Errorf("%d were sealed anew, %v; want 2", n, err)
	}
	check("resealed", now)
	check("without the former key", seal(t, d, smKey))
	if files := onDisk(t, dir); len(files) != 4 || files["log/1"] != "" {
		t.Errorf("on the disk are %d files", len(files))
	}
	if n, err := now.Reseal(t.Context()); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	off, err := Seal(d, nil, []Key{smKey}, "heads/")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := off.Reseal(t.Context()); n != 3 || err != nil {
		t.Errorf("switched off: %d, %v", n, err)
	}
	if got := onDisk(t, dir)["log/2"]; got != "of a former key" {
		t.Errorf("switched off, it lies there as %q", got)
	}
	// A plain and a sealed copy, as a Put that was cut off leaves them, are one blob.
	put(t, d, "sealed/x/y", "") // broken, and gone with its key
	put(t, d, "x/y", "plain")
	if err := off.Delete(t.Context(), "x/y"); err != nil {
		t.Error(err)
	}
	if _, err := off.Get(t.Context(), "x/y"); code(err) != fengsui.NotFound {
		t.Errorf("it is still there: %v", err)
	}
}
