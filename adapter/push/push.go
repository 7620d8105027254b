// Package push is the software interface (H16, N10): an enterprise's own system
// posts monitoring data and alarms over HTTPS, signed and encrypted with the key
// that the platform issued. GET /push/v1/ answers the interface document, and
// push.proto is the contract of the compact body.
//
// A request is answered 200 only after the Sink has returned, which is when its
// data is on disk. Any other answer means that nothing of it was kept, unless the
// answer was lost: the sender repeats it under the same Idempotency-Key, as often
// as it likes. Order is kept for whoever waits for an answer before sending on.
// Items that cannot be taken are listed in the answer by index; the others are
// kept.
//
// Bounded are: the body, what it inflates to, the items in it, the memory of all
// requests together (503 beyond) and each enterprise's rate (429 beyond).
//
// The Handler owns no goroutines and no listener; TLS is the listener's.
package push

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// Adapter is the name of this adapter in deliveries and log records.
const Adapter = "push"

//go:embed push.proto
var contract []byte

//go:embed interface.html
var document []byte

// Keys finds a key's secret in memory. A key that is revoked or not the
// enterprise's is not found.
type Keys interface {
	Secret(enterpriseCode, keyID string) (secret []byte, state fengsui.KeyState, ok bool)
}

// Nonces remembers for 10 min what was used. Nonce is nil once for each nonce of
// a key, Conflict ("replayed") after that, Unavailable when it cannot tell.
type Nonces interface {
	Nonce(ctx context.Context, keyID, nonce string, at fengsui.Millis) error
}

// Config says where data goes and how much is taken. Zero limits mean their
// defaults.
type Config struct {
	Sink  adapter.Sink
	Keys  Keys
	Seen  Nonces
	Ready func() error // asked before an unknown key is called one: while it says no, keys may not be loaded; nil: always ready

	MaxBody     int           // bytes of a body as it travels; 4 MiB
	MaxInflated int           // bytes of a body unpacked; 8 MiB
	Memory      int64         // bytes of all bodies at work; 256 MiB
	Requests    float64       // per enterprise and second; 1,000
	Items       float64       // samples, events and sources per enterprise and second; 200,000
	RetryAfter  time.Duration // what is told when intake is away; 2 s
	BodyTime    time.Duration // how long a body may take to arrive; 30 s
	Log         *slog.Logger
}

// Skew is how far a request's time may be from ours.
const Skew = fengsui.Span(5 * 60 * 1000)

// Handler serves the interface below /push/v1/.
type Handler struct {
	c       Config
	mux     *http.ServeMux
	keys    sealers
	nobody  *sealer // for keys that do not exist, so that they take as long
	rates   rates
	memory  adapter.Budget
	pool    sync.Pool // *job
	refused *adapter.Refusals
	taken   atomic.Int64
	repeats atomic.Int64
	ignored atomic.Int64
}

// reasons are the words by which requests are refused.
var reasons = [...]string{
	"header", "key", "clock", "replayed", "too_large", "too_many", "rate", "truncated", "sealed", "packing",
	"media_type", "body", "busy", "conflict", "unavailable", "forbidden", "invalid", "internal",
}

// New makes a Handler. Sink, Keys and Seen must be there.
func New(c Config) *Handler {
	if c.Sink == nil || c.Keys == nil || c.Seen == nil {
		panic("push: Config needs Sink, Keys and Seen")
	}
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&c.MaxBody, 4<<20)
	def(&c.MaxInflated, 8<<20)
	if c.Memory == 0 {
		c.Memory = 256 << 20
	}
	if c.Requests == 0 {
		c.Requests = 1000
	}
	if c.Items == 0 {
		c.Items = 200_000
	}
	if c.RetryAfter == 0 {
		c.RetryAfter = 2 * time.Second
	}
	if c.BodyTime == 0 {
		c.BodyTime = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	nobody, err := newSealer(make([]byte, SecretBytes))
	if err != nil {
		panic(err)
	}
	h := &Handler{c: c, mux: http.NewServeMux(), nobody: nobody, rates: rates{requests: c.Requests, items: c.Items}, memory: adapter.Budget{Size: c.Memory},
		refused: adapter.NewRefusals(Adapter, c.Log, reasons[:]...)}
	h.mux.HandleFunc("POST "+Path, h.data)
	h.mux.HandleFunc("GET /push/v1/{$}", static("text/html; charset=utf-8", document))
	h.mux.HandleFunc("GET /push/v1/push.proto", static("text/plain; charset=utf-8", contract))
	return h
}

func static(mediaType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.Write(body)
	}
}

// ServeHTTP serves POST /push/v1/data, GET /push/v1/ and GET
// /push/v1/push.proto.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Counts says how many requests were taken, how many of those were repeats, how
// many unknown fields were skipped, and how many requests were refused for which
// reason.
type Counts struct {
	Taken   int64
	Repeats int64
	Ignored int64
	Refused map[string]int64
}

// Counts are the handler's counters since its start.
func (h *Handler) Counts() Counts {
	return Counts{Taken: h.taken.Load(), Repeats: h.repeats.Load(), Ignored: h.ignored.Load(), Refused: h.refused.Counts()}
}

// refusal is a "no" on the wire.
type refusal struct {
	status  int
	code    string
	message string
	retry   time.Duration
}

func (r *refusal) Error() string { return r.message }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// answerError is the body of every answer but 200.
type answerError struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Time    fengsui.Millis `json:"time"` // ours
}

// job is the memory of one request.
type job struct {
	body, plain []byte
	aad, mac    []byte
	zip         gzip.Reader
	src         bytes.Reader
	batch       batch
	held        int64 // of the budget
}

func (h *Handler) data(w http.ResponseWriter, r *http.Request) {
	received := fengsui.At(time.Now())
	// It stays for a body that is refused unread or breaks off: the server waits for
	// the rest before it answers, and ends the connection when it does not come. Where
	// there is no connection (tests call handlers directly) there is none.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.c.BodyTime))
	j, _ := h.pool.Get().(*job)
	if j == nil {
		j = &job{}
	}
	receipt, err := h.take(w, r, j, received)
	ignored := j.batch.ignored
	h.pool.Put(j)

	head := w.Header()
	head.Set("Content-Type", "application/json")
	if err != nil {
		h.answer(w, r, err)
		return
	}
	h.taken.Add(1)
	if receipt.Repeat {
		h.repeats.Add(1)
		head.Set(HeaderRepeat, "true")
	}
	if ignored > 0 {
		h.ignored.Add(int64(ignored))
		head.Set(HeaderIgnored, strconv.Itoa(ignored))
	}
	var b []byte
	if len(receipt.Errors) == 0 {
		b = append(strconv.AppendInt([]byte(`{"accepted":`), int64(receipt.Accepted), 10), '}')
	} else if b, err = json.Marshal(receipt); err != nil {
		h.answer(w, r, err)
		return
	}
	head.Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b)
}

// answer tells the sender why not.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, err error) {
	no, ok := errors.AsType[*refusal](err)
	if !ok {
		no = h.translate(err)
	}
	h.count(no, r, err)
	now := fengsui.At(time.Now())
	head := w.Header()
	if no.retry > 0 {
		head.Set("Retry-After", strconv.Itoa(int(no.retry.Seconds())))
	}
	head.Set(HeaderTime, millisText(now))
	w.WriteHeader(no.status)
	json.NewEncoder(w).Encode(answerError{Code: no.code, Message: no.message, Time: now})
}

// translate turns the Sink's words into those of HTTP.
func (h *Handler) translate(err error) *refusal {
	e, ok := errors.AsType[*fengsui.Error](err)
	if !ok {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			no := refuse(http.StatusServiceUnavailable, "unavailable", "the request ended before its data was kept; send it again")
			no.retry = h.c.RetryAfter
			return no
		}
		return refuse(http.StatusInternalServerError, "internal", "the platform met an error of its own and kept nothing; send it again later")
	}
	switch e.Code {
	case fengsui.Unavailable:
		no := refuse(http.StatusServiceUnavailable, "unavailable", "%s", e.Message)
		no.retry = h.c.RetryAfter
		return no
	case fengsui.Conflict:
		return refuse(http.StatusConflict, "conflict", "%s", e.Message)
	case fengsui.Invalid:
		return refuse(http.StatusBadRequest, "invalid", "%s", e.Message)
	case fengsui.Forbidden, fengsui.NotFound:
		return refuse(http.StatusForbidden, "forbidden", "%s", e.Message)
	}
	return refuse(http.StatusInternalServerError, "internal", "the platform met an error of its own and kept nothing; send it again later")
}

func (h *Handler) count(no *refusal, r *http.Request, err error) {
	level := slog.LevelWarn
	if no.code == "internal" {
		level = slog.LevelError
	}
	h.refused.Add(level, no.code, "enterprise", clip(r.Header.Get(HeaderEnterprise)), "remote", r.RemoteAddr, "err", err)
}

func clip(s string) string { return s[:min(len(s), maxHeader)] }

const maxHeader = 128

var errKey = refuse(http.StatusUnauthorized, "key", "the enterprise code, the key or the signature is wrong")

// take does all of a request but answering it.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, j *job, received fengsui.Millis) (none adapter.Receipt, err error) {
	defer func() {
		h.memory.Give(j.held)
		j.held = 0
	}()
	head := r.Header
	env := envelope{
		enterprise: head.Get(HeaderEnterprise), key: head.Get(HeaderKey), time: head.Get(HeaderTime),
		nonce: head.Get(HeaderNonce), idempotency: head.Get(HeaderIdempotency), contentType: head.Get("Content-Type"),
		offset: head.Get(HeaderOffset),
	}
	at, offset, sum, err := readHead(head.Get(HeaderSignature), &env)
	if err != nil {
		return none, err
	}
	compact := false
	switch mediaType, _, _ := mime.ParseMediaType(env.contentType); mediaType {
	case TypeJSON:
	case TypeCompact:
		compact = true
	default:
		return none, refuse(http.StatusUnsupportedMediaType, "media_type", "Content-Type must be %s or %s", TypeJSON, TypeCompact)
	}
	packed := head.Get("Content-Encoding")
	if packed != "" && packed != "identity" && packed != "gzip" {
		return none, refuse(http.StatusUnsupportedMediaType, "packing", "Content-Encoding must be gzip or identity")
	}

	if err := h.readBody(w, r, j); err != nil {
		return none, err
	}

	// An unknown key costs the same work as a wrong signature and hears the same.
	secret, _, known := h.c.Keys.Secret(env.enterprise, env.key)
	s := h.nobody
	if known {
		if s, err = h.keys.of(env.key, secret); err != nil {
			return none, err
		}
	}
	j.aad = env.appendAAD(j.aad[:0])
	j.mac = s.mac(j.mac[:0], j.aad, j.body)
	if !hmac.Equal(j.mac, sum[:]) || !known {
		if !known && h.c.Ready != nil {
			if err := h.c.Ready(); err != nil {
				return none, err
			}
		}
		return none, errKey
	}
	if d := received - at; d > fengsui.Millis(Skew) || d < -fengsui.Millis(Skew) {
		return none, refuse(http.StatusUnauthorized, "clock", "the request's time is more than 5 minutes from ours: take %s from this answer, state the difference in %s, sign it and send again", HeaderTime, HeaderOffset)
	}
	if wait := h.rates.take(env.enterprise); wait > 0 {
		no := refuse(http.StatusTooManyRequests, "rate", "the enterprise sends more than was agreed; put more samples into one request, or wait")
		no.retry = wait
		return none, no
	}
	if err := h.c.Seen.Nonce(r.Context(), env.key, env.nonce, received); err != nil {
		if fengsui.CodeOf(err) == fengsui.Conflict {
			return none, refuse(http.StatusUnauthorized, "replayed", "this nonce was used before; each request, repeats too, needs a new one")
		}
		return none, err
	}

	plain, err := h.unpack(j, s, packed == "gzip")
	if err != nil {
		return none, err
	}
	b := &j.batch
	if compact {
		err = b.readCompact(plain)
	} else {
		err = b.readJSON(plain)
	}
	if errors.Is(err, errTooMany) {
		return none, refuse(http.StatusRequestEntityTooLarge, "too_many", "a request holds at most %d samples and %d events; send several", maxCodes, maxEvents)
	}
	if err != nil {
		return none, refuse(http.StatusBadRequest, "body", "the body cannot be read: %s", err)
	}
	items := len(b.samples) + len(b.events) + len(b.sources)
	if b.block != nil {
		items += len(b.points)
	}
	h.rates.charge(env.enterprise, items)

	return h.c.Sink.Take(r.Context(), &adapter.Delivery{
		Adapter: Adapter, Enterprise: env.enterprise, Device: b.device, KeyID: env.key, Nonce: env.nonce,
		Idempotency: env.idempotency, BodyHash: bodyHash(plain), Received: received,
		Resent: b.resent, ClockOffset: offset,
		Codes: b.codes, Samples: b.samples, Block: b.block, Events: b.events, Sources: b.sources,
		From: r.RemoteAddr, Raw: plain,
	})
}

// bodyHash tells a repeat from another body under the same key, however each was
// packed and sealed.
func bodyHash(plain []byte) uint64 {
	sum := sha256.Sum256(plain)
	return binary.LittleEndian.Uint64(sum[:])
}

// readHead checks the form of the signature and of what it covers.
func readHead(sig string, env *envelope) (at fengsui.Millis, offset fengsui.Span, sum [macBytes]byte, err error) {
	for _, f := range [...]struct{ name, value string }{
		{HeaderEnterprise, env.enterprise}, {HeaderKey, env.key}, {HeaderIdempotency, env.idempotency}, {"Content-Type", env.contentType},
	} {
		if f.value == "" || len(f.value) > maxHeader {
			return 0, 0, sum, refuse(http.StatusBadRequest, "header", "the header %s must have 1 to %d characters", f.name, maxHeader)
		}
	}
	ms, err := strconv.ParseInt(env.time, 10, 64)
	if err != nil || ms <= 0 || ms >= latest {
		return 0, 0, sum, refuse(http.StatusBadRequest, "header", "the header %s must be the time in UTC milliseconds", HeaderTime)
	}
	if !goodNonce(env.nonce) {
		return 0, 0, sum, refuse(http.StatusBadRequest, "header", "the header %s must be 16 to 64 random bytes as base64url", HeaderNonce)
	}
	if env.offset != "" {
		n, err := strconv.ParseInt(env.offset, 10, 64)
		if err != nil || n <= -latest || n >= latest {
			return 0, 0, sum, refuse(http.StatusBadRequest, "header", "the header %s must be milliseconds: our time minus the sender's clock", HeaderOffset)
		}
		offset = fengsui.Span(n)
	}
	if n, err := hex.Decode(sum[:], []byte(clip(sig))[:min(len(sig), 2*macBytes)]); err != nil || n != macBytes || len(sig) != 2*macBytes {
		return 0, 0, sum, refuse(http.StatusBadRequest, "header", "the header %s must be %d hexadecimal digits", HeaderSignature, 2*macBytes)
	}
	return fengsui.Millis(ms), offset, sum, nil
}

// reserve takes n bytes of the memory of all.
func (h *Handler) reserve(j *job, n int) error {
	if !h.memory.Take(int64(n)) {
		no := refuse(http.StatusServiceUnavailable, "busy", "the platform is busy with other requests; send it again")
		no.retry = time.Second
		return no
	}
	j.held += int64(n)
	return nil
}

// readBody reads the body as it travels.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request, j *job) error {
	large := refuse(http.StatusRequestEntityTooLarge, "too_large", "a body has at most %d bytes; send several", h.c.MaxBody)
	size, known := int(min(r.ContentLength, int64(h.c.MaxBody)+1)), r.ContentLength >= 0
	if size > h.c.MaxBody {
		return large
	}
	if !known {
		size = min(64<<10, h.c.MaxBody+1)
	}
	if err := h.reserve(j, size); err != nil {
		return err
	}
	if cap(j.body) < size {
		j.body = make([]byte, size)
	}
	n := 0
	for !known || n < size {
		if n == size {
			if n > h.c.MaxBody {
				return large
			}
			grown := min(2*size, h.c.MaxBody+1) // one byte more shows that it is too large
			if err := h.reserve(j, grown-size); err != nil {
				return err
			}
			bigger := make([]byte, grown)
			copy(bigger, j.body[:n])
			j.body, size = bigger, grown
		}
		m, err := r.Body.Read(j.body[n:size])
		n += m
		if err == io.EOF && (!known || n == size) {
			break
		}
		if err != nil {
			return refuse(http.StatusBadRequest, "truncated", "the body broke off after %d bytes; send it again", n)
		}
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	j.body = j.body[:n]
	if n > h.c.MaxBody {
		return large
	}
	if n < ivBytes+tagBytes {
		return refuse(http.StatusBadRequest, "truncated", "the body has %d bytes; a sealed one has at least %d", n, ivBytes+tagBytes)
	}
	return nil
}

// unpack opens the seal and the packing.
func (h *Handler) unpack(j *job, s *sealer, packed bool) ([]byte, error) {
	plain, err := s.open(j.body, j.aad)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "sealed", "the signature is right, but the body does not decrypt: check the IV in front and the additional data")
	}
	if !packed {
		if len(plain) > h.c.MaxInflated {
			return nil, refuse(http.StatusRequestEntityTooLarge, "too_large", "a body has at most %d bytes unpacked; send several", h.c.MaxInflated)
		}
		return plain, nil
	}
	// What the buffer has from an earlier request counts too.
	if err := h.reserve(j, cap(j.plain)); err != nil {
		return nil, err
	}
	j.src.Reset(plain)
	j.plain, err = inflate(j.plain, &j.zip, &j.src, h.c.MaxInflated, func(n int) error { return h.reserve(j, n) })
	if no, ok := errors.AsType[*refusal](err); ok {
		return nil, no
	}
	if errors.Is(err, errBomb) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "too_large", "a body has at most %d bytes unpacked; send several", h.c.MaxInflated)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "truncated", "the body cannot be unpacked: %s", err)
	}
	return j.plain, nil
}
