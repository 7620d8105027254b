// Package gateway carries messages through providers' HTTP interfaces: short messages,
// voice calls, group robots. What a provider wants is data, one YAML file a provider
// under providers/: request, signature, how its answer reads, how it reports later what
// became of a message. Another provider is another file, never another line of code.
//
// A yes is what the provider's table says is one; what it refuses for good and what it
// may take later are in its table too, and an answer that fits nothing there is held
// and tried again. Any status but 2xx is judged by notify/retry.yaml. HTTPS alone is
// spoken, or plain HTTP with this machine. No error and no log shows a secret.
//
// The package keeps nothing and owns no goroutines. Reports come to Handler, which
// answers a provider only after the report is on disk.
package gateway

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fengsui"
	"fengsui/notify"
)

// Config says through which provider messages go, and as whom.
type Config struct {
	Provider *Provider
	Settings map[string]string        // the provider's, beside its defaults
	Secret   notify.Secret            // signs every request
	Secrets  map[string]notify.Secret // by address, of robots with one each
	Roots    *x509.CertPool           // whom we trust; nil: the system's
	Language string                   // of the text [zh]
	Now      func() time.Time         // [time.Now]
}

// Channel is a provider as a channel.
type Channel struct {
	c      Config
	client *notify.Client
}

// New checks the configuration: every setting that the provider needs is there.
func New(c Config) (*Channel, error) {
	if c.Provider == nil {
		return nil, errors.New("gateway: a provider is needed")
	}
	settings := map[string]string{}
	for name, value := range c.Provider.Settings {
		settings[name] = value
	}
	for name, value := range c.Settings {
		if _, ok := settings[name]; !ok {
			return nil, fmt.Errorf("gateway: the provider %s knows no setting %q", c.Provider.Name, name)
		}
		settings[name] = value
	}
	for name, value := range settings {
		if value == "" {
			return nil, fmt.Errorf("gateway: the provider %s needs the setting %s", c.Provider.Name, name)
		}
	}
	if c.Provider.Sign.Scheme != "none" && !c.Provider.Sign.Optional && c.Secret.Reveal() == "" {
		return nil, fmt.Errorf("gateway: the provider %s needs a secret", c.Provider.Name)
	}
	c.Settings = settings
	if c.Language == "" {
		c.Language = "zh"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Channel{c: c, client: notify.NewClient(c.Roots)}, nil
}

// face is what templates see. Times are the moment of the attempt.
type face struct {
	Key, Address     string
	Phone, E164      string // of a Chinese number: 13800001234, +8613800001234
	Title, Body      string
	Next, Text       string // what to do; the provider's text of all that
	Level, Kind      string
	Article, Link    string
	Urgent           bool // orange and red
	Set              map[string]string
	Secret           string
	Nonce            string
	Unix, UnixMillis int64
	UTC, Civil, Date string // 2026-07-01T00:00:00Z, 2026-07-01 08:00:00, 2026-07-01 of UTC

	Sorted    string // the fields, sorted, percent-encoded, joined by & (RFC 3986)
	Joined    string // the fields, sorted, as they are
	Content   string // the request's body as it goes out
	Signature string
}

func (c *Channel) face(m notify.Message) (*face, error) {
	now := c.c.Now()
	nonce := make([]byte, 16)
	rand.Read(nonce) // never fails
	text := m.Texts[c.c.Language]
	f := &face{Key: m.Key, Address: m.Address, Title: text.Title, Body: text.Body, Next: text.Next, Level: m.Level.String(), Kind: string(m.Kind),
		Article: m.Article, Link: m.Link, Urgent: m.Level >= fengsui.Orange, Set: c.c.Settings, Nonce: hex.EncodeToString(nonce),
		Unix: now.Unix(), UnixMillis: now.UnixMilli(), UTC: now.UTC().Format(time.RFC3339), Civil: now.In(fengsui.Civil).Format(time.DateTime), Date: now.UTC().Format(time.DateOnly)}
	secret, ok := c.c.Secrets[m.Address]
	if !ok {
		secret = c.c.Secret
	}
	f.Secret = secret.Reveal()
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, m.Address)
	local, abroad := strings.CutPrefix(digits, "86")
	if !strings.HasPrefix(m.Address, "+") {
		local, abroad = digits, true
	}
	if f.Phone, f.E164 = "+"+digits, "+"+digits; abroad {
		f.Phone, f.E164 = local, "+86"+local
	}
	var err error
	f.Text, err = c.c.Provider.text(f)
	return f, err
}

// linkRoom is how many characters a text must have room for to carry a link whole: some
// providers have templates with a dozen.
const linkRoom = 200

// CarriesLinks says whether the provider's text has room for a link.
func (c *Channel) CarriesLinks() bool {
	return c.c.Provider.TextMax >= linkRoom && c.c.Provider.Serves("sms")
}

// Send is SendReceipted for who does not ask for the receipt.
func (c *Channel) Send(ctx context.Context, m notify.Message) (answer string, err error) {
	answer, _, err = c.SendReceipted(ctx, m)
	return answer, err
}

// SendReceipted makes one request. The receipt is the provider's own name for the
// message, empty when it gives none.
func (c *Channel) SendReceipted(ctx context.Context, m notify.Message) (answer, receipt string, err error) {
	f, err := c.face(m)
	if err != nil {
		return "", "", errTemplate
	}
	r, err := c.c.Provider.request(f)
	if err != nil {
		return "", "", errTemplate
	}
	status, said, err := c.client.Exchange(ctx, r.method, r.url, m.Key, r.header, []byte(r.body))
	// An answer may repeat what was sent.
	answer = strings.TrimSpace(status + " " + conceal(string(said), f))
	if _, spoke := errors.AsType[notify.NotTaken](err); err != nil && !spoke {
		return answer, "", err
	}
	receipt, judged, known := c.c.Provider.judge(said)
	switch {
	case err == nil:
		return answer, receipt, judged
	case known && judged != nil: // the provider says more than its status
		return answer, "", errors.Join(judged, err)
	}
	return answer, "", err
}

// errTemplate hides what a template said: it may hold a secret. LoadProvider runs
// every template, so that this is seen when a platform starts and not at night.
var errTemplate = errors.New("the request could not be made from the provider's file")

// conceal takes the secrets of a request out of a text.
func conceal(text string, f *face) string {
	for _, s := range []string{f.Secret, f.Signature, f.Address} {
		if len(s) > 3 {
			text = strings.ReplaceAll(text, s, "***")
			text = strings.ReplaceAll(text, url.QueryEscape(s), "***")
		}
	}
	return text
}

// request is what goes out.
type request struct {
	method, url, body string
	header            http.Header
}
