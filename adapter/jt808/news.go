package jt808

import (
	"context"
	"sync"
	"time"

	"fengsui"
	"fengsui/adapter"
)

// news is what the platform itself saw of a terminal: that it is there, or lost.
type news struct {
	key    string // by which the door knows it
	at     fengsui.Millis
	online bool
	text   string // what it said of itself when it registered
}

// newsdesk tells the door, again until it takes it. An authentication is answered
// without waiting for that: nothing of the terminal's is in it. Only the newest
// word about a terminal is kept, and none over a restart: then each terminal that
// is away is silent, and the silence is judged.
type newsdesk struct {
	s    *Server
	most int

	mu      sync.Mutex
	waiting map[string]news // guarded by mu; by terminal, at most most
	moved   chan struct{}   // holds one: something is new
}

// together is how many words are told at once, to share the log's commits.
const together = 64

func newNewsdesk(s *Server, most int) *newsdesk {
	return &newsdesk{s: s, most: most, waiting: map[string]news{}, moved: make(chan struct{}, 1)}
}

// put says the newest about a terminal. When too many wait it is given up: the
// terminal's silence is judged later.
func (d *newsdesk) put(terminal string, n news) {
	d.mu.Lock()
	old, again := d.waiting[terminal]
	full := !again && len(d.waiting) >= d.most
	if !full {
		if n.text == "" {
			n.text = old.text
		}
		d.waiting[terminal] = n
	}
	d.mu.Unlock()
	if full {
		d.s.refuse(unheard, terminal, "", nil)
		return
	}
	select {
	case d.moved <- struct{}{}:
	default:
	}
}

// take takes some of the words that wait.
func (d *newsdesk) take() map[string]news {
	d.mu.Lock()
	defer d.mu.Unlock()
	some := map[string]news{}
	for terminal, n := range d.waiting {
		if len(some) == together {
			break
		}
		some[terminal] = n
		delete(d.waiting, terminal)
	}
	return some
}

// back brings a word back that the door did not take, unless there is a newer one.
func (d *newsdesk) back(terminal string, n news) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if newer, ok := d.waiting[terminal]; !ok {
		d.waiting[terminal] = n
	} else if newer.text == "" {
		newer.text = n.text
		d.waiting[terminal] = newer
	}
}

// run tells until ctx ends. Of one terminal never two words are under way.
func (d *newsdesk) run(ctx context.Context) {
	for {
		some := d.take()
		if len(some) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-d.moved:
			}
			continue
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		failed := false
		for terminal, n := range some {
			all.Go(func() {
				v := adapter.Delivery{Adapter: Adapter, Key: n.key, Received: n.at, Sources: []adapter.Source{{At: n.at, Online: n.online}}}
				if n.text != "" {
					v.Events = []adapter.Event{{Code: "registration", At: n.at, On: true, Text: n.text}}
				}
				if _, err := d.s.c.Sink.Take(ctx, &v); err != nil && !refused(err) {
					d.back(terminal, n)
					mu.Lock()
					failed = true
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if failed {
			rest(ctx, time.Second)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// refused tells a delivery that will never be taken from one to be sent again.
func refused(err error) bool {
	switch fengsui.CodeOf(err) {
	case fengsui.Invalid, fengsui.Conflict, fengsui.Forbidden:
		return true
	}
	return false
}
