package push

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// door is a Sink and Nonces in memory.
type door struct {
	mu     sync.Mutex
	taken  []adapter.Delivery
	nonces map[string]bool
	err    error
}

func (d *door) Take(_ context.Context, v *adapter.Delivery) (adapter.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return adapter.Receipt{}, d.err
	}
	c := *v
	c.Codes, c.Samples, c.Events, c.Sources = slices.Clone(v.Codes), slices.Clone(v.Samples), slices.Clone(v.Events), slices.Clone(v.Sources)
	if v.Block != nil {
		var err error
		if c.Samples, err = fengsui.ReadSamples(nil, v.Block, nil); err != nil {
			return adapter.Receipt{}, err
		}
	}
	c.Block = nil
	d.taken = append(d.taken, c)
	return adapter.Receipt{Accepted: len(c.Samples) + len(c.Events) + len(c.Sources)}, nil
}

func (d *door) Nonce(_ context.Context, key, nonce string, _ fengsui.Millis) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nonces[key+nonce] {
		return fengsui.Errorf(fengsui.Conflict, "replayed", "again")
	}
	if d.nonces == nil {
		d.nonces = map[string]bool{}
	}
	d.nonces[key+nonce] = true
	return nil
}

// ring is the Keys of one enterprise.
type ring map[string][]byte

func (r ring) Secret(enterprise, key string) ([]byte, fengsui.KeyState, bool) {
	s, ok := r[enterprise+"/"+key]
	return s, fengsui.KeyActive, ok
}

var secret = bytes.Repeat([]byte{7}, SecretBytes)

func newTest(c Config) (*Handler, *door) {
	d := &door{}
	c.Keys, c.Seen = ring{"E1/k1": secret, "E2/k2": bytes.Repeat([]byte{8}, SecretBytes)}, d
	if c.Sink == nil {
		c.Sink = d
	}
	return New(c), d
}

// offClient states a clock that is 7 s behind.
func offClient() *Client {
	c := client()
	c.offset.Store(7000)
	c.Now = func() time.Time { return time.Now().Add(-7 * time.Second) }
	return c
}

func client() *Client { return &Client{Enterprise: "E1", Key: "k1", Secret: secret} }

var oneSample = []byte(`{"samples":[{"code":"TI-101","at":1790000000000,"value":1.5}]}`)

// post serves one request of c, changed by alter.
func post(t *testing.T, h http.Handler, c *Client, contentType string, body []byte, alter func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r, err := c.Request(t.Context(), "key-1", contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	if alter != nil {
		alter(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestEnvelope: each bad envelope hears its own answer and nothing of it reaches
// the door (H16, N10).
func TestEnvelope(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	body := func(change func([]byte) []byte) func(*http.Request) {
		return func(r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			b = change(b)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		}
	}
	for name, c := range map[string]struct {
		client *Client
		alter  func(*http.Request)
		status int
		code   string
	}{
		"right":                       {client(), nil, 200, ""},
		"no enterprise":               {client(), set(HeaderEnterprise, ""), 400, "header"},
		"a long key id":               {client(), set(HeaderKey, strings.Repeat("k", 200)), 400, "header"},
		"no idempotency key":          {client(), set(HeaderIdempotency, ""), 400, "header"},
		"time in words":               {client(), set(HeaderTime, "noon"), 400, "header"},
		"time below zero":             {client(), set(HeaderTime, "-5"), 400, "header"},
		"a short nonce":               {client(), set(HeaderNonce, "AAAA"), 400, "header"},
		"a nonce of other letters":    {client(), set(HeaderNonce, strings.Repeat("!", 22)), 400, "header"},
		"an endless nonce":            {client(), set(HeaderNonce, strings.Repeat("A", 1000)), 400, "header"},
		"an offset in words":          {client(), set(HeaderOffset, "late"), 400, "header"},
		"an offset as stated":         {offClient(), nil, 200, ""},
		"an offset added on the way":  {client(), set(HeaderOffset, "7000"), 401, "key"},
		"another offset":              {offClient(), set(HeaderOffset, "7001"), 401, "key"},
		"the offset written anew":     {offClient(), set(HeaderOffset, "+7000"), 401, "key"},
		"the offset taken away":       {offClient(), func(r *http.Request) { r.Header.Del(HeaderOffset) }, 401, "key"},
		"a short signature":           {client(), set(HeaderSignature, "abcd"), 400, "header"},
		"a long signature":            {client(), set(HeaderSignature, strings.Repeat("ab", 33)), 400, "header"},
		"a signature of other digits": {client(), set(HeaderSignature, strings.Repeat("zz", 32)), 400, "header"},
		"another media type":          {client(), set("Content-Type", "text/plain"), 415, "media_type"},
		"another packing":             {client(), set("Content-Encoding", "br"), 415, "packing"},
		"an unknown enterprise":       {client(), set(HeaderEnterprise, "E9"), 401, "key"},
		"an unknown key":              {client(), set(HeaderKey, "k9"), 401, "key"},
		"another enterprise's key":    {client(), set(HeaderKey, "k2"), 401, "key"},
		"a wrong secret":              {&Client{Enterprise: "E1", Key: "k1", Secret: make([]byte, 32)}, nil, 401, "key"},
		"the dummy's secret":          {&Client{Enterprise: "E9", Key: "k9", Secret: make([]byte, 32)}, nil, 401, "key"},
		"a wrong signature":           {client(), set(HeaderSignature, strings.Repeat("00", 32)), 401, "key"},
		"another nonce":               {client(), set(HeaderNonce, newNonce()), 401, "key"},
		"another time":                {client(), set(HeaderTime, "1790000000000"), 401, "key"},
		"another idempotency key":     {client(), set(HeaderIdempotency, "key-2"), 401, "key"},
		"the other media type":        {client(), set("Content-Type", TypeCompact), 401, "key"},
		"a bit changed":               {client(), body(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), 401, "key"},
		"cut and announced so":        {client(), body(func(b []byte) []byte { return b[:len(b)-1] }), 401, "key"},
		"cut to less than a seal":     {client(), body(func(b []byte) []byte { return b[:20] }), 400, "truncated"},
		"empty":                       {client(), body(func(b []byte) []byte { return nil }), 400, "truncated"},
		"cut on the way": {client(), func(r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(b[:30]))
		}, 400, "truncated"},
		"not gzip though announced":  {client(), set("Content-Encoding", "gzip"), 400, "truncated"},
		"five minutes and a bit ago": {&Client{Enterprise: "E1", Key: "k1", Secret: secret, Now: func() time.Time { return time.Now().Add(-5*time.Minute - time.Second) }}, nil, 401, "clock"},
		"five minutes and a bit on":  {&Client{Enterprise: "E1", Key: "k1", Secret: secret, Now: func() time.Time { return time.Now().Add(5*time.Minute + time.Second) }}, nil, 401, "clock"},
		"nearly five minutes ago":    {&Client{Enterprise: "E1", Key: "k1", Secret: secret, Now: func() time.Time { return time.Now().Add(-5*time.Minute + time.Second) }}, nil, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, d := newTest(Config{})
				w := post(t, h, c.client, TypeJSON, oneSample, c.alter)
				var e answerError
				json.Unmarshal(w.Body.Bytes(), &e)
				if w.Code != c.status || e.Code != c.code {
					t.Errorf("got %d %q (%s), want %d %q", w.Code, e.Code, w.Body, c.status, c.code)
				}
				if (len(d.taken) == 1) != (c.status == 200) {
					t.Errorf("the door was given %d deliveries with status %d", len(d.taken), w.Code)
				}
				if c.status != 200 && (e.Message == "" || e.Time != fengsui.At(time.Now())) {
					t.Errorf("the answer lacks a sentence or our time: %s", w.Body)
				}
				if n := h.Counts().Refused[c.code]; c.code != "" && n != 1 {
					t.Errorf("counted %d refusals for %q, want 1", n, c.code)
				}
			})
		})
	}
}

// TestSameAnswer: nobody can tell an unknown key from a wrong signature.
func TestSameAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newTest(Config{})
		unknown := post(t, h, client(), TypeJSON, oneSample, func(r *http.Request) { r.Header.Set(HeaderKey, "k9") })
		wrong := post(t, h, client(), TypeJSON, oneSample, func(r *http.Request) { r.Header.Set(HeaderSignature, strings.Repeat("00", 32)) })
		if unknown.Body.String() != wrong.Body.String() || !reflect.DeepEqual(unknown.Header(), wrong.Header()) {
			t.Errorf("an unknown key hears %v %s, a wrong signature %v %s", unknown.Header(), unknown.Body, wrong.Header(), wrong.Body)
		}
	})
}

// TestReplay: the same request twice is refused, a repeat with a new nonce is not.
func TestReplay(t *testing.T) {
	h, d := newTest(Config{})
	r, err := client().Request(t.Context(), "key-1", TypeJSON, oneSample)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	var codes []int
	for range 2 {
		r.Body = io.NopCloser(bytes.NewReader(body))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		codes = append(codes, w.Code)
		if w.Code != 200 && !strings.Contains(w.Body.String(), `"replayed"`) {
			t.Errorf("got %s, want the code replayed", w.Body)
		}
	}
	if w := post(t, h, client(), TypeJSON, oneSample, nil); w.Code != 200 {
		t.Errorf("a new nonce: got %d %s, want 200", w.Code, w.Body)
	}
	if !slices.Equal(codes, []int{200, 401}) || len(d.taken) != 2 {
		t.Errorf("got %v and %d deliveries, want [200 401] and 2", codes, len(d.taken))
	}
}

// TestSizes: too large in any of its ways is 413, and a bomb never unpacks.
func TestSizes(t *testing.T) {
	zip := func(b []byte) []byte {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(b)
		w.Close()
		return z.Bytes()
	}
	gzipped := func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }
	chunked := func(r *http.Request) { r.ContentLength = -1; r.Body = io.NopCloser(io.MultiReader(r.Body)) }
	spaces := func(n int) []byte { return append(bytes.Repeat([]byte{' '}, n), oneSample...) }
	c := Config{MaxBody: 1 << 20, MaxInflated: 2 << 20}
	empty := func(n int) []byte {
		return []byte(`{"samples":[` + strings.TrimSuffix(strings.Repeat("{},", n), ",") + `]}`)
	}
	for name, v := range map[string]struct {
		body   []byte
		alter  func(*http.Request)
		status int
		code   string
	}{
		"largest body":            {spaces(1<<20 - len(oneSample) - 28), nil, 200, ""},
		"one byte more":           {spaces(1<<20 - len(oneSample) - 27), nil, 413, "too_large"},
		"largest body, chunked":   {spaces(1<<20 - len(oneSample) - 28), chunked, 200, ""},
		"one byte more, chunked":  {spaces(1<<20 - len(oneSample) - 27), chunked, 413, "too_large"},
		"small, chunked":          {oneSample, chunked, 200, ""},
		"largest inflated":        {zip(spaces(2<<20 - len(oneSample))), gzipped, 200, ""},
		"one byte more, inflated": {zip(spaces(2<<20 - len(oneSample) + 1)), gzipped, 413, "too_large"},
		"a bomb":                  {zip(bytes.Repeat([]byte{' '}, 400<<20)), gzipped, 413, "too_large"},
		"gzip cut off":            {zip(spaces(1000))[:40], gzipped, 400, "truncated"},
		"gzip and more":           {append(zip(oneSample), 'x'), gzipped, 400, "truncated"},
		"two gzip members":        {append(zip(oneSample), zip(nil)...), gzipped, 400, "truncated"},
		"too many empty items":    {zip(empty(maxCodes + 1)), gzipped, 413, "too_many"},
		"as many as may be":       {zip(empty(maxCodes)), gzipped, 200, ""},
	} {
		h, d := newTest(c)
		w := post(t, h, client(), TypeJSON, v.body, v.alter)
		if w.Code != v.status || v.code != "" && !strings.Contains(w.Body.String(), `"code":"`+v.code+`"`) {
			t.Errorf("%s: got %d %.200s, want %d %s", name, w.Code, w.Body, v.status, v.code)
		}
		if (len(d.taken) == 1) != (v.status == 200) {
			t.Errorf("%s: the door was given %d deliveries", name, len(d.taken))
		}
		if n := h.memory.Taken(); n != 0 {
			t.Errorf("%s: %d bytes were not given back", name, n)
		}
	}
	// A compact body of many samples is small when it is packed.
	for n, status := range map[int]int{maxCodes: 200, maxCodes + 1: 413} {
		h, _ := newTest(Config{})
		body := AppendCompact(nil, &Batch{Samples: slices.Repeat([]Sample{{Code: "A", At: 1}}, n)})
		if w := post(t, h, client(), TypeCompact, zip(body), gzipped); w.Code != status {
			t.Errorf("%d samples, compact: got %d %.200s, want %d", n, w.Code, w.Body, status)
		}
	}
}

// TestBusy: beyond the memory of all requests together the answer is 503.
func TestBusy(t *testing.T) {
	h, _ := newTest(Config{Memory: 50})
	w := post(t, h, client(), TypeJSON, oneSample, nil)
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"busy"`) {
		t.Errorf("got %d %v %s, want 503 busy with Retry-After 1", w.Code, w.Header(), w.Body)
	}
}

// TestRate: above its rate an enterprise is told to wait, others are not, and
// waiting as told is enough.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newTest(Config{Requests: 2, Items: 1000})
		second := &Client{Enterprise: "E2", Key: "k2", Secret: bytes.Repeat([]byte{8}, SecretBytes)}
		f := func(c *Client, body []byte, want int) (retry time.Duration) {
			t.Helper()
			w := post(t, h, c, TypeJSON, body, nil)
			if w.Code != want {
				t.Fatalf("got %d %s, want %d", w.Code, w.Body, want)
			}
			n, _ := strconv.Atoi(w.Header().Get("Retry-After"))
			return time.Duration(n) * time.Second
		}
		for range 2 * burst {
			f(client(), oneSample, 200)
		}
		wait := f(client(), oneSample, 429)
		f(second, oneSample, 200)
		time.Sleep(wait)
		f(client(), oneSample, 200)

		// 7,000 items are 2,000 more than a bucket holds: 2 s of debt.
		time.Sleep(time.Minute)
		batch := &Batch{}
		for range 7000 {
			batch.Samples = append(batch.Samples, Sample{Code: "A", At: 1, Value: 1})
		}
		f(client(), AppendJSON(nil, batch), 200)
		wait = f(client(), oneSample, 429)
		if wait < 2*time.Second || wait > 3*time.Second {
			t.Errorf("told to wait %v, want 2 to 3 s", wait)
		}
		time.Sleep(wait)
		f(client(), oneSample, 200)
	})
}

// TestSinkErrors: what the door says becomes an HTTP answer.
func TestSinkErrors(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		retry  string
	}{
		{fengsui.Errorf(fengsui.Unavailable, "disk_low", "full"), 503, "2"},
		{fmt.Errorf("wrapped: %w", fengsui.Errorf(fengsui.Conflict, "key_reused", "reused")), 409, ""},
		{fengsui.Errorf(fengsui.Forbidden, "unknown_enterprise", "who"), 403, ""},
		{fengsui.Errorf(fengsui.Invalid, "bad", "bad"), 400, ""},
		{errors.New("secret detail"), 500, ""},
		{context.Canceled, 503, "2"},
	} {
		h, d := newTest(Config{})
		d.err = c.err
		w := post(t, h, client(), TypeJSON, oneSample, nil)
		if w.Code != c.status || w.Header().Get("Retry-After") != c.retry || strings.Contains(w.Body.String(), "secret detail") {
			t.Errorf("%v: got %d, Retry-After %q, %s; want %d, %q", c.err, w.Code, w.Header().Get("Retry-After"), w.Body, c.status, c.retry)
		}
	}
	// While keys may not be loaded an unknown one is not called wrong; one that
	// is there works.
	h, d := newTest(Config{Ready: func() error { return fengsui.Errorf(fengsui.Unavailable, "starting", "starting") }})
	if w := post(t, h, client(), TypeJSON, oneSample, func(r *http.Request) { r.Header.Set(HeaderKey, "k9") }); w.Code != 503 || w.Header().Get("Retry-After") != "2" {
		t.Errorf("an unknown key while starting: got %d %s, want 503", w.Code, w.Body)
	}
	if w := post(t, h, client(), TypeJSON, oneSample, nil); w.Code != 200 || len(d.taken) != 1 {
		t.Errorf("a known key while starting: got %d %s, want 200", w.Code, w.Body)
	}
}

// TestNoSecretLeaks: neither answers nor the log show the secret or the
// signature.
func TestNoSecretLeaks(t *testing.T) {
	var log bytes.Buffer
	h, d := newTest(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	d.err = errors.New("broken")
	seen := ""
	for _, alter := range []func(*http.Request){nil,
		func(r *http.Request) { r.Header.Set(HeaderNonce, newNonce()) },
		func(r *http.Request) { r.Header.Set(HeaderTime, "1") },
	} {
		sig := ""
		w := post(t, h, client(), TypeJSON, oneSample, func(r *http.Request) {
			sig = r.Header.Get(HeaderSignature)
			if alter != nil {
				alter(r)
			}
		})
		seen += w.Body.String() + fmt.Sprint(w.Header())
		if strings.Contains(seen+log.String(), sig) {
			t.Error("the signature is shown")
		}
	}
	if log.Len() == 0 {
		t.Error("refusals were not logged")
	}
	for _, form := range []string{string(secret), fmt.Sprintf("%x", secret), fmt.Sprint(secret), "BwcHBwcH"} {
		if strings.Contains(seen+log.String(), form) {
			t.Errorf("the secret is shown as %q", form)
		}
	}
}

func TestParseSecret(t *testing.T) {
	high := bytes.Repeat([]byte{0xfb, 0xff}, SecretBytes/2) // + and / in base64
	for _, want := range [][]byte{secret, high} {
		for _, text := range []string{
			hex.EncodeToString(want), base64.StdEncoding.EncodeToString(want), base64.URLEncoding.EncodeToString(want),
			base64.RawStdEncoding.EncodeToString(want), base64.RawURLEncoding.EncodeToString(want) + "\n", "  " + base64.StdEncoding.EncodeToString(want) + "\n",
		} {
			if got, err := ParseSecret(text); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%q: got %x, %v, want %x", text, got, err, want)
			}
		}
	}
	for _, text := range []string{"", strings.Repeat("BwcH", 10), strings.Repeat("BwcH", 11), strings.Repeat("0x", 32), strings.Repeat("!", 43)} {
		if got, err := ParseSecret(text); err == nil {
			t.Errorf("%q: got %x, want a refusal", text, got)
		}
	}
}

// plantBatch has something of everything.
func plantBatch() *Batch {
	return &Batch{
		Device: "GW1", Resent: true,
		Samples: []Sample{
			{Code: "TI-101", At: 1790000000000, Value: 20.125},
			{Code: "罐区-液位\"1\"", At: 1790000000500, Value: -3.5e-9, Quality: fengsui.Uncertain},
			{Code: "TI-101", At: 1790000001000, Value: 1e300, Quality: fengsui.Bad},
			{Code: "PI-1", At: 1789999999000, Value: 0},
		},
		Events: []adapter.Event{
			{Point: "TI-101", Code: "HH", At: 1790000000001, On: true, Text: "高高报\n"},
			{Code: "fault", At: 1790000000002},
		},
		Sources: []adapter.Source{{Device: "PLC2", At: 1790000000003, Online: true}, {At: 1790000000004}},
	}
}

// TestJSONEqualsCompact: both bodies of a batch give the same delivery.
func TestJSONEqualsCompact(t *testing.T) {
	many := &Batch{}
	for i := range 3000 {
		many.Samples = append(many.Samples, Sample{Code: fmt.Sprintf("P%d", i%700), At: fengsui.Millis(1790000000000 - i*37), Value: float64(i) / 7})
	}
	nan := plantBatch()
	nan.Samples[1].Value = math.NaN()
	for name, b := range map[string]*Batch{"plant": plantBatch(), "many": many, "empty": {}, "not finite": nan} {
		h, d := newTest(Config{})
		for _, compact := range []bool{false, true} {
			for _, zipped := range []bool{false, true} {
				srv := &Client{Enterprise: "E1", Key: "k1", Secret: secret, Compact: compact, Gzip: zipped, HTTP: direct(h)}
				if _, err := srv.Send(t.Context(), "k", b); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		for i := range d.taken {
			g, w := d.taken[i], d.taken[0]
			if len(g.Samples) != len(b.Samples) || len(g.Events) != len(b.Events) || len(g.Sources) != len(b.Sources) {
				t.Fatalf("%s %d: got %d, %d, %d items", name, i, len(g.Samples), len(g.Events), len(g.Sources))
			}
			for k := range g.Samples {
				gs, ws := g.Samples[k], b.Samples[k]
				if g.Codes[gs.Point] != ws.Code || gs.At != ws.At || gs.Value != ws.Value && !(gs.Value != gs.Value && ws.Value != ws.Value) || gs.Quality != ws.Quality {
					t.Errorf("%s %d: sample %d is %+v of %q, want %+v", name, i, k, gs, g.Codes[gs.Point], ws)
				}
			}
			if g.Device != b.Device || g.Resent != b.Resent || !slices.Equal(g.Events, w.Events) || !slices.Equal(g.Sources, w.Sources) ||
				!slices.Equal(g.Events, b.Events) || !slices.Equal(g.Sources, b.Sources) {
				t.Errorf("%s %d: got %+v, want %+v", name, i, g, w)
			}
			if i > 0 && i%2 == 1 && g.BodyHash != d.taken[i-1].BodyHash {
				t.Errorf("%s %d: gzip changes the body's hash", name, i)
			}
		}
	}
}

// direct is an http.Client whose requests go to a handler without a socket.
func direct(h http.Handler) *http.Client { return &http.Client{Transport: trip{h}} }

type trip struct{ h http.Handler }

func (t trip) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	t.h.ServeHTTP(w, r)
	return w.Result(), nil
}

// TestClientClock: a client whose clock is wrong sends again with the offset and
// states it; the samples' times are left alone.
func TestClientClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, d := newTest(Config{})
		c := client()
		c.HTTP = direct(h)
		c.Now = func() time.Time { return time.Now().Add(-26 * time.Hour) }
		for range 2 {
			if _, err := c.SendBody(t.Context(), "k", TypeJSON, oneSample); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := c.Offset(), fengsui.SpanOf(26*time.Hour); got != want || len(d.taken) != 2 || d.taken[0].ClockOffset != want {
			t.Fatalf("got offset %d and deliveries %+v, want %d stated in two", got, d.taken, want)
		}
		if n := h.Counts().Refused["clock"]; n != 1 {
			t.Errorf("refused %d times, want once: the offset is remembered", n)
		}
		if got := d.taken[0].Samples[0].At; got != 1790000000000 {
			t.Errorf("the sample's time became %d", got)
		}
	})
}

// TestClientWaits: 503 and a lost connection are repeated under the same key with
// a new nonce, as late as Retry-After says; a lasting refusal is not.
func TestClientWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, d := newTest(Config{})
		d.err = fengsui.Errorf(fengsui.Unavailable, "disk_low", "full")
		c := client()
		lost := 0
		c.HTTP = &http.Client{Transport: tripFunc(func(r *http.Request) (*http.Response, error) {
			w, err := trip{h}.RoundTrip(r)
			if lost++; lost == 2 {
				d.mu.Lock()
				d.err = nil
				d.mu.Unlock()
				return nil, net.ErrClosed
			}
			return w, err
		})}
		start := time.Now()
		if _, err := c.SendBody(t.Context(), "k", TypeJSON, oneSample); err != nil {
			t.Fatal(err)
		}
		if lost != 3 || len(d.nonces) != 3 || time.Since(start) < 2*time.Second {
			t.Errorf("got %d attempts, %d nonces in %v; want 3, 3 and at least 2 s", lost, len(d.nonces), time.Since(start))
		}
		d.err = fengsui.Errorf(fengsui.Conflict, "key_reused", "reused")
		_, err := c.SendBody(t.Context(), "k", TypeJSON, oneSample)
		if no, ok := errors.AsType[*Refused](err); !ok || no.Status != 409 || no.Code != "conflict" {
			t.Errorf("got %v, want 409 conflict", err)
		}
		d.err = fengsui.Errorf(fengsui.Unavailable, "disk_low", "full")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := c.SendBody(ctx, "k", TypeJSON, oneSample); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
	})
}

type tripFunc func(*http.Request) (*http.Response, error)

func (f tripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestIgnored: unknown fields are skipped, counted and told.
func TestIgnored(t *testing.T) {
	h, d := newTest(Config{})
	w := post(t, h, client(), TypeJSON, []byte(`{"v":{"a":[1,{}]},"samples":[{"code":"A","at":1790000000000,"value":1,"unit":"m"}]}`), nil)
	if w.Code != 200 || w.Header().Get(HeaderIgnored) != "2" || h.Counts().Ignored != 2 || len(d.taken[0].Samples) != 1 {
		t.Errorf("got %d, %q, %d", w.Code, w.Header().Get(HeaderIgnored), h.Counts().Ignored)
	}
	w = post(t, h, client(), TypeCompact, []byte{0x78, 1, 0x7a, 1, 'x'}, nil)
	if w.Code != 200 || w.Header().Get(HeaderIgnored) != "2" {
		t.Errorf("compact: got %d, %q, %s", w.Code, w.Header().Get(HeaderIgnored), w.Body)
	}
}

// TestDocument: the platform serves its own interface document and contract, in
// both languages, and the document names each header and refusal.
func TestDocument(t *testing.T) {
	h, _ := newTest(Config{})
	get := func(path string) string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 {
			t.Fatalf("GET %s: %d", path, w.Code)
		}
		return w.Body.String()
	}
	doc := get("/push/v1/")
	for _, word := range append([]string{
		HeaderEnterprise, HeaderKey, HeaderTime, HeaderNonce, HeaderSignature, HeaderOffset, HeaderIdempotency, HeaderIgnored, HeaderRepeat,
		TypeJSON, TypeCompact, "Retry-After", "企业", "enterprise", "push.proto", `lang="zh`, `lang="en`,
	}, reasons[:len(reasons)-2]...) {
		if !strings.Contains(doc, word) {
			t.Errorf("the document does not mention %s", word)
		}
	}
	if got := get("/push/v1/push.proto"); !strings.Contains(got, "message Batch") {
		t.Errorf("got %.60q", got)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", Path, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET %s: got %d, want 405", Path, w.Code)
	}
}

// TestAAD: the text under the signature, letter for letter as the interface
// document says it, with and without a stated clock offset (N10).
func TestAAD(t *testing.T) {
	e := envelope{enterprise: "E001", key: "k1", time: "1790000000000", nonce: "bm9uY2Utbm9uY2Utbm9uYw", idempotency: "batch-1", contentType: TypeJSON}
	const eight = "POST\n/push/v1/data\nE001\nk1\n1790000000000\nbm9uY2Utbm9uY2Utbm9uYw\nbatch-1\napplication/json\n"
	if got := string(e.appendAAD(nil)); got != eight {
		t.Errorf("got %q, want %q", got, eight)
	}
	e.offset = "-7200000"
	if got, want := string(e.appendAAD(nil)), eight+"-7200000\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// nothing is a door that forgets at once.
type nothing struct{}

func (nothing) Take(_ context.Context, v *adapter.Delivery) (adapter.Receipt, error) {
	return adapter.Receipt{Accepted: len(v.Samples)}, nil
}
func (nothing) Nonce(context.Context, string, string, fengsui.Millis) error { return nil }
