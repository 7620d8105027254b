package series

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fengsui"
)

// ClientConfig says where the history is.
type ClientConfig struct {
	Address string        // path of a unix socket, or an http(s) URL
	Handler http.Handler  // answers in this process, in the place of Address
	Token   string        // shown with each question; empty: none
	Timeout time.Duration // of one call; 0: 5 s
}

// Client asks a history. All its errors but those of the question itself are
// Unavailable with reason "history_away". It may be used by many goroutines.
type Client struct {
	base    string
	token   string
	timeout time.Duration
	http    *http.Client
}

// maxBody is the largest answer that is read: MaxSamples at their widest.
const maxBody = 32 * MaxSamples

// NewClient makes a Client. It connects with the first question.
func NewClient(c ClientConfig) *Client {
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	t := &http.Transport{MaxIdleConns: 8, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}
	if c.Handler != nil {
		return &Client{base: "http://history", token: c.Token, timeout: c.Timeout, http: &http.Client{Transport: inProcess{c.Handler}}}
	}
	base := strings.TrimRight(c.Address, "/")
	if !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://") {
		socket := c.Address
		base = "http://history"
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	return &Client{base: base, token: c.Token, timeout: c.Timeout, http: &http.Client{Transport: t}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Range reads a point's samples in [from, to), in time order. Their quality is
// not kept here and reads as Good. More than MaxSamples are refused.
func (c *Client) Range(ctx context.Context, num int64, from, to fengsui.Millis) ([]fengsui.Sample, error) {
	b, err := c.get(ctx, "/range", stretch(from, to, "p", num))
	if err != nil {
		return nil, err
	}
	list, err := fengsui.ReadSamples(nil, b, nil)
	if err != nil {
		return nil, away(err)
	}
	return list, nil
}

// Thin sums up a point's samples in [from, to) by equal stretches.
func (c *Client) Thin(ctx context.Context, num int64, from, to fengsui.Millis, buckets int) ([]Bucket, error) {
	q := stretch(from, to, "p", num)
	q.Set("buckets", strconv.Itoa(buckets))
	return decode[[]Bucket](c.get(ctx, "/thin", q))
}

// Track reads where a device was in [from, to), in time order: each moment once, time,
// place to 1e-6 degree, speed and heading. With points, 2 to MaxTrack, it is thinned
// to at most so many, see ThinTrack; with 0 it is whole, and more than MaxSamples are
// refused.
func (c *Client) Track(ctx context.Context, device int64, from, to fengsui.Millis, points int) ([]fengsui.Position, error) {
	q := stretch(from, to, "p", device)
	if points > 0 {
		q.Set("points", strconv.Itoa(points))
	}
	b, err := c.get(ctx, "/track", q)
	if err != nil {
		return nil, err
	}
	list, err := readTrack(b, device)
	if err != nil {
		return nil, away(err)
	}
	return list, nil
}

// Count counts what is stored in [from, to). It reads all of it: for tests and
// checks.
func (c *Client) Count(ctx context.Context, from, to fengsui.Millis) (Totals, error) {
	return decode[Totals](c.get(ctx, "/count", stretch(from, to, "", 0)))
}

// Ready says how far the history has come.
func (c *Client) Ready(ctx context.Context) (State, error) {
	return decode[State](c.get(ctx, "/ready", nil))
}

func stretch(from, to fengsui.Millis, name string, num int64) url.Values {
	q := url.Values{"from": {strconv.FormatInt(int64(from), 10)}, "to": {strconv.FormatInt(int64(to), 10)}}
	if name != "" {
		q.Set(name, strconv.FormatInt(num, 10))
	}
	return q
}

func (c *Client) get(ctx context.Context, path string, q url.Values) ([]byte, error) {
	// Only the caller's own cancel passes as it is; that our time ran out, or
	// the caller's, means that history was too slow.
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	fail := func(err error) error {
		if errors.Is(caller.Err(), context.Canceled) {
			return context.Cause(caller)
		}
		return away(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+q.Encode(), nil)
	if err != nil {
		return nil, away(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", bearer(c.token))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, fail(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fail(err)
	}
	if len(b) > maxBody {
		return nil, away(fmt.Errorf("the answer is longer than %d bytes", maxBody))
	}
	if resp.StatusCode == http.StatusOK {
		return b, nil
	}
	var no refusal
	if json.Unmarshal(b, &no) == nil && no.Code == fengsui.Invalid {
		return nil, &fengsui.Error{Code: no.Code, Reason: no.Reason, Message: no.Message}
	}
	return nil, away(fmt.Errorf("history answered %s: %s", resp.Status, no.Message))
}

func decode[T any](b []byte, err error) (v T, _ error) {
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, away(err)
	}
	return v, nil
}

// away says that history cannot be asked, and keeps why for the log.
func away(err error) error {
	return errors.Join(ErrAway, err)
}

// inProcess carries questions to a handler of this process.
type inProcess struct{ http.Handler }

// RoundTrip answers a question.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := answer{header: http.Header{}}
	p.ServeHTTP(&w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err // the caller gave up, and the handler with it
	}
	if w.status == 0 {
		return nil, errors.New("the history did not answer")
	}
	return &http.Response{Status: http.StatusText(w.status), StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

// answer is what a handler wrote.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(b []byte) (int, error) {
	a.status = cmp.Or(a.status, http.StatusOK)
	return a.body.Write(b)
}
