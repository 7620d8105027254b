package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"

	"fengsui"
	"fengsui/adapter"
	"fengsui/bus"
	"fengsui/notify"
	"fengsui/risk"
)

// Traces follow one delivery from the door through the log, its evaluation and its
// warning to the pushes (OpenTelemetry, OTLP over HTTP). No stage carries a context for
// it and nothing is stored: a trace's ID is made of the delivery's place in the log, which
// every stage knows, in whatever process and after whatever restart. So whether a trace is
// taken is the same everywhere too.
//
// Here the stages are wrapped in what notes when they began and ended; without trace.url
// nothing is wrapped.
type tracer struct {
	sdk.Sampler
	oteltrace.Tracer
	provider *sdk.TracerProvider
	log      string // which log places are of
}

// checkTrace says what cannot work in trace.
func (c *Config) checkTrace() (errs []error) {
	t := c.Trace
	if t.Share <= 0 || t.Share > 1 {
		errs = append(errs, errors.New("trace.share: give the share of deliveries that are followed, above 0 and at most 1"))
	}
	if t.URL == "" {
		return errs
	}
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return append(errs, errors.New("trace.url: write where the collector takes OTLP over HTTP, https://host:4318/v1/traces, without a name or password"))
	}
	if u.Scheme == "http" && !loopback(net.JoinHostPort(u.Hostname(), "0")) {
		errs = append(errs, errors.New("trace.url: a collector that is not on this machine is reached by https alone"))
	}
	return errs
}

// openTrace connects to the collector when there is one. One that is away costs its
// traces and nothing else.
func (p *Platform) openTrace(ctx context.Context) (*tracer, error) {
	c := p.c.Trace
	if c.URL == "" {
		return nil, nil
	}
	options := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(c.URL), otlptracehttp.WithTimeout(10 * time.Second)}
	token, err := optional(c.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("trace.token_file: %w", err)
	}
	if text := strings.TrimSpace(string(token)); text != "" {
		options = append(options, otlptracehttp.WithHeaders(map[string]string{"Authorization": "Bearer " + text}))
	}
	roots, err := trusted(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("trace.ca_file: %w", err)
	}
	if strings.HasPrefix(c.URL, "https:") {
		options = append(options, otlptracehttp.WithTLSClientConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	name, err := p.data.id()
	if err != nil {
		return nil, err
	}
	of := name
	if p.c.Bus.URL != "" {
		of = p.Bus.ID()
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { p.log.Warn("traces were not taken", "err", err) }))
	sampler := sdk.TraceIDRatioBased(c.Share)
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithIDGenerator(placed{}), sdk.WithSampler(sampler),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "fengsui"), attribute.String("service.version", version()), attribute.String("service.instance.id", name))))
	return &tracer{sampler, provider.Tracer("fengsui"), provider, of}, nil
}

// closeTrace sends what waits to be sent, and waits for it some seconds.
func (t *tracer) close(log *slog.Logger) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		log.Warn("the last traces were not taken", "err", err)
	}
}

// placed gives the IDs that a context asks for, else random ones.
type placed struct{}

type idsKey struct{}

func (placed) NewIDs(ctx context.Context) (id oteltrace.TraceID, span oteltrace.SpanID) {
	if c, ok := ctx.Value(idsKey{}).(oteltrace.SpanContext); ok {
		return c.TraceID(), c.SpanID()
	}
	rand.Read(id[:]) // never fails
	rand.Read(span[:])
	return id, span
}

func (placed) NewSpanID(context.Context, oteltrace.TraceID) (span oteltrace.SpanID) {
	rand.Read(span[:])
	return span
}

// root is the trace of what lies at a place of the log, and its span of the door.
func (t *tracer) root(at fengsui.Place) oteltrace.SpanContext {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:], at.Seq)
	binary.BigEndian.PutUint32(b[8:], at.Index)
	sum := sha256.Sum256(append([]byte("fengsui trace\x00"+t.log+"\x00"), b[:]...))
	return oteltrace.NewSpanContext(oteltrace.SpanContextConfig{TraceID: oteltrace.TraceID(sum[:16]), SpanID: oteltrace.SpanID(sum[16:24]), TraceFlags: oteltrace.FlagsSampled, Remote: true})
}

// taken says whether a trace is followed.
func (t *tracer) taken(c oteltrace.SpanContext) bool {
	return t.ShouldSample(sdk.SamplingParameters{TraceID: c.TraceID()}).Decision == sdk.RecordAndSample
}

// note adds a span below the door's, of something that has ended now.
func (t *tracer) note(at fengsui.Place, name string, began time.Time, err error, more ...attribute.KeyValue) {
	root := t.root(at)
	if !t.taken(root) {
		return
	}
	_, s := t.Start(oteltrace.ContextWithRemoteSpanContext(context.Background(), root), name, oteltrace.WithTimestamp(began), oteltrace.WithAttributes(more...))
	end(s, err)
}

func end(s oteltrace.Span, err error) {
	if err != nil {
		// An error may name an address or a person: its kind is enough here, the log has it.
		s.SetStatus(codes.Error, string(fengsui.CodeOf(err)))
	}
	s.End()
}

// hop is what the door learns of a delivery on its way into the log.
type hop struct {
	place         fengsui.Place
	began, logged time.Time
}

type hopKey struct{}

// tracedDoor is the door with a trace for each delivery.
type tracedDoor struct {
	adapter.Sink
	t *tracer
}

// Take takes a delivery. What was kept nowhere, a repeat or a refusal, has no trace.
func (d tracedDoor) Take(ctx context.Context, v *adapter.Delivery) (adapter.Receipt, error) {
	var h hop
	began := time.Now()
	r, err := d.Sink.Take(context.WithValue(ctx, hopKey{}, &h), v)
	root := d.t.root(h.place)
	if h.place == (fengsui.Place{}) || !d.t.taken(root) {
		return r, err
	}
	at, s := d.t.Start(context.WithValue(context.Background(), idsKey{}, root), "door", oteltrace.WithNewRoot(), oteltrace.WithTimestamp(began),
		oteltrace.WithAttributes(attribute.String("adapter", v.Adapter), attribute.String("enterprise", v.Enterprise), attribute.Int64("log.seq", int64(h.place.Seq)), attribute.Int64("log.index", int64(h.place.Index))))
	_, l := d.t.Start(at, "log", oteltrace.WithTimestamp(h.began))
	l.End(oteltrace.WithTimestamp(h.logged))
	end(s, err)
	return r, err
}

// tracedLog notes where a delivery came to lie.
type tracedLog struct{ *bus.Log }

func (l tracedLog) Append(ctx context.Context, record []byte) (fengsui.Place, error) {
	return hopped(ctx, func() (fengsui.Place, error) { return l.Log.Append(ctx, record) })
}

func (l tracedLog) AppendAfter(ctx context.Context, record []byte, seen fengsui.Place) (fengsui.Place, error) {
	return hopped(ctx, func() (fengsui.Place, error) { return l.Log.AppendAfter(ctx, record, seen) })
}

func hopped(ctx context.Context, do func() (fengsui.Place, error)) (fengsui.Place, error) {
	h, ok := ctx.Value(hopKey{}).(*hop)
	if !ok {
		return do()
	}
	h.began = time.Now()
	place, err := do()
	if err == nil {
		h.place, h.logged = place, time.Now()
	}
	return place, err
}

// tracedReader is the evaluator's reader: it has judged what it was given when it asks for
// more.
type tracedReader struct {
	risk.Reader
	t     *tracer
	began time.Time
	given risk.Batch
}

func (r *tracedReader) Next(ctx context.Context) (risk.Batch, error) {
	for i, record := range r.given.Records {
		at := fengsui.Place{Seq: r.given.Seq, Index: r.given.First + uint32(i)}
		if !r.t.taken(r.t.root(at)) {
			continue
		}
		if v, err := fengsui.ReadRecord(record); err == nil && !v.Tick {
			r.t.note(at, "evaluation", r.began, nil, attribute.Int("together", len(r.given.Records)))
		}
	}
	b, err := r.Reader.Next(ctx)
	r.given, r.began = b, time.Now()
	return b, err
}

// tracedRiskLog is the log of the evaluator at work.
type tracedRiskLog struct {
	riskLog
	t *tracer
}

func (l tracedRiskLog) Reader(from fengsui.Place) risk.Reader {
	return &tracedReader{Reader: l.riskLog.Reader(from), t: l.t}
}

// findings are what the warning stage made of a commit's findings.
func (t *tracer) findings(list []fengsui.Finding, began time.Time, err error) {
	for i := range list {
		f := &list[i]
		t.note(f.Place, "warning", began, err, attribute.String("model", f.Model), attribute.Int("model.version", f.Version), attribute.String("subject", string(f.Subject)), attribute.String("level", f.Level.String()))
	}
}

// pushed is an attempt to deliver a push of a warning: it belongs to the newest finding of
// that one.
func (p *Platform) pushed(channel string, m *notify.Message, began time.Time, err error) {
	if m.Case == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, n, failed := p.Warnings.Findings(ctx, fengsui.Everything(), m.Case.ID, fengsui.Page{Limit: 1})
	if failed != nil || n == 0 {
		return
	}
	list, _, failed := p.Warnings.Findings(ctx, fengsui.Everything(), m.Case.ID, fengsui.Page{Limit: 1, Offset: n - 1})
	if failed != nil || len(list) == 0 {
		return
	}
	p.trace.note(list[0].Place, "push", began, err, attribute.String("channel", channel), attribute.String("step", string(m.Kind)), attribute.Int("number", m.Number), attribute.String("warning", string(m.Case.ID)))
}

// sink is the door as adapters have it.
func (p *Platform) sink() adapter.Sink {
	if p.trace == nil {
		return p.Door
	}
	return tracedDoor{p.Door, p.trace}
}

// judged is the log as the evaluator has it.
func (p *Platform) judged() risk.Log {
	if p.trace == nil {
		return riskLog{p.Bus}
	}
	return tracedRiskLog{riskLog{p.Bus}, p.trace}
}
