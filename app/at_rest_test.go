package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fengsui/crypt"
)

// The files of a platform are sealed from the start, with a key of the master key; the
// suite and the key are exchanged by the configuration and one command, and what lies
// there is read all the while (N08).
func TestAtRest(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "fengsui.yaml")
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file("master.key", strings.Repeat("ab", 32))
	one, two := file("one.key", strings.Repeat("01", 32)), file("two.key", strings.Repeat("02", 32))
	write := func(atRest string) Config {
		t.Helper()
		file("fengsui.yaml", "data: "+dir+"/data\nmaster_key_file: "+dir+"/master.key\n"+atRest)
		c, err := Load(conf)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	blobs := func() (all string) {
		err := filepath.WalkDir(filepath.Join(dir, "data", "blob"), func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				var b []byte
				b, err = os.ReadFile(path)
				all += string(b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	reads := func(what string, c Config, want bool) {
		t.Helper()
		files, err := c.openBlob(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, err := files.Get(t.Context(), "evidence/1")
		if (err == nil) != want {
			t.Fatalf("%s: it opens with %v", what, err)
		}
		if !want {
			return
		}
		defer r.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil || b.String() != "what a camera saw" {
			t.Errorf("%s: it reads as %q, %v", what, &b, err)
		}
	}
	reseal := func(want string) {
		t.Helper()
		var out bytes.Buffer
		if err := (&ResealCommand{Config: conf}).reseal(t.Context(), &out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("reseal says %q, %v; want %q", &out, err, want)
		}
	}

	c := write("at_rest: {files: none}\n")
	data, err := openData(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	if err := data.close(); err != nil {
		t.Fatal(err)
	}
	files, err := c.openBlob(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := files.Put(t.Context(), "evidence/1", strings.NewReader("what a camera saw")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(blobs(), "camera") {
		t.Error("with none it is sealed all the same")
	}
	c = write("") // the defaults
	reads("of before", c, true)
	reseal("1 files were put anew; all are sealed (aes)")
	if strings.Contains(blobs(), "camera") {
		t.Error("it lies in the open")
	}
	reads("sealed", c, true)
	c = write("at_rest: {files: sm, key_file: " + one + "}\n")
	reads("of the master key", c, true)
	reseal("(sm)")
	c = write("at_rest: {files: sm, key_file: " + two + "}\n")
	reads("of a key that is not named", c, false)
	c = write("at_rest: {files: sm, key_file: " + two + ", former_key_files: [" + one + "]}\n")
	reads("of the former key", c, true)
	reseal("1 files")
	c = write("at_rest: {files: sm, key_file: " + two + "}\n")
	reads("of the new key alone", c, true)
	if c.AtRest.suite() != crypt.SM {
		t.Error("backups are made with another suite")
	}
	write("at_rest: {files: none, key_file: " + two + "}\n")
	reseal("none is sealed any more")
	if !strings.Contains(blobs(), "camera") {
		t.Error("it is sealed still")
	}
}
