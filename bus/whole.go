package bus

import (
	"context"
	"fmt"
	"time"
)

// ArchiveSoFar waits until the archives hold what was appended up to now, while the log
// goes on: the segment that is written is closed with the next record. Run does the
// archiving, of the process that tidies.
func (l *Log) ArchiveSoFar(ctx context.Context) error {
	if l.c.Archive == nil {
		return fmt.Errorf("archive log: it has no archive")
	}
	l.mu.Lock()
	tail := l.tail.Seq
	l.cut = max(l.cut, tail)
	l.mu.Unlock()
	look := time.NewTicker(tryTime / 20)
	defer look.Stop()
	for {
		l.mu.Lock()
		done := true
		for _, s := range l.segs {
			done = done && (s.first > tail || s.last < s.first || l.archived(s))
		}
		l.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("archive log up to message %d: %w", tail, context.Cause(ctx))
		}
	}
}

// ArchiveAll archives every segment that has messages and no archive yet, the one that
// is written as well: nobody may append meanwhile. Then the archives hold the whole log
// that is kept, and a log that is opened elsewhere over a copy of them goes on behind it,
// with the same places. It says how many messages there are, and the newest.
func (l *Log) ArchiveAll(ctx context.Context) (messages, last uint64, err error) {
	if l.c.Archive == nil {
		return 0, 0, fmt.Errorf("archive log: it has no archive")
	}
	l.mu.Lock()
	segs := append([]segment(nil), l.segs...)
	l.mu.Unlock()
	for _, s := range segs {
		l.mu.Lock()
		done := s.last < s.first || l.archived(s)
		l.mu.Unlock()
		if done {
			continue
		}
		if err := l.archive(ctx, s); err != nil {
			return 0, 0, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.archives { // oldest first; an older one may be the beginning of the next
		if a.last > last {
			messages += a.last - max(a.first-1, last)
			last = a.last
		}
	}
	if tail := l.tail.Seq; last != tail && len(l.archives) > 0 {
		return 0, 0, fmt.Errorf("archive log: its archives end with message %d and it with %d", last, tail)
	}
	return messages, last, nil
}

// Empty reports whether the log holds no message by itself; archives do not count.
func (l *Log) Empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segs {
		if s.first <= s.last {
			return false
		}
	}
	return true
}
