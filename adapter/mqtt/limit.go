package mqtt

import (
	"context"
	"sync"
	"time"
)

// burst is how many seconds' worth of messages an enterprise may send at once.
const burst = 5

// paces holds each enterprise to its messages a second: whoever is ahead of them
// waits, and with it its socket.
type paces struct {
	rate float64 // messages a second

	mu  sync.Mutex
	due map[string]time.Time // guarded by mu; when an enterprise's messages so far would have come at the rate. No more than enterprises, since who sends has a key
}

// wait takes one message.
func (p *paces) wait(ctx context.Context, enterprise string) error {
	now := time.Now()
	p.mu.Lock()
	if p.due == nil {
		p.due = map[string]time.Time{}
	}
	due := p.due[enterprise]
	if due.Before(now) {
		due = now
	}
	due = due.Add(time.Duration(float64(time.Second) / p.rate))
	p.due[enterprise] = due
	p.mu.Unlock()
	ahead := due.Sub(now) - burst*time.Second
	if ahead <= 0 {
		return nil
	}
	t := time.NewTimer(ahead)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
