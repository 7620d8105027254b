package frame_test

import (
	"bytes"
	"errors"
	"testing"

	"fengsui/adapter/frame"
)

func TestReader(t *testing.T) {
	r := frame.NewReader([]byte{1, 2, 3, 4, 5, 6, 7, 'a', 0, 8, 9})
	if got := r.U8(); got != 1 {
		t.Errorf("U8: got %#x, want 0x1", got)
	}
	if got := r.U16(); got != 0x0203 {
		t.Errorf("U16: got %#x, want 0x203", got)
	}
	if got := r.U32(); got != 0x04050607 {
		t.Errorf("U32: got %#x, want 0x4050607", got)
	}
	if got := r.Text(2); got != "a" {
		t.Errorf("Text: got %q, want %q", got, "a")
	}
	if got := r.Offset(); got != 9 {
		t.Errorf("Offset: got %d, want 9", got)
	}
	if got := r.Rest(); !bytes.Equal(got, []byte{8, 9}) {
		t.Errorf("Rest: got %x, want 0809", got)
	}
	if err := r.Err(); err != nil || r.Len() != 0 {
		t.Errorf("at the end: got %v and %d left, want no error and 0", err, r.Len())
	}
}

// TestReaderSticks: after the first error nothing is read any more, and the error
// keeps its place.
func TestReaderSticks(t *testing.T) {
	for _, f := range []func(*frame.Reader){
		func(r *frame.Reader) { r.U32() },
		func(r *frame.Reader) { r.Bytes(-1) },
		func(r *frame.Reader) { r.Bytes(1 << 62) },
		func(r *frame.Reader) { r.Text(3) },
		func(r *frame.Reader) { r.Fail("here") },
	} {
		r := frame.NewReader([]byte{1, 2, 3})
		r.U8()
		f(&r)
		first := r.Err()
		e, ok := errors.AsType[*frame.Error](first)
		if !ok || e.Offset != 1 {
			t.Errorf("got error %v, want one at byte 1", first)
		}
		if got := r.U8(); got != 0 || r.Len() != 0 || r.Rest() != nil || r.U16() != 0 || r.U32() != 0 {
			t.Errorf("after %v: got a value of %d, want nothing more", first, got)
		}
		if r.Fail("later"); r.Err() != first {
			t.Errorf("got error %v, want the first one, %v", r.Err(), first)
		}
	}
}

func TestBCD(t *testing.T) {
	for n := range 100 {
		if got, ok := frame.BCD(frame.ToBCD(n)); got != n || !ok {
			t.Errorf("BCD(ToBCD(%d)): got %d, %v", n, got, ok)
		}
	}
	for _, b := range []byte{0x0a, 0xa0, 0xff} {
		if _, ok := frame.BCD(b); ok {
			t.Errorf("BCD(%#x): got a number, want none", b)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "",
		"\x00\x00":                          "",
		"id123\x00\x00":                     "id123",
		"\x00\x00id123":                     "id123",
		"BSJ  ":                             "BSJ",
		"\xb2\xe2A888888":                   "测A888888",
		"\xbd\xf2\xb9\xf3\x00":              "津贵",
		"\xff\xffA":                         "\uFFFD\uFFFDA",
		"\x81":                              "\uFFFD",
		"A\x84\x31\xa4\x37\x82\x35\x8f\x33": "A\uFFFD\u9FA6",
	} {
		got := frame.Text([]byte(in))
		if got != want {
			t.Errorf("Text(%x): got %q, want %q", in, got, want)
		}
		b, err := frame.AppendText(nil, got)
		if again := frame.Text(b); err != nil || again != got {
			t.Errorf("%q written and read again: got %q, %v", got, again, err)
		}
	}
	if got, err := frame.AppendFixed([]byte{9}, "津A", 5); err != nil || !bytes.Equal(got, []byte{9, 0xbd, 0xf2, 'A', 0, 0}) {
		t.Errorf("AppendFixed: got %x, %v, want 09bdf2410000", got, err)
	}
	if got, err := frame.AppendFixed([]byte{9}, "津A", 2); err == nil || len(got) != 1 {
		t.Errorf("AppendFixed of 3 bytes into 2: got %x, %v, want an error and nothing written", got, err)
	}
}
