package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fengsui"
	"fengsui/series"
)

const (
	// moveStretch is how much of the history is in memory at first; more, up to
	// moveLongest, where it holds little, and less where it holds more than moveMost
	// values.
	moveStretch = fengsui.Millis(6 * time.Hour / time.Millisecond)
	moveLongest = fengsui.Millis(32 * 24 * time.Hour / time.Millisecond)
	moveMost    = 4_000_000
	// moveVisible is how long what was written may take until it can be read.
	moveVisible = time.Minute
	// moveTries is how often a history that is written meanwhile is compared.
	moveTries = 5
)

// wholeHistory is an engine that is copied.
type wholeHistory interface {
	Each(ctx context.Context, from, to fengsui.Millis, fn func(series.Stored) error) error
	Put(ctx context.Context, list []series.Stored) error
	Settle(ctx context.Context) error
	Count(ctx context.Context, from, to fengsui.Millis) (series.Totals, error)
	Close()
}

// openHistoryWhole opens the engine that a configuration names, without a log.
func (c *Config) openHistoryWhole() (wholeHistory, error) {
	server, err := c.historyServer()
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	h := HistoryConfig{Dir: c.Data, Server: server, Retention: c.Retention.History, Memory: c.History.MemoryBytes, MinFree: c.Disk.MinFree}
	if err := h.Validate(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(h.path("history"), 0o700); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	switch e, err := h.open(); e := e.(type) {
	case historyInside:
		return e.Engine, nil
	case historyServer:
		return e.Engine, nil
	default:
		return nil, err
	}
}

// history copies what was stored, stretch by stretch, and then reads all of it in both. Of
// a platform that runs it is what a snapshot holds, or what the server has by now.
func (m *mover) history(ctx context.Context) (what string, err error) {
	from, closed, err := m.openHistory(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, closed()) }()
	to, err := m.to.openHistoryWhole()
	if err != nil {
		return "", err
	}
	defer to.Close()
	now := fengsui.At(time.Now())
	// What is about to leave the retention is not worth a quarrel about whether it has.
	first := max(0, now-fengsui.Millis(min(m.from.Retention.History, m.to.Retention.History).Milliseconds())+fengsui.Millis(time.Hour.Milliseconds()))
	end := now + fengsui.Millis(48*time.Hour/time.Millisecond)
	// The platform may have ended a moment ago: what it wrote last must show.
	if err := from.Settle(ctx); err != nil {
		return "", err
	}
	still := m.run == nil || m.from.History.URL == "" // nothing is written to it meanwhile
	samples := 0
	err = stretches(ctx, from, first, end, func(_, _ fengsui.Millis, list []series.Stored) error {
		for _, s := range list {
			samples += len(s.Values)
		}
		return to.Put(ctx, list)
	})
	if err == nil {
		err = to.Settle(ctx)
	}
	if err != nil {
		return "", err
	}
	if !still {
		end = now // what comes from now on is written from the log
	}
	for tries := 1; ; tries++ {
		err = stretches(ctx, from, first, end, func(begin, end fengsui.Millis, want []series.Stored) error {
			return visible(ctx, from, to, begin, end, want, still)
		})
		if err != nil {
			return "", err
		}
		// What is only there was there before.
		fromAll, err1 := from.Count(ctx, first, end)
		toAll, err2 := to.Count(ctx, first, end)
		if err := errors.Join(err1, err2); err != nil {
			return "", err
		}
		if fromAll == toAll {
			return fmt.Sprintf("%d values of %d points and of devices, each compared (to 12 digits)", samples, fromAll.Points), nil
		}
		if still || tries == moveTries {
			return "", fmt.Errorf("the destination holds %d samples of %d points and the origin %d of %d: it was not empty", toAll.Samples, toAll.Points, fromAll.Samples, fromAll.Points)
		}
	}
}

// openHistory opens the origin's history, and notes behind which place of the log lies
// what it may lack.
func (m *mover) openHistory(ctx context.Context) (h wholeHistory, closed func() error, err error) {
	c := m.from
	closed = func() error { h.Close(); return nil }
	if m.run == nil {
		h, err = c.openHistoryWhole()
		return h, closed, err
	}
	if c.History.URL != "" {
		place, err := m.run.place(ctx)
		if err != nil {
			return nil, nil, err
		}
		m.place = &place
		h, err = c.openHistoryWhole()
		return h, closed, err
	}
	snapshot, err := m.run.history(ctx)
	if err != nil {
		return nil, nil, err
	}
	if snapshot.Name == "" {
		return nil, nil, errors.New("the platform that runs keeps no history: --from is not its configuration")
	}
	m.place = &snapshot.Place
	dir, err := os.MkdirTemp(filepath.Join(c.Data, "tmp"), "move-")
	gone := func() error {
		return errors.Join(os.RemoveAll(dir), m.run.drop(context.WithoutCancel(ctx), snapshot.Name))
	}
	if err == nil {
		err = copySnapshot(c.Data, snapshot.Name, dir)
	}
	if err == nil {
		c.Data = dir
		h, err = c.openHistoryWhole()
	}
	if err != nil {
		return nil, nil, errors.Join(err, gone())
	}
	return h, func() error { h.Close(); return gone() }, nil
}

// copySnapshot makes a data directory whose history is a snapshot of another one's. Parts
// (*.bin) never change and are linked.
func copySnapshot(data, name, into string) error {
	files, err := historyFiles(data, name)
	if err != nil {
		return err
	}
	root := (&HistoryConfig{Dir: into}).engine().Dir
	for at, path := range files {
		to := filepath.Join(root, filepath.FromSlash(at))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if filepath.Ext(path) == ".bin" {
			err = os.Link(path, to)
		} else {
			var b []byte
			if b, err = os.ReadFile(filepath.Clean(path)); err == nil {
				err = os.WriteFile(to, b, 0o600)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// markHistory says where the new history begins to read the log.
func (m *mover) markHistory() error {
	if m.place == nil {
		return nil
	}
	h := HistoryConfig{Dir: m.to.Data}
	if err := os.MkdirAll(h.path("history"), 0o700); err != nil {
		return err
	}
	return replaceFile(h.path("history", "place"), appendPlace(nil, *m.place))
}

// visible waits until a stretch holds what it should. Where the origin is written
// meanwhile, what came late is copied again.
func visible(ctx context.Context, from, to wholeHistory, begin, end fengsui.Millis, want []series.Stored, still bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, moveVisible, nil)
	defer cancel()
	for {
		got, err := collect(ctx, to, begin, end)
		if err == nil && slices.EqualFunc(got, want, sameValues) {
			return nil
		}
		if err == nil && !still {
			if want, err = collect(ctx, from, begin, end); err == nil {
				err = to.Put(ctx, want)
			}
		}
		if err != nil && fengsui.CodeOf(err) != fengsui.Unavailable {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("what was received from %s to %s is not the same in the destination: is its retention shorter, was it not empty?",
				begin.Time().In(fengsui.Civil).Format(time.DateTime), end.Time().In(fengsui.Civil).Format(time.DateTime)), err)
		}
	}
}

// sameValues compares what two engines keep of a series: the same moments, with the same
// values. Each engine keeps a block's values as decimals of the digits that fit, which
// are other ones in a block that is cut otherwise: the last of them, 1e-12 of the
// largest value, may differ. Positions are whole numbers and do not.
func sameValues(a, b series.Stored) bool {
	least := 0.0
	if a.Kind == "" {
		for _, v := range a.Values {
			least = max(least, math.Abs(v.Value)*1e-12)
		}
	}
	return a.Key == b.Key && slices.EqualFunc(a.Values, b.Values, func(a, b series.Value) bool {
		return a.At == b.At && math.Abs(a.Value-b.Value) <= least
	})
}

var errMoveMost = errors.New("the stretch holds more than fits the memory")

// stretches gives fn what an engine holds in [from, end), a stretch at a time, of as
// much as the memory takes; empty ones are left out.
func stretches(ctx context.Context, e wholeHistory, from, end fengsui.Millis, fn func(begin, end fengsui.Millis, list []series.Stored) error) error {
	for step := moveStretch; from < end; {
		to := min(end, from+step)
		list, err := collect(ctx, e, from, to)
		if errors.Is(err, errMoveMost) && step > 1000 {
			step /= 4
			continue
		}
		if err == nil && len(list) > 0 {
			err = fn(from, to, list)
		}
		if err != nil {
			return err
		}
		n := 0
		for _, s := range list {
			n += len(s.Values)
		}
		if from = to; n < moveMost/8 {
			step = min(2*step, moveLongest)
		}
	}
	return nil
}

// collect reads all that an engine holds in [from, to), each series once and in order.
func collect(ctx context.Context, e wholeHistory, from, to fengsui.Millis) ([]series.Stored, error) {
	all := map[series.Key][]series.Value{}
	n := 0
	err := e.Each(ctx, from, to, func(s series.Stored) error {
		if n += len(s.Values); n > moveMost {
			return errMoveMost
		}
		all[s.Key] = append(all[s.Key], s.Values...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	keys := slices.SortedFunc(maps.Keys(all), func(a, b series.Key) int {
		return cmp.Or(cmp.Compare(a.Num, b.Num), cmp.Compare(a.Kind, b.Kind))
	})
	list := make([]series.Stored, len(keys))
	for i, k := range keys {
		list[i] = series.Stored{Key: k, Values: series.Order(all[k])}
	}
	return list, nil
}
