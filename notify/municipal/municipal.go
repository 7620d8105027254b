// Package municipal is the uplink to the municipal monitoring and warning system
// (A44): each change of a red warning as CAP 1.2 XML or as JSON, by HTTPS POST.
//
// A 2xx is the answer that notify waits for; until then it sends the same again,
// under the same identifier, in order within a warning, without end, unless the
// answer refuses the message for good (notify/retry.yaml). Plain HTTP is spoken with
// this machine alone. The package keeps nothing and owns no goroutines.
package municipal

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"fengsui/notify"
)

// Config says where the municipal platform is and what it wants to hear.
type Config struct {
	URL        string         // for messages without an address; empty: they are refused, so notify keeps them
	Format     string         // cap or json [cap]
	Token      notify.Secret  // goes as a bearer token; zero: none
	Roots      *x509.CertPool // whom we trust; nil: the system's
	Sender     string         // our identifier there [fengsui]
	SenderName string         // our name there

	// Head gives the newest signed head of the seal, empty for none. It goes with
	// each message, so that a copy is kept where nobody here can alter it.
	Head func(context.Context) string
}

// Channel is the uplink.
type Channel struct {
	c      Config
	words  words
	client *notify.Client
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
		if err := notify.CheckAddress(c.URL); err != nil {
			return nil, fmt.Errorf("municipal: %w", err)
		}
	}
	w, err := loadWords(mapping)
	if err != nil {
		return nil, err
	}
	return &Channel{c: c, words: w, client: notify.NewClient(c.Roots)}, nil
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
	body, kind, err := c.encode(m)
	if err != nil {
		return "", err
	}
	header := http.Header{"Content-Type": {kind}}
	if token := c.c.Token.Reveal(); token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	if c.c.Head != nil {
		if note := c.c.Head(ctx); note != "" {
			header.Set("Fengsui-Head", base64.StdEncoding.EncodeToString([]byte(note)))
		}
	}
	return c.client.Post(ctx, address, m.Key, header, body)
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
