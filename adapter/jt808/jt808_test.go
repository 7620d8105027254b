package jt808_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"fengsui"
	"fengsui/adapter/frame"
	"fengsui/adapter/jt808"
)

var update = flag.Bool("update", false, "write want.json of the golden cases")

// golden is one file of testdata: a comment with clause and origin, the bytes of a
// stream, what is read from it, and the bytes that writing it again gives when
// they are others (again.hex).
type golden struct {
	path    string
	edition jt808.Edition // what is known of the terminal
	text    string        // all before want.json
	stream  []byte
	again   []byte
	want    string
}

func goldens(t testing.TB) []golden {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: got %d cases, %v, want some", len(files), err)
	}
	var list []golden
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const mark = "-- want.json --\n"
		text, want, ok := strings.Cut(string(b), mark)
		comment, data, ok2 := strings.Cut(text, "-- frame.hex --\n")
		if !ok || !ok2 || !strings.Contains(comment, "JT/T 808") || !strings.Contains(comment, "Origin: ") {
			t.Fatalf("%s: want a comment with standard and origin, frame.hex and want.json", path)
		}
		stream, again, ok := strings.Cut(data, "-- again.hex --\n")
		if !ok {
			again = stream
		}
		year, err := strconv.Atoi(filepath.Base(path)[:4])
		if err != nil {
			t.Fatalf("%s: want a name that begins with an edition", path)
		}
		list = append(list, golden{path, jt808.Edition(year), text + mark, unhex(t, stream), unhex(t, again), want})
	}
	return list
}

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// feed gives a stream to a decoder in pieces of n bytes and hands on what comes
// out, up to the last frame.
func feed(d *jt808.Decoder, stream []byte, n int, frame func(jt808.Frame, error)) {
	for len(stream) > 0 {
		space := d.Space()
		k := copy(space[:min(n, len(space))], stream)
		stream = stream[k:]
		d.Filled(k)
		for {
			f, ok, err := d.Next()
			if !ok && err == nil {
				break
			}
			frame(f, err)
		}
	}
}

// seen is a line of what was read: a message or an error.
type seen struct {
	Header  *jt808.Header `json:",omitempty"`
	Edition jt808.Edition `json:",omitempty"`
	Type    string        `json:",omitempty"`
	Message any           `json:",omitempty"`
	Error   string        `json:",omitempty"`
}

// read reads a stream in pieces of n bytes, and writes again what it understood.
func read(t testing.TB, stream []byte, known jt808.Edition, n int) (list []seen, again []byte) {
	var d jt808.Decoder
	var j jt808.Joiner
	feed(&d, stream, n, func(f jt808.Frame, err error) {
		ok := err == nil
		if ok {
			f, ok, err = j.Add(f, 0)
		}
		if err != nil {
			list = append(list, seen{Error: err.Error()})
		}
		if !ok {
			return
		}
		line := seen{Header: &f.Header, Edition: f.Header.Edition(known)}
		m, err := jt808.Decode(f, known)
		if err != nil {
			line.Error = err.Error()
			list = append(list, line)
			if again, err = f.Append(again); err != nil {
				t.Errorf("write a frame again: %v", err)
			}
			return
		}
		e := line.Edition
		if reg, ok := m.(jt808.Registration); ok {
			e = reg.Edition
		}
		line.Type, line.Message = strings.TrimPrefix(fmt.Sprintf("%T", m), "jt808."), view(m, e)
		list = append(list, line)
		body, err := m.AppendBody([]byte{}, e)
		if err != nil {
			t.Errorf("%T: write it again: %v", m, err)
		}
		if again, _, err = jt808.AppendFrames(again, f.Header, body); err != nil {
			t.Errorf("%T: write its frames again: %v", m, err)
		}
		f.Body = body
		second, err := jt808.Decode(f, known)
		if err != nil || !reflect.DeepEqual(second, m) {
			t.Errorf("decode, encode, decode: got %+v, %v, want %+v", second, err, m)
		}
	})
	return list, again
}

// view is a message with its lazy parts read, for the golden files.
func view(m jt808.Message, e jt808.Edition) any {
	switch m := m.(type) {
	case jt808.Position:
		return viewPosition(m, e)
	case jt808.Batch:
		v := struct {
			Count     uint16
			Resent    bool
			Positions []any
		}{m.Count, m.Resent, nil}
		for p, err := range m.Positions() {
			if err != nil {
				v.Positions = append(v.Positions, "error: "+err.Error())
				continue
			}
			v.Positions = append(v.Positions, viewPosition(p, e))
		}
		return v
	case jt808.Other:
		return struct {
			Number, Body string
		}{fmt.Sprintf("%#04x", m.Number), hex.EncodeToString(m.Body)}
	}
	return m
}

func viewPosition(p jt808.Position, e jt808.Edition) any {
	codes := func(seq func(func(jt808.Bit) bool)) (list []string) {
		for b := range seq {
			code := b.Code
			if b.Once {
				code += " (once)"
			}
			list = append(list, code)
		}
		return list
	}
	type item struct {
		Name  string
		Value any    `json:",omitempty"`
		Raw   string `json:",omitempty"`
	}
	v := struct {
		Alarm, Status           []string
		Load                    uint8
		Place                   any
		Altitude, Speed, Course int
		Time                    jt808.Time
		At                      fengsui.Millis
		Items                   []item
		Malformed               int
	}{codes(p.Alarm.All(e)), codes(p.Status.All(e)), p.Status.Load(), "none", int(p.Altitude), int(p.Speed), int(p.Course), p.Time, 0, nil, p.Malformed}
	if lat, lon, ok := p.Coordinates(); ok {
		v.Place = [2]int32{lat, lon}
	}
	v.At, _ = p.Time.Millis()
	for it := range p.Items.All() {
		k, ok := it.Kind()
		i := item{Name: k.Name}
		if !ok {
			i.Name = fmt.Sprintf("%#02x", it.ID)
		}
		n, number := it.Number()
		switch {
		case it.Malformed:
			i.Name += " (malformed)"
			i.Raw = hex.EncodeToString(it.Value)
		case !ok:
			i.Raw = hex.EncodeToString(it.Value)
		case k.Form == jt808.FormBits:
			i.Value = codes(k.Set(uint32(n)))
		case number && k.Scale != 0:
			i.Value = strings.TrimSpace(fmt.Sprintf("%d × %v %s", n, k.Scale, k.Unit))
		case number:
			i.Value = n
		case k.Form == jt808.FormBytes:
			i.Raw = hex.EncodeToString(it.Value)
		case k.Form == jt808.FormPlace:
			i.Value, _ = it.Overspeed()
		case k.Form == jt808.FormCross:
			i.Value, _ = it.Crossing()
		case k.Form == jt808.FormSegment:
			i.Value, _ = it.Segment()
		case k.Form == jt808.FormDriving:
			d, _ := it.Driving()
			i.Value = []any{codes(k.Set(uint32(d.Bits))), d.Fatigue}
		case k.Form == jt808.FormAnalog:
			a, b, _ := it.Analog()
			i.Value = [2]uint16{a, b}
		}
		v.Items = append(v.Items, i)
	}
	return v
}

func text(list []seen) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(list); err != nil {
		panic(err)
	}
	return b.String()
}

// TestFrames (V06) reads every message of every edition, writes it again to the
// same bytes, and reads it the same when the stream is cut anywhere.
func TestFrames(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(g.path), ".txtar"), func(t *testing.T) {
			list, again := read(t, g.stream, g.edition, len(g.stream))
			got := text(list)
			if *update {
				if err := os.WriteFile(g.path, []byte(g.text+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != g.want {
				t.Errorf("got\n%s\nwant\n%s", got, g.want)
			}
			if !bytes.Equal(again, g.again) {
				t.Errorf("written again: got\n%x\nwant\n%x", again, g.again)
			}
			for _, n := range []int{1, 2, 3, 7} {
				if list, _ := read(t, g.stream, g.edition, n); text(list) != got {
					t.Errorf("in pieces of %d bytes: got\n%s\nwant\n%s", n, text(list), got)
				}
			}
		})
	}
}

// TestEditions keeps the golden cases complete.
func TestEditions(t *testing.T) {
	have := map[string]bool{}
	for _, g := range goldens(t) {
		have[filepath.Base(g.path)[:9]] = true
	}
	for _, e := range []string{"2011", "2013", "2019"} {
		for _, id := range []string{"0001", "0002", "0003", "0100", "0102", "0200", "0704", "8001", "8003", "8100"} {
			if name := e + "_" + id; !have[name] {
				t.Errorf("there is no golden case %s", name)
			}
		}
	}
}

// TestCut: a stream cut at any byte reads the same, and nothing of a frame that is
// not there in full comes out.
func TestCut(t *testing.T) {
	var stream []byte
	want := 0
	for _, g := range goldens(t) {
		if strings.Contains(g.path, "_stream_") {
			continue
		}
		n := 0
		feed(&jt808.Decoder{}, g.stream, len(g.stream), func(_ jt808.Frame, err error) {
			if err != nil {
				t.Fatalf("%s: %v", g.path, err)
			}
			n++
		})
		want += n
		stream = append(stream, g.stream...) // glued
		for cut := range g.stream {
			got := 0
			var d jt808.Decoder
			count := func(_ jt808.Frame, err error) {
				if err != nil {
					t.Errorf("%s cut at %d: %v", g.path, cut, err)
				}
				got++
			}
			feed(&d, g.stream[:cut], len(g.stream), count)
			if got >= n && n == 1 {
				t.Errorf("%s: got %d frames out of its first %d bytes, want none", g.path, got, cut)
			}
			feed(&d, g.stream[cut:], len(g.stream), count)
			if got != n {
				t.Errorf("%s cut at %d: got %d frames, want %d", g.path, cut, got, n)
			}
		}
	}
	for _, junk := range []string{"", "\x00", "$$", strings.Repeat("GET / HTTP/1.1\r\n", 1000)} {
		got := 0
		var d jt808.Decoder
		feed(&d, append([]byte(junk), stream...), 1000, func(_ jt808.Frame, err error) {
			if err != nil {
				t.Errorf("after %d bytes of junk: %v", len(junk), err)
			}
			got++
		})
		if got != want || d.Junk() != uint64(len(junk)) {
			t.Errorf("all frames after junk: got %d and %d bytes of junk, want %d and %d", got, d.Junk(), want, len(junk))
		}
	}
}

// TestEndless: a frame that never ends costs a bounded buffer and the next frame
// is read, however the bytes arrive.
func TestEndless(t *testing.T) {
	good := goldens(t)[0].stream
	stream := append(append([]byte{0x7e}, bytes.Repeat([]byte{0x55}, 100_000)...), good...)
	for _, n := range []int{1, 100, 1000, 1 << 20} {
		var d jt808.Decoder
		var frames, errs int
		feed(&d, stream, n, func(_ jt808.Frame, err error) {
			if err != nil {
				errs++
				return
			}
			frames++
		})
		if frames != 1 || errs != 1 || d.Junk() != 100_001 {
			t.Errorf("in pieces of %d: got %d frames, %d errors, %d bytes of junk, want 1, 1, 100001", n, frames, errs, d.Junk())
		}
		if got := cap(d.Space()); got > 4096 {
			t.Errorf("got a buffer of %d bytes, want at most 4096", got)
		}
	}
}

// TestLongest: the longest frame there is, every byte escaped, and one byte more.
func TestLongest(t *testing.T) {
	phone, err := jt808.PhoneOf(strings.Repeat("7e", 10), jt808.Edition2019)
	if err != nil {
		t.Fatal(err)
	}
	f := jt808.Frame{Header: jt808.Header{ID: 0x7e7e, Version: 0x7e, Phone: phone, Serial: 0x7e7e, Parts: 0x7e7e, Part: 0x7e7e}, Body: bytes.Repeat([]byte{0x7d}, 1023)}
	wire, err := f.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	feed(&jt808.Decoder{}, append(wire, wire...), 1, func(g jt808.Frame, err error) {
		if err != nil || g.Header != f.Header || !bytes.Equal(g.Body, f.Body) {
			t.Errorf("got %+v, %v, want %+v", g.Header, err, f.Header)
		}
		got++
	})
	if got != 2 {
		t.Errorf("got %d frames, want 2", got)
	}
	f.Body = append(f.Body, 0)
	if _, err := f.Append(nil); err == nil {
		t.Error("a body of 1024 bytes in one frame: got no error")
	}
}

// TestRegistrationEdition tells 2011 from 2013 where only the bytes can: by the
// length, then by where a colour stands.
func TestRegistrationEdition(t *testing.T) {
	reg := func(e jt808.Edition, colour jt808.PlateColour, plate string) []byte {
		b, err := jt808.Registration{Maker: "70111", Model: "GT-100", Terminal: "42", Colour: colour, Plate: plate}.AppendBody(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name string
		body []byte
		want jt808.Edition
	}{
		{"2011", reg(jt808.Edition2011, 2, "津AD12345"), jt808.Edition2011},
		{"2011, the longest that is shorter than 2013", reg(jt808.Edition2011, 2, "ABCDEFGHIJK"), jt808.Edition2011},
		{"2011, long", reg(jt808.Edition2011, 2, "ABCDEFGHIJKLMNOP"), jt808.Edition2011},
		{"2013, no plate", reg(jt808.Edition2013, 0, ""), jt808.Edition2013},
		{"2013", reg(jt808.Edition2013, 2, "津AD12345"), jt808.Edition2013},
		{"2013, a colour of no table", reg(jt808.Edition2013, 7, "津AD12345"), jt808.Edition2013},
	} {
		m, err := jt808.Decode(jt808.Frame{Header: jt808.Header{ID: jt808.MsgRegistration}, Body: c.body}, 0)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := m.(jt808.Registration).Edition; got != c.want {
			t.Errorf("%s: got edition %d, want %d", c.name, got, c.want)
		}
	}
}

// TestFragmentIsNotDecoded: a part of a message never passes for the whole.
func TestFragmentIsNotDecoded(t *testing.T) {
	if m, err := jt808.Decode(part(jt808.MsgPosition, 1, 2, strings.Repeat("x", 28)), 0); err == nil {
		t.Errorf("got %+v, want an error", m)
	}
}

// TestForce2019 reads terminals that leave the version mark out.
func TestForce2019(t *testing.T) {
	for _, g := range goldens(t) {
		if !strings.HasSuffix(g.path, "2019_0102_authentication.txtar") {
			continue
		}
		stream := bytes.Clone(g.stream)
		stream[3] &^= 0x40
		stream[len(stream)-2] ^= 0x40
		for _, force := range []bool{false, true} {
			d := jt808.Decoder{Force2019: force}
			feed(&d, bytes.Clone(stream), len(stream), func(f jt808.Frame, err error) {
				if read := err == nil && f.Phone.Terminal() == "13912345678"; read != force {
					t.Errorf("with Force2019 %v: got %+v, %v", force, f.Header, err)
				}
			})
		}
		return
	}
	t.Error("the golden case is not there")
}

func TestPhone(t *testing.T) {
	p, err := jt808.PhoneOf("13912345678", jt808.Edition2013)
	if err != nil {
		t.Fatal(err)
	}
	q, err := jt808.PhoneOf("013912345678", jt808.Edition2019)
	if err != nil {
		t.Fatal(err)
	}
	if p.String() != "013912345678" || q.String() != "00000000013912345678" || p.Terminal() != q.Terminal() || p == q {
		t.Errorf("got %s, %s and terminals %s, %s, want one terminal of two numbers", p, q, p.Terminal(), q.Terminal())
	}
	if zero, err := jt808.PhoneOf("", jt808.Edition2013); err != nil || zero.Terminal() != "0" {
		t.Errorf("the empty number: got %q, %v, want 0", zero.Terminal(), err)
	}
	for _, bad := range []string{"1234567890123", "12x", "电话"} {
		if p, err := jt808.PhoneOf(bad, jt808.Edition2013); err == nil {
			t.Errorf("PhoneOf(%q): got %s, want an error", bad, p)
		}
	}
}

func TestTime(t *testing.T) {
	for in, want := range map[string]string{
		"240229083000": "2024-02-29T00:30:00Z",
		"000101000000": "1999-12-31T16:00:00Z",
		"991231235959": "2099-12-31T15:59:59Z",
		"230229000000": "", "240431000000": "", "241301000000": "", "240001000000": "", "240100000000": "",
		"240101240000": "", "240101006000": "", "240101000060": "", "2401010000a0": "", "000000000000": "", "ffffffffffff": "",
	} {
		tm := jt808.Time(unhex(t, in))
		got := ""
		if m, ok := tm.Millis(); ok {
			got = m.Time().Format("2006-01-02T15:04:05Z")
			if again := jt808.TimeOf(m); again != tm {
				t.Errorf("TimeOf(%s): got %x, want %s", got, again, in)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// TestAuthCodeIsSecret: what a terminal proves itself by is never printed.
func TestAuthCodeIsSecret(t *testing.T) {
	m := jt808.Authentication{Code: "hunter2"}
	j, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{string(j), fmt.Sprint(m), fmt.Sprintf("%+v %#v %x %q %s", m, m, m, m.Code, m.Code)} {
		if strings.Contains(got, "hunter") || strings.Contains(got, hex.EncodeToString([]byte("hunter2"))) || !strings.Contains(got, "***") {
			t.Errorf("got %q, want *** for the code", got)
		}
	}
}

// TestAppendBody refuses what does not fit.
func TestAppendBody(t *testing.T) {
	for _, c := range []struct {
		m jt808.Message
		e jt808.Edition
	}{
		{jt808.Registration{Maker: "123456"}, jt808.Edition2013},
		{jt808.Registration{Model: "123456789"}, jt808.Edition2011},
		{jt808.Registration{}, 2015},
		{jt808.Authentication{Code: jt808.AuthCode(strings.Repeat("x", 256))}, jt808.Edition2019},
		{jt808.Authentication{IMEI: "1234567890123456"}, jt808.Edition2019},
		{jt808.PlatformResend{Parts: make([]uint16, 256)}, jt808.Edition2013},
	} {
		if got, err := c.m.AppendBody(nil, c.e); err == nil {
			t.Errorf("%+v in %d: got %x, want an error", c.m, c.e, got)
		}
	}
	if _, _, err := jt808.AppendFrames(nil, jt808.Header{}, nil); err == nil {
		t.Error("a frame without a terminal number: got no error")
	}
	if _, _, err := jt808.AppendFrames(nil, jt808.Header{}, make([]byte, 1<<20+1<<17)); err == nil {
		t.Error("a body of more than 1,000 fragments: got no error")
	}
}

// TestTables: no two rows of a table speak of the same bit in the same edition,
// and each of the alarm word's 32 bits has a name in 2019.
func TestTables(t *testing.T) {
	for _, e := range []jt808.Edition{jt808.Edition2011, jt808.Edition2013, jt808.Edition2019} {
		codes := map[string]bool{}
		reserved := 0
		for b := range jt808.Alarm(0xffffffff).All(e) {
			if codes[b.Code] {
				t.Errorf("%d: alarm code %s comes twice", e, b.Code)
			}
			codes[b.Code] = true
			if strings.HasPrefix(b.Code, "bit_") {
				reserved++
			}
		}
		want := map[jt808.Edition]int{jt808.Edition2011: 8, jt808.Edition2013: 3, jt808.Edition2019: 0}[e]
		if len(codes) != 32 || reserved != want {
			t.Errorf("%d: got %d alarm codes, %d reserved, want 32 and %d", e, len(codes), reserved, want)
		}
	}
	if jt808.PlateColour(93).Code() != "yellow_green" || jt808.PlateColour(6).Known() {
		t.Errorf("plate colours: got %q for 93 and known %v for 6", jt808.PlateColour(93).Code(), jt808.PlateColour(6).Known())
	}
}

// part is fragment n of a message of total fragments that began with serial 1.
func part(id uint16, n, total int, body string) jt808.Frame {
	return jt808.Frame{Header: jt808.Header{ID: id, Serial: uint16(n), Parts: uint16(total), Part: uint16(n)}, Body: []byte(body)}
}

// TestJoin: fragments come in any order, twice, and two messages at a time.
func TestJoin(t *testing.T) {
	var j jt808.Joiner
	var got []string
	for _, f := range []jt808.Frame{
		part(1, 3, 3, "c"), part(2, 1, 2, "x"), part(1, 1, 3, "a"), part(1, 3, 3, "C"), part(9, 1, 1, "alone"), part(2, 2, 2, "y"), part(1, 2, 3, "b"),
	} {
		if whole, ok, err := j.Add(f, 0); err != nil {
			t.Error(err)
		} else if ok {
			got = append(got, fmt.Sprintf("%d %d %d/%d %s", whole.ID, whole.Serial, whole.Part, whole.Parts, whole.Body))
		}
	}
	if want := []string{"9 1 0/0 alone", "2 1 0/0 xy", "1 1 0/0 abc"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if j.Open() != 0 || j.Lost() != 0 {
		t.Errorf("got %d open and %d lost, want none", j.Open(), j.Lost())
	}
}

// TestJoinDue: missing fragments are asked for after 10 s and after 20 s, and the
// message is given up after 30 s without any.
func TestJoinDue(t *testing.T) {
	var j jt808.Joiner
	add := func(f jt808.Frame, at fengsui.Millis) {
		if _, ok, err := j.Add(f, at); ok || err != nil {
			t.Fatalf("got %v, %v, want a fragment taken", ok, err)
		}
	}
	due := func(at fengsui.Millis, want ...uint16) {
		t.Helper()
		var got []uint16
		for _, r := range j.Due(at) {
			if r.Serial != 1 {
				t.Errorf("at %d: got serial %d, want that of the first fragment, 1", at, r.Serial)
			}
			got = append(got, r.Parts...)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("at %d: got %v asked for, want %v", at, got, want)
		}
	}
	add(part(1, 2, 4, "b"), 1_000)
	due(10_999)
	due(11_000, 1, 3, 4)
	due(11_001)
	add(part(1, 4, 4, "d"), 12_000)
	add(part(1, 4, 4, "d"), 20_000) // a repeat shows no progress
	due(21_999)
	due(22_000, 1, 3)
	due(32_000, 1, 3)
	if j.Lost() != 0 {
		t.Errorf("before 30 s: got %d lost, want none", j.Lost())
	}
	due(42_000)
	if j.Open() != 0 || j.Lost() != 1 {
		t.Errorf("after 30 s: got %d open and %d lost, want 0 and 1", j.Open(), j.Lost())
	}
}

// TestJoinBounds: what a stranger states or sends never takes more than the
// limits.
func TestJoinBounds(t *testing.T) {
	var j jt808.Joiner
	if _, ok, err := j.Add(part(1, 1, 65535, "x"), 0); ok || err == nil {
		t.Errorf("65535 fragments: got %v, %v, want an error", ok, err)
	}
	for id := range uint16(10) {
		if _, _, err := j.Add(part(id, 1, 2, "x"), 0); err != nil {
			t.Error(err)
		}
	}
	if j.Open() != 4 || j.Lost() != 6 {
		t.Errorf("ten messages open: got %d kept and %d given up, want 4 and 6", j.Open(), j.Lost())
	}
	long := strings.Repeat("x", 4000)
	var refused bool
	for n := 1; n < 400 && !refused; n++ {
		_, _, err := j.Add(part(77, n, 400, long), 0)
		refused = err != nil
		if refused && n*len(long) < 1<<20 {
			t.Errorf("got an error at %d bytes, want room for 1 MiB", n*len(long))
		}
	}
	if !refused || j.Open() != 0 {
		t.Errorf("a message over 1 MiB: got refused %v with %d open, want it refused and all others given up for it", refused, j.Open())
	}
	if whole, ok, err := j.Add(part(1, 1, 1, "x"), 0); !ok || err != nil || string(whole.Body) != "x" {
		t.Errorf("afterwards: got %v, %v, want the next message", ok, err)
	}
	var resend jt808.Joiner
	if _, _, err := resend.Add(part(1, 1000, 1000, "x"), 0); err != nil {
		t.Fatal(err)
	}
	if got := resend.Due(20_000); len(got) != 1 || len(got[0].Parts) != 255 {
		t.Errorf("999 missing: got %d requests, want one of 255 numbers", len(got))
	}
}

// TestJoinFrames joins what AppendFrames took apart.
func TestJoinFrames(t *testing.T) {
	phone, err := jt808.PhoneOf("1", jt808.Edition2019)
	if err != nil {
		t.Fatal(err)
	}
	h := jt808.Header{ID: 0x0801, Version: 1, Phone: phone, Serial: 65534}
	for _, size := range []int{0, 1, 1023, 1024, 5 * 1023, 300_000} {
		body := bytes.Repeat([]byte{0x7e, 0x7d, 0}, size/3+1)[:size]
		stream, serials, err := jt808.AppendFrames(nil, h, body)
		if err != nil {
			t.Fatal(err)
		}
		var j jt808.Joiner
		frames, wholes := 0, 0
		feed(&jt808.Decoder{}, stream, 1460, func(f jt808.Frame, err error) {
			frames++
			whole, ok, err2 := j.Add(f, 0)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if ok {
				wholes++
				if whole.Header != h || !bytes.Equal(whole.Body, body) {
					t.Errorf("%d bytes: got %+v with %d bytes, want %+v", size, whole.Header, len(whole.Body), h)
				}
			}
		})
		if frames != serials || wholes != 1 {
			t.Errorf("%d bytes: got %d frames and %d messages, want %d and 1", size, frames, wholes, serials)
		}
	}
}

// eight is a position report of 2019 with eight items, and its frame.
func eight(t testing.TB) (body, wire []byte) {
	items := jt808.Items(nil).
		Append(0x01, 0, 1, 0xe2, 0x40).Append(0x02, 1, 0xf4).Append(0x03, 2, 0x6c).Append(0x25, 0, 0, 4, 0x10).
		Append(0x2a, 0, 2).Append(0x2b, 0, 0x64, 0, 0x32).Append(0x30, 0x1f).Append(0x31, 0x0c)
	p := jt808.Position{Status: 3, Latitude: 39012345, Longitude: 117701234, Speed: 623, Course: 271, Time: jt808.TimeOf(1717214400000), Items: items}
	phone, err := jt808.PhoneOf("13912345678", jt808.Edition2019)
	if err != nil {
		t.Fatal(err)
	}
	body, err = p.AppendBody(nil, jt808.Edition2019)
	if err != nil {
		t.Fatal(err)
	}
	wire, _, err = jt808.AppendFrames(nil, jt808.Header{ID: jt808.MsgPosition, Version: 1, Phone: phone}, body)
	if err != nil {
		t.Fatal(err)
	}
	return body, wire
}

// TestNoAllocations: reading a position from the wire, its time, its place and all
// its items takes no memory.
func TestNoAllocations(t *testing.T) {
	_, wire := eight(t)
	var d jt808.Decoder
	d.Space()
	got := testing.AllocsPerRun(100, func() {
		d.Filled(copy(d.Space(), wire))
		f, ok, err := d.Next()
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		p, err := jt808.ReadPosition(f.Body)
		if err != nil || p.Malformed != 0 {
			t.Fatal(p.Malformed, err)
		}
		_, timed := p.Time.Millis()
		_, _, placed := p.Coordinates()
		n := 0
		for it := range p.Items.All() {
			if _, ok := it.Number(); ok || it.ID == 0x2b {
				n++
			}
		}
		if !timed || !placed || n != 8 {
			t.Fatalf("got time %v, place %v, %d items", timed, placed, n)
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations a position, want 0", got)
	}
}

// BenchmarkPosition is the design's figure: decode one 0x0200 with eight items,
// which stay lazy, in at most 120 ns without allocating.
func BenchmarkPosition(b *testing.B) {
	body, wire := eight(b)
	b.Run("body", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := jt808.ReadPosition(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	stream := func(b *testing.B, use func(jt808.Position)) {
		b.ReportAllocs()
		var d jt808.Decoder
		d.Space()
		for b.Loop() {
			d.Filled(copy(d.Space(), wire))
			f, _, err := d.Next()
			if err != nil {
				b.Fatal(err)
			}
			p, err := jt808.ReadPosition(f.Body)
			if err != nil {
				b.Fatal(err)
			}
			use(p)
		}
	}
	b.Run("wire", func(b *testing.B) { stream(b, func(jt808.Position) {}) })
	b.Run("wire_time_and_items", func(b *testing.B) {
		var sum int64
		stream(b, func(p jt808.Position) {
			at, _ := p.Time.Millis()
			sum += int64(at)
			for it := range p.Items.All() {
				n, _ := it.Number()
				sum += n
			}
		})
	})
}

// FuzzDecode: no stream breaks the decoder; it reads the same in one piece and
// byte by byte, and what it read is read again from what is written of it.
func FuzzDecode(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.stream, false)
	}
	f.Fuzz(func(t *testing.T, stream []byte, force bool) {
		run := func(n int) (lines []string, frames []jt808.Frame, junk uint64) {
			d := jt808.Decoder{Force2019: force}
			feed(&d, stream, n, func(f jt808.Frame, err error) {
				f.Body = bytes.Clone(f.Body)
				lines = append(lines, fmt.Sprintf("%+v %v", f, err))
				if err == nil {
					frames = append(frames, f)
				} else if _, ok := err.(*frame.Error); !ok {
					t.Errorf("got %T, want a *frame.Error", err)
				}
			})
			return lines, frames, d.Junk()
		}
		one, frames, junk := run(len(stream))
		for _, n := range []int{1, 13} {
			if many, _, junk2 := run(n); !reflect.DeepEqual(many, one) || junk2 != junk {
				t.Errorf("in pieces of %d: got %q, junk %d, want %q, junk %d", n, many, junk2, one, junk)
			}
		}
		for _, f := range frames {
			wire, err := f.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			feed(&jt808.Decoder{}, wire, len(wire), func(g jt808.Frame, err error) {
				n++
				if err != nil || g.Header != f.Header || !bytes.Equal(g.Body, f.Body) {
					t.Errorf("read again: got %+v, %v, want %+v", g, err, f)
				}
			})
			if n != 1 {
				t.Errorf("read again: got %d frames, want 1", n)
			}
		}
	})
}

// FuzzBody: no body breaks a message; what was read is read again from what is
// written of it, and a position keeps every byte.
func FuzzBody(f *testing.F) {
	for _, g := range goldens(f) {
		feed(&jt808.Decoder{}, g.stream, len(g.stream), func(fr jt808.Frame, err error) {
			if err == nil {
				f.Add(fr.ID, uint16(fr.Header.Edition(g.edition)), bytes.Clone(fr.Body))
			}
		})
	}
	f.Fuzz(func(t *testing.T, id, year uint16, body []byte) {
		known := jt808.Edition(year)
		fr := jt808.Frame{Header: jt808.Header{ID: id}, Body: body}
		if known == jt808.Edition2019 {
			fr.Version = 1
		}
		m, err := jt808.Decode(fr, known)
		if err != nil {
			if _, ok := err.(*frame.Error); !ok || m != nil {
				t.Errorf("got %T and %v, want a *frame.Error alone", err, m)
			}
			return
		}
		e := fr.Header.Edition(known)
		if reg, ok := m.(jt808.Registration); ok {
			e = reg.Edition
		}
		if j, err := json.Marshal(view(m, e)); err != nil {
			t.Errorf("%s: %v", j, err)
		}
		again, err := m.AppendBody([]byte{}, e)
		if err != nil {
			// U+FFFD stands for bytes that are no text, and is longer than they are; so
			// is the euro sign, which is also read from a single 80.
			if !strings.ContainsAny(fmt.Sprintf("%+v", m), "\uFFFD€") {
				t.Errorf("%+v: %v", m, err)
			}
			return
		}
		if _, ok := m.(jt808.Position); ok && !bytes.Equal(again, body) {
			t.Errorf("a position written again: got %x, want %x", again, body)
		}
		fr.Body = again
		second, err := jt808.Decode(fr, known)
		if reg, ok := second.(jt808.Registration); ok && reg.Edition != e && err == nil && len(again) >= 37 {
			return // the colours decide the edition, and written again they stand beside other padding
		}
		if err != nil || !reflect.DeepEqual(second, m) {
			t.Errorf("decode, encode, decode: got %+v, %v, want %+v", second, err, m)
		}
	})
}

// FuzzJoin: no run of fragments breaks the joiner or its bounds.
func FuzzJoin(f *testing.F) {
	f.Add([]byte{1, 1, 3, 0, 1, 3, 3, 0, 1, 2, 3, 9})
	f.Fuzz(func(t *testing.T, script []byte) {
		var j jt808.Joiner
		var now fengsui.Millis
		for ; len(script) >= 4; script = script[4:] {
			n, total := int(script[1]), int(script[2])
			if n == 0 || n > total {
				continue
			}
			fr := part(uint16(script[0]), n, total, strings.Repeat("x", int(script[3])))
			whole, ok, err := j.Add(fr, now)
			if err != nil || ok && (whole.Parts != 0 || len(whole.Body) < len(fr.Body)) {
				t.Errorf("got %+v, %v", whole.Header, err)
			}
			now += fengsui.Millis(script[3]) * 50
			for _, r := range j.Due(now) {
				if len(r.Parts) == 0 {
					t.Error("got a request for nothing")
				}
			}
			if j.Open() > 4 {
				t.Errorf("got %d messages open, want at most 4", j.Open())
			}
		}
	})
}
