package mqtt

import (
	"context"
	"sync"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// news is what is to be said of a client that has a will: that its device is there,
// or lost.
type news struct {
	delivery adapter.Delivery
	delay    time.Duration // MQTT 5: how long it may be away before it is lost
	due      time.Time
}

func (n *news) presence(online bool, now time.Time) *news {
	d := n.delivery
	d.Received = fengsui.At(now)
	// By name: of a device that nobody registered "itself" would be its enterprise.
	d.Sources = []adapter.Source{{Device: d.Device, At: d.Received, Online: online}}
	due := now
	if !online {
		due = now.Add(n.delay)
	}
	return &news{delivery: d, due: due}
}

// newsdesk tells the door, again until it takes it. Nobody sends a will twice; only
// the newest word about a client is kept, and none over a restart: then each
// client that is away is silent, and the silence is judged.
type newsdesk struct {
	b    *Broker
	most int

	mu      sync.Mutex
	waiting map[string]*news // guarded by mu; by client, at most most
	moved   chan struct{}    // holds one: something is new
}

func newNewsdesk(b *Broker, most int) *newsdesk {
	return &newsdesk{b: b, most: most, waiting: map[string]*news{}, moved: make(chan struct{}, 1)}
}

// put says the newest about a client. When too many wait it is given up: the
// device's silence is judged later.
func (d *newsdesk) put(client string, n *news) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.waiting[client]; !ok && len(d.waiting) >= d.most {
		return false
	}
	d.waiting[client] = n
	select {
	case d.moved <- struct{}{}:
	default:
	}
	return true
}

// next gives the word that is due first.
func (d *newsdesk) next() (client string, first *news) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c, n := range d.waiting {
		if first == nil || n.due.Before(first.due) {
			client, first = c, n
		}
	}
	return client, first
}

// run tells until ctx ends.
func (d *newsdesk) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		client, n := d.next()
		pause := time.Hour
		if n != nil {
			pause = time.Until(n.due)
		}
		if pause <= 0 {
			// A copy: the door may be asked again.
			v := n.delivery
			_, err := d.b.c.Sink.Take(ctx, &v)
			if err != nil && fengsui.CodeOf(err) != fengsui.Invalid && fengsui.CodeOf(err) != fengsui.Forbidden {
				if ctx.Err() != nil {
					return
				}
				pause = time.Second
			} else {
				if err == nil && !n.delivery.Sources[0].Online {
					d.b.lost.Add(1)
				}
				d.mu.Lock()
				if d.waiting[client] == n {
					delete(d.waiting, client)
				}
				d.mu.Unlock()
				continue
			}
		}
		timer.Reset(pause)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-d.moved:
			if n != nil && time.Until(n.due) <= 0 { // the door said no: it is not asked sooner
				select {
				case <-ctx.Done():
					return
				case <-timer.C:
				}
			}
		}
	}
}
