package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui"
	"fengsui/store"
)

// linking is a channel that keeps what it was given.
type linking struct {
	room bool
	fail error
	got  []Message
}

func (l *linking) CarriesLinks() bool { return l.room }

func (l *linking) Send(_ context.Context, m Message) (string, error) {
	if l.fail != nil {
		return "", fmt.Errorf("%w: %s", l.fail, m.Link)
	}
	l.got = append(l.got, m)
	return "", nil
}

// TestSendLink: a link goes to one address, once, by a channel that has room for it, and
// stays nowhere: not in the store, the log or a sentence (N08).
func TestSendLink(t *testing.T) {
	const secret = "SECRET-of-the-link"
	var log bytes.Buffer
	mail, sms, short := &linking{room: true}, &linking{room: true}, &linking{}
	h := open(t, filepath.Join(t.TempDir(), "f.db"), newWire())
	defer h.db.Close()
	h.c.Channels = map[string]Channel{"email": mail, "sms": sms, "voice": short}
	h.c.BaseURL = "https://fs.example/"
	h.c.Log = slog.New(slog.NewTextHandler(&log, nil))
	if got := fmt.Sprint(h.LinkChannels()); got != "[email sms]" {
		t.Errorf("links go by %s", got)
	}
	until := fengsui.At(time.Date(2026, 7, 8, 0, 0, 0, 0, time.UTC))
	send := func(kind, address string) (string, error) {
		return h.SendLink(t.Context(), kind, "Wang", address, secret, until)
	}
	masked, err := send("email", "wang@f.cn")
	if err != nil || masked != "w***@f.cn" || len(mail.got) != 1 {
		t.Fatalf("sent to %q, %v", masked, err)
	}
	m := mail.got[0]
	for _, lang := range []string{"zh", "en"} {
		text := m.Texts[lang]
		if !strings.Contains(text.Body, "https://fs.example/activate#"+secret) || !strings.Contains(text.Body, "2026-07-08 08:00") || strings.Contains(text.Title, secret) {
			t.Errorf("%s: %+v", lang, text)
		}
	}
	if m.Address != "wang@f.cn" || m.Contact != "Wang" || m.Kind != StepLink {
		t.Errorf("the mail is to %q %q", m.Contact, m.Address)
	}
	if _, err := send("sms", "+8613800001234"); err != nil || len(sms.got) != 1 || !strings.HasSuffix(sms.got[0].Texts["zh"].Next, " https://fs.example/activate#"+secret) {
		t.Errorf("by SMS: %v, %+v", err, sms.got)
	}
	for _, c := range []struct{ kind, address, reason string }{
		{"voice", "13800001234", "link_channel"}, {"fax", "1", "link_channel"}, {"email", "nobody", "link_address"}, {"email", "a@b.cn, c@d.cn", "link_address"},
		{"sms", "call me", "link_address"}, {"sms", "", "link_address"},
	} {
		_, err := send(c.kind, c.address)
		if e, ok := errors.AsType[*fengsui.Error](err); !ok || e.Reason != c.reason {
			t.Errorf("%s to %q: %v, want %s", c.kind, c.address, err, c.reason)
		}
	}
	mail.fail = errors.New("554 no such box wang@f.cn")
	if _, err := send("email", "wang@f.cn"); fengsui.CodeOf(err) != fengsui.Unavailable || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "wang@") {
		t.Errorf("one that was not sent says %v", err)
	}
	mail.fail = nil
	if err := h.db.Change(t.Context(), func(tx *store.Tx) error { return Hold(tx, fengsui.Platform("test"), fengsui.Restored{}) }); err != nil {
		t.Fatal(err)
	}
	h.out.Store(false) // as at the start
	if _, err := send("email", "wang@f.cn"); !errors.Is(err, errLinkHeld) || len(mail.got) != 1 {
		t.Errorf("a restored platform: %v, %d mails", err, len(mail.got))
	}
	if strings.Contains(log.String(), secret) {
		t.Error("the log holds the link")
	}
	if err := h.db.View(t.Context(), func(tx *store.Tx) error {
		var pushes int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM notify_push`).Scan(&pushes); err != nil || pushes != 0 {
			t.Errorf("%d pushes, %v", pushes, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
