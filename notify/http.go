package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fengsui"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 4 << 10

// NotTaken is the error of a receiver that answered by HTTP, and not with a 2xx.
// The channel's table says what that means, see retry.yaml.
type NotTaken struct {
	Status int
	After  fengsui.Span // its Retry-After; 0: it asks for none
}

func (NotTaken) Error() string { return "not taken" }

// Client is how channels post messages by HTTPS. It owns no goroutines beside
// those of idle connections.
type Client struct{ http http.Client }

// NewClient trusts the given roots, nil: the system's, and is sent nowhere else by
// an answer.
func NewClient(roots *x509.CertPool) *Client {
	return &Client{http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Proxy: http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post posts a body under an idempotency key. The answer is the status line with
// the first 4 KiB of what came with it, whatever the status; any but a 2xx is a
// NotTaken. No error shows the address, which may hold a token.
func (c *Client) Post(ctx context.Context, address, key string, header http.Header, body []byte) (answer string, err error) {
	status, said, err := c.Exchange(ctx, http.MethodPost, address, key, header, body)
	return strings.TrimSpace(status + " " + string(said)), err
}

// Exchange is Post by any method, with the answer's body as it came.
func (c *Client) Exchange(ctx context.Context, method, address, key string, header http.Header, body []byte) (status string, said []byte, err error) {
	if err := CheckAddress(address); err != nil {
		return "", nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return "", nil, errNoURL
	}
	r.Header = header
	r.Header.Set("Idempotency-Key", key)
	a, err := c.http.Do(r)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return "", nil, err
	}
	defer a.Body.Close()
	said, _ = io.ReadAll(io.LimitReader(a.Body, maxAnswer))
	if a.StatusCode/100 != 2 {
		return a.Status, said, NotTaken{a.StatusCode, retryAfter(a.Header.Get("Retry-After"), time.Now())}
	}
	return a.Status, said, nil
}

// retryAfter reads a Retry-After (RFC 9110 clause 10.2.3): seconds, or a date. What
// is neither, or over, asks for nothing; nobody asks for more than a day.
func retryAfter(text string, now time.Time) fengsui.Span {
	const day = 24 * 3600
	var seconds int64
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		seconds = int64(min(n, day))
	} else if at, err := http.ParseTime(text); err == nil {
		seconds = int64(min(max(at.Sub(now).Seconds(), 0), day))
	}
	return fengsui.Span(seconds * 1000)
}

var errNoURL = errors.New("the address is no URL")

// CheckAddress refuses addresses at which a message could be read on its way: plain
// HTTP is spoken with this machine alone.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return errNoURL
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return errors.New("the address must begin with https://")
}
