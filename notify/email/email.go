// Package email carries messages to mailboxes by SMTP (RFC 5321), one connection
// a message. The Message-ID is made of the idempotency key, so a mail that is
// sent again after a lost answer is known for the same one.
//
// A yes is the mail server's acceptance, not that someone has read it. The
// package keeps nothing and owns no goroutines.
package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"fengsui"
	"fengsui/notify"
)

// Config says through which server mail goes out.
type Config struct {
	Host      string
	Port      int    // [587]
	From      string // "name <mailbox>" or a mailbox
	User      string // empty: no sign-in
	Password  notify.Secret
	TLS       string         // required (STARTTLS), implicit, opportunistic, or none [required]; the last only with this machine
	Roots     *x509.CertPool // whom we trust; nil: the system's
	Languages []string       // of the body, in order; the first is the subject's [zh en]
	Timeout   time.Duration  // of each exchange [20 s]
}

// Channel is the mail channel.
type Channel struct {
	c      Config
	from   *mail.Address
	domain string
}

// New checks the configuration.
func New(c Config) (*Channel, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil || c.Host == "" {
		return nil, errors.New("email: host and from are needed, and from must be a mailbox")
	}
	c.Port, c.TLS, c.Timeout = cmp.Or(c.Port, 587), cmp.Or(c.TLS, "required"), cmp.Or(c.Timeout, 20*time.Second)
	if len(c.Languages) == 0 {
		c.Languages = []string{"zh", "en"}
	}
	local := c.Host == "localhost" || c.Host == "127.0.0.1" || c.Host == "::1"
	switch c.TLS {
	case "required", "implicit", "opportunistic":
	case "none":
		if !local {
			return nil, errors.New("email: tls none is only for a mail server on this machine")
		}
	default:
		return nil, fmt.Errorf("email: tls is required, implicit, opportunistic or none, not %q", c.TLS)
	}
	ch := &Channel{c: c, from: from, domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:]}
	if _, err := ch.client(); err != nil {
		return nil, fmt.Errorf("email: %w", err)
	}
	return ch, nil
}

func (ch *Channel) client() (*gomail.Client, error) {
	c := ch.c
	opts := []gomail.Option{gomail.WithPort(c.Port), gomail.WithTimeout(c.Timeout), gomail.WithoutNoop()}
	switch c.TLS {
	case "implicit":
		opts = append(opts, gomail.WithSSL())
	case "required":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "opportunistic":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case "none":
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if c.TLS != "none" {
		opts = append(opts, gomail.WithTLSConfig(&tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}))
	}
	if c.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.User), gomail.WithPassword(c.Password.Reveal()))
	}
	return gomail.NewClient(c.Host, opts...)
}

// CarriesLinks says that a mail has room for a link.
func (*Channel) CarriesLinks() bool { return true }

// Send hands one mail to the server.
func (ch *Channel) Send(ctx context.Context, m notify.Message) (string, error) {
	msg, err := ch.compose(m)
	if err != nil {
		return "", err
	}
	client, err := ch.client()
	if err != nil {
		return "", err
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		if msg.IsDelivered() {
			// The server took it and the good-bye failed.
			return msg.ServerResponse(), nil
		}
		return "", err
	}
	return msg.ServerResponse(), nil
}

func (ch *Channel) compose(m notify.Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.FromFormat(ch.from.Name, ch.from.Address); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.AddToFormat(m.Contact, m.Address); err != nil {
		return nil, errors.New("the address is no mailbox")
	}
	msg.SetMessageIDWithValue(strings.ReplaceAll(m.Key, "/", ".") + "@" + ch.domain)
	msg.SetDateWithValue(m.At.Time().In(fengsui.Civil))
	msg.SetGenHeader("Idempotency-Key", m.Key)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies
	if m.Level >= fengsui.Orange {
		msg.SetImportance(gomail.ImportanceUrgent)
	}
	if m.Case != nil {
		// One thread a warning (RFC 5322 clause 3.6.4).
		msg.SetGenHeader(gomail.HeaderReferences, "<"+string(m.Case.ID)+"@"+ch.domain+">")
	}
	var body []string
	for _, lang := range ch.c.Languages {
		text, ok := m.Texts[lang]
		if !ok {
			continue
		}
		if len(body) == 0 {
			msg.Subject(text.Title)
			body = append(body, text.Body)
		} else {
			body = append(body, text.Title+"\n"+text.Body)
		}
	}
	msg.SetBodyString(gomail.TypeTextPlain, strings.Join(body, "\n\n----\n\n")+"\n")
	return msg, nil
}
