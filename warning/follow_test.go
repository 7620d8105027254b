package warning

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/store"
)

// A holder of the clock that was replaced writes no step any more, whatever it thinks
// it holds; its successor writes what fell due meanwhile, once and in its place (N01,
// A21-A23).
func TestLateHolderIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.stop()
		l.openStill()
		defer func() { l.stop() }()
		lost := errors.New("another process has taken over")
		var gone atomic.Bool
		var tries atomic.Int64
		ctx, cancel := context.WithCancel(store.Guarded(l.ctx, func(*store.Tx) error {
			if gone.Load() {
				tries.Add(1)
				return lost
			}
			return nil
		}))
		var all sync.WaitGroup
		first := l.e
		all.Go(func() { first.Run(ctx) })
		l.measure(1, red)
		l.until(31 * time.Minute)
		gone.Store(true)
		l.until(65 * time.Minute)
		same(t, "the late holder", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)`)
		if tries.Load() == 0 {
			t.Error("the late holder did not try: nothing was refused")
		}
		if err := first.Ready(); !errors.Is(err, lost) {
			t.Errorf("the health of a clock that stands still: %v", err)
		}
		second, err := New(l.config)
		if err != nil {
			t.Fatal(err)
		}
		other, end := context.WithCancel(l.ctx)
		all.Go(func() { second.Run(other) })
		l.until(91 * time.Minute)
		same(t, "its successor", l.steps(l.last(1).ID), `
			0:00:00 push/1 red to `+allOfRed+`
			0:30:00 notice/1 red to REG(regulator)
			1:05:00 notice/2 red due 1:00:00 to REG(regulator)
			1:30:00 notice/3 red to REG(regulator)`)
		cancel()
		end()
		all.Wait()
	})
}

// A clock that is held in one process is held in all, and an officer releases it in any
// of them (DESIGN §5.4).
func TestReleasedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &jump{}
		l := newLab(t, func(l *lab) { l.config.Now = j.now })
		defer func() { l.stop() }()
		other, err := New(Config{DB: l.db, District: l.config.District, Policies: l.config.Policies}) // its own clock is right
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(l.ctx)
		var all sync.WaitGroup
		for _, e := range []*Engine{l.e, other} {
			all.Go(func() {
				if err := e.Follow(ctx); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		held := func(want bool) {
			t.Helper()
			time.Sleep(time.Second)
			for i, e := range []*Engine{l.e, other} {
				if is, why := e.Held(); is != want {
					t.Errorf("process %d: held is %v %q, want %v", i, is, why, want)
				}
			}
		}
		l.measure(2, yellow)
		l.until(10 * time.Minute)
		held(false)
		j.set(3 * time.Hour)
		l.until(12 * time.Minute)
		held(true)
		j.set(0)
		if err := other.Release(l.ctx, l.shift(), someone, "set right"); err != nil {
			t.Fatal(err)
		}
		held(false)
		l.until(time.Hour + time.Minute)
		same(t, "goes on", l.steps(l.last(2).ID), `
			0:00:00 push/1 yellow to `+allOfYel+`
			1:00:00 notice/1 yellow to ENT1(enterprise)`)
		if n := len(l.entries(store.Filter{Kind: "clock"})); n != 2 {
			t.Errorf("%d rows about the clock, want held and released", n)
		}
		cancel()
		all.Wait()
	})
}
