// Package webhook carries messages to machines: an HTTPS POST of the message as
// JSON, signed as Standard Webhooks 1.0 lays down (webhook-id, webhook-timestamp,
// webhook-signature), with the idempotency key in a header of its own.
//
// Any 2xx is a yes; everything else, redirects too, is a no that notify repeats
// under the same key. Plain HTTP is spoken with this machine alone. It keeps
// nothing and owns no goroutines.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
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

	"fengsui/notify"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 4 << 10

// Config says how messages are signed.
type Config struct {
	Secret  notify.Secret            // of every receiver that has none of its own
	Secrets map[string]notify.Secret // by URL
	Roots   *x509.CertPool           // whom we trust; nil: the system's
}

// Channel is the webhook channel.
type Channel struct {
	c      Config
	client *http.Client
}

// New makes the channel.
func New(c Config) (*Channel, error) {
	for _, s := range c.Secrets {
		if _, err := key(s); err != nil {
			return nil, err
		}
	}
	if _, err := key(c.Secret); err != nil {
		return nil, err
	}
	return &Channel{c: c, client: client(c.Roots)}, nil
}

// client trusts the given roots and is sent nowhere else by an answer.
func client(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Proxy: http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send posts one message.
func (c *Channel) Send(ctx context.Context, m notify.Message) (string, error) {
	if err := safe(m.Address); err != nil {
		return "", err
	}
	secret, ok := c.c.Secrets[m.Address]
	if !ok {
		secret = c.c.Secret
	}
	body, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Address, bytes.NewReader(body))
	if err != nil {
		return "", errors.New("the address is no URL")
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	signature, err := sign(secret, m.Key, stamp, body)
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", m.Key)
	r.Header.Set("Webhook-Id", m.Key)
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", signature)
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

// sign is the signature of Standard Webhooks 1.0: HMAC-SHA256 over
// "id.timestamp.body".
func sign(secret notify.Secret, id, stamp string, body []byte) (string, error) {
	k, err := key(secret)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, k)
	fmt.Fprintf(h, "%s.%s.", id, stamp)
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// key is a secret's bytes: after "whsec_" comes base64, anything else is taken as
// it is.
func key(s notify.Secret) ([]byte, error) {
	coded, ok := strings.CutPrefix(s.Reveal(), "whsec_")
	k := []byte(s.Reveal())
	if ok {
		var err error
		if k, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, errors.New("webhook: a secret that begins with whsec_ must go on in base64")
		}
	}
	if len(k) < 16 {
		return nil, errors.New("webhook: a secret must have at least 16 bytes")
	}
	return k, nil
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
