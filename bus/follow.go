package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"fengsui"
)

const (
	beatTime    = time.Second // between two questions whether others appended, did their hints not come
	measureTime = 2           // beats between two questions for room
	refreshTime = 30          // beats between two looks at what others deleted
)

// shared reports whether other processes use the log too.
func (l *Log) shared() bool { return l.c.URL != "" }

// hint hears that another process appended message seq.
func (l *Log) hint(seq uint64) {
	l.mu.Lock()
	news := seq > l.tail.Seq
	l.mu.Unlock()
	if news {
		poke(l.hints)
	}
}

// followAll keeps up with what other processes append, delete and report, until the
// log closes.
func (l *Log) followAll() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	l.owned.Go(func() { // a question that is not answered must not hold up Close
		select {
		case <-l.quit:
		case <-stop:
		}
		cancel()
	})
	beat := time.NewTicker(beatTime)
	defer beat.Stop()
	sent := map[string]fengsui.Place{}
	for beats := 1; ; {
		do := l.follow
		select {
		case <-l.quit:
			if o := l.outside(); o != nil {
				end, done := context.WithTimeout(context.Background(), tryTime)
				l.report(end, o, sent)
				done()
			}
			return
		case <-l.hints:
		case <-beat.C:
			beats++
			do = func(ctx context.Context, o *outside) error {
				err := errors.Join(l.follow(ctx, o), l.report(ctx, o, sent), l.places(ctx, o))
				if beats%measureTime == 0 {
					err = errors.Join(err, o.measure(ctx))
				}
				look := beats%refreshTime == 0
				select {
				case <-l.stale:
					look = true
				default:
				}
				if look {
					err = errors.Join(err, l.refresh(ctx, o))
				}
				return err
			}
		}
		o := l.outside()
		if o == nil {
			continue
		}
		if err := do(ctx, o); err != nil && ctx.Err() == nil {
			l.log.Debug("log is not followed", "err", err)
		}
	}
}

// outside is the engine of a log that is shared; nil when none runs.
func (l *Log) outside() *outside {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, _ := l.eng.(*outside)
	return o
}

// follow reads what others appended, up to the end.
func (l *Log) follow(ctx context.Context, o *outside) error {
	l.following.Lock()
	defer l.following.Unlock()
	for {
		l.mu.Lock()
		if l.eng != o {
			l.mu.Unlock()
			return errAway
		}
		seg, next := l.segs[len(l.segs)-1], l.tail.Seq+1
		l.mu.Unlock()
		list, ended, err := o.news(ctx, seg.name, next)
		if err != nil {
			return err
		}
		l.mu.Lock()
		if l.eng != o {
			l.mu.Unlock()
			return errAway
		}
		for _, m := range list {
			if m.seq == l.tail.Seq+1 { // else the committer was faster
				l.add(m)
				l.others = m.seq
			}
		}
		l.mu.Unlock()
		switch {
		case ended:
			if err := l.goOn(ctx, o, seg.name); err != nil {
				return err
			}
		case len(list) == 0:
			return nil
		}
	}
}

// keepUp is follow that waits a little when there was no answer; the caller asks again
// until end.
func (l *Log) keepUp(ctx context.Context, o *outside, end time.Time) error {
	err := l.follow(ctx, o)
	if err == nil || errors.Is(err, errAway) || errors.Is(err, errLow) || time.Now().After(end) {
		return err
	}
	time.Sleep(pauseTry)
	return nil
}

// goOn opens the segment behind one that has ended; whoever comes first makes it.
// following is held.
func (l *Log) goOn(ctx context.Context, o *outside, ended string) error {
	l.mu.Lock()
	first := l.tail.Seq + 1
	l.mu.Unlock()
	next, err := o.create(ctx, first)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.eng != o || l.segs[len(l.segs)-1].name != ended {
		return errAway
	}
	l.segs = append(l.segs, next)
	poke(l.tidied)
	return nil
}

// rollShared closes a segment for all who append to it, and goes on to the next.
func (l *Log) rollShared(ctx context.Context, o *outside, seg segment) (segment, error) {
	if err := o.shut(ctx, seg); err != nil {
		return seg, err
	}
	for end := time.Now().Add(answerTime); ; {
		if err := l.keepUp(ctx, o, end); err != nil {
			return seg, err
		}
		l.mu.Lock()
		newest := l.segs[len(l.segs)-1]
		l.mu.Unlock()
		if newest.name != seg.name {
			return newest, nil
		}
		if time.Now().After(end) {
			return seg, fmt.Errorf("close log segment %s: its mark is not seen", seg.name)
		}
		time.Sleep(time.Millisecond) // the server that was asked is behind
	}
}

// report sends the places that readers of this process passed, those that are new.
func (l *Log) report(ctx context.Context, o *outside, sent map[string]fengsui.Place) error {
	l.mu.Lock()
	now := maps.Clone(l.reports)
	l.mu.Unlock()
	for reader, p := range now {
		if sent[reader] == p {
			continue
		}
		if err := o.report(ctx, reader, p); err != nil {
			return err
		}
		sent[reader] = p
	}
	return nil
}

// places asks what the readers of all processes passed. What one reports now counts,
// not the farthest: a reader that was put back needs it again.
func (l *Log) places(ctx context.Context, o *outside) error {
	for _, reader := range l.c.Readers {
		p, err := o.reported(ctx, reader)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.passed[reader] = p
		l.mu.Unlock()
	}
	return nil
}

// refresh forgets what others deleted and learns what they archived. When even the
// newest segment is gone, the engine is started again.
func (l *Log) refresh(ctx context.Context, o *outside) error {
	archives, err := l.listArchives(ctx)
	if err != nil {
		return err
	}
	names, err := o.names(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.eng != o {
		return errAway
	}
	l.archives = archives
	newest := l.segs[len(l.segs)-1].name
	if !slices.Contains(names, newest) {
		// This process slept while the log went on.
		l.away = true
		poke(l.broken)
		return fmt.Errorf("log segment %s is gone", newest)
	}
	l.segs = slices.DeleteFunc(slices.Clone(l.segs), func(s segment) bool {
		return !slices.Contains(names, s.name)
	})
	return nil
}
