package api

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"fengsui"
)

// Rate is how often something may happen: Burst at once, then so many a second.
type Rate struct {
	PerSecond float64 `yaml:"per_second"`
	Burst     float64 `yaml:"burst"`
}

// Rates are how often one address and one caller may call. Zero fields take the
// default in brackets.
type Rates struct {
	Address Rate // every call of one address, which may be a whole office [200/s, 2,000 at once]
	Caller  Rate // every call of one person or token [100/s, 1,000 at once]
	SignIn  Rate // sign-ins of one address: each costs a hash [1/s, 60 at once]
	Public  Rate // what one address sends without an account: complaints, looks at a receipt [0.1/s, 20 at once]
}

func (r *Rates) defaults() {
	for _, x := range []struct {
		rate *Rate
		to   Rate
	}{{&r.Address, Rate{200, 2000}}, {&r.Caller, Rate{100, 1000}}, {&r.SignIn, Rate{1, 60}}, {&r.Public, Rate{0.1, 20}}} {
		if *x.rate == (Rate{}) {
			*x.rate = x.to
		}
	}
}

// buckets are token buckets by key. There are at most so many: when a flood of keys
// fills them, those that are not known yet share one.
type buckets struct {
	rate Rate
	most int

	mu    sync.Mutex
	byKey map[string]*bucket // guarded by mu
	swept time.Time          // guarded by mu
}

type bucket struct {
	tokens float64
	at     time.Time
}

// callers is how many addresses or callers are told apart: 100 bytes each.
const callers = 20_000

func newBuckets(r Rate) *buckets {
	return &buckets{rate: r, most: callers, byKey: map[string]*bucket{}}
}

// take takes a token of a key; wait says how long until there is one.
func (b *buckets) take(key string) (wait time.Duration) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.byKey[key]
	if x == nil {
		if len(b.byKey) >= b.most && now.Sub(b.swept) >= time.Second {
			b.sweep(now)
		}
		if len(b.byKey) >= b.most {
			key = "" // no address and no caller is called so
			x = b.byKey[key]
		}
		if x == nil {
			x = &bucket{b.rate.Burst, now}
			b.byKey[key] = x
		}
	}
	x.tokens, x.at = b.at(x, now), now
	if x.tokens < 1 {
		return time.Duration((1 - x.tokens) / b.rate.PerSecond * float64(time.Second))
	}
	x.tokens--
	return 0
}

func (b *buckets) at(x *bucket, now time.Time) float64 {
	return math.Min(b.rate.Burst, x.tokens+now.Sub(x.at).Seconds()*b.rate.PerSecond)
}

// sweep drops the buckets that are full again: they say nothing. At most once a
// second, for it looks at all.
func (b *buckets) sweep(now time.Time) {
	b.swept = now
	for key, x := range b.byKey {
		if b.at(x, now) >= b.rate.Burst {
			delete(b.byKey, key)
		}
	}
}

// tooMany is the answer to a caller who is too eager.
func tooMany(wait time.Duration) *Problem {
	n := max(1, int(math.Ceil(wait.Seconds())))
	return &Problem{Status: http.StatusTooManyRequests, Code: fengsui.Unavailable, Reason: "too_many", after: n,
		Message: fmt.Sprintf("too many calls at once; try again in %d seconds", n)}
}
