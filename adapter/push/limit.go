package push

import (
	"math"
	"sync"
	"time"
)

// rates holds two token buckets per enterprise, one for requests and one for
// items. An entry is made only for a request whose signature is right, so there
// are never more than enterprises.
type rates struct {
	requests, items float64 // a second; a bucket holds burst seconds' worth

	mu     sync.Mutex
	places map[string]*tokens // guarded by mu
}

const burst = 5 // seconds

type tokens struct {
	requests, items float64
	at              time.Time
}

// take takes one request from an enterprise's bucket, or says how long it takes
// until one is there. Items are charged once they are counted and may run into
// debt: what comes after waits for it.
func (r *rates) take(enterprise string) (wait time.Duration) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.places[enterprise]
	if t == nil {
		if r.places == nil {
			r.places = map[string]*tokens{}
		}
		t = &tokens{requests: burst * r.requests, items: burst * r.items, at: now}
		r.places[enterprise] = t
	}
	past := max(now.Sub(t.at).Seconds(), 0)
	t.at = now
	t.requests = min(t.requests+past*r.requests, burst*r.requests)
	t.items = min(t.items+past*r.items, burst*r.items)
	if t.requests < 1 {
		return seconds((1 - t.requests) / r.requests)
	}
	if t.items <= 0 {
		return seconds((1 - t.items) / r.items)
	}
	t.requests--
	return 0
}

// charge takes the items of a body that take let in.
func (r *rates) charge(enterprise string, items int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.places[enterprise]; t != nil {
		t.items -= float64(items)
	}
}

// seconds rounds up to whole ones, as Retry-After counts.
func seconds(s float64) time.Duration {
	return time.Duration(max(math.Ceil(s), 1)) * time.Second
}
