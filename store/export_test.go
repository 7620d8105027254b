package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// family has tables that refer to each other against the order of their names, and one
// without a primary key.
var family = Tables{Stage: "family", Kept: []string{"a_child", "z_parent", "loose"}, FS: fstest.MapFS{
	"001_family.sql": {Data: []byte(`-- +goose Up
CREATE TABLE z_parent (id TEXT PRIMARY KEY);
CREATE TABLE a_child (id TEXT PRIMARY KEY, parent TEXT NOT NULL REFERENCES z_parent (id), n INTEGER NOT NULL);
CREATE TABLE loose (a TEXT NOT NULL, b BIGINT NOT NULL);
`)},
}}

// newer is the family after an upgrade.
var newer = Tables{Stage: "family", Kept: family.Kept, FS: fstest.MapFS{
	"001_family.sql": family.FS.(fstest.MapFS)["001_family.sql"],
	"002_more.sql":   {Data: []byte("-- +goose Up\nALTER TABLE loose ADD COLUMN c TEXT NOT NULL DEFAULT 'old';\n")},
}}

// fill puts rows of every kind of value into a store, more than one INSERT takes.
func fill(t *testing.T, d *DB) {
	t.Helper()
	err := d.Change(t.Context(), func(tx *Tx) error {
		errs := []error{tx.Record(row("filled"))}
		exec := func(text string, args ...any) {
			_, err := tx.Exec(text, args...)
			errs = append(errs, err)
		}
		exec(`INSERT INTO z_parent (id) VALUES ('p')`)
		for i := range 700 {
			exec(`INSERT INTO a_child (id, parent, n) VALUES ($1, 'p', $2)`, fmt.Sprintf("c%05d", i), i)
		}
		for i := range 5 {
			exec(`INSERT INTO loose (a, b) VALUES ($1, $2)`, string(rune('e'-i)), i)
		}
		exec(`INSERT INTO value (id, b, f, n, bytes, absent) VALUES ('1', 1, $1, $2, $3, NULL)`, 2.0, int64(math.MinInt64), []byte{0, 255, 'x'})
		exec(`INSERT INTO value (id, b, f, n, bytes, absent) VALUES ('烽燧''"', 0, $1, $2, $3, $4)`, 1e-300, int64(math.MaxInt64), []byte{}, -0.5)
		_, err := tx.Next("point")
		return errors.Join(append(errs, err)...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestExport carries a full store from either engine to either, and back: every table
// is equal row by row, and the store goes on.
func TestExport(t *testing.T) {
	for _, from := range peers {
		for _, to := range peers {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				here, there := from.place(t), to.place(t)
				d := open(t, here, shelf, family)
				fill(t, d)
				var b bytes.Buffer
				want, err := Export(t.Context(), here, &b)
				if err != nil {
					t.Fatal(err)
				}
				if want.Head != 1 || want.Newest == 0 || want.Versions["family"] != 1 || want.Rows() < 709 {
					t.Errorf("the export holds %+v", want)
				}
				if got, err := CheckExport(bytes.NewReader(b.Bytes())); err != nil || !slices.Equal(got.Tables, want.Tables) {
					t.Errorf("read again it holds %+v, %v", got, err)
				}
				if _, err := Import(t.Context(), there, bytes.NewReader(b.Bytes()), shelf, family); err != nil {
					t.Fatal(err)
				}
				if got, err := Export(t.Context(), there, io.Discard); err != nil || !slices.Equal(got.Tables, want.Tables) {
					t.Errorf("there it is %+v, %v; want %+v", got, err, want)
				}
				// A store that holds something is left alone.
				if _, err := Import(t.Context(), there, bytes.NewReader(b.Bytes()), shelf, family); err == nil || !strings.Contains(err.Error(), "holds rows already") {
					t.Errorf("a second import says %v", err)
				}
				// It goes on, after an upgrade at that.
				e := open(t, there, shelf, newer)
				if err := e.Change(t.Context(), func(tx *Tx) error {
					if err := tx.Leap(); err != nil {
						return err
					}
					n, err := tx.Next("point")
					if n != leap+2 {
						t.Errorf("the number after the leap is %d", n)
					}
					return errors.Join(err, tx.Record(row("on")))
				}); err != nil || e.Head() != 2 {
					t.Errorf("after the import the head is %d, %v", e.Head(), err)
				}
				var c string
				if err := e.View(t.Context(), func(tx *Tx) error { return tx.QueryRow(`SELECT c FROM loose WHERE a = 'e'`).Scan(&c) }); err != nil || c != "old" {
					t.Errorf("after the upgrade c is %q, %v", c, err)
				}
				// What a newer program wrote is not taken.
				b.Reset()
				if _, err := Export(t.Context(), there, &b); err != nil {
					t.Fatal(err)
				}
				if _, err := Import(t.Context(), to.place(t), &b, shelf, family); err == nil || !strings.Contains(err.Error(), "newer fengsui") {
					t.Errorf("an import from the future says %v", err)
				}
				if _, err := Open(t.Context(), there, shelf, family); err == nil || !strings.Contains(err.Error(), "newer fengsui") {
					t.Errorf("a store from the future opens with %v", err)
				}
			})
		}
	}
}

// TestExportWhileWriting: an export is one moment, whatever is written meanwhile.
func TestExportWhileWriting(t *testing.T) {
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			here := p.place(t)
			d := open(t, here, shelf, family)
			fill(t, d)
			for range 5 {
				// Written only while an export reads: what is written is bounded by it.
				stop, wrote := make(chan struct{}), make(chan error, 1)
				go func() {
					var err error
					for range 200 {
						select {
						case <-stop:
						default:
							err = errors.Join(err, add(t, d, "a"))
						}
					}
					wrote <- err
				}()
				var b bytes.Buffer
				c, err := Export(t.Context(), here, &b)
				close(stop)
				if err := errors.Join(err, <-wrote); err != nil {
					t.Fatal(err)
				}
				there := filepath.Join(t.TempDir(), "copy.db")
				if _, err := Import(t.Context(), there, &b, shelf, family); err != nil {
					t.Fatal(err)
				}
				var n, rows int64
				err = Look(t.Context(), there, func(tx *Tx) error {
					err := tx.QueryRow(`SELECT n FROM counter WHERE id = 'a'`).Scan(&n)
					if errors.Is(err, sql.ErrNoRows) {
						err = nil
					}
					return errors.Join(err, tx.QueryRow(`SELECT COUNT(*) FROM journal`).Scan(&rows))
				})
				if err != nil || rows != c.Head || rows != 1+2*n {
					t.Errorf("the copy counts %d with %d rows and head %d, %v", n, rows, c.Head, err)
				}
			}
		})
	}
}

// TestRenew: a copy of either engine in either is brought to a later export row by row,
// whatever came, changed and went in between; the records of another store are refused and
// left alone.
func TestRenew(t *testing.T) {
	for _, from := range peers {
		for _, to := range peers {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				here, there := from.place(t), to.place(t)
				d := open(t, here, shelf, family)
				fill(t, d)
				renew := func() (Contents, error) {
					var b bytes.Buffer
					want, err := Export(t.Context(), here, &b)
					if err != nil {
						t.Fatal(err)
					}
					_, err = Renew(t.Context(), there, &b, shelf, family)
					return want, err
				}
				check := func(want Contents, err error) {
					t.Helper()
					got, failed := Export(t.Context(), there, io.Discard)
					if err := errors.Join(err, failed); err != nil || !slices.Equal(got.Tables, want.Tables) || got.Head != want.Head {
						t.Errorf("there it is %+v, %v; want %+v", got, err, want)
					}
				}
				check(renew()) // it was empty
				check(renew()) // nothing happened
				err := d.Change(t.Context(), func(tx *Tx) error {
					errs := []error{tx.Record(row("went on"))}
					for _, text := range []string{
						`INSERT INTO z_parent (id) VALUES ('a'), ('q')`,
						`UPDATE a_child SET n = n + 1, parent = 'a' WHERE n < 10`,
						`DELETE FROM a_child WHERE id IN ('c00000', 'c00300', 'c00699')`,
						`INSERT INTO a_child (id, parent, n) VALUES ('b', 'q', 1), ('c00300x', 'q', 2), ('d', 'q', 3)`,
						`DELETE FROM loose WHERE b = 1`,
						`UPDATE value SET f = 3.5, absent = 1 WHERE id = '1'`,
						`DELETE FROM value WHERE id <> '1'`,
					} {
						_, err := tx.Exec(text)
						errs = append(errs, err)
					}
					_, err := tx.Next("point")
					return errors.Join(append(errs, err)...)
				})
				if err != nil {
					t.Fatal(err)
				}
				check(renew())

				// Another platform's records stay.
				other := to.place(t)
				o := open(t, other, shelf, family)
				if err := o.Change(t.Context(), func(tx *Tx) error { return tx.Record(row("another")) }); err != nil {
					t.Fatal(err)
				}
				was, err := Export(t.Context(), other, io.Discard)
				if err != nil {
					t.Fatal(err)
				}
				there = other
				if _, err := renew(); err == nil || !strings.Contains(err.Error(), "another platform") {
					t.Errorf("the records of another store are renewed: %v", err)
				}
				if is, err := Export(t.Context(), other, io.Discard); err != nil || !slices.Equal(is.Tables, was.Tables) {
					t.Errorf("what was refused was changed: %+v, %v", is, err)
				}
			})
		}
	}
}

// TestExportCut: an export that is cut off or altered is refused, and nothing of it is
// in the store.
func TestExportCut(t *testing.T) {
	here := filepath.Join(t.TempDir(), "t.db")
	d := open(t, here, shelf, family)
	fill(t, d)
	var b bytes.Buffer
	if _, err := Export(t.Context(), here, &b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for _, n := range []int{0, 5, len(exportForm), len(exportForm) + 3, len(whole) / 2, len(whole) - 1} {
		there := filepath.Join(t.TempDir(), "copy.db")
		if _, err := Import(t.Context(), there, bytes.NewReader(whole[:n]), shelf, family); err == nil {
			t.Errorf("cut at %d of %d bytes it is taken", n, len(whole))
		}
	}
	altered := bytes.Replace(whole, []byte("c00007"), []byte("c00OO7"), 1)
	there := filepath.Join(t.TempDir(), "copy.db")
	if _, err := Import(t.Context(), there, bytes.NewReader(altered), shelf, family); err == nil {
		t.Error("an altered export is taken")
	}
	if c, err := Export(t.Context(), there, io.Discard); err != nil || c.Rows() != 0 {
		t.Errorf("of an altered export %d rows are in the store, %v", c.Rows(), err)
	}
}

// FuzzCheckExport: no bytes panic, and none make it allocate by a length that they name.
func FuzzCheckExport(f *testing.F) {
	here := filepath.Join(f.TempDir(), "t.db")
	d, err := Open(f.Context(), here, shelf)
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := Export(f.Context(), here, &b); err != nil {
		f.Fatal(err)
	}
	d.Close()
	f.Add(b.Bytes())
	f.Add([]byte(exportForm + "\xff\xff\xff\xff\x7f"))
	f.Add([]byte(exportForm + `<{"tables":[{"name":"journal","columns":["a","b","c","d"]}]}` + "\x01t\xff\xff\xff\xff\x03"))
	f.Fuzz(func(t *testing.T, b []byte) { CheckExport(bytes.NewReader(b)) })
}
