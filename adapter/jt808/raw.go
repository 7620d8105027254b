package jt808

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"

	"fengsui"
	"fengsui/adapter"
)

// EventUnread is the code of the event that stands for a message that is not read:
// its text has the message as it came.
const EventUnread = "jt808_unread"

// maxKept is how many bytes of a body are kept: in hexadecimal it is what the text of
// an event has room for (ingest cuts it at 1024 bytes).
const maxKept = 448

// raw adds a message that is not read to what is to be kept, and reports whether it
// did. Of one in fragments, a picture most often, the first tells what it is.
func (k *session) raw(ctx context.Context, w *work, f Frame, why string, now fengsui.Millis) bool {
	if k.terminal == "" {
		return false // it may be anybody's
	}
	if !k.s.raw.take(k.terminal, now) {
		k.refuse(unread, nil)
		return false
	}
	g := &w.signals
	if g.full() || g.d.Resent {
		k.keep(ctx, w, now)
	}
	if w.err != nil {
		return true
	}
	g.d.Resent = false
	more := ""
	if len(f.Body) > maxKept {
		more = "..."
	}
	g.d.Events = append(g.d.Events, adapter.Event{
		Code: EventUnread, At: now, On: true,
		Text: fmt.Sprintf("%s %#04x serial %d, %d bytes: %s%s", why, f.ID, f.Serial, len(f.Body), hex.EncodeToString(f.Body[:min(len(f.Body), maxKept)]), more),
	})
	w.unread++
	return true
}

// allowance bounds what is kept of each terminal in a day.
type allowance struct {
	each int // messages
	most int // terminals; of those beyond nothing is kept that day

	mu   sync.Mutex
	day  string         // guarded by mu
	used map[string]int // guarded by mu; by terminal, at most most
}

// take takes one message of a terminal's, or says that there is none left.
func (a *allowance) take(terminal string, now fengsui.Millis) bool {
	day := now.Time().In(fengsui.Civil).Format("2006-01-02")
	a.mu.Lock()
	defer a.mu.Unlock()
	if day != a.day {
		a.day, a.used = day, map[string]int{}
	}
	n, there := a.used[terminal]
	if n >= a.each || !there && len(a.used) >= a.most {
		return false
	}
	a.used[terminal] = n + 1
	return true
}
