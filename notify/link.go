package notify

import (
	"context"
	"errors"
	netmail "net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"fengsui"
)

// StepLink is the kind of a message that carries a one-time link to a password. It is no
// push: no row of it is kept, for a row would hold the link.
const StepLink fengsui.StepKind = "account_link"

// Linking is a channel that brings a text with a link to one person whole.
type Linking interface {
	CarriesLinks() bool
}

// LinkChannels are the kinds of channels by which a link can be sent.
func (n *Notifier) LinkChannels() []string {
	list := []string{}
	for kind, ch := range n.c.Channels {
		if l, ok := ch.(Linking); ok && l.CarriesLinks() {
			list = append(list, kind)
		}
	}
	slices.Sort(list)
	return list
}

var (
	phone = regexp.MustCompile(`^\+?[0-9]{6,15}$`)

	errLinkHeld = fengsui.Errorf(fengsui.Conflict, "link_held", "this platform was restored and holds everything that goes out: hand the link over yourself, or release the pushes first")
)

// SendLink sends a one-time link to one address, once and now; it is tried no second time
// and kept nowhere. Where it goes comes back masked. What went wrong is a sentence without
// the link, whatever the other side said.
func (n *Notifier) SendLink(ctx context.Context, kind, name, address, secret string, until fengsui.Millis) (masked string, err error) {
	masked, address = Mask(address), strings.TrimSpace(address)
	if !slices.Contains(n.LinkChannels(), kind) {
		return "", fengsui.Errorf(fengsui.Invalid, "link_channel", "links are not sent by %q here: %s", kind, sentOver(n.LinkChannels()))
	}
	if _, failed := netmail.ParseAddress(address); kind == "email" && failed != nil {
		return "", fengsui.Errorf(fengsui.Invalid, "link_address", "%q is no mail address", masked)
	}
	if kind == "sms" && !phone.MatchString(address) {
		return "", fengsui.Errorf(fengsui.Invalid, "link_address", "a telephone number has 6 to 15 digits, with a + before the country")
	}
	if held, err := n.Holding(ctx); err != nil || held {
		return "", errors.Join(err, errLinkHeld)
	}
	m := Message{Key: string(fengsui.NewID()), Kind: StepLink, At: now(), DueAt: until, Contact: name, Address: address,
		Link: strings.TrimSuffix(n.c.BaseURL, "/") + "/activate#" + url.PathEscape(secret)}
	if m.Texts, err = n.c.Texts.render(&m); err != nil {
		return "", err
	}
	if kind == "sms" { // which has no body; at the end, where nothing runs into it
		for lang, text := range m.Texts {
			text.Next += " " + m.Link
			m.Texts[lang] = text
		}
	}
	try, cancel := context.WithTimeout(ctx, directWait)
	defer cancel()
	if _, err := n.c.Channels[kind].Send(try, m); err != nil {
		said := strings.ReplaceAll(words("", err, address), secret, "***")
		return masked, fengsui.Errorf(fengsui.Unavailable, "link_not_sent", "the link was not sent to %s: %s", masked, said)
	}
	return masked, nil
}

func sentOver(kinds []string) string {
	if len(kinds) == 0 {
		return "no channel is configured that carries them (mail, gateway.sms)"
	}
	return "they go by " + strings.Join(kinds, ", ")
}
