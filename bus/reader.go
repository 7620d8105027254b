package bus

import (
	"context"
	"errors"
	"slices"
	"time"

	"fengsui"
)

// retryTime is how long a reader waits before it asks an engine again that gave
// no answer.
const retryTime = 100 * time.Millisecond

// Reader reads the log from a place on and waits at its end. It belongs to one
// goroutine.
type Reader struct {
	l    *Log
	from fengsui.Place // what was yielded last
	feed feed
}

// Reader yields the records strictly after from. The zero place stands before
// the oldest record that is kept.
func (l *Log) Reader(from fengsui.Place) *Reader {
	return &Reader{l: l, from: from, feed: feed{l: l, next: from.Seq, start: from.Seq}}
}

// Before is a place that lies before every record received at the moment or later:
// what follows it begins at most two segments earlier. It is the zero place when
// nothing that is kept is older.
func (l *Log) Before(at fengsui.Millis) fengsui.Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	// What a segment or an archive holds was received before it was last written.
	var last uint64
	for _, s := range l.segs {
		if s.written < at && s.first <= s.last {
			last = max(last, s.last)
		}
	}
	for _, a := range l.archives {
		if a.at < at {
			last = max(last, a.last)
		}
	}
	if last == 0 {
		return fengsui.Place{}
	}
	return fengsui.Place{Seq: last, Index: unknown}
}

// Next waits for records. NotFound "log_gap" means that what comes after the
// reader's place is no longer kept.
func (r *Reader) Next(ctx context.Context) (Batch, error) {
	for {
		m, err := r.feed.message(ctx)
		if err != nil {
			return Batch{}, err
		}
		b, err := m.after(r.from)
		if err != nil {
			return Batch{}, err
		}
		if len(b.Records) > 0 {
			r.from = b.Last()
			return b, nil
		}
	}
}

// Close gives up what the reader holds.
func (r *Reader) Close() { r.feed.close() }

// feed yields the messages of a log in order, from wherever they are.
type feed struct {
	l     *Log
	next  uint64 // 0: the oldest kept
	start uint64 // a message that its reader has seen; 0: none
	held  []message
	arc   *archiveReader
	late  time.Time // since when the log ends before next; zero: it does not
}

func (f *feed) close() {
	if f.arc != nil {
		f.arc.close()
		f.arc = nil
	}
}

// message waits for the next message.
func (f *feed) message(ctx context.Context) (message, error) {
	for {
		if ctx.Err() != nil {
			return message{}, context.Cause(ctx)
		}
		if len(f.held) > 0 {
			m := f.held[0]
			f.held[0].data = nil
			f.held = f.held[1:]
			f.next = m.seq + 1
			return m, nil
		}
		if f.arc != nil {
			m, err := f.arc.message()
			if err == nil {
				f.next = m.seq + 1
				return m, nil
			}
			last := f.arc.last
			f.close()
			if f.next <= last {
				return message{}, err // the archive ended before its end, or cannot be read
			}
		}
		if err := f.find(ctx); err != nil {
			return message{}, err
		}
	}
}

// find looks for message next: in memory, in a segment, in an archive; or waits
// for it.
func (f *feed) find(ctx context.Context) error {
	l := f.l
	l.mu.Lock()
	if f.next == 0 {
		f.next = l.firstAbove(0)
	}
	moved := l.moved
	switch {
	case l.closing && l.eng == nil:
		l.mu.Unlock()
		return errClosed
	case f.next > l.tail.Seq+1 || f.next > l.tail.Seq && f.next == f.start:
		tail := l.tail.Seq
		l.mu.Unlock()
		if l.shared() && f.patient() {
			poke(l.hints)
			return f.wait(ctx, moved)
		}
		return fengsui.Errorf(fengsui.NotFound, "log_end", "the place %d lies after the end of the log, %d: the log is not the one that was read before", f.next, tail)
	case f.next == l.tail.Seq+1:
		l.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		return nil
	}
	if n := len(l.recent); n > 0 && l.recent[0].seq <= f.next {
		f.held = slices.Clone(l.recent[f.next-l.recent[0].seq:])
		l.mu.Unlock()
		return nil
	}
	tail, e := l.tail.Seq, l.eng
	seg, arc, kept := l.segmentOf(f.next), l.archiveOf(f.next), l.firstAbove(f.next)
	l.mu.Unlock()
	if seg != "" {
		err := error(errAway)
		var held []message
		if e != nil {
			held, err = e.fetch(ctx, seg, f.next)
		}
		if err == nil {
			// What is not acknowledged yet is not in the log yet.
			f.held = slices.DeleteFunc(held, func(m message) bool { return m.seq > tail })
			return nil
		}
		if !errors.Is(err, errHole) || !l.has(e, seg) {
			// The engine is being started again, or the segment was deleted.
			poke(l.stale)
			return f.wait(ctx, moved)
		}
		l.log.Error("log segment is damaged", "segment", seg, "err", err)
	}
	if arc != nil {
		r, err := l.openArchive(ctx, *arc, f.next)
		f.arc = r
		return err
	}
	return fengsui.Errorf(fengsui.NotFound, "log_gap", "the log no longer has message %d; it goes on with %d at the latest", f.next, kept)
}

// wait waits a little for the log to move.
func (f *feed) wait(ctx context.Context, moved chan struct{}) error {
	select {
	case <-moved:
	case <-time.After(retryTime):
	case <-ctx.Done():
	}
	return nil
}

// patient reports whether a message that the log does not reach may still come: what
// another process read may not be known here yet.
func (f *feed) patient() bool {
	if f.late.IsZero() {
		f.late = time.Now()
	}
	return time.Since(f.late) < 2*beatTime
}

// segmentOf is the segment that has message seq, if any. mu is held.
func (l *Log) segmentOf(seq uint64) string {
	for _, s := range l.segs {
		if !s.going && s.first <= seq && seq <= s.last {
			return s.name
		}
	}
	return ""
}

// archiveOf is the archive that has message seq, if any. mu is held.
func (l *Log) archiveOf(seq uint64) *archive {
	for _, a := range l.archives {
		if a.first <= seq && seq <= a.last {
			return &a
		}
	}
	return nil
}

// has reports whether the engine still runs and the segment is still read.
func (l *Log) has(e engine, name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.eng == e && slices.ContainsFunc(l.segs, func(s segment) bool { return s.name == name && !s.going })
}

// firstAbove is the first message above seq that is kept anywhere, or the next
// one to come. mu is held.
func (l *Log) firstAbove(seq uint64) uint64 {
	first := l.tail.Seq + 1
	for _, s := range l.segs {
		if !s.going && s.first > seq && s.first <= s.last {
			first = min(first, s.first)
		}
	}
	for _, a := range l.archives {
		if a.first > seq {
			first = min(first, a.first)
		}
	}
	return first
}
