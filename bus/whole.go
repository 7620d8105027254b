package bus

import (
	"context"
	"fmt"
)

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
