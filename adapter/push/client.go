package push

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// Client sends batches to a platform. It may be used by many goroutines; those
// that need their order kept wait for an answer before they send on.
type Client struct {
	URL        string // of the platform, without path: https://host:8443
	Enterprise string // platform code
	Key        string // key id
	Secret     []byte // 32 bytes
	Compact    bool   // compact bodies instead of JSON
	Gzip       bool
	HTTP       *http.Client     // nil: http.DefaultClient, which trusts the system's certificates only
	Now        func() time.Time // the sender's clock; nil: time.Now

	once   sync.Once
	sealer *sealer
	err    error
	offset atomic.Int64 // server time minus our clock, ms; 0 while within bounds
}

// Refused is an answer that repeating does not change.
type Refused struct {
	Status  int
	Code    string
	Message string
}

func (r *Refused) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

// Send sends a batch under the idempotency key and repeats it, each time sealed
// anew, until the platform has answered with a receipt or a lasting refusal, or
// ctx ends.
func (c *Client) Send(ctx context.Context, key string, b *Batch) (adapter.Receipt, error) {
	contentType, body := TypeJSON, []byte(nil)
	if c.Compact {
		contentType, body = TypeCompact, AppendCompact(nil, b)
	} else {
		body = AppendJSON(nil, b)
	}
	return c.SendBody(ctx, key, contentType, body)
}

// SendBody is Send for a body that is encoded already.
func (c *Client) SendBody(ctx context.Context, key, contentType string, body []byte) (adapter.Receipt, error) {
	packed := body
	if c.Gzip {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		z.Write(body)
		if err := z.Close(); err != nil {
			return adapter.Receipt{}, err
		}
		packed = zipped.Bytes()
	}
	corrected := false
	for tries := 0; ; tries++ {
		receipt, wait, err := c.attempt(ctx, key, contentType, packed)
		if err == nil {
			return receipt, nil
		}
		if no, ok := err.(*Refused); ok && wait == 0 {
			if no.Code != "clock" || corrected {
				return receipt, err
			}
			corrected = true // once: the clock is off, not jumping
			continue
		}
		if wait == 0 {
			wait = time.Duration(min(100<<min(tries, 8), 10_000)) * time.Millisecond
		}
		// Not all at the same moment when the platform comes back.
		wait += rand.N(wait/4 + 1)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return receipt, fmt.Errorf("%w; last answer: %w", context.Cause(ctx), err)
		}
	}
}

// Offset is what the client found its clock to be wrong by: the platform's time
// minus its own.
func (c *Client) Offset() fengsui.Span { return fengsui.Span(c.offset.Load()) }

func (c *Client) now() fengsui.Millis {
	if c.Now != nil {
		return fengsui.At(c.Now())
	}
	return fengsui.At(time.Now())
}

// Request seals a body into a request that is good for once and for some
// minutes.
func (c *Client) Request(ctx context.Context, key, contentType string, packed []byte) (*http.Request, error) {
	c.once.Do(func() { c.sealer, c.err = newSealer(c.Secret) })
	if c.err != nil {
		return nil, c.err
	}
	offset := fengsui.Span(c.offset.Load())
	env := envelope{enterprise: c.Enterprise, key: c.Key, time: millisText(c.now().Add(offset)), nonce: newNonce(), idempotency: key, contentType: contentType}
	if offset != 0 {
		env.offset = strconv.FormatInt(int64(offset), 10)
	}
	aad := env.appendAAD(nil)
	body := c.sealer.seal(make([]byte, 0, ivBytes+len(packed)+tagBytes), packed, aad)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+Path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// The transport must not send the same bytes twice by itself: the nonce in
	// them is good for one time.
	r.GetBody = nil
	r.Header = http.Header{
		HeaderEnterprise:  {env.enterprise},
		HeaderKey:         {env.key},
		HeaderTime:        {env.time},
		HeaderNonce:       {env.nonce},
		HeaderIdempotency: {env.idempotency},
		HeaderSignature:   {hex.EncodeToString(c.sealer.mac(nil, aad, body))},
		"Content-Type":    {contentType},
	}
	if c.Gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	if env.offset != "" {
		r.Header.Set(HeaderOffset, env.offset)
	}
	return r, nil
}

// attempt makes one attempt. wait is what the platform asked for; 0 with a Refused
// means that waiting does not help.
func (c *Client) attempt(ctx context.Context, key, contentType string, packed []byte) (receipt adapter.Receipt, wait time.Duration, err error) {
	r, err := c.Request(ctx, key, contentType, packed)
	if err != nil {
		return receipt, 0, &Refused{Code: "client", Message: err.Error()}
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(r)
	if err != nil {
		return receipt, 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	if err != nil {
		return receipt, 0, err
	}
	if answer.StatusCode == http.StatusOK {
		if err := json.Unmarshal(body, &receipt); err != nil {
			return receipt, 0, fmt.Errorf("read receipt: %w", err)
		}
		receipt.Repeat = answer.Header.Get(HeaderRepeat) == "true"
		return receipt, 0, nil
	}
	no := &Refused{Status: answer.StatusCode, Message: http.StatusText(answer.StatusCode)}
	var e answerError
	if json.Unmarshal(body, &e) == nil {
		no.Code, no.Message = e.Code, e.Message
	}
	if no.Code == "clock" && e.Time > 0 {
		c.offset.Store(int64(e.Time - c.now()))
	}
	if n, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && n > 0 {
		return receipt, time.Duration(min(n, 300)) * time.Second, no
	}
	if answer.StatusCode >= 500 || no.Code == "replayed" {
		return receipt, 0, fmt.Errorf("not taken yet: %w", no) // not a *Refused by itself: it is tried again
	}
	return receipt, 0, no
}

// AppendJSON appends a batch as a JSON body. A value that is not finite becomes
// null, which the platform refuses by item.
func AppendJSON(dst []byte, b *Batch) []byte {
	dst = append(dst, `{"device":`...)
	dst = appendQuoted(dst, b.Device)
	dst = append(dst, `,"resent":`...)
	dst = strconv.AppendBool(dst, b.Resent)
	dst = append(dst, `,"samples":[`...)
	for i, s := range b.Samples {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"code":`...)
		dst = appendQuoted(dst, s.Code)
		dst = append(dst, `,"at":`...)
		dst = strconv.AppendInt(dst, int64(s.At), 10)
		dst = append(dst, `,"value":`...)
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			dst = append(dst, "null"...)
		} else {
			dst = strconv.AppendFloat(dst, s.Value, 'g', -1, 64)
		}
		switch s.Quality {
		case fengsui.Good:
		case fengsui.Uncertain:
			dst = append(dst, `,"quality":"uncertain"`...)
		default:
			dst = append(dst, `,"quality":"bad"`...)
		}
		dst = append(dst, '}')
	}
	dst = append(dst, `],"events":[`...)
	for i, e := range b.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"code":`...)
		dst = appendQuoted(dst, e.Code)
		dst = append(dst, `,"point":`...)
		dst = appendQuoted(dst, e.Point)
		dst = append(dst, `,"at":`...)
		dst = strconv.AppendInt(dst, int64(e.At), 10)
		dst = append(dst, `,"on":`...)
		dst = strconv.AppendBool(dst, e.On)
		dst = append(dst, `,"text":`...)
		dst = appendQuoted(dst, e.Text)
		dst = append(dst, '}')
	}
	dst = append(dst, `],"sources":[`...)
	for i, s := range b.Sources {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"device":`...)
		dst = appendQuoted(dst, s.Device)
		dst = append(dst, `,"at":`...)
		dst = strconv.AppendInt(dst, int64(s.At), 10)
		dst = append(dst, `,"online":`...)
		dst = strconv.AppendBool(dst, s.Online)
		dst = append(dst, '}')
	}
	return append(dst, "]}"...)
}

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			q, _ := json.Marshal(s) // a string always has a JSON form
			return append(dst, q...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
