package push

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http/httptest"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// plainBatch is a body with its codes back in place, for comparison. NaN is
// written as a text, for NaN equals nothing.
type plainBatch struct {
	Device  string
	Resent  bool
	Samples []string
	Events  []adapter.Event
	Sources []adapter.Source
}

func (d *batch) plain(t testing.TB) plainBatch {
	p := plainBatch{Device: d.device, Resent: d.resent, Events: append([]adapter.Event(nil), d.events...), Sources: append([]adapter.Source(nil), d.sources...)}
	samples := d.samples
	if d.block != nil {
		var err error
		if samples, err = fengsui.ReadSamples(nil, d.block, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range samples {
		p.Samples = append(p.Samples, showSample(d.codes[s.Point], s.At, s.Value, s.Quality))
	}
	return p
}

func showSample(code string, at fengsui.Millis, v float64, q fengsui.Quality) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = math.NaN()
	}
	return fmt.Sprintf("%q %d %x %d", code, at, math.Float64bits(v), q)
}

// readReference reads a JSON body with encoding/json and the rules of the
// interface document; ok is false where the body must be refused.
func readReference(b []byte) (p plainBatch, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return p, false
	}
	if _, err := dec.Token(); err != io.EOF {
		return p, false
	}
	top, ok := v.(map[string]any)
	if !ok {
		return p, false
	}
	text := func(v any) string {
		s, is := v.(string)
		ok = ok && (is || v == nil)
		return s
	}
	flag := func(m map[string]any, key string, absent bool) bool {
		v, there := m[key]
		f, is := v.(bool)
		ok = ok && (is || v == nil)
		if !there || v == nil {
			return absent
		}
		return f
	}
	moment := func(v any) fengsui.Millis {
		switch v := v.(type) {
		case string:
			at, err := time.Parse(time.RFC3339, v)
			if ms := at.UnixMilli(); err == nil && ms > 0 && ms < latest {
				return fengsui.Millis(ms)
			}
		case json.Number:
			if f, _ := v.Float64(); f > 0 && f < latest {
				return fengsui.Millis(f)
			}
		}
		return 0
	}
	list := func(key string, each func(map[string]any)) {
		items, is := top[key].([]any)
		ok = ok && (is || top[key] == nil)
		for _, item := range items {
			m, is := item.(map[string]any)
			if ok = ok && is; ok {
				each(m)
			}
		}
	}
	p.Device = text(top["device"])
	p.Resent = flag(top, "resent", false)
	list("samples", func(m map[string]any) {
		value := math.NaN()
		if n, is := m["value"].(json.Number); is {
			value, _ = n.Float64()
		}
		q, there := map[any]fengsui.Quality{nil: 0, "good": 0, "uncertain": 1, "bad": 2}[comparable2(m["quality"])]
		if !there {
			q = badQuality
		}
		p.Samples = append(p.Samples, showSample(text(m["code"]), moment(m["at"]), value, q))
	})
	list("events", func(m map[string]any) {
		p.Events = append(p.Events, adapter.Event{Point: text(m["point"]), Code: text(m["code"]), At: moment(m["at"]), On: flag(m, "on", true), Text: text(m["text"])})
	})
	list("sources", func(m map[string]any) {
		p.Sources = append(p.Sources, adapter.Source{Device: text(m["device"]), At: moment(m["at"]), Online: flag(m, "online", true)})
	})
	return p, ok
}

// comparable2 makes a JSON value fit for a map's key.
func comparable2(v any) any {
	switch v.(type) {
	case nil, string:
		return v
	}
	return 0
}

// jsonCases are bodies and whether they are read.
var jsonCases = []struct {
	body string
	ok   bool
}{
	{`{}`, true},
	{` { } `, true},
	{`{"samples":[]}`, true},
	{`{"samples":null,"events":null,"sources":null,"device":null,"resent":null}`, true},
	{`{"device":"GW1","resent":true,"samples":[{"code":"A","at":1790000000000,"value":1.25,"quality":"bad"}]}`, true},
	{`{"samples":[{"at":"2026-09-21T22:13:20+08:00","value":-0,"code":"A"},{"at":"2026-09-21T14:13:20.1234Z","value":1e2,"code":"B"}]}`, true},
	{`{"samples":[{"at":"2026-09-21 22:13:20","value":1,"code":"A"}]}`, true},
	{`{"samples":[{"at":1.79e12,"value":0.1,"code":"A"},{"at":-3,"value":0.30000000000000004,"code":"A"},{"at":1e300,"value":5e-324,"code":"A"}]}`, true},
	{`{"samples":[{"code":"A","at":1,"value":null},{"code":"A","at":1,"value":"7"},{"code":"A","at":1,"value":1e400},{"code":"A","at":1}]}`, true},
	{`{"samples":[{"code":"A","at":1,"value":123456789012345678901234567890,"quality":"fine"},{"code":"A","at":true,"value":[1,{"a":2}],"quality":7}]}`, true},
	{`{"samples":[{"code":"\u7f50\ud83d\ude00\ud83dx\n\"\\\/","at":1,"value":1}]}`, true},
	{`{"samples":[{"code":"A","code":"B","at":1,"at":2,"value":3,"value":4}]}`, true},
	{`{"samples":[{"code":"A","at":1,"value":1}],"samples":[{"code":"B","at":2,"value":2}]}`, true},
	{`{"events":[{"code":"HH","point":"A","at":1,"on":false,"text":"x"},{"code":"HH","on":null},{}]}`, true},
	{`{"sources":[{"device":"PLC","at":5,"online":false},{}]}`, true},
	{`{"Device":"no","unknown":{"a":[1,2,{"b":null}],"c":"\\"},"samples":[{"CODE":"no","code":"yes","at":1,"value":9.5}]}`, true},
	{`{"samples":[{"code":"A","at":1,"value":9007199254740993},{"code":"A","at":1,"value":9007199254740991},{"code":"A","at":1,"value":1.7976931348623157e308}]}`, true},
	{``, false},
	{`[]`, false},
	{`null`, false},
	{`{`, false},
	{`{"a"}`, false},
	{`{"a":}`, false},
	{`{"a":1,}`, false},
	{`{"a":1 "b":2}`, false},
	{`{}x`, false},
	{`{"samples":{}}`, false},
	{`{"samples":[1]}`, false},
	{`{"samples":[{}`, false},
	{`{"samples":[{},]}`, false},
	{`{"samples":[{"code":5}]}`, false},
	{`{"device":7}`, false},
	{`{"resent":"yes"}`, false},
	{`{"events":[{"on":1}]}`, false},
	{`{"samples":[{"value":01}]}`, false},
	{`{"samples":[{"value":+1}]}`, false},
	{`{"samples":[{"value":1.}]}`, false},
	{`{"samples":[{"value":.5}]}`, false},
	{`{"samples":[{"value":1e}]}`, false},
	{`{"samples":[{"value":-}]}`, false},
	{`{"samples":[{"value":NaN}]}`, false},
	{`{"samples":[{"at":1e+}]}`, false},
	{`{"device":"\x"}`, false},
	{`{"device":"\u12g4"}`, false},
	{"{\"device\":\"a\nb\"}", false},
	{"{\"device\":\"a\\", false},
	{"{\"device\":\"\xc3\x28\"}", false},
	{`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, false},
	{`{"a":nul}`, false},
	{`{"a":truth}`, false},
}

// TestJSON: the hand-written reader agrees with encoding/json.
func TestJSON(t *testing.T) {
	d := &batch{}
	for _, c := range jsonCases {
		err := d.readJSON([]byte(c.body))
		if (err == nil) != c.ok {
			t.Errorf("%.80q: got %v, want ok %v", c.body, err, c.ok)
			continue
		}
		if err != nil && err.Error() == "" {
			t.Errorf("%q: no sentence", c.body)
		}
		if c.ok {
			if want, ok := readReference([]byte(c.body)); !ok || !reflect.DeepEqual(d.plain(t), want) {
				t.Errorf("%s:\ngot  %+v\nwant %+v, %v", c.body, d.plain(t), want, ok)
			}
		}
	}
}

// TestNumbers: every number is the float64 that strconv finds.
func TestNumbers(t *testing.T) {
	d := &batch{}
	for i := range 200_000 {
		x := uint64(i) * 0x9e3779b97f4a7c15
		f := math.Float64frombits(x)
		format := "gef"[i%3]
		prec := i%21 - 1
		if math.IsNaN(f) || math.IsInf(f, 0) || format == 'f' && math.Abs(f) > 1e60 {
			f = float64(int64(x)) / float64(i%1000+1)
		}
		text := strconv.FormatFloat(f, format, prec, 64)
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			want = math.Inf(1)
		}
		d.reset([]byte(text))
		n, err := d.number()
		if got := n.float(); err != nil || d.i != len(text) || math.Float64bits(got) != math.Float64bits(want) && !math.IsInf(got, 0) {
			t.Fatalf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
}

// repeats reports whether an object has two members of one name.
func repeats(b []byte) bool {
	type level struct {
		names map[string]bool // nil: a list
		value bool            // a name was read
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	levels := []level{{}}
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		in := &levels[len(levels)-1]
		if name, is := token.(string); is && in.names != nil && !in.value {
			if in.names[name] {
				return true
			}
			in.names[name], in.value = true, true
			continue
		}
		in.value = false
		switch token {
		case json.Delim('{'):
			levels = append(levels, level{names: map[string]bool{}})
		case json.Delim('['):
			levels = append(levels, level{})
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:len(levels)-1]
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, c := range jsonCases {
		f.Add([]byte(c.body))
	}
	f.Add(AppendJSON(nil, plantBatch()))
	d := &batch{}
	f.Fuzz(func(t *testing.T, b []byte) {
		err := d.readJSON(b)
		if err != nil {
			// What we refuse, encoding/json refuses, but for our bounds on
			// depth and on bytes that are not UTF-8, and where it has forgotten
			// the first of two members of one name.
			if _, ok := readReference(b); ok && !repeats(b) && !strings.Contains(err.Error(), "deeply") && !strings.Contains(err.Error(), "UTF-8") {
				t.Fatalf("%q is refused: %v", b, err)
			}
			return
		}
		want, ok := readReference(b)
		if got := d.plain(t); !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q:\ngot  %+v\nwant %+v, %v", b, got, want, ok)
		}
	})
}

func FuzzCompact(f *testing.F) {
	f.Add(AppendCompact(nil, plantBatch()))
	nan := plantBatch()
	nan.Samples[0].Value = math.Inf(1)
	f.Add(AppendCompact(nil, nan))
	f.Add([]byte{0x78, 1, 0x7a, 1, 'x'})
	d, again := &batch{}, &batch{}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d.readCompact(b) != nil {
			return
		}
		p := d.plain(t)
		// Written anew it reads the same.
		back := &Batch{Device: d.device, Resent: d.resent, Events: d.events, Sources: d.sources}
		samples := d.samples
		if d.block != nil {
			samples, _ = fengsui.ReadSamples(nil, d.block, nil)
		}
		for _, s := range samples {
			back.Samples = append(back.Samples, Sample{Code: d.codes[s.Point], At: s.At, Value: s.Value, Quality: s.Quality})
		}
		if err := again.readCompact(AppendCompact(nil, back)); err != nil {
			t.Fatalf("%+v was written and not read: %v", p, err)
		}
		if got := again.plain(t); !reflect.DeepEqual(got, p) {
			t.Fatalf("got %+v, want %+v", got, p)
		}
	})
}

// FuzzEnvelope: whatever the headers and the body, the handler answers with a
// status of its own and the door sees nothing without a right signature.
func FuzzEnvelope(f *testing.F) {
	stale := func() time.Time { return time.Now().Add(-time.Hour) }
	good := func(c *Client, body []byte) {
		r, err := c.Request(f.Context(), "k", TypeJSON, body)
		if err != nil {
			f.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		h := r.Header
		f.Add(h.Get(HeaderEnterprise), h.Get(HeaderKey), h.Get(HeaderTime), h.Get(HeaderNonce), h.Get(HeaderIdempotency), h.Get(HeaderSignature), h.Get("Content-Type"), h.Get("Content-Encoding"), h.Get(HeaderOffset), b, oneSample)
	}
	good(&Client{Enterprise: "E1", Key: "k1", Secret: secret, Now: stale}, oneSample)
	good(&Client{Enterprise: "E1", Key: "k1", Secret: secret, Gzip: true, Now: stale}, []byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, enterprise, key, at, nonce, idempotency, sig, contentType, packing, offset string, sealed, plain []byte) {
		h, d := newTest(Config{MaxBody: 1 << 16, MaxInflated: 1 << 16})
		ask := func(sig, at string, body []byte) int {
			r := httptest.NewRequest("POST", Path, bytes.NewReader(body))
			for name, v := range map[string]string{HeaderEnterprise: enterprise, HeaderKey: key, HeaderTime: at, HeaderNonce: nonce, HeaderIdempotency: idempotency, HeaderSignature: sig, "Content-Type": contentType, "Content-Encoding": packing, HeaderOffset: offset} {
				r.Header.Set(name, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			return w.Code
		}
		if code := ask(sig, at, sealed); code == 200 || len(d.taken) > 0 {
			t.Fatal("a stale or forged envelope was taken")
		}
		// The same content under a right signature may be taken or refused, but
		// never breaks anything.
		now := millisText(fengsui.At(time.Now()))
		s, _ := newSealer(secret)
		env := envelope{enterprise: enterprise, key: key, time: now, nonce: nonce, idempotency: idempotency, contentType: contentType, offset: offset}
		aad := env.appendAAD(nil)
		body := s.seal(nil, plain, aad)
		if code := ask(fmt.Sprintf("%x", s.mac(nil, aad, body)), now, body); (code == 200) != (len(d.taken) == 1) {
			t.Fatalf("status %d with %d deliveries", code, len(d.taken))
		}
	})
}

// TestContract: push.proto, as Debian's protoc understands it, is what this
// package reads and writes.
func TestContract(t *testing.T) {
	protoc, err := exec.LookPath("protoc")
	if err != nil {
		t.Fatal("protoc is missing: apt-get install protobuf-compiler")
	}
	run := func(mode string, in []byte) []byte {
		t.Helper()
		cmd := exec.Command(protoc, "--"+mode+"=fengsui.push.v1.Batch", "push.proto")
		cmd.Stdin = bytes.NewReader(in)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("protoc --%s: %v: %s", mode, err, stderr.String())
		}
		return out
	}
	nan := plantBatch()
	nan.Samples[0].Value = math.Inf(-1)
	good := plantBatch()
	for i := range good.Samples {
		good.Samples[i].Quality = fengsui.Good
	}
	first := &Batch{Samples: []Sample{{Code: "A", At: 1, Value: 1}, {Code: "B", At: 1, Value: 2}}}
	for name, b := range map[string]*Batch{"plant": plantBatch(), "all good": good, "not finite": nan, "one time": first, "empty": {}} {
		ours := AppendCompact(nil, b)
		text := run("decode", ours)
		if bytes.Contains(text, []byte("\n1:")) || bytes.HasPrefix(text, []byte("1:")) {
			t.Errorf("%s: protoc does not know a field of ours:\n%s", name, text)
		}
		theirs := run("encode", text)
		x, y := &batch{}, &batch{}
		if err := x.readCompact(ours); err != nil {
			t.Fatalf("%s: ours: %v", name, err)
		}
		if err := y.readCompact(theirs); err != nil {
			t.Fatalf("%s: theirs: %v", name, err)
		}
		if got, want := y.plain(t), x.plain(t); !reflect.DeepEqual(got, want) || y.ignored > 0 {
			t.Errorf("%s: protoc wrote %+v, want %+v", name, got, want)
		}
	}
	// And what protoc makes of a text that a person wrote.
	d := &batch{}
	if err := d.readCompact(run("encode", []byte(`device: "GW1" codes: ["A", "B"]
		samples { point: [1, 0] base: 1790000000000 delta: [0, -5] value: [2.5, -1] quality: [0, 2] }
		events { code: "HH" point: "A" at: 7 } events { code: "HH" on: false }
		sources { device: "PLC" at: 9 online: false }`))); err != nil {
		t.Fatal(err)
	}
	want := plainBatch{Device: "GW1",
		Samples: []string{showSample("B", 1790000000000, 2.5, 0), showSample("A", 1789999999995, -1, fengsui.Bad)},
		Events:  []adapter.Event{{Point: "A", Code: "HH", At: 7, On: true}, {Code: "HH"}},
		Sources: []adapter.Source{{Device: "PLC", At: 9}}}
	if got := d.plain(t); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestCompactRefused: what a compact body must not hold.
func TestCompactRefused(t *testing.T) {
	good := AppendCompact(nil, plantBatch())
	d := &batch{}
	for name, b := range map[string][]byte{
		"cut":                  good[:len(good)-1],
		"samples twice":        append(slices.Clone(good), good...),
		"a point without code": AppendCompact(nil, &Batch{Samples: []Sample{{Code: "A"}}})[3:],
		"text not UTF-8":       {batchDevice<<3 | 2, 2, 0xc3, 0x28},
		"tag zero":             {0},
		"columns differ":       {batchSamples<<3 | 2, 3, 1<<3 | 2, 1, 0},
		"a group":              {batchCodes<<3 | 3},
	} {
		if err := d.readCompact(b); err == nil {
			t.Errorf("%s: was read as %+v", name, d.plain(t))
		}
	}
}

// plant500 is a batch as a plant's gateway sends it.
func plant500() *Batch {
	b := &Batch{Device: "GW1"}
	for i := range 500 {
		b.Samples = append(b.Samples, Sample{Code: fmt.Sprintf("TI-%04d.PV", i), At: 1790000000000 + fengsui.Millis(i%7), Value: math.Round((20+float64(i)*0.37)*100) / 100})
	}
	return b
}

func perSample(b *testing.B, bytes int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/sample")
	b.ReportMetric(float64(bytes)/500, "B/sample")
}

func BenchmarkDecodeJSON(b *testing.B) {
	body, d := AppendJSON(nil, plant500()), &batch{}
	b.ReportAllocs()
	for b.Loop() {
		if err := d.readJSON(body); err != nil {
			b.Fatal(err)
		}
	}
	perSample(b, len(body))
}

func BenchmarkDecodeCompact(b *testing.B) {
	body, d := AppendCompact(nil, plant500()), &batch{}
	b.ReportAllocs()
	for b.Loop() {
		if err := d.readCompact(body); err != nil {
			b.Fatal(err)
		}
	}
	perSample(b, len(body))
}

// BenchmarkRequest is the whole way of one request through the handler, without
// sockets and with a door that keeps nothing; the client's sealing is not in it.
func BenchmarkRequest(b *testing.B) {
	for _, c := range []struct {
		name          string
		compact, gzip bool
		n             int
	}{
		{"json", false, false, 500}, {"json-gzip", false, true, 500},
		{"compact", true, false, 500}, {"compact-gzip", true, true, 500},
		{"one", false, false, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			h := New(Config{Sink: nothing{}, Keys: ring{"E1/k1": secret}, Seen: nothing{}, Requests: 1e9, Items: 1e12})
			sender := client()
			sender.Gzip = c.gzip
			batch := plant500()
			batch.Samples = batch.Samples[:c.n]
			contentType, body := TypeJSON, AppendJSON(nil, batch)
			if c.compact {
				contentType, body = TypeCompact, AppendCompact(nil, batch)
			}
			var packed bytes.Buffer
			packed.Write(body)
			if c.gzip {
				packed.Reset()
				z := gzip.NewWriter(&packed)
				z.Write(body)
				z.Close()
			}
			r, err := sender.Request(b.Context(), "k", contentType, packed.Bytes())
			if err != nil {
				b.Fatal(err)
			}
			sealed, _ := io.ReadAll(r.Body)
			b.ReportAllocs()
			for b.Loop() {
				r.Body = io.NopCloser(bytes.NewReader(sealed))
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != 200 {
					b.Fatal(w.Code, w.Body)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.n), "ns/sample")
			b.ReportMetric(float64(len(sealed))/float64(c.n), "B/sample")
		})
	}
}
