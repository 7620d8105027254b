// Package webhook carries messages to machines: an HTTPS POST of the message as
// JSON, signed as Standard Webhooks 1.0 lays down (webhook-id, webhook-timestamp,
// webhook-signature), with the idempotency key in a header of its own.
//
// Any 2xx is a yes; everything else, redirects too, is a no that notify repeats
// under the same key, unless it refuses the message for good (notify/retry.yaml). Plain HTTP is spoken with this machine alone. It keeps
// nothing and owns no goroutines.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fengsui/notify"
)

// Config says how messages are signed.
type Config struct {
	Secret  notify.Secret            // of every receiver that has none of its own
	Secrets map[string]notify.Secret // by URL
	Roots   *x509.CertPool           // whom we trust; nil: the system's
}

// Channel is the webhook channel.
type Channel struct {
	c      Config
	client *notify.Client
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
	return &Channel{c: c, client: notify.NewClient(c.Roots)}, nil
}

// Send posts one message.
func (c *Channel) Send(ctx context.Context, m notify.Message) (string, error) {
	secret, ok := c.c.Secrets[m.Address]
	if !ok {
		secret = c.c.Secret
	}
	body, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	signature, err := sign(secret, m.Key, stamp, body)
	if err != nil {
		return "", err
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("Webhook-Id", m.Key)
	header.Set("Webhook-Timestamp", stamp)
	header.Set("Webhook-Signature", signature)
	return c.client.Post(ctx, m.Address, m.Key, header, body)
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
