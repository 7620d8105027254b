package adapter

import (
	"context"
	"sync"
	"time"

	"fengsui"
)

// News tells the door what the platform itself saw of devices: that one is there,
// or lost. It asks again until the door takes it, since nobody sends that twice.
// Only the newest word about a device is kept, and none over a restart: then each
// device that is away is silent, and the silence is judged.
type News struct {
	sink    Sink
	most    int
	told    func(*Delivery)
	refused func(*Delivery, error)

	mu      sync.Mutex
	waiting map[string]word // guarded by mu; by device, at most most
	moved   chan struct{}   // holds one: something is new
}

type word struct {
	d   Delivery
	due time.Time
}

// together is how many words are told at once, to share the log's commits.
const together = 64

// NewNews tells sink; at most so many words wait. told, if it is not nil, hears of
// each that was taken, and refused of each that the door will never take.
func NewNews(sink Sink, most int, told func(*Delivery), refused func(*Delivery, error)) *News {
	return &News{sink: sink, most: most, told: told, refused: refused, waiting: map[string]word{}, moved: make(chan struct{}, 1)}
}

// Put says the newest about a device, to be told when it is due. Events that an
// older word had and this one has not are told with it. False: too many wait and it
// is given up; the device's silence is judged later.
func (n *News) Put(device string, d Delivery, due time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	old, again := n.waiting[device]
	if !again && len(n.waiting) >= n.most {
		return false
	}
	if len(d.Events) == 0 {
		d.Events = old.d.Events
	}
	n.waiting[device] = word{d, due}
	select {
	case n.moved <- struct{}{}:
	default:
	}
	return true
}

// take takes some of the words that are due, and says when the next one is.
func (n *News) take(now time.Time) (due map[string]word, next time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	due, next = map[string]word{}, now.Add(time.Hour)
	for device, w := range n.waiting {
		switch {
		case w.due.After(now):
			if w.due.Before(next) {
				next = w.due
			}
		case len(due) < together:
			due[device] = w
			delete(n.waiting, device)
		}
	}
	return due, next
}

// back brings a word back that the door did not take, unless there is a newer one.
func (n *News) back(device string, w word) {
	n.mu.Lock()
	defer n.mu.Unlock()
	newer, ok := n.waiting[device]
	if !ok {
		n.waiting[device] = w
	} else if len(newer.d.Events) == 0 {
		newer.d.Events = w.d.Events
		n.waiting[device] = newer
	}
}

// Run tells until ctx ends. Of one device never two words are under way.
func (n *News) Run(ctx context.Context) {
	for ctx.Err() == nil {
		due, next := n.take(time.Now())
		if len(due) == 0 {
			timer := time.NewTimer(time.Until(next))
			select {
			case <-ctx.Done():
			case <-timer.C:
			case <-n.moved:
			}
			timer.Stop()
			continue
		}
		if !n.tell(ctx, due) {
			Rest(ctx, time.Second)
		}
	}
}

// tell tells some words at once; false: the door did not take them all.
func (n *News) tell(ctx context.Context, due map[string]word) bool {
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := true
	for device, w := range due {
		all.Go(func() {
			d := w.d // a copy: the door may be asked again
			_, err := n.sink.Take(ctx, &d)
			switch {
			case err == nil:
				if n.told != nil {
					n.told(&w.d)
				}
			case Final(err):
				n.refused(&w.d, err)
			default:
				n.back(device, w)
				mu.Lock()
				taken = false
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return taken
}

// Final tells a delivery that the door will never take from one to be sent again.
func Final(err error) bool {
	switch fengsui.CodeOf(err) {
	case fengsui.Invalid, fengsui.Conflict, fengsui.Forbidden:
		return true
	}
	return false
}
