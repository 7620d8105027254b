package ingest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fengsui"
	"fengsui/adapter"
	"fengsui/bus"
)

// shared is one log that several processes append to: a door's record stands only where
// no other door's lies behind what it has seen.
type shared struct {
	*bus.Log
	mu   sync.Mutex
	last map[int]fengsui.Place // by door
}

func (s *shared) after(door int) func(context.Context, []byte, fengsui.Place) (fengsui.Place, error) {
	return func(ctx context.Context, record []byte, seen fengsui.Place) (fengsui.Place, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for other, last := range s.last {
			if other != door && seen.Less(last) {
				return fengsui.Place{}, fengsui.Errorf(fengsui.Conflict, "log_moved", "another process appended")
			}
		}
		place, err := s.Append(ctx, record)
		if err == nil {
			s.last[door] = place
		}
		return place, err
	}
}

// One key at two doors at once is kept once, whichever door gets it, and both give
// the same answer; a nonce that was used at one is used up at the other; and a door
// that starts anew knows what the other answered (DESIGN §10, N01).
func TestTwoDoors(t *testing.T) {
	log := &shared{Log: openBus(t, t.TempDir()), last: map[int]fengsui.Place{}}
	db := openStore(t)
	var doors [2]*Door
	var stops [2]func()
	dirs := [2]string{t.TempDir(), t.TempDir()}
	start := func(i int) {
		doors[i], stops[i] = newDoor(t, Config{Log: log, After: log.after(i), Dir: dirs[i], DB: db, Ticks: func() bool { return i == 0 }})
	}
	start(0)
	start(1)
	now := fengsui.At(time.Now())
	batch := func(n int) *adapter.Delivery {
		v := delivery(fengsui.Sample{Point: 0, At: now, Value: float64(n)})
		v.Received, v.Idempotency, v.BodyHash, v.Nonce = now, fmt.Sprint("batch-", n), uint64(n)<<20+7, fmt.Sprint("nonce-", n)
		return v
	}
	const keys = 200
	var all sync.WaitGroup
	var mu sync.Mutex
	first := map[int]int{}
	for sender := range 4 {
		all.Go(func() {
			for n := range keys {
				r, err := doors[(sender+n)%2].Take(t.Context(), batch(n))
				if err != nil || r.Accepted != 1 {
					t.Errorf("key %d: %+v, %v", n, r, err)
				}
				mu.Lock()
				if !r.Repeat {
					first[n]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for n := range keys {
		if first[n] > 1 {
			t.Errorf("key %d was new %d times", n, first[n])
		}
	}
	kept := map[string]int{}
	reader := log.Reader(fengsui.Place{})
	defer reader.Close()
	for tail := log.Tail(); ; {
		b, err := reader.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range b.Records {
			r, err := fengsui.ReadRecord(raw)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Tick {
				kept[r.Idempotency]++
			}
		}
		if !b.Last().Less(tail) {
			break
		}
	}
	if len(kept) != keys {
		t.Errorf("%d keys are in the log, want %d", len(kept), keys)
	}
	for key, n := range kept {
		if n != 1 {
			t.Errorf("%s is in the log %d times", key, n)
		}
	}

	v := batch(keys)
	if err := doors[0].Nonce(t.Context(), v.KeyID, v.Nonce, now); err != nil {
		t.Fatal(err)
	}
	if _, err := doors[0].Take(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	for _, _, _, there, _ := doors[1].book.known(keyHash(v.Adapter, 1, v.Idempotency)); !there; _, _, _, there, _ = doors[1].book.known(keyHash(v.Adapter, 1, v.Idempotency)) {
		time.Sleep(time.Millisecond)
	}
	if err := doors[1].Nonce(t.Context(), v.KeyID, v.Nonce, now); fengsui.CodeOf(err) != fengsui.Conflict {
		t.Errorf("a nonce that was used at the other door gives %v, want Conflict", err)
	}
	if _, err := doors[1].Take(t.Context(), func() *adapter.Delivery { v := batch(keys); v.BodyHash++; return v }()); fengsui.CodeOf(err) != fengsui.Conflict {
		t.Errorf("another body under a key of the other door gives %v, want Conflict", err)
	}

	stops[1]()
	if _, err := doors[0].Take(t.Context(), batch(keys+1)); err != nil {
		t.Fatal(err)
	}
	start(1)
	if r, err := doors[1].Take(t.Context(), batch(keys+1)); err != nil || !r.Repeat {
		t.Errorf("after its start the door takes %+v, %v, want the other door's answer", r, err)
	}
}

// Of several doors one writes the models' clock: two would let it run twice as fast.
func TestOneTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, ours := &memory{}, atomic.Bool{}
		d, stop := newDoor(t, Config{Log: log, Ticks: ours.Load})
		time.Sleep(5 * time.Second)
		if n := d.Counts().Ticks; n != 0 {
			t.Errorf("a door whose turn it is not wrote %d ticks", n)
		}
		ours.Store(true)
		time.Sleep(5 * time.Second)
		if n := d.Counts().Ticks; n < 4 || n > 6 {
			t.Errorf("in 5 s it wrote %d ticks", n)
		}
		stop()
	})
}
