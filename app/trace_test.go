package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"fengsui"
	"fengsui/adapter"
	"fengsui/notify"
	"fengsui/registry"
)

// traces takes OTLP over HTTP, as a collector does.
type traces struct {
	t  *testing.T
	mu sync.Mutex
	of map[string][]*otlp.Span // guarded by mu; by trace, in hex
	by string                  // guarded by mu: what the last request showed
}

func (c *traces) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			c.t.Error(err)
			return
		}
	}
	b, err := io.ReadAll(body)
	var v collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(b, &v)
	}
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.t.Errorf("%s %s: %v", r.URL, r.Header, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = r.Header.Get("Authorization")
	for _, resource := range v.ResourceSpans {
		if !strings.Contains(resource.Resource.String(), `"fengsui"`) {
			c.t.Errorf("the resource is %v", resource.Resource)
		}
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				id := hex.EncodeToString(s.TraceId)
				c.of[id] = append(c.of[id], s)
			}
		}
	}
	answer, _ := proto.Marshal(&collector.ExportTraceServiceResponse{})
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.Write(answer)
}

// toldBy is a channel that takes everything and says when.
type toldBy chan notify.Message

func (c toldBy) Send(_ context.Context, m notify.Message) (string, error) {
	select {
	case c <- m:
	default:
	}
	return "250 ok", nil
}

// TestTrace: one trace follows a delivery from the door through log, evaluation and
// warning to the push, and names no person; without a collector nothing is in the way.
func TestTrace(t *testing.T) {
	got := &traces{t: t, of: map[string][]*otlp.Span{}}
	server := httptest.NewServer(got)
	defer server.Close()
	_, c := initial(t)
	c.Canary.Every = 0
	c.Trace.URL = server.URL + "/v1/traces"
	c.Trace.TokenFile = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(c.Trace.TokenFile, []byte("hidden\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := make(toldBy, 1)
	p, err := Open(ctx, c, slog.New(slog.DiscardHandler), WithChannel("email", told))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Registry.Seed(ctx); err != nil {
		t.Fatal(err)
	}
	(&storyteller{t: t, p: p, codes: map[fengsui.Subject]string{}}).furnish("enterprise ENT1 hazchem 120116400")
	hh := 50.0
	b := registry.Batch{Points: []fengsui.Point{{Enterprise: p.Registry.District().EnterpriseByCode("ENT1").ID, Code: "GT-1", Name: "GT-1", Quantity: fengsui.Combustible, Unit: "%LEL", RangeHigh: 100, HH: &hh, Every: fengsui.SpanOf(time.Minute)}}}
	if r, err := p.Registry.Put(ctx, adminScope(), fengsui.Actor{Name: "test"}, &b); err != nil || len(r.Errors) > 0 {
		t.Fatal(err, r.Errors)
	}
	sheet := "party,name,duty,phone,channels\nENT1,Wang,principal,,email:wang@f.cn\n"
	if r, err := p.Registry.Import(ctx, adminScope(), fengsui.Platform("test"), "contacts", []byte(sheet), false); err != nil || len(r.Errors) > 0 {
		t.Fatal(r, err)
	}
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	until(t, func() string { return "open" }, func() bool { return p.Door.Ready() == nil })
	send := func(key string, value float64) {
		t.Helper()
		at := fengsui.At(time.Now())
		d := &adapter.Delivery{Adapter: "push", Enterprise: "ENT1", Idempotency: key, Received: at, Codes: []string{"GT-1"}, Samples: []fengsui.Sample{{At: at, Value: value}}}
		if r, err := p.sink().Take(ctx, d); err != nil || r.Accepted != 1 {
			t.Fatalf("Take = %+v, %v", r, err)
		}
	}
	send("calm", 1)
	send("alarm", 60)
	send("alarm", 60) // a repeat is kept nowhere, and has no trace
	select {
	case <-told:
	case <-time.After(time.Minute):
		t.Fatal("nobody was told within a minute")
	}
	cancel()
	<-done
	if err := p.Close(); err != nil {
		t.Error(err)
	}

	got.mu.Lock()
	defer got.mu.Unlock()
	if got.by != "Bearer hidden" {
		t.Errorf("the collector was shown %q", got.by)
	}
	var whole, calm []*otlp.Span
	for id, list := range got.of {
		names := map[string]int{}
		for _, s := range list {
			names[s.Name]++
		}
		switch {
		case names["push"] > 0:
			whole = list
		case names["door"] == 1 && names["log"] == 1 && names["evaluation"] == 1 && len(list) == 3:
			calm = list
		default:
			t.Errorf("trace %s is of %v", id, names)
		}
	}
	if len(got.of) != 2 || calm == nil || whole == nil {
		t.Fatalf("%d traces, of one that is calm %v, whole %v", len(got.of), calm != nil, whole != nil)
	}
	spans, door := map[string]*otlp.Span{}, []byte(nil)
	for _, s := range whole {
		spans[s.Name] = s
		if s.Name == "door" {
			door = s.SpanId
		}
		if s.EndTimeUnixNano < s.StartTimeUnixNano {
			t.Errorf("%s ends before it begins", s.Name)
		}
		for _, hidden := range []string{"wang@f.cn", "Wang", "hidden"} {
			if strings.Contains(s.String(), hidden) {
				t.Errorf("%s tells %s: %v", s.Name, hidden, s)
			}
		}
	}
	for i, name := range []string{"door", "log", "evaluation", "warning", "push"} {
		s := spans[name]
		if s == nil {
			t.Errorf("%s is not in the trace: %v", name, spans)
			continue
		}
		if i == 0 && len(s.ParentSpanId) != 0 || i > 0 && !bytes.Equal(s.ParentSpanId, door) {
			t.Errorf("%s is below %x, the door is %x", name, s.ParentSpanId, door)
		}
		if s.StartTimeUnixNano < spans["door"].StartTimeUnixNano {
			t.Errorf("%s begins before the door", name)
		}
	}
	if text := fmt.Sprint(spans["warning"].GetAttributes()); !strings.Contains(text, "red") || !strings.Contains(text, "point/") {
		t.Errorf("the warning's span says %s", text)
	}
}

// TestTraceOff: without a collector the stages have each other and nothing between them.
func TestTraceOff(t *testing.T) {
	_, c := initial(t)
	p, err := Open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.sink() != adapter.Sink(p.Door) || p.judged() != any(riskLog{p.Bus}) || p.ingestConfig().Log != any(p.Bus) {
		t.Error("something lies between the stages")
	}
	for want, set := range map[string]func(*Config){
		"trace.share":    func(c *Config) { c.Trace.Share = 0 },
		"at most 1":      func(c *Config) { c.Trace.Share = 1.5 },
		"by https alone": func(c *Config) { c.Trace.URL = "http://otel:4318/v1/traces" },
		"OTLP over HTTP": func(c *Config) { c.Trace.URL = "grpc://otel:4317" },
		"password":       func(c *Config) { c.Trace.URL = "https://u:hidden@otel/v1/traces" },
	} {
		c := Defaults()
		set(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// TestTraceShare: a place has one trace in whatever process, and the share of those that
// are followed is as it was set.
func TestTraceShare(t *testing.T) {
	open := func(share float64) *tracer {
		_, c := initial(t)
		c.Trace.URL, c.Trace.Share = "http://127.0.0.1:1/v1/traces", share
		p := &Platform{c: c, log: slog.New(slog.DiscardHandler)}
		var err error
		if p.data, err = openData(c.Data); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.data.close() })
		tr, err := p.openTrace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.close(p.log) })
		tr.log = "a log"
		return tr
	}
	a, b := open(0.25), open(0.25)
	n := 0
	for seq := range uint64(4000) {
		at := fengsui.Place{Seq: seq + 1, Index: uint32(seq % 7)}
		if !a.root(at).Equal(b.root(at)) || a.taken(a.root(at)) != b.taken(b.root(at)) {
			t.Fatalf("%v: two processes do not agree", at)
		}
		if a.taken(a.root(at)) {
			n++
		}
	}
	if n < 800 || n > 1200 {
		t.Errorf("%d of 4000 are followed, want about a thousand", n)
	}
}

// BenchmarkTrace is what a delivery costs with traces off, at one in a hundred and on.
func BenchmarkTrace(b *testing.B) {
	door := sinkFunc(func(ctx context.Context, _ *adapter.Delivery) (adapter.Receipt, error) {
		_, err := hopped(ctx, func() (fengsui.Place, error) { return fengsui.Place{Seq: 7}, nil })
		return adapter.Receipt{}, err
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	for _, share := range []float64{0, 0.01, 1} {
		b.Run(fmt.Sprint(share), func(b *testing.B) {
			var sink adapter.Sink = door
			if share > 0 {
				c := Defaults()
				c.Data, c.Trace.URL, c.Trace.Share = b.TempDir(), server.URL+"/v1/traces", share
				p := &Platform{c: c, log: slog.New(slog.DiscardHandler)}
				var err error
				if p.data, err = openData(c.Data); err != nil {
					b.Fatal(err)
				}
				defer p.data.close()
				tr, err := p.openTrace(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				defer tr.close(p.log)
				sink = tracedDoor{door, tr}
			}
			d := &adapter.Delivery{Adapter: "push", Enterprise: "E1"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sink.Take(b.Context(), d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type sinkFunc func(context.Context, *adapter.Delivery) (adapter.Receipt, error)

func (f sinkFunc) Take(ctx context.Context, d *adapter.Delivery) (adapter.Receipt, error) {
	return f(ctx, d)
}
