package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fengsui"
)

// TestGone: nothing is committed into a file that nobody would find, whichever of
// the files went and how; readers go on, and once the files are in their place
// again so do writers (DESIGN §3, §10).
func TestGone(t *testing.T) {
	aside := func(names ...string) func(t *testing.T, path string) (back func()) {
		return func(t *testing.T, path string) func() {
			for _, n := range names {
				move(t, path+n, path+n+".aside")
			}
			return func() {
				for _, n := range names {
					move(t, path+n+".aside", path+n)
				}
			}
		}
	}
	for _, c := range []struct {
		name string
		gone func(t *testing.T, path string) (back func())
	}{
		{"database", aside("")},
		{"log", aside("-wal")},
		{"all", aside("", "-wal", "-shm")},
		{"directory", func(t *testing.T, path string) func() {
			dir := filepath.Dir(path)
			move(t, dir, dir+".aside")
			return func() { move(t, dir+".aside", dir) }
		}},
		{"replaced", func(t *testing.T, path string) func() {
			back := aside("", "-wal", "-shm")(t, path)
			other, err := Open(t.Context(), path, shelf)
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
			return back
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "d")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "t.db")
			d, err := Open(t.Context(), path, shelf)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			change(t, d, "a", 1)
			hold(t, d, 2)
			back := c.gone(t, path)
			write := func(tx *Tx) error { return errors.Join(set(tx, "a", 2), tx.Record(row("set"))) }
			if err := d.Change(t.Context(), write); fengsui.CodeOf(err) != fengsui.Unavailable {
				t.Errorf("a change while the file is gone: %v, want unavailable", err)
			}
			if err := d.Keep(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(`INSERT INTO place (id, pos) VALUES ('x', 7)`)
				return err
			}); fengsui.CodeOf(err) != fengsui.Unavailable {
				t.Errorf("a keep while the file is gone: %v, want unavailable", err)
			}
			if err := d.Ready(t.Context()); fengsui.CodeOf(err) != fengsui.Unavailable {
				t.Errorf("it says that it is %v, want unavailable", err)
			}
			if got := read(t, d, "a"); got != 1 {
				t.Errorf("read %d while the file is gone, want 1", got)
			}
			// More readers than there are open connections: one that opens the path anew
			// must neither leave an empty database there nor go on with another.
			hold(t, d, 8)
			if _, err := os.Stat(path); c.name != "replaced" && c.name != "log" && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("where the database was there is something now (%v)", err)
			}
			back()
			hold(t, d, 8)
			if err := d.Ready(t.Context()); err != nil {
				t.Errorf("after the file is back: %v", err)
			}
			change(t, d, "b", 3)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := Open(t.Context(), path, shelf)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			if a, b, head := read(t, again, "a"), read(t, again, "b"), again.Head(); a != 1 || b != 3 || head != 2 {
				t.Errorf("after a restart a is %d, b is %d and the journal ends at %d, want 1, 3 and 2", a, b, head)
			}
		})
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// hold opens so many views at once; those for which there is no connection fail.
func hold(t *testing.T, d *DB, n int) {
	t.Helper()
	if n == 0 {
		return
	}
	err := d.View(t.Context(), func(tx *Tx) error {
		var a int
		err := tx.QueryRow(`SELECT n FROM counter WHERE id = 'a'`).Scan(&a)
		if err != nil || a != 1 {
			t.Errorf("a view read %d (%v), want 1", a, err)
		}
		hold(t, d, n-1)
		return nil
	})
	if err != nil && fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("a view while the file is gone: %v, want nothing or unavailable", err)
	}
}

// TestLogAlone: a log whose database is gone holds what was committed last, and is
// not thrown away by a start.
func TestLogAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	d, err := Open(t.Context(), path, shelf)
	if err != nil {
		t.Fatal(err)
	}
	change(t, d, "a", 1)
	// As a killed process leaves them: the copies are taken while it is open.
	killed := filepath.Join(t.TempDir(), "t.db")
	for _, n := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + n)
		if err == nil {
			err = os.WriteFile(killed+n, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	move(t, killed, killed+".aside")
	for range 2 { // the first attempt leaves nothing that lets the second through
		if d, err := Open(context.Background(), killed, shelf); err == nil {
			d.Close()
			t.Fatal("a store was opened over a log whose database is gone")
		}
	}
	move(t, killed+".aside", killed)
	if d, err = Open(t.Context(), killed, shelf); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := read(t, d, "a"); got != 1 {
		t.Errorf("after the database is back a is %d, want 1", got)
	}
}
