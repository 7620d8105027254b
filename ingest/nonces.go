package ingest

import (
	"sync"

	"fengsui"
)

// nonce is one that was used, and when.
type nonce struct {
	hash uint64
	at   fengsui.Millis // of receipt
}

// A request is good for ±5 min around its time, so what was received 10 min ago
// cannot come again.
const (
	nonceEpoch  = 2 * 60 * 1000 // ms
	nonceEpochs = 6             // the one of now and the five whole ones before it
	nonceKeep   = nonceEpoch * nonceEpochs
	maxNonces   = 4 << 20 // about 100 MiB; 7,000 requests a second
)

var (
	errReplayed = fengsui.Errorf(fengsui.Conflict, "replayed", "this nonce was used before; each request needs a new one")
	errNonces   = fengsui.Errorf(fengsui.Unavailable, "too_many_nonces", "too many requests came in the last 10 minutes; put more into one request, and send it again later")
)

// nonces are those of the last 10 minutes, by the two minutes they came in.
type nonces struct {
	mu    sync.Mutex
	sets  [nonceEpochs]map[uint64]struct{} // guarded by mu; by epoch modulo their number
	epoch int64                            // guarded by mu; the newest
	n     int                              // guarded by mu
}

// use is nil for a nonce that was not there, and it is from now on.
func (s *nonces) use(hash uint64, at fengsui.Millis) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(int64(at) / nonceEpoch)
	for _, set := range s.sets {
		if _, there := set[hash]; there {
			return errReplayed
		}
	}
	if s.n >= maxNonces {
		return errNonces
	}
	s.put(s.epoch, hash)
	return nil
}

// restore puts a nonce back that was used before.
func (s *nonces) restore(n nonce) {
	s.mu.Lock()
	defer s.mu.Unlock()
	epoch := int64(n.at) / nonceEpoch
	s.turn(epoch)
	if epoch > s.epoch-nonceEpochs && s.n < maxNonces {
		s.put(epoch, n.hash)
	}
}

// turn forgets what is too old at an epoch. The clock may go back: then what was
// used stays used for longer. mu is held.
func (s *nonces) turn(epoch int64) {
	if epoch <= s.epoch {
		return
	}
	for e := max(s.epoch+1, epoch-nonceEpochs+1); e <= epoch; e++ {
		set := &s.sets[e%nonceEpochs]
		s.n -= len(*set)
		*set = nil
	}
	s.epoch = epoch
}

// put adds a nonce to an epoch that is kept. mu is held.
func (s *nonces) put(epoch int64, hash uint64) {
	set := &s.sets[epoch%nonceEpochs]
	if *set == nil {
		*set = map[uint64]struct{}{}
	}
	before := len(*set)
	(*set)[hash] = struct{}{}
	s.n += len(*set) - before
}
