package bus

import (
	"context"
	"time"

	"fengsui"
)

const (
	tidyTime = time.Minute // between two looks at what can go
	restTime = time.Second // at least, however often someone asks for a look
)

// keep archives and deletes until ctx ends.
func (l *Log) keep(ctx context.Context) {
	for {
		if l.c.Tidy == nil || l.c.Tidy() {
			l.tidy(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(restTime):
		}
		select {
		case <-ctx.Done():
			return
		case <-l.tidied:
		case <-time.After(tidyTime):
		}
	}
}

// tidy archives the closed segments, deletes those that may go and the archives
// that are too old. What goes wrong is tried again at the next look.
func (l *Log) tidy(ctx context.Context) {
	l.trim(ctx) // first make room
	if l.c.Archive != nil {
		for _, s := range l.closed() {
			l.mu.Lock()
			done := l.archived(s)
			l.mu.Unlock()
			if done {
				continue
			}
			if err := l.archive(ctx, s); err != nil {
				if ctx.Err() == nil {
					l.log.Error("log segment is not archived", "segment", s.name, "err", err)
				}
				return
			}
			l.trim(ctx)
		}
	}
	l.expire(ctx)
}

// closed are the segments that are no longer written, oldest first.
func (l *Log) closed() []segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]segment(nil), l.segs[:len(l.segs)-1]...)
}

// trim deletes closed segments, oldest first, until one has to stay.
func (l *Log) trim(ctx context.Context) {
	for _, s := range l.closed() {
		free, _, err := l.free()
		if err != nil {
			l.log.Error("log is not trimmed", "err", err)
			return
		}
		low := free < 2*l.minFree
		l.mu.Lock()
		e := l.eng
		if e == nil || !l.due(s, low) {
			l.mu.Unlock()
			return
		}
		l.mark(s.name, true)
		l.mu.Unlock()
		err = e.remove(ctx, s.name)
		l.mu.Lock()
		if err != nil {
			l.mark(s.name, false)
		} else {
			l.drop(s.name)
		}
		l.mu.Unlock()
		if err != nil {
			if ctx.Err() == nil {
				l.log.Error("log is not trimmed", "err", err)
			}
			return
		}
		l.log.Info("log segment deleted", "segment", s.name, "disk_low", low)
	}
}

// due reports whether a closed segment may be deleted. mu is held.
func (l *Log) due(s segment, low bool) bool {
	if l.c.Archive != nil && !l.archived(s) {
		return false
	}
	for _, r := range l.c.Readers {
		// A place in the last message may have records of it still to come.
		if l.passed[r].Seq <= s.last && (!low || r == risk) {
			return false
		}
	}
	return low || now() >= s.written.Add(fengsui.SpanOf(l.c.Keep))
}

// mark says whether readers must leave a segment alone. mu is held.
func (l *Log) mark(name string, going bool) {
	for i := range l.segs {
		if l.segs[i].name == name {
			l.segs[i].going = going
		}
	}
}

// drop forgets a segment. mu is held.
func (l *Log) drop(name string) {
	var rest []segment
	for _, s := range l.segs {
		if s.name != name {
			rest = append(rest, s)
		}
	}
	l.segs = rest
}

// expire deletes the archives that are older than ArchiveKeep and no longer the
// twin of a segment.
func (l *Log) expire(ctx context.Context) {
	l.mu.Lock()
	var old []archive
	oldest := l.segs[0].first
	for _, a := range l.archives {
		if a.last < oldest && now() >= a.at.Add(fengsui.SpanOf(l.c.ArchiveKeep)) {
			old = append(old, a)
		}
	}
	l.mu.Unlock()
	for _, a := range old {
		err := l.c.Archive.Delete(ctx, a.key())
		if err != nil && fengsui.CodeOf(err) != fengsui.NotFound {
			l.log.Error("log archive is not deleted", "err", err)
			return
		}
		l.mu.Lock()
		var rest []archive
		unread := ""
		for _, b := range l.archives {
			if b != a {
				rest = append(rest, b)
			}
		}
		l.archives = rest
		for _, r := range l.c.Readers {
			if l.passed[r].Seq <= a.last {
				unread = r
			}
		}
		l.mu.Unlock()
		if unread != "" {
			l.log.Warn("log archive deleted unread", "archive", a.key(), "reader", unread)
		}
	}
}
