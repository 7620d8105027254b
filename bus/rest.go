package bus

import (
	"context"
	"crypto/sha256"
	"io"
)

// Rest is what no archive holds yet, up to now, while the log goes on: the key that its
// archive has, and what writes it. A log that is opened elsewhere over the archives and
// this one goes on behind it, with the same places. The key is empty when there is
// nothing.
func (l *Log) Rest() (key string, write func(context.Context, io.Writer) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := archive{first: l.firstAbove(0), last: l.tail.Seq}
	for _, x := range l.archives {
		a.first = max(a.first, x.last+1)
	}
	if a.first > a.last {
		return "", nil
	}
	return a.key(), func(ctx context.Context, w io.Writer) error { return l.writeArchive(ctx, w, sha256.New(), a) }
}
