package adapter

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// Budget bounds the memory of all that is at work together. Whoever does not fit is
// sent away: nobody waits in memory for memory.
type Budget struct {
	Size  int64 // bytes
	taken atomic.Int64
}

// Take takes n bytes, or nothing when there are not so many.
func (b *Budget) Take(n int64) bool {
	if b.taken.Add(n) > b.Size {
		b.taken.Add(-n)
		return false
	}
	return true
}

// Give gives n bytes back.
func (b *Budget) Give(n int64) { b.taken.Add(-n) }

// Taken is how many bytes are taken.
func (b *Budget) Taken() int64 { return b.taken.Load() }

// Refusals count what an adapter refused, by reason. Each reason is logged once a
// minute at most, with how often it came since.
type Refusals struct {
	name string
	log  *slog.Logger
	by   map[string]*tally // never changed
	odd  tally             // by reasons that nobody listed
}

type tally struct{ n, logged, at atomic.Int64 }

// NewRefusals counts for an adapter. A reason beside these is a mistake of ours, which
// bytes from outside must not turn into a panic: it is counted as "unlisted", and the
// log names it.
func NewRefusals(name string, log *slog.Logger, reasons ...string) *Refusals {
	r := &Refusals{name: name, log: log, by: map[string]*tally{}}
	for _, reason := range reasons {
		r.by[reason] = &tally{}
	}
	return r
}

// Add counts one; what is added to the log are keys and values.
func (r *Refusals) Add(level slog.Level, reason string, more ...any) {
	t := r.by[reason]
	if t == nil {
		t = &r.odd
	}
	n := t.n.Add(1)
	now, last := time.Now().Unix(), t.at.Load()
	if now < last+60 || !t.at.CompareAndSwap(last, now) {
		return
	}
	r.log.Log(context.Background(), level, r.name+" refused", append([]any{"reason", reason, "count", n - t.logged.Swap(n)}, more...)...)
}

// Counts are the numbers by reason.
func (r *Refusals) Counts() map[string]int64 {
	counts := map[string]int64{}
	for reason, t := range r.by {
		counts[reason] = t.n.Load()
	}
	if n := r.odd.n.Load(); n > 0 {
		counts["unlisted"] = n
	}
	return counts
}

// Cut shortens a text to at most n bytes without cutting a character in two.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
