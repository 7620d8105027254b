// Package municipal is the uplink to the municipal monitoring and warning system
// (A44): each change of a red warning as CAP 1.2 XML or as JSON, by HTTPS POST.
//
// A 2xx is the answer that notify waits for; until then it sends the same again,
// under the same identifier, in order, without end. Plain HTTP is spoken with this
// machine alone. The package keeps nothing and owns no goroutines.
package municipal

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fengsui/notify"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 4 << 10

// Config says where the municipal platform is and what it wants to hear.
type Config struct {
	URL        string         // for messages without an address; empty: they are refused, so notify keeps them
	Format     string         // cap or json [cap]
	Token      notify.Secret  // goes as a bearer token; zero: none
	Roots      *x509.CertPool // whom we trust; nil: the system's
	Sender     string         // our identifier there [fengsui]
	SenderName string         // our name there
}

// Channel is the uplink.
type Channel struct {
	c      Config
	words  words
	client *http.Client
}

// New checks the configuration.
func New(c Config) (*Channel, error) {
	if c.Format == "" {
		c.Format = "cap"
	}
	if c.Sender == "" {
		c.Sender = "fengsui"
	}
	if c.Format != "cap" && c.Format != "json" {
		return nil, fmt.Errorf("municipal: the format is cap or json, not %q", c.Format)
	}
	if c.URL != "" {
		if err := safe(c.URL); err != nil {
			return nil, fmt.Errorf("municipal: %w", err)
		}
	}
	w, err := loadWords(mapping)
	if err != nil {
		return nil, err
	}
	return &Channel{c: c, words: w, client: client(c.Roots)}, nil
}

// client trusts the given roots and is sent nowhere else by an answer.
func client(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Proxy: http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send posts one message to its address, or to the configured one.
func (c *Channel) Send(ctx context.Context, m notify.Message) (string, error) {
	address := m.Address
	if address == "" {
		address = c.c.URL
	}
	if address == "" {
		return "", errors.New("no address of the municipal platform is configured")
	}
	if err := safe(address); err != nil {
		return "", err
	}
	body, kind, err := c.encode(m)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", errors.New("the address is no URL")
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Idempotency-Key", m.Key)
	if token := c.c.Token.Reveal(); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the URL, which may hold a token
		}
		return "", err
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	text := strings.TrimSpace(answer.Status + " " + string(said))
	if answer.StatusCode/100 != 2 {
		return text, errors.New("not taken")
	}
	return text, nil
}

func (c *Channel) encode(m notify.Message) (body []byte, kind string, err error) {
	if c.c.Format == "json" {
		body, err = json.Marshal(struct {
			Sender string `json:"sender"`
			notify.Message
		}{c.c.Sender, m})
		return body, "application/json", err
	}
	body, err = c.compose(m)
	return body, "application/cap+xml", err
}

// safe refuses addresses at which a message could be read on its way.
func safe(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return errors.New("the address is no URL")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return errors.New("the address must begin with https://")
}
