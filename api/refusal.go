package api

import (
	"context"
	"maps"
	"sync"
	"time"

	"fengsui"
	"fengsui/store"
)

// suspect are the refusals that people at work do not run into: they go on the
// journal. What an account's own failures are, account writes itself.
var suspect = map[string]string{
	"cross_site": "a page of another site called",
	"token":      "a token that is unknown, over or revoked",
	"session":    "a session that is unknown or over",
	"too_large":  "a body beyond its limit",
	"too_slow":   "a body that did not come to its end",
	"too_many":   "calls beyond the rate",
}

const (
	// refusedEvery is how often the same refusal of the same address is journalled:
	// whoever knocks in a loop must not fill the journal.
	refusedEvery = time.Minute

	// refusedMost is how many pairs of address and reason are remembered.
	refusedMost = 10_000
)

// refusals counts what was refused, by reason.
type refusals struct {
	db  *store.DB
	say func(error)

	mu     sync.Mutex
	counts map[string]int64          // guarded by mu; its keys are reasons of ours
	noted  map[[2]string]refusalSeen // guarded by mu; by address and reason
	swept  time.Time                 // guarded by mu
}

type refusalSeen struct {
	at    time.Time // of the journal row
	since int64     // refused since then
}

// Refused says how many calls were refused since the start, by reason.
func (a *API) Refused() map[string]int64 {
	a.refusals.mu.Lock()
	defer a.refusals.mu.Unlock()
	return maps.Clone(a.refusals.counts)
}

// note counts a refusal, and journals a suspect one.
func (r *refusals) note(ctx context.Context, reason string, by fengsui.Actor) {
	n := r.count(reason, by.From)
	if n == 0 || r.db == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	by.Key, by.Call = "", ""
	if by.User == "" {
		by.Name = "unknown caller"
	}
	err := r.db.Change(ctx, func(tx *store.Tx) error {
		return tx.Record(fengsui.Change{Of: fengsui.Ref{Kind: "refusal", ID: fengsui.ID(reason)}, Act: "refused", By: by, Why: suspect[reason],
			After: map[string]int64{"calls": n}})
	})
	if err != nil {
		r.say(err)
	}
}

// count counts, and says how many a journal row is due for: 0 for none.
func (r *refusals) count(reason, from string) (due int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[reason]++
	if suspect[reason] == "" {
		return 0
	}
	now, key := time.Now(), [2]string{from, reason}
	seen, known := r.noted[key]
	if !known && len(r.noted) >= refusedMost && now.Sub(r.swept) >= time.Second { // it looks at all
		r.swept = now
		maps.DeleteFunc(r.noted, func(_ [2]string, s refusalSeen) bool { return now.Sub(s.at) >= refusedEvery })
	}
	if !known && len(r.noted) >= refusedMost {
		key[0] = "" // the rest share one row a minute and reason
		seen, known = r.noted[key]
	}
	seen.since++
	if known && now.Sub(seen.at) < refusedEvery {
		r.noted[key] = seen
		return 0
	}
	r.noted[key] = refusalSeen{at: now}
	return seen.since
}
