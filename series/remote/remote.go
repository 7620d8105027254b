// Package remote is the history in a VictoriaMetrics server, or a cluster of them,
// reached by HTTP: the second engine beside series/victoria, with the same series.
//
// Samples go out by Prometheus' remote write 1.0, in requests of at most 10,000, and
// come back by /api/v1/export; long ranges are thinned by the server. Single node and
// cluster differ by their addresses alone: https://host:8428, or
// https://select:8481/select/0/prometheus to read and
// https://insert:8480/insert/0/prometheus to write.
//
// A write that was answered can be read after a few seconds. A server that is killed
// loses what it took in the last ten: Lost says that it was started again since it was
// asked last, and who writes goes back to his place of a minute ago. Of a cluster nobody
// can see that; there its -replicationFactor of 2 is what keeps it.
//
// What the server must be set to (docs/fengsui.yaml says it to operators):
// -dedup.minScrapeInterval=1ms and a -retentionPeriod that is not shorter than
// retention.history. Samples outside the retention or more than two days ahead are
// refused here, and counted.
//
// Every call ends with its context or after Timeout. All errors but those of the
// question itself are Unavailable: "history_full" when the server has too little disk,
// else "history_away". This package starts no goroutines.
package remote

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fengsui"
	"fengsui/series"
)

// FutureLimit is how far ahead of our clock a sample's own time may be.
const FutureLimit = 48 * time.Hour

// Config says where the server is. It travels to the history process.
type Config struct {
	URL       string        `json:"url"`      // to read, and to write unless WriteURL is given
	WriteURL  string        `json:"writeURL"` // of a cluster's other side
	User      string        `json:"user"`     // empty: Secret is a bearer token
	Secret    string        `json:"secret"`   // empty: the server asks for none
	CA        []byte        `json:"ca"`       // PEM that is trusted; empty: the system's
	Retention time.Duration `json:"retention"`
	Timeout   time.Duration `json:"timeout"` // of one request; 0: 30 s
}

// Validate says what is wrong with c. It does not repeat what is secret.
func (c Config) Validate() error {
	for _, text := range []string{c.URL, cmp.Or(c.WriteURL, c.URL)} {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return errors.New("history: the server's address must be https://host:port, with the path before /api/v1 where it has one")
		}
		if u.User != nil {
			return errors.New("history: user and password do not belong into the server's address, they have keys of their own")
		}
		if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return errors.New("history: a server that is not on this machine is reached by https alone")
		}
	}
	if c.Retention < 24*time.Hour {
		return fmt.Errorf("history: the retention is %s, it must be at least 24h", c.Retention)
	}
	return nil
}

// Engine is a history in a server. It may be used by many goroutines.
type Engine struct {
	c           Config
	read, write string
	retention   fengsui.Millis
	http        *http.Client
	refused     atomic.Int64

	mu   sync.Mutex // guards seen
	seen Seen
}

// Seen is what a single node says about itself; all zero of a cluster.
type Seen struct {
	Started int64 // Unix time
	Full    bool  // too little disk is free: it takes nothing
	Free    int64 // bytes on its disk
	Used    int64 // bytes of its data
}

// Open makes an Engine. It connects with the first question.
func Open(c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	if len(c.CA) > 0 {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(c.CA) {
			return nil, errors.New("history: the file of the server's CA holds no certificate")
		}
	}
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	return &Engine{
		c: c, read: strings.TrimRight(c.URL, "/"), write: strings.TrimRight(cmp.Or(c.WriteURL, c.URL), "/"),
		retention: fengsui.Millis(c.Retention.Milliseconds()),
		http: &http.Client{
			Transport: &http.Transport{
				DialContext:     (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
				TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 10 * time.Second,
				MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close lets go of idle connections.
func (e *Engine) Close() { e.http.CloseIdleConnections() }

// Refused counts the samples and positions outside the retention or the future limit.
func (e *Engine) Refused() int64 { return e.refused.Load() }

// within cuts a range to where samples can be.
func (e *Engine) within(from, to fengsui.Millis) (fengsui.Millis, fengsui.Millis) {
	now := fengsui.At(time.Now())
	return max(from, 0, now-e.retention), min(to, now.Add(fengsui.SpanOf(FutureLimit)))
}

// post sends a body of remote write.
func (e *Engine) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, e.c.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.write+"/api/v1/write", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("Content-Encoding", "snappy")
	r.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	resp, err := e.do(r)
	if err != nil {
		return err
	}
	resp.Body.Close()
	return nil
}

// ask opens an answer; the caller closes its body. Its context must live until then.
func (e *Engine) ask(ctx context.Context, path string, q url.Values) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.read+path+"?"+q.Encode(), nil)
	if err != nil {
		return nil, err
	}
	return e.do(r)
}

func (e *Engine) do(r *http.Request) (*http.Response, error) {
	switch {
	case e.c.User != "":
		r.SetBasicAuth(e.c.User, e.c.Secret)
	case e.c.Secret != "":
		r.Header.Set("Authorization", "Bearer "+e.c.Secret)
	}
	resp, err := e.http.Do(r)
	if err != nil {
		return nil, away(r.Context(), err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	err = &status{resp.StatusCode, fmt.Sprintf("the history server answered %s to %s: %s", resp.Status, r.URL.Path, strings.TrimSpace(string(text)))}
	if bytes.Contains(text, []byte("read-only mode")) {
		return nil, errors.Join(series.ErrFull, err)
	}
	return nil, away(r.Context(), err)
}

// status is an answer that is none.
type status struct {
	code int
	text string
}

func (s *status) Error() string { return s.text }

// away says that the server cannot be asked, and keeps why for the log. That the caller
// gave up passes as it is.
func away(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return errors.Join(series.ErrAway, err)
}

// Look asks the server about itself. A cluster, and a server that keeps it to itself,
// says nothing.
func (e *Engine) Look(ctx context.Context) (Seen, error) {
	ctx, cancel := context.WithTimeout(ctx, e.c.Timeout)
	defer cancel()
	var s Seen
	resp, err := e.ask(ctx, "/metrics", nil)
	if err == nil {
		defer resp.Body.Close()
		lines := bufio.NewScanner(io.LimitReader(resp.Body, 16<<20))
		for lines.Scan() {
			name, number, _ := strings.Cut(lines.Text(), " ")
			v, err := strconv.ParseFloat(number, 64)
			if err != nil {
				continue
			}
			switch name, _, _ = strings.Cut(name, "{"); name {
			case "vm_app_start_timestamp":
				s.Started = int64(v)
			case "vm_storage_is_read_only":
				s.Full = s.Full || v != 0
			case "vm_free_disk_space_bytes":
				s.Free = int64(v)
			case "vm_data_size_bytes":
				s.Used += int64(v)
			}
		}
		err = lines.Err()
	}
	if no, ok := errors.AsType[*status](err); ok && no.code/100 == 4 && no.code != http.StatusTooManyRequests {
		return Seen{}, nil
	}
	if err != nil {
		return s, err
	}
	e.mu.Lock()
	e.seen = s
	e.mu.Unlock()
	return s, nil
}

// Seen is what Look saw last.
func (e *Engine) Seen() Seen {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen
}

// Lost reports whether the server was started again since it was looked at last: then
// what it took in the last ten seconds of its life may be gone. The first look, and one
// at a cluster, says no.
func (e *Engine) Lost(ctx context.Context) (bool, error) {
	before := e.Seen().Started
	s, err := e.Look(ctx)
	return err == nil && before != 0 && s.Started != 0 && s.Started != before, err
}
