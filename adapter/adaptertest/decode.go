package adaptertest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Adapter describes an adapter to the suite.
type Adapter struct {
	Cases fs.FS // the golden cases, *.txtar

	// Update, if there is one, is given each case with what was read in want.json,
	// to be written; nothing is compared. A test's own flag sets it.
	Update func(name string, content []byte) error

	// Open begins to read a case's stream. Nil: NoStream.
	Open func(c *Case) Stream
	// NoStream says why there is no stream of bytes to cut: who frames instead. What
	// is read then is one body.
	NoStream string
	// Read reads a whole body where there is no stream.
	Read func(c *Case) []any
	// NoCut says why what is left of a body that breaks off may be another body.
	// Empty: it must be an error, or say less and nothing else.
	NoCut string

	// Garbage is put before a frame, one after the other; each must cost nothing but
	// itself. A body with some before or behind it must be an error. None: NoGarbage
	// says why.
	Garbage   [][]byte
	NoGarbage string

	// Encode writes items as bytes that are read as the same items. Nil: NoEncode.
	Encode   func(c *Case, items []any) ([]byte, error)
	NoEncode string

	// Session is nil where NoSession says why: who owns the connections.
	Session   *Session
	NoSession string
}

// Stream reads the bytes of one connection as they come.
type Stream interface {
	// Feed takes the next bytes, which it may not keep, and returns the items that
	// they bring to an end, in order. What cannot be read is an error among them.
	Feed(b []byte) []any
}

// Case is one golden case.
type Case struct {
	Name    string
	Comment string
	Frame   []byte
	Files   map[string][]byte

	archive *txtar.Archive
}

// Load reads the golden cases; there must be some, and each must say its source
// and origin.
func Load(t testing.TB, dir fs.FS) []*Case {
	t.Helper()
	names, err := fs.Glob(dir, "*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("golden cases: got %d, %v, want some", len(names), err)
	}
	var list []*Case
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		c := &Case{Name: name, Files: map[string][]byte{}, archive: txtar.Parse(b)}
		c.Comment = string(c.archive.Comment)
		for _, f := range c.archive.Files {
			c.Files[f.Name] = f.Data
		}
		raw, plain := c.Files["frame.hex"], c.Files["frame.txt"]
		switch {
		case raw != nil && plain == nil:
			if c.Frame, err = hex.DecodeString(strings.Join(strings.Fields(string(raw)), "")); err != nil {
				t.Fatalf("%s: frame.hex: %v", name, err)
			}
		case plain != nil && raw == nil:
			c.Frame = bytes.TrimSuffix(plain, []byte("\n")) // txtar's, not the frame's
		default:
			t.Fatalf("%s: want frame.hex or frame.txt", name)
		}
		if !strings.Contains(c.Comment, "Origin: ") || !strings.Contains(c.Comment, "Source: ") {
			t.Fatalf("%s: the comment has no Source: and Origin:", name)
		}
		list = append(list, c)
	}
	return list
}

// Run is the whole suite.
func Run(t *testing.T, a Adapter) {
	skip := func(t *testing.T, there bool, why string) bool {
		t.Helper()
		if there == (why != "") {
			t.Fatal("the description has neither the part nor the reason why there is none, or both")
		}
		if !there {
			t.Log("does not apply: " + why)
		}
		return !there
	}
	cases := Load(t, a.Cases)
	if (a.Open == nil) == (a.Read == nil) {
		t.Fatal("the description needs either Open or Read")
	}
	t.Run("golden", func(t *testing.T) { a.golden(t, cases) })
	t.Run("stream", func(t *testing.T) {
		if skip(t, a.Open != nil, a.NoStream) {
			return
		}
		for _, c := range cases {
			t.Run(c.Name, func(t *testing.T) { a.stream(t, c) })
		}
		t.Run("garbage", func(t *testing.T) {
			if skip(t, a.Garbage != nil, a.NoGarbage) {
				return
			}
			for _, c := range cases {
				a.garbage(t, c)
			}
		})
	})
	t.Run("body", func(t *testing.T) {
		if a.Read == nil {
			t.Log("does not apply: it is a stream")
			return
		}
		t.Run("cut", func(t *testing.T) {
			if skip(t, a.NoCut == "", a.NoCut) {
				return
			}
			for _, c := range cases {
				a.cut(t, c)
			}
		})
		t.Run("garbage", func(t *testing.T) {
			if skip(t, a.Garbage != nil, a.NoGarbage) {
				return
			}
			for _, c := range cases {
				a.spoilt(t, c)
			}
		})
	})
	t.Run("round trip", func(t *testing.T) {
		if skip(t, a.Encode != nil, a.NoEncode) {
			return
		}
		for _, c := range cases {
			items := good(a.read(c, c.Frame))
			if len(items) == 0 {
				continue
			}
			b, err := a.Encode(c, items)
			if err != nil {
				t.Errorf("%s: encode: %v", c.Name, err)
				continue
			}
			if got, want := show(a.read(c, b)), show(items); !slices.Equal(got, want) {
				t.Errorf("%s: written and read again:\ngot  %s\nwant %s", c.Name, got, want)
			}
		}
	})
	t.Run("session", func(t *testing.T) {
		if skip(t, a.Session != nil, a.NoSession) {
			return
		}
		a.Session.run(t)
	})
}

// read reads bytes in the place of a case's frame.
func (a *Adapter) read(c *Case, b []byte) []any {
	if a.Open != nil {
		return a.Open(c).Feed(slices.Clone(b))
	}
	other := *c
	other.Frame = b
	return a.Read(&other)
}

// show is what items look like in want.json, one each; an error is its text.
func show(items []any) []string {
	list := []string{}
	for _, x := range items {
		if err, ok := x.(error); ok {
			x = map[string]string{"error": err.Error()}
		}
		b, err := json.Marshal(x)
		if err != nil {
			b = fmt.Appendf(nil, "%q", "not JSON: "+err.Error())
		}
		list = append(list, string(b))
	}
	return list
}

// good are the items that are no errors.
func good(items []any) []any {
	return slices.DeleteFunc(slices.Clone(items), func(x any) bool { _, bad := x.(error); return bad })
}

func (a *Adapter) golden(t *testing.T, cases []*Case) {
	for _, c := range cases {
		got := show(a.read(c, c.Frame))
		if a.Update != nil {
			var b bytes.Buffer
			for _, x := range got {
				if err := json.Indent(&b, []byte(x), "", "  "); err != nil {
					t.Fatal(err)
				}
				b.WriteByte('\n')
			}
			files := slices.DeleteFunc(slices.Clone(c.archive.Files), func(f txtar.File) bool { return f.Name == "want.json" })
			files = append(files, txtar.File{Name: "want.json", Data: b.Bytes()})
			if err := a.Update(c.Name, txtar.Format(&txtar.Archive{Comment: c.archive.Comment, Files: files})); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want := []string{}
		for d := json.NewDecoder(bytes.NewReader(c.Files["want.json"])); d.More(); {
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				t.Fatalf("%s: want.json: %v", c.Name, err)
			}
			var b bytes.Buffer
			if err := json.Compact(&b, raw); err != nil {
				t.Fatal(err)
			}
			want = append(want, b.String())
		}
		if len(want) == 0 {
			t.Errorf("%s: want.json is empty", c.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.Name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

// feed gives pieces to a stream, each in memory of its own that is spoilt
// afterwards: a stream that keeps what it may not gives itself away.
func feed(s Stream, pieces ...[]byte) []any {
	var items []any
	for _, p := range pieces {
		b := slices.Clone(p)
		for _, x := range s.Feed(b) {
			items = append(items, freeze(x))
		}
		for i := range b {
			b[i] = 0xAA
		}
	}
	return items
}

// freeze keeps an item as it was when it was read.
func freeze(x any) any {
	if err, bad := x.(error); bad {
		return errors.New(err.Error())
	}
	return json.RawMessage(show([]any{x})[0])
}

func (a *Adapter) stream(t *testing.T, c *Case) {
	whole := a.read(c, c.Frame)
	want := show(whole)
	for i := range c.Frame {
		if got := show(feed(a.Open(c), c.Frame[:i], c.Frame[i:])); !slices.Equal(got, want) {
			t.Fatalf("cut at byte %d:\ngot  %s\nwant %s", i, got, want)
		}
	}
	single := make([][]byte, len(c.Frame))
	for i := range c.Frame {
		single[i] = c.Frame[i : i+1]
	}
	if got := show(feed(a.Open(c), single...)); !slices.Equal(got, want) {
		t.Errorf("byte by byte:\ngot  %s\nwant %s", got, want)
	}
	// What was read twice may be told apart by its state, so only the number counts
	// there: the first frame must be read as it is alone.
	glued := feed(a.Open(c), append(slices.Clone(c.Frame), c.Frame...))
	if got := show(glued); len(got) < 2*len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("glued to itself:\ngot  %s\nwant twice %s", got, want)
	}
	// A frame that breaks off is never taken for a whole one.
	n := len(good(whole))
	for i := range c.Frame {
		if got := good(feed(a.Open(c), c.Frame[:i])); n > 0 && len(got) >= n {
			t.Fatalf("truncated at byte %d: got %s", i, show(got))
		}
	}
}

func (a *Adapter) garbage(t *testing.T, c *Case) {
	want := show(good(a.read(c, c.Frame)))
	for _, g := range a.Garbage {
		if got := show(good(feed(a.Open(c), g, c.Frame))); !slices.Equal(got, want) {
			t.Errorf("%s: after the garbage %x:\ngot  %s\nwant %s", c.Name, g, got, want)
		}
	}
}

// cut: a body that breaks off is never taken for a whole one, nor for one that says
// something else.
func (a *Adapter) cut(t *testing.T, c *Case) {
	want := show(good(a.read(c, c.Frame)))
	for i := range c.Frame {
		items := a.read(c, c.Frame[:i])
		got := show(good(items))
		if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) || len(got) > 0 && len(got) == len(want) && len(got) == len(items) {
			t.Fatalf("%s: cut at byte %d:\ngot  %s\nwant less of %s", c.Name, i, show(items), want)
		}
	}
}

// spoilt: what lies before or behind a body is not passed over.
func (a *Adapter) spoilt(t *testing.T, c *Case) {
	for _, g := range a.Garbage {
		for _, b := range [][]byte{slices.Concat(g, c.Frame), slices.Concat(c.Frame, g)} {
			if got := good(a.read(c, b)); len(got) > 0 {
				t.Errorf("%s: with the garbage %x: got %s, want an error", c.Name, g, show(got))
			}
		}
	}
}

// Fuzz is an adapter's FuzzDecode: whatever the bytes, in two pieces they say what
// they say in one, and what is read can be written and read again.
func Fuzz(f *testing.F, a Adapter) {
	cases := Load(f, a.Cases)
	for i, c := range cases {
		f.Add(uint8(i), c.Frame, uint16(len(c.Frame)/2))
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte, at uint16) {
		c := cases[int(which)%len(cases)]
		items := a.read(c, b)
		if a.Open != nil {
			cut := int(at) % (len(b) + 1)
			if got, want := show(feed(a.Open(c), b[:cut], b[cut:])), show(items); !slices.Equal(got, want) {
				t.Fatalf("cut at byte %d:\ngot  %s\nwant %s", cut, got, want)
			}
		}
		if a.Encode == nil || len(items) == 0 || len(good(items)) < len(items) {
			return
		}
		again, err := a.Encode(c, items)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v: %s", err, show(items))
		}
		if got, want := show(a.read(c, again)), show(items); !slices.Equal(got, want) {
			t.Fatalf("written and read again:\ngot  %s\nwant %s", got, want)
		}
	})
}
